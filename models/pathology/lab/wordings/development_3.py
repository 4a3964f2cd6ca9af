"""Wording 3 of six that the reader was developed on, after one measurement on it."""

from typing import Final

from models.pathology.lab.wording import Wording

DEVELOPMENT_3: Final = Wording(
    diagnosis_heading=("PATHOLOGIST'S DIAGNOSIS:", "Histological diagnosis:", "FINAL REPORT:", "Opinion:", ""),
    history_heading=("Clinical:", "PAST MEDICAL HISTORY:", "Clinical impression:", "REASON FOR EXAMINATION:"),
    gross_heading=("Gross:", "MACROSCOPIC APPEARANCE:"),
    addendum_heading=("Additional report:", "ADDENDUM (issued later):", "Follow-up report:"),
    head=(
        "{organ}: {taken}",
        "{taken} from {organ}:",
        "A specimen labelled {organ}, {taken}.",
        "Part 1: {organ}, {taken}:",
    ),
    organs={
        "breast": ("breast lump, left", "Rt breast", "breast (right, 12:00)"),
        "colorectum": ("descending colon", "rectal mass", "cecum"),
        "lung": ("lung mass, RUL", "left lower lobe of the lung", "bronchus intermedius"),
        "prostate": ("prostate (right mid)", "prostatic apex", "transition zone of the prostate"),
    },
    taken={
        "biopsy": ("ultrasound-guided core biopsies", "needle core biopsies", "endoscopic biopsy", "punch biopsy"),
        "resection": ("excision specimen", "radical resection", "wide excision"),
    },
    lesions={
        "invasive carcinoma of no special type": (
            "ductal carcinoma, invasive",
            "invasive breast cancer of ductal type",
            "invasive ductal carcinoma, NOS",
            "infiltrating ductal breast carcinoma",
            "invasive carcinoma, NST",
        ),
        "invasive lobular carcinoma": ("classic invasive lobular carcinoma", "lobular invasive carcinoma", "ILC"),
        "mucinous carcinoma": ("invasive mucinous carcinoma", "mucinous (colloid) carcinoma"),
        "ductal carcinoma in situ": ("intermediate-grade ductal carcinoma in situ", "cribriform DCIS", "DCIS only"),
        "fibroadenoma": ("cellular fibroadenoma", "a benign fibroadenoma"),
        "fibrocystic change": ("non-proliferative fibrocystic changes", "fibrocystic change with apocrine cysts"),
        "atypical ductal hyperplasia": ("atypical ductal hyperplasia (ADH)", "focal atypical ductal hyperplasia"),
        "adenocarcinoma": ("adenocarcinoma, intestinal type", "an ulcerated adenocarcinoma", "lepidic adenocarcinoma"),
        "tubular adenoma": ("pedunculated tubular adenoma", "tubular adenoma with mild dysplasia"),
        "tubulovillous adenoma": ("sessile tubulovillous adenoma", "tubulovillous adenoma, completely excised"),
        "hyperplastic polyp": ("small hyperplastic polyp", "hyperplastic polyp without dysplasia"),
        "squamous cell carcinoma": ("non-keratinizing squamous cell carcinoma", "squamous cell lung cancer"),
        "small cell carcinoma": ("small cell neuroendocrine carcinoma", "SCLC"),
        "granulomatous inflammation": (
            "non-necrotising granulomatous inflammation",
            "chronic granulomatous inflammation",
        ),
        "acinar adenocarcinoma": (
            "prostatic acinar carcinoma",
            "prostate cancer, acinar type",
            "acinar adenocarcinoma",
        ),
        "high-grade prostatic intraepithelial neoplasia": (
            "multifocal high-grade PIN",
            "prostatic intraepithelial neoplasia, high grade",
        ),
        "atypical small acinar proliferation": (
            "small acinar proliferation with atypia",
            "atypical small acinar proliferation (ASAP)",
        ),
        "nodular hyperplasia": ("nodular hyperplasia of the prostate", "BPH"),
    },
    stated=(
        "The biopsy contains {lesion}",
        "There is {lesion}",
        "Consists of {lesion}",
        "{lesion}, confirmed on deeper levels",
        "Final interpretation is {lesion}",
        "{lesion} identified",
    ),
    hedged=(
        "An early {lesion} is not excluded",
        "This could represent {lesion}",
        "Highly suspicious for {lesion}",
        "{lesion} is favored",
        "Suggests {lesion}, clinical correlation advised",
        "The differential diagnosis includes {lesion}",
        "Possible {lesion}; a repeat sample may help",
    ),
    denied=(
        "{lesion} is not demonstrated",
        "Free of {lesion}",
        "We do not see {lesion}",
        "There is nothing to suggest {lesion}",
        "Neither atypia nor {lesion} is present",
        "{lesion}: none",
    ),
    history=(
        "Sister with {lesion} at age 45",
        "Treated for {lesion} last year, ER negative, pT3",
        "? {lesion}",
        "Query {lesion}; PSA 9, Gleason 3+3 elsewhere",
        "Imaging in keeping with {lesion}",
    ),
    gross=(
        "Five cores, the longest 15 mm, embedded in one block",
        "The mass is white and hard and reaches the inked surface",
    ),
    no_malignancy=(
        "No malignancy identified",
        "There are no malignant features",
        "No invasive or in situ carcinoma, no malignancy",
        "Free of malignancy",
        "No histological evidence of malignancy",
    ),
    insufficient=("Inadequate specimen", "The material is non-diagnostic", "Too little tissue for evaluation"),
    grade=(
        "Tumour grade {number}",
        "Grade {number}/3",
        "Histological grade {roman}/III",
        "{words} differentiated",
        "Bloom-Richardson grade {roman}",
    ),
    gleason=(
        "Gleason pattern {primary} + {secondary}, score {sum}",
        "Gleason {primary}+{secondary} (score {sum})",
        "Gleason Sum {sum} ({primary}+{secondary})",
    ),
    grade_group=("ISUP Grade Group: {group}", "ISUP grade {group}", "grade group {group}"),
    stage=("UICC stage {t} {n}", "Tumour stage {t}; nodal stage {n}", "({t}, {n})"),
    margins={
        "clear": (
            "Margins free",
            "The circumferential margin is clear",
            "No carcinoma at the margins",
            "Surgical margins: negative for malignancy",
        ),
        "involved": (
            "Tumour is present at the margin",
            "The inked margin is positive",
            "Involved resection margin",
            "Carcinoma extends to the inked surface margin",
        ),
    },
    vessels={
        "absent": (
            "LVI: no",
            "Lymphovascular space invasion not detected",
            "No vascular or lymphatic invasion",
            "LVI negative",
        ),
        "present": ("LVI: yes", "Lymphovascular space invasion detected", "With lymphatic invasion", "LVI positive"),
    },
    nerves={
        "absent": ("Perineural growth absent, PNI: no", "No PNI", "Perineural invasion - negative"),
        "present": ("PNI: yes", "There is perineural invasion", "Perineural invasion is noted"),
    },
    receptor=(
        "{marker}: {percent}% {status}",
        "{marker} {status} in approx. {percent} % of cells",
        "{marker} [{status}; {percent}%]",
        "{percent}% of the nuclei stain for {marker} ({status})",
    ),
    receptor_short=(
        "{marker} by IHC: {status}",
        "{marker} is {status}",
        "Staining for {marker} is {status}",
        "{marker} {status}",
    ),
    receptors={
        "er": ("ER (SP1)", "Oestrogen receptors", "Estrogen receptor alpha", "ER"),
        "pr": ("PR (1E2)", "PgR", "Progesterone receptor protein", "PR"),
    },
    status={
        "positive": ("positive", "moderately positive", "Positive"),
        "negative": ("negative", "completely negative", "Negative"),
    },
    her2_ihc={
        "0": ("HER2 immunostain is negative (score 0)", "HER2: 0", "HER2 status by IHC: 0/3"),
        "1+": ("HER2 immunostain shows 1+ staining", "HER2: 1+", "HER2 status by IHC: negative (score 1+)"),
        "2+": ("HER2 immunostain shows 2+ staining", "HER2: 2+", "HER2 status by IHC: equivocal (score 2+)"),
        "3+": ("HER2 immunostain shows 3+ staining", "HER2: 3+", "HER2 status by IHC: positive (score 3+)"),
    },
    her2_ish={
        "amplified": (
            "SISH: HER2 gene amplified",
            "HER2 in situ hybridization: positive (amplified)",
            "HER2 FISH is positive",
        ),
        "not amplified": (
            "SISH: HER2 gene not amplified",
            "HER2 in situ hybridization: negative (not amplified)",
            "HER2 FISH is negative",
        ),
    },
    ki67=(
        "Ki-67 proliferation index of {percent} %",
        "Ki-67 (MIB-1) positive in {percent}% of cells",
        "MIB1 index: {percent}%",
    ),
    lost=("{proteins} negative", "Lost: {proteins}", "Complete loss of {proteins} staining", "{proteins} - absent"),
    intact=("{proteins} positive", "Intact: {proteins}", "{proteins} - retained", "No loss of {proteins}"),
    repair={
        "deficient": (
            "Immunophenotype of deficient mismatch repair",
            "MMR-deficient (dMMR) tumour",
            "Mismatch repair protein deficiency",
        ),
        "proficient": (
            "Immunophenotype of proficient mismatch repair",
            "MMR-proficient (pMMR) tumour",
            "Intact mismatch repair proteins",
        ),
    },
    satellites={
        "high": ("MSI high", "Microsatellite instability (MSI-H) detected", "Microsatellite unstable, MSI-H"),
        "stable": ("MSI absent", "Microsatellite instability not detected", "MSS by PCR"),
    },
    tps=("PD-L1 tumor proportion score: {percent} %", "PD-L1, TPS of {percent}%", "TPS ({percent}%) by PD-L1 22C3"),
    pending=("FISH is pending", "MMR immunohistochemistry to be reported in an addendum", "PD-L1: not done"),
    method=(
        "ER and PR are regarded as positive from 1%",
        "Positive and negative controls are satisfactory",
        "Scores of 3+ are defined as strong complete membrane staining",
    ),
)
