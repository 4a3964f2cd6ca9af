"""Wording 4 of six that the reader was developed on, after one measurement on it."""

from typing import Final

from models.pathology.lab.wording import Wording

DEVELOPMENT_4: Final = Wording(
    diagnosis_heading=("HISTOLOGY:", "Reporting pathologist's diagnosis:", "Diagnosis -", "FINAL DIAGNOSIS", ""),
    history_heading=("CLINICAL NOTES:", "Clinical question:", "Patient history:", "INDICATIONS:"),
    gross_heading=("MACRO:", "Gross findings:"),
    addendum_heading=("ADDENDUM 2:", "Supplementary results:", "Addendum report:"),
    head=(
        "{organ}, {taken} -",
        "Received: {taken} of {organ}.",
        "{organ} / {taken}:",
        "SITE: {organ}. PROCEDURE: {taken}.",
    ),
    organs={
        "breast": ("breast, left lower inner quadrant", "R breast mass", "breast tissue, right"),
        "colorectum": ("transverse colon polyp", "low rectum", "ascending colon mass", "hepatic flexure"),
        "lung": ("right lung, hilar mass", "lingula of left lung", "lung, subpleural lesion"),
        "prostate": ("prostate, right base", "left lobe of prostate", "prostate gland, mid"),
    },
    taken={
        "biopsy": ("vacuum-assisted biopsy", "forceps biopsy", "fine-needle core biopsy", "targeted biopsies"),
        "resection": ("partial excision", "en bloc resection", "re-excision"),
    },
    lesions={
        "invasive carcinoma of no special type": (
            "invasive ductal carcinoma of the usual type",
            "invasive carcinoma of no special type (ductal)",
            "high-grade invasive ductal carcinoma",
            "residual invasive ductal carcinoma",
        ),
        "invasive lobular carcinoma": (
            "pleomorphic invasive lobular carcinoma",
            "invasive lobular carcinoma (classical)",
        ),
        "mucinous carcinoma": ("pure mucinous carcinoma", "mucinous adenocarcinoma with signet ring cells"),
        "ductal carcinoma in situ": (
            "solid-type ductal carcinoma in situ",
            "DCIS of high nuclear grade",
            "extensive DCIS",
        ),
        "fibroadenoma": ("hyalinised fibroadenoma", "fibroadenoma with myxoid stroma"),
        "fibrocystic change": ("proliferative fibrocystic change", "fibrocystic changes of the usual kind"),
        "atypical ductal hyperplasia": (
            "atypical ductal hyperplasia bordering on more",
            "ADH in a papillary background",
        ),
        "adenocarcinoma": ("invasive adenocarcinoma, NOS", "primary adenocarcinoma", "gland-forming adenocarcinoma"),
        "tubular adenoma": ("tubular adenoma, 6 mm", "two tubular adenomas"),
        "tubulovillous adenoma": ("large tubulovillous adenoma", "tubulovillous adenoma with high-grade dysplasia"),
        "hyperplastic polyp": ("hyperplastic polyp, microvesicular", "diminutive hyperplastic polyp"),
        "squamous cell carcinoma": ("invasive squamous cell carcinoma", "basaloid squamous cell carcinoma"),
        "small cell carcinoma": ("small cell carcinoma (oat cell)", "crushed small cell carcinoma"),
        "granulomatous inflammation": (
            "caseating granulomatous inflammation",
            "sarcoid-like granulomatous inflammation",
        ),
        "acinar adenocarcinoma": (
            "conventional acinar adenocarcinoma",
            "adenocarcinoma of prostate",
            "prostatic adenocarcinoma",
        ),
        "high-grade prostatic intraepithelial neoplasia": (
            "focal HGPIN",
            "high-grade prostatic intraepithelial neoplasia",
        ),
        "atypical small acinar proliferation": ("small focus of ASAP", "atypical small acinar proliferation, one core"),
        "nodular hyperplasia": ("stromal and glandular nodular hyperplasia", "benign nodular prostatic hyperplasia"),
    },
    stated=(
        "Sections contain {lesion}",
        "Biopsy proven {lesion}",
        "Appearances of {lesion}",
        "{lesion} seen in all pieces",
        "Infiltrate composed of {lesion}",
        "In summary {lesion}",
    ),
    hedged=(
        "Cannot rule out {lesion}",
        "Worrying for {lesion}",
        "{lesion} must be considered",
        "Compatible with {lesion}",
        "I favour {lesion} over a reactive process",
        "Cells of concern for {lesion}",
        "Equivocal for {lesion}",
    ),
    denied=(
        "No {lesion} was found",
        "Negative on deeper levels for {lesion}",
        "{lesion} could not be identified",
        "Lacking {lesion}",
        "Excludes {lesion}",
        "I see no {lesion}",
    ),
    history=(
        "Aunt with {lesion}",
        "Past {lesion}, treated; HER2 3+ then",
        "Suspicious for {lesion} on MRI",
        "Exclude {lesion}",
        "{lesion} on outside biopsy, grade 3, pT2",
    ),
    gross=("Pale fragments, 4 mm in aggregate", "A segment of tissue with a tumour 21 mm from the nearest margin"),
    no_malignancy=(
        "No carcinoma or other malignancy",
        "Benign appearances only",
        "Malignancy is absent",
        "Without evidence of malignancy",
        "No cytological or architectural malignancy",
    ),
    insufficient=("Specimen inadequate for diagnosis", "Insufficient tissue", "Nondiagnostic biopsy"),
    grade=(
        "Overall histologic grade {number}",
        "Grade {roman}",
        "Tumor is {words} differentiated",
        "Nottingham {roman} (of III)",
        "histological grade G{number}",
    ),
    gleason=(
        "Gleason {primary}+{secondary} = {sum}/10",
        "Gleason's grades {primary} + {secondary} ({sum})",
        "Gleason total score {sum}, {primary}+{secondary}",
    ),
    grade_group=("equal to ISUP grade group {group}", "Grade Group: {group}", "GG{group} (grade group {group})"),
    stage=("Stage (AJCC 8): {t} {n}", "{t}, {n}, by AJCC", "Classified {t} {n}"),
    margins={
        "clear": (
            "Margins not involved",
            "Margins are clear by 4 mm",
            "Resection margins negative",
            "No tumour at margins",
        ),
        "involved": (
            "Margins positive",
            "The deep margin is involved",
            "Tumor present at inked margin",
            "Lateral margin involved",
        ),
    },
    vessels={
        "absent": (
            "LVI absent",
            "No evidence of lymphovascular invasion",
            "Lymph-vascular invasion: no",
            "Without vascular invasion",
        ),
        "present": (
            "LVI seen",
            "Lymphovascular invasion (present)",
            "Prominent lymphovascular invasion",
            "Positive for lymphovascular invasion",
        ),
    },
    nerves={
        "absent": ("Perineural invasion: no", "No evidence of PNI", "Perineural invasion is not present"),
        "present": ("Perineural invasion (present)", "With perineural invasion", "PNI seen"),
    },
    receptor=(
        "{marker}: {status}, {percent} %",
        "{marker}, {percent}% of cells, {status}",
        "{marker} {status} ({percent}%, intensity scored separately)",
        "Nuclear {marker} staining: {percent}% - {status}",
    ),
    receptor_short=(
        "{marker}: {status}",
        "{marker} was {status}",
        "The tumour is {marker} {status}",
        "{status} {marker}",
    ),
    receptors={
        "er": ("ER", "Oestrogen-receptor", "Estrogen receptor protein", "Estrogen receptor"),
        "pr": ("PgR", "Progesterone-receptor", "Progesterone receptor", "PR"),
    },
    status={
        "positive": ("positive", "pos.", "diffusely positive"),
        "negative": ("negative", "neg.", "entirely negative"),
    },
    her2_ihc={
        "0": ("HER2 IHC score: 0", "HER2 protein: negative (0)", "Her2 is 0 by immunohistochemistry"),
        "1+": ("HER2 IHC score: 1+", "HER2 protein: negative (1+)", "Her2 is 1+ by immunohistochemistry"),
        "2+": ("HER2 IHC score: 2+", "HER2 protein: equivocal (2+)", "Her2 is 2+ by immunohistochemistry"),
        "3+": ("HER2 IHC score: 3+", "HER2 protein: positive (3+)", "Her2 is 3+ by immunohistochemistry"),
    },
    her2_ish={
        "amplified": (
            "HER2 DISH: amplified",
            "HER2 gene amplification detected by FISH",
            "In situ hybridisation confirms HER2 amplification",
        ),
        "not amplified": (
            "HER2 DISH: not amplified",
            "HER2 gene amplification not detected by FISH",
            "In situ hybridisation excludes HER2 amplification",
        ),
    },
    ki67=("Ki-67 is {percent}%", "Ki67 LI: {percent}%", "Proliferative index (Ki-67) {percent}%"),
    lost=("{proteins} deficient", "Tumour lacks {proteins}", "Nuclear loss of {proteins}", "{proteins}: no staining"),
    intact=(
        "{proteins} normal",
        "{proteins} expression intact",
        "Preserved nuclear {proteins}",
        "{proteins}: staining present",
    ),
    repair={
        "deficient": ("dMMR phenotype", "Deficient in mismatch repair", "Mismatch repair: deficient"),
        "proficient": ("pMMR phenotype", "Proficient in mismatch repair", "Mismatch repair: intact"),
    },
    satellites={
        "high": ("MSI-High tumour", "Microsatellite status: MSI-H", "Microsatellite instability present"),
        "stable": ("Microsatellite status: MSS", "Microsatellite-stable tumour", "Microsatellite instability absent"),
    },
    tps=(
        "PD-L1: TPS {percent}%",
        "PD-L1 positive tumour cells (TPS): {percent}%",
        "Tumour proportion score for PD-L1: {percent}%",
    ),
    pending=("HER2 FISH to follow", "Receptor studies awaited", "PD-L1 cannot be assessed"),
    method=(
        "A threshold of 1% defines ER positivity",
        "Control tissue stained as expected",
        "HER2 0 and 1+ are considered negative",
    ),
)
