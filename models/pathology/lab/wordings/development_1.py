"""Wording 1 of six that the reader was developed on, so that results on it are optimistic."""

from typing import Final

from models.pathology.lab.wording import Wording

DEVELOPMENT_1: Final = Wording(
    diagnosis_heading=("Diagnosis:", "FINAL DIAGNOSIS:", "Final pathologic diagnosis:", "Conclusion:", ""),
    history_heading=("Clinical history:", "CLINICAL INFORMATION:", "Clinical details:", "History:"),
    gross_heading=("Gross description:", "MACROSCOPY:", "Macroscopic description:"),
    addendum_heading=("Addendum:", "ADDENDUM 1:", "Supplementary report:"),
    head=("{organ}, {taken}:", "{organ} - {taken}.", "Specimen: {organ}, {taken}.", "{organ}, {taken}"),
    organs={
        "breast": ("Left breast", "Breast, right", "Breast, left, 3 o'clock"),
        "colorectum": ("Sigmoid colon", "Rectum", "Caecum", "Colon, ascending"),
        "lung": ("Lung, right upper lobe", "Left lung", "Lung, left lower lobe"),
        "prostate": ("Prostate", "Prostate gland"),
    },
    taken={
        "biopsy": ("core biopsy", "needle biopsy", "biopsy", "biopsies"),
        "resection": ("excision", "resection", "wide local excision"),
    },
    lesions={
        "invasive carcinoma of no special type": (
            "invasive ductal carcinoma",
            "invasive carcinoma of no special type",
            "infiltrating ductal carcinoma",
        ),
        "invasive lobular carcinoma": ("invasive lobular carcinoma", "infiltrating lobular carcinoma"),
        "mucinous carcinoma": ("mucinous carcinoma",),
        "ductal carcinoma in situ": ("ductal carcinoma in situ", "DCIS"),
        "fibroadenoma": ("fibroadenoma",),
        "fibrocystic change": ("fibrocystic change",),
        "atypical ductal hyperplasia": ("atypical ductal hyperplasia",),
        "adenocarcinoma": ("adenocarcinoma", "invasive adenocarcinoma"),
        "tubular adenoma": ("tubular adenoma",),
        "tubulovillous adenoma": ("tubulovillous adenoma",),
        "hyperplastic polyp": ("hyperplastic polyp",),
        "squamous cell carcinoma": ("squamous cell carcinoma",),
        "small cell carcinoma": ("small cell carcinoma",),
        "granulomatous inflammation": ("granulomatous inflammation",),
        "acinar adenocarcinoma": ("acinar adenocarcinoma", "prostatic adenocarcinoma"),
        "high-grade prostatic intraepithelial neoplasia": ("high-grade prostatic intraepithelial neoplasia",),
        "atypical small acinar proliferation": ("atypical small acinar proliferation",),
        "nodular hyperplasia": ("nodular hyperplasia", "benign prostatic hyperplasia"),
    },
    stated=("{lesion}", "{lesion} is present", "The sections show {lesion}", "Histologic type: {lesion}"),
    hedged=("suspicious for {lesion}", "{lesion} cannot be excluded", "favour {lesion}", "consistent with {lesion}"),
    denied=("No evidence of {lesion}", "Negative for {lesion}", "{lesion} is not identified", "No {lesion} seen"),
    history=("Family history of {lesion}", "Known {lesion}", "Rule out {lesion}", "? {lesion}, ER positive, grade 3"),
    gross=("Two fragments up to 12 mm", "Cores of tan tissue, all embedded"),
    no_malignancy=("No evidence of malignancy", "Negative for malignancy", "Benign tissue; no malignancy"),
    insufficient=("Insufficient material for diagnosis", "Non-diagnostic specimen"),
    grade=("grade {number}", "Histologic grade: {number}", "grade {roman}", "{words} differentiated"),
    gleason=("Gleason score {primary}+{secondary}={sum}", "Gleason {primary}+{secondary}"),
    grade_group=("Grade Group {group}", "ISUP grade group {group}"),
    stage=("{t} {n}", "Pathologic stage: {t}, {n}", "Stage {t}{n}"),
    margins={
        "clear": ("Margins are negative", "Margins: clear", "Margins: uninvolved by carcinoma"),
        "involved": ("Margin positive", "Carcinoma is present at the inked margin", "Margins are involved"),
    },
    vessels={
        "absent": ("No lymphovascular invasion", "Lymphovascular invasion: not identified", "LVI is not seen"),
        "present": ("Lymphovascular invasion present", "LVI: present", "There is lymphovascular invasion"),
    },
    nerves={
        "absent": ("No perineural invasion", "Perineural invasion: absent"),
        "present": ("Perineural invasion identified", "PNI: present"),
    },
    receptor=(
        "{marker}: {status} ({percent}%)",
        "{marker} {status}, {percent}%",
        "{marker} is {status} in {percent}% of nuclei",
    ),
    receptor_short=("{marker} {status}", "{marker}: {status}", "{status} for {marker}"),
    receptors={
        "er": ("ER", "Estrogen receptor", "Oestrogen receptor", "Estrogen Receptor (ER)"),
        "pr": ("PR", "Progesterone receptor", "PgR"),
    },
    status={"positive": ("positive", "POSITIVE"), "negative": ("negative", "Negative")},
    her2_ihc={
        "0": ("HER2: negative (0)", "HER2 IHC: 0"),
        "1+": ("HER2: negative (1+)", "HER2 immunohistochemistry: 1+"),
        "2+": ("HER2: equivocal (2+)", "HER2 score 2+"),
        "3+": ("HER2: positive (3+)", "HER2 3+"),
    },
    her2_ish={
        "amplified": ("HER2 FISH: amplified", "HER2 gene is amplified by ISH"),
        "not amplified": ("HER2 FISH: not amplified", "HER2 gene amplification is not detected"),
    },
    ki67=("Ki-67: {percent}%", "Ki-67 index {percent}%", "MIB-1: approximately {percent}%"),
    lost=("Loss of nuclear expression of {proteins}", "{proteins}: lost", "{proteins} lost"),
    intact=("{proteins} intact", "Retained expression of {proteins}", "{proteins}: intact nuclear expression"),
    repair={
        "deficient": ("Mismatch repair deficient", "dMMR"),
        "proficient": ("No loss of mismatch repair proteins", "pMMR", "MMR: proficient"),
    },
    satellites={
        "high": ("MSI-high", "Microsatellite instability: high"),
        "stable": ("Microsatellite stable", "MSS", "MSI testing: stable"),
    },
    tps=("PD-L1 TPS: {percent}%", "PD-L1 tumour proportion score {percent}%"),
    pending=("HER2: pending", "Further stains to follow", "PD-L1 not performed"),
    method=("ER is considered positive if 1% or more of nuclei stain", "External controls positive"),
)
