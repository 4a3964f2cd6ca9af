"""The held-out wording that the reader is evaluated on, written last.

One fault that it showed has been corrected since, without using its words: histories under unknown headings.
"""

from typing import Final

from models.pathology.lab.wording import Wording

HELD_OUT: Final = Wording(
    diagnosis_heading=("Surgical pathology diagnosis:", "INTERPRETATION:", "Microscopic:", "Summary of findings:", ""),
    history_heading=("Reason for biopsy:", "CLINICAL HISTORY AND FINDINGS:", "Anamnesis:", "Clinical reason:"),
    gross_heading=("Gross appearance:", "Macroscopic report:"),
    addendum_heading=("Addendum (molecular):", "ADDENDUM:", "Additional report 1:"),
    head=(
        "{organ}, {taken}, received in formalin.",
        "From {organ}: {taken}.",
        "A. {organ}, {taken}:",
        "{organ} -- {taken}:",
    ),
    organs={
        "breast": ("the left breast", "breast, right, 10:30", "lateral right breast"),
        "colorectum": ("distal colon", "rectal polyp", "ileocaecal region of the colon", "sigmoid tumour"),
        "lung": ("peripheral lung", "lung, lingula", "central right lung"),
        "prostate": ("prostate, base", "prostate, six zones", "prostatic chips"),
    },
    taken={
        "biopsy": ("core biopsy", "biopsies (4)", "endoscopic biopsies", "needle core biopsy"),
        "resection": ("wide resection", "excision", "segmental excision"),
    },
    lesions={
        "invasive carcinoma of no special type": (
            "an invasive ductal carcinoma",
            "invasive ductal carcinoma of classical appearance",
            "invasive carcinoma of no special type",
            "infiltrating ductal carcinoma",
        ),
        "invasive lobular carcinoma": ("invasive lobular carcinoma of classic type", "infiltrating lobular carcinoma"),
        "mucinous carcinoma": ("mucinous carcinoma", "mucinous adenocarcinoma"),
        "ductal carcinoma in situ": ("ductal carcinoma in situ", "DCIS (solid and cribriform)"),
        "fibroadenoma": ("fibroadenoma", "complex fibroadenoma"),
        "fibrocystic change": ("fibrocystic change", "cystic fibrocystic change"),
        "atypical ductal hyperplasia": ("atypical ductal hyperplasia", "ADH"),
        "adenocarcinoma": ("adenocarcinoma", "mixed-pattern adenocarcinoma", "adenocarcinoma of usual type"),
        "tubular adenoma": ("tubular adenoma", "early tubular adenoma"),
        "tubulovillous adenoma": ("tubulovillous adenoma", "broad-based tubulovillous adenoma"),
        "hyperplastic polyp": ("hyperplastic polyp", "inflamed hyperplastic polyp"),
        "squamous cell carcinoma": ("squamous cell carcinoma", "necrotic squamous cell carcinoma"),
        "small cell carcinoma": ("small cell carcinoma", "small cell carcinoma with crush artefact"),
        "granulomatous inflammation": ("granulomatous inflammation", "confluent granulomatous inflammation"),
        "acinar adenocarcinoma": ("acinar adenocarcinoma", "prostatic adenocarcinoma of acinar kind"),
        "high-grade prostatic intraepithelial neoplasia": ("high-grade prostatic intraepithelial neoplasia", "HGPIN"),
        "atypical small acinar proliferation": ("atypical small acinar proliferation", "ASAP (one focus)"),
        "nodular hyperplasia": ("nodular hyperplasia", "BPH with basal cell hyperplasia"),
    },
    stated=(
        "We diagnose {lesion}",
        "Tumour type: {lesion}",
        "Microscopic picture of {lesion}",
        "All cores hold {lesion}",
        "Established: {lesion}",
        "{lesion}, as detailed below",
    ),
    hedged=(
        "{lesion} is strongly suspected",
        "Possibly {lesion}",
        "One cannot exclude {lesion}",
        "Appearances favor {lesion}",
        "Atypical cells suggestive of {lesion}",
        "Consistent with {lesion}",
        "Question of {lesion}",
    ),
    denied=(
        "No {lesion} identified",
        "{lesion} is not present",
        "Without {lesion}",
        "No sign of {lesion} is seen",
        "There is no evidence of {lesion}",
        "{lesion} ruled out",
    ),
    history=(
        "Brother died of {lesion}",
        "Palpable mass, {lesion}? Earlier HER2 3+",
        "Follow-up of {lesion}, pT1 N0, grade 2",
        "PSA rise; exclude {lesion}",
        "Screening, {lesion} seen elsewhere",
    ),
    gross=("Biopsy cores, all processed", "Oriented piece, margin inked black, tumour 11 mm"),
    no_malignancy=(
        "No evidence of any malignancy",
        "No malignant tumour",
        "Malignancy was not found",
        "Benign, without malignancy",
        "No carcinoma",
    ),
    insufficient=("Tissue inadequate for evaluation", "Sample is insufficient", "Non-diagnostic material"),
    grade=(
        "Graded {number} (Nottingham grade {number})",
        "Histological grade: {roman}",
        "Tumour is {words}-differentiated",
        "Grade {number} (of 3)",
        "Overall grade {roman}",
    ),
    gleason=(
        "Gleason score of {primary}+{secondary}={sum}",
        "Gleason: {sum} ({primary}+{secondary})",
        "Score by Gleason {primary}+{secondary}={sum}",
    ),
    grade_group=("ISUP grade group is {group}", "grade group: {group}", "(ISUP grade {group})"),
    stage=("Stage: {t} {n} (8th ed.)", "Pathological TNM: {t}, {n}", "{t} - {n}"),
    margins={
        "clear": ("Margins: negative", "All margins are clear", "Excision margins are free", "Tumour-free margins"),
        "involved": (
            "Margins: involved",
            "The margin is positive",
            "Surgical margin involved",
            "Tumour extends to the margin",
        ),
    },
    vessels={
        "absent": (
            "Lymphovascular invasion is absent",
            "No lymphovascular invasion seen",
            "LVI not present",
            "LVI: none",
        ),
        "present": (
            "Lymphovascular invasion: seen",
            "LVI is identified",
            "Widespread lymphovascular invasion",
            "LVI: present",
        ),
    },
    nerves={
        "absent": ("Perineural invasion is absent", "Perineural invasion not seen", "No perineural invasion found"),
        "present": ("Perineural invasion: identified", "Perineural invasion is present", "PNI present"),
    },
    receptor=(
        "{marker} {percent} % {status}",
        "{marker}: {percent}%, {status}",
        "{marker} is {status} with {percent}% of nuclei",
        "{marker} {status} / {percent}%",
    ),
    receptor_short=(
        "{marker} - {status}",
        "{marker} shows {status} staining",
        "{marker}: {status}",
        "{marker} immunohistochemistry {status}",
    ),
    receptors={
        "er": ("ER", "Oestrogen receptor", "Estrogen receptor", "Oestrogen receptors (ER)"),
        "pr": ("PR", "Progesterone receptor", "Progesterone receptors (PR)", "PgR"),
    },
    status={
        "positive": ("positive", "markedly positive", "Positive"),
        "negative": ("negative", "wholly negative", "Negative"),
    },
    her2_ihc={
        "0": ("HER2: 0 (negative)", "HER2 score is 0", "HER-2 immunohistochemistry: 0"),
        "1+": ("HER2: 1+ (negative)", "HER2 score is 1+", "HER-2 immunohistochemistry: 1+"),
        "2+": ("HER2: 2+ (equivocal)", "HER2 score is 2+", "HER-2 immunohistochemistry: 2+"),
        "3+": ("HER2: 3+ (positive)", "HER2 score is 3+", "HER-2 immunohistochemistry: 3+"),
    },
    her2_ish={
        "amplified": ("HER2 (FISH): amplified", "ISH shows amplification of HER2", "HER2 gene amplified"),
        "not amplified": (
            "HER2 (FISH): not amplified",
            "ISH shows no amplification of HER2",
            "HER2 gene not amplified",
        ),
    },
    ki67=("Ki-67: about {percent}%", "Ki67 proliferation {percent}%", "Ki-67 labels {percent}% of nuclei"),
    lost=(
        "{proteins} not expressed",
        "Loss of expression: {proteins}",
        "{proteins} staining is lost",
        "Loss of {proteins} expression",
    ),
    intact=(
        "{proteins} expressed",
        "Intact expression: {proteins}",
        "{proteins} staining is intact",
        "Retained {proteins} expression",
    ),
    repair={
        "deficient": ("Deficient mismatch repair", "MMR status deficient", "Tumour with dMMR"),
        "proficient": ("Proficient mismatch repair", "MMR status intact", "Tumour with pMMR"),
    },
    satellites={
        "high": ("Microsatellite instability, high (MSI-H)", "MSI-high", "MSI-H status"),
        "stable": ("Microsatellites stable (MSS)", "MSI not detected", "MSS status"),
    },
    tps=("TPS (PD-L1) {percent}%", "PD-L1: tumour proportion score {percent}%", "PD-L1 TPS is {percent} %"),
    pending=("Receptors: pending", "PD-L1 has been requested", "HER2 will follow in an addendum"),
    method=(
        "ER is considered negative below 1%",
        "Controls worked",
        "HER2 cut-off per ASCO/CAP",
    ),
)
