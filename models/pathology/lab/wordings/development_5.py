"""Wording 5 of six that the reader was partly developed on, after one measurement on it."""

from typing import Final

from models.pathology.lab.wording import Wording

DEVELOPMENT_5: Final = Wording(
    diagnosis_heading=("Histopathology:", "Signed-out diagnosis:", "MICROSCOPIC DIAGNOSIS:", "RESULT:", ""),
    history_heading=(
        "History of presenting illness:",
        "CLINICAL CONTEXT:",
        "Relevant clinical information:",
        "Clinical Hx:",
    ),
    gross_heading=("Gross Description:", "MACRO DESCRIPTION:"),
    addendum_heading=("Addendum 3:", "Supplemental report:", "ADDENDUM DIAGNOSIS:"),
    head=(
        "{taken}: {organ}.",
        "{organ}: {taken}.",
        "1) {organ}, {taken}.",
        "Specimen A: {organ}; {taken}.",
    ),
    organs={
        "breast": ("left breast, retroareolar", "breast, 4 cm from the nipple", "the right breast"),
        "colorectum": ("colon, hepatic flexure", "rectum at 8 cm", "caecal pole", "sigmoid"),
        "lung": ("lung, left hilum", "pulmonary lesion, segment 6", "right lower lobe lung nodule"),
        "prostate": ("prostate, left apex", "prostate, anterior", "the prostate gland"),
    },
    taken={
        "biopsy": ("core biopsies", "mapped biopsies", "biopsy under CT", "stereotactic core biopsy"),
        "resection": ("local excision", "formal resection", "oncologic resection"),
    },
    lesions={
        "invasive carcinoma of no special type": (
            "invasive ductal carcinoma (no special type)",
            "multifocal invasive ductal carcinoma",
            "poorly cohesive nests of invasive ductal carcinoma",
            "infiltrating ductal carcinoma",
        ),
        "invasive lobular carcinoma": (
            "infiltrating lobular carcinoma",
            "invasive lobular carcinoma, alveolar pattern",
        ),
        "mucinous carcinoma": ("mucinous carcinoma of low cellularity", "hypercellular mucinous carcinoma"),
        "ductal carcinoma in situ": (
            "ductal carcinoma in situ with calcifications",
            "micropapillary DCIS",
            "ductal carcinoma in-situ",
        ),
        "fibroadenoma": ("fibroadenoma of juvenile type", "a well circumscribed fibroadenoma"),
        "fibrocystic change": ("fibrocystic change", "florid fibrocystic change with adenosis"),
        "atypical ductal hyperplasia": (
            "atypical ductal hyperplasia in one duct",
            "foci of atypical ductal hyperplasia",
        ),
        "adenocarcinoma": ("ulcerating adenocarcinoma", "adenocarcinoma with necrosis", "infiltrative adenocarcinoma"),
        "tubular adenoma": ("fragments of tubular adenoma", "a tubular adenoma"),
        "tubulovillous adenoma": ("tubulovillous adenoma of 2 cm", "an excised tubulovillous adenoma"),
        "hyperplastic polyp": ("hyperplastic polyp, goblet-cell rich", "an ordinary hyperplastic polyp"),
        "squamous cell carcinoma": (
            "squamous cell carcinoma with keratin pearls",
            "cavitating squamous cell carcinoma",
        ),
        "small cell carcinoma": ("small cell carcinoma of high mitotic rate", "sheets of small cell carcinoma"),
        "granulomatous inflammation": (
            "granulomatous inflammation, AFB to follow",
            "tuberculoid granulomatous inflammation",
        ),
        "acinar adenocarcinoma": ("acinar adenocarcinoma, usual type", "prostatic adenocarcinoma in 30% of one core"),
        "high-grade prostatic intraepithelial neoplasia": (
            "isolated high-grade prostatic intraepithelial neoplasia",
            "HGPIN, flat",
        ),
        "atypical small acinar proliferation": (
            "ASAP in a single core",
            "a minute atypical small acinar proliferation",
        ),
        "nodular hyperplasia": ("nodular hyperplasia with prostatitis", "stromal nodular hyperplasia"),
    },
    stated=(
        "The lesion is {lesion}",
        "{lesion} is confirmed",
        "Shown is {lesion}",
        "This is {lesion}",
        "Representative sections reveal {lesion}",
        "{lesion}, present at multiple levels",
    ),
    hedged=(
        "The findings may be those of {lesion}",
        "Presumptive {lesion}",
        "We think {lesion} is likely",
        "Concerning for {lesion}",
        "Unable to exclude {lesion}",
        "The picture is suggestive of {lesion}",
        "{lesion} is a possibility",
    ),
    denied=(
        "{lesion} was not found",
        "Deeper levels are free of {lesion}",
        "There was no sign of {lesion}",
        "No evidence for {lesion}",
        "Absence of {lesion}",
        "{lesion} not present",
    ),
    history=(
        "Grandmother had {lesion}",
        "Referred with {lesion}, ER negative in the referral",
        "History of {lesion}, pT3 N2",
        "Rule out {lesion}, HER2 positive elsewhere",
        "{lesion} diagnosed in another hospital",
    ),
    gross=("Received fresh: a piece measuring 30 x 20 mm", "Three strips, submitted whole in cassette A1"),
    no_malignancy=(
        "No evidence for malignancy",
        "Malignancy not identified",
        "No sign of malignancy",
        "Not malignant",
        "There is no carcinoma and no other malignancy",
    ),
    insufficient=("Unsatisfactory for evaluation", "Insufficient sample", "The biopsy is non-diagnostic"),
    grade=(
        "Nottingham combined grade {number}",
        "Histologic grade {roman}",
        "The tumour is {words} differentiated",
        "Grade: {number} of 3",
        "Grade = {number}",
    ),
    gleason=(
        "Gleason: {primary}+{secondary}={sum}",
        "Gleason score ({primary}+{secondary}) {sum}",
        "Gleason {sum} ({primary} + {secondary})",
    ),
    grade_group=("(Grade Group {group})", "ISUP/WHO grade group {group}", "corresponding to grade group {group}"),
    stage=("Pathological stage {t} {n}", "TNM stage: {t} {n}", "pT: {t}, pN: {n}"),
    margins={
        "clear": ("Margins uninvolved", "The margins are free of disease", "All margins clear", "Negative margins"),
        "involved": (
            "Margin is involved",
            "Radial margin: positive",
            "Positive margin",
            "Tumour present at the margin",
        ),
    },
    vessels={
        "absent": (
            "No LVI is identified",
            "Lymphovascular invasion: none seen",
            "Lymphovascular invasion was not seen",
            "LVI: negative",
        ),
        "present": (
            "LVI is present",
            "Lymphovascular invasion: present, focal",
            "There is focal lymphovascular invasion",
            "LVI identified",
        ),
    },
    nerves={
        "absent": ("No perineural invasion is seen", "Perineural invasion: none", "PNI absent"),
        "present": ("Perineural invasion: present", "PNI is seen", "Perineural invasion seen in one core"),
    },
    receptor=(
        "{marker} result: {status} ({percent}%)",
        "{marker}: {status} in {percent} % of tumour nuclei",
        "{marker} {percent}% {status}",
        "{marker} stain is {status}, about {percent}%",
    ),
    receptor_short=(
        "{marker} result: {status}",
        "{marker}: {status} staining",
        "{marker} remains {status}",
        "Carcinoma cells {status} for {marker}",
    ),
    receptors={
        "er": ("ER", "Estrogen Receptor", "Oestrogen receptor", "ER IHC"),
        "pr": ("PR", "Progesterone Receptor", "PgR", "PR IHC"),
    },
    status={
        "positive": ("positive", "clearly positive", "uniformly positive"),
        "negative": ("negative", "clearly negative", "uniformly negative"),
    },
    her2_ihc={
        "0": ("HER2 (4B5) score 0", "HER2/neu negative, score 0", "Her-2 IHC 0 (negative)"),
        "1+": ("HER2 (4B5) score 1+", "HER2/neu negative, score 1+", "Her-2 IHC 1+ (negative)"),
        "2+": ("HER2 (4B5) score 2+", "HER2/neu equivocal, score 2+", "Her-2 IHC 2+ (equivocal)"),
        "3+": ("HER2 (4B5) score 3+", "HER2/neu positive, score 3+", "Her-2 IHC 3+ (positive)"),
    },
    her2_ish={
        "amplified": (
            "HER2 by FISH: amplified, ratio 3.1",
            "HER2 ISH result: positive",
            "Amplification of HER2 is present by ISH",
        ),
        "not amplified": (
            "HER2 by FISH: not amplified, ratio 1.1",
            "HER2 ISH result: negative",
            "Amplification of HER2 is absent by ISH",
        ),
    },
    ki67=("Ki-67 = {percent}%", "Ki-67 (proliferation): {percent} %", "Ki67 estimated at {percent}%"),
    lost=(
        "{proteins} lost in tumour",
        "No expression of {proteins}",
        "Loss of staining for {proteins}",
        "{proteins}: absent",
    ),
    intact=(
        "{proteins} retained in tumour",
        "Expression of {proteins} is intact",
        "Retained staining for {proteins}",
        "{proteins}: normal",
    ),
    repair={
        "deficient": ("MMR: deficient", "Tumour is dMMR", "Mismatch repair status: deficient"),
        "proficient": ("MMR: intact", "Tumour is pMMR", "Mismatch repair status: proficient"),
    },
    satellites={
        "high": ("MSI-H", "MSI status: high", "Microsatellite instability-high"),
        "stable": ("MSS phenotype", "MSI status: MSS", "Negative for microsatellite instability"),
    },
    tps=(
        "PD-L1 TPS = {percent}%",
        "TPS {percent}% (PD-L1, SP263)",
        "PD-L1 tumour proportion score (TPS) of {percent}%",
    ),
    pending=("Immunostains are pending", "HER2 testing deferred", "An MMR panel has been ordered"),
    method=(
        "ER <1% is reported as negative by convention",
        "All controls were appropriate",
        "PD-L1 TPS of 50% or more is regarded as high",
    ),
)
