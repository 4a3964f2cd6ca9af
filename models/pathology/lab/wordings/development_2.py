"""Wording 2 of six that the reader was developed on, after one measurement on it."""

from typing import Final

from models.pathology.lab.wording import Wording

DEVELOPMENT_2: Final = Wording(
    diagnosis_heading=("PATHOLOGICAL DIAGNOSIS:", "Histopathological diagnosis:", "Summary:", "DIAGNOSES:", ""),
    history_heading=("CLINICAL DATA:", "Relevant history:", "Indication:", "Clinical summary:"),
    gross_heading=("GROSS EXAMINATION:", "Macroscopic examination:"),
    addendum_heading=("ADDENDUM REPORT:", "Supplemental report:", "Addendum #1:"),
    head=("{organ} ({taken}):", "{taken}, {organ}:", "{organ}; {taken}", "Submitted as {organ}, {taken}."),
    organs={
        "breast": ("Right breast, upper outer quadrant", "Mammary tissue, left", "Breast right 9:00"),
        "colorectum": ("Rectosigmoid", "Large bowel, splenic flexure", "Colon at 30 cm"),
        "lung": ("Pulmonary nodule, left", "Right middle lobe lung", "Lung"),
        "prostate": ("Prostate, left lateral", "Prostatic tissue", "Prostate, apex"),
    },
    taken={
        "biopsy": ("core needle biopsy", "image-guided biopsy", "tissue cores", "biopsy x3"),
        "resection": ("segmental resection", "surgical excision", "wedge resection"),
    },
    lesions={
        "invasive carcinoma of no special type": (
            "invasive breast carcinoma of no special type",
            "invasive mammary carcinoma, no special type",
            "infiltrating duct carcinoma",
            "invasive ductal carcinoma (NST)",
        ),
        "invasive lobular carcinoma": ("invasive lobular breast cancer", "lobular carcinoma, invasive"),
        "mucinous carcinoma": ("mucinous adenocarcinoma", "colloid carcinoma"),
        "ductal carcinoma in situ": ("ductal carcinoma in-situ (DCIS)", "in situ ductal carcinoma"),
        "fibroadenoma": ("intracanalicular fibroadenoma", "fibroadenomas"),
        "fibrocystic change": ("fibrocystic changes", "fibrocystic disease"),
        "atypical ductal hyperplasia": ("ADH", "atypical (intra)ductal hyperplasia"),
        "adenocarcinoma": ("moderately cellular adenocarcinoma", "infiltrating adenocarcinoma"),
        "tubular adenoma": ("tubular adenomas", "tubular adenoma (low-grade dysplasia)"),
        "tubulovillous adenoma": ("tubulo-villous adenoma", "adenoma with tubulovillous architecture"),
        "hyperplastic polyp": ("hyperplastic polyps", "polyp of hyperplastic type"),
        "squamous cell carcinoma": ("keratinizing squamous cell carcinoma", "squamous carcinoma"),
        "small cell carcinoma": ("small-cell carcinoma", "small cell lung carcinoma"),
        "granulomatous inflammation": ("necrotizing granulomas", "granulomatous inflammation with giant cells"),
        "acinar adenocarcinoma": ("adenocarcinoma of the prostate", "prostatic adenocarcinoma, acinar type"),
        "high-grade prostatic intraepithelial neoplasia": ("high grade PIN", "HGPIN"),
        "atypical small acinar proliferation": ("ASAP", "a focus of atypical small acinar proliferation"),
        "nodular hyperplasia": ("glandular and stromal hyperplasia", "benign nodular hyperplasia"),
    },
    stated=(
        "The features are those of {lesion}",
        "Microscopy demonstrates {lesion}",
        "{lesion}, see comment",
        "Tissue infiltrated or replaced by {lesion}",
        "Diagnostic of {lesion}",
        "Positive for {lesion}",
    ),
    hedged=(
        "The appearances raise the possibility of {lesion}",
        "{lesion} is suspected",
        "Probable {lesion}",
        "Atypical features, worrisome for {lesion}",
        "Most likely {lesion}",
        "Findings suggestive of {lesion}",
        "{lesion} cannot be entirely excluded",
        "In keeping with {lesion}",
    ),
    denied=(
        "There is no {lesion} in the material examined",
        "{lesion} is absent",
        "Without evidence of {lesion}",
        "{lesion} has been ruled out",
        "Levels fail to reveal {lesion}",
        "No features of {lesion} are recognised",
    ),
    history=(
        "Mother had {lesion}",
        "Previous {lesion} in 2016, pT2 N1, HER2 3+",
        "Clinically {lesion}, BI-RADS 5",
        "{lesion} suspected on imaging",
        "Status post resection of {lesion}, Gleason 4+4",
    ),
    gross=("Received in formalin, 3 cores", "An ellipse weighing 12 g with a firm tumour 14 mm across"),
    no_malignancy=(
        "Unremarkable tissue without malignancy",
        "Malignancy is not seen",
        "No malignant cells",
        "There is no evidence of malignant disease",
        "Negative for neoplasia or malignancy",
    ),
    insufficient=(
        "The sample is inadequate for interpretation",
        "Tissue insufficient for a diagnosis",
        "Unsatisfactory specimen",
    ),
    grade=(
        "Nottingham grade {roman}",
        "G{number}",
        "histological grade {number} of 3",
        "Overall grade: {number}",
        "{words}-differentiated",
    ),
    gleason=(
        "Gleason's score {sum} ({primary}+{secondary})",
        "Gleason grade {primary} + {secondary} = {sum}",
        "Combined Gleason score: {primary}+{secondary}={sum}",
    ),
    grade_group=("WHO/ISUP grade group: {group}", "(grade group {group} of 5)", "Prognostic grade group {group}"),
    stage=("pTNM: {t}, {n}", "Staged as {t} and {n} (AJCC 8th edition)", "TNM {t}/{n}"),
    margins={
        "clear": (
            "All resection margins are free of tumour",
            "Tumor-free margins",
            "No tumor on ink",
            "Excision margins uninvolved",
        ),
        "involved": (
            "Tumour extends to the deep margin",
            "The posterior margin is focally involved",
            "Resection margin involved by tumor",
            "Positive surgical margins",
        ),
    },
    vessels={
        "absent": (
            "Lymphatic and vascular invasion absent",
            "There is no angiolymphatic invasion",
            "Negative for LVI",
            "Vascular invasion: none",
        ),
        "present": (
            "Foci of lymphovascular space invasion are seen",
            "Extensive LVI",
            "Lymphovascular permeation is identified",
            "Vascular invasion: yes",
        ),
    },
    nerves={
        "absent": ("Perineural infiltration is absent", "Without perineural invasion", "PNI not seen"),
        "present": ("Focal perineural invasion", "Perineural infiltration: present", "PNI positive"),
    },
    receptor=(
        "{marker} shows nuclear staining in {percent}% of tumour cells ({status})",
        "{marker} ({percent} %): {status}",
        "{marker} - {status}, {percent} percent",
        "{marker} immunostain {status} ({percent}% of cells)",
    ),
    receptor_short=(
        "{marker}-{status}",
        "{marker} expression: {status}",
        "Tumour cells are {status} for {marker}",
        "{marker} = {status}",
    ),
    receptors={
        "er": ("ER", "Estrogen receptors", "Oestrogen receptor (ER)", "ER status"),
        "pr": ("PR", "Progesterone receptors", "Progesterone receptor (PR)", "PR status"),
    },
    status={"positive": ("positive", "strongly positive", "pos"), "negative": ("negative", "neg")},
    her2_ihc={
        "0": ("HER-2/neu: score 0, negative", "No HER2 staining (score 0)", "HER2 by IHC negative, 0"),
        "1+": ("HER-2/neu oncoprotein 1+", "HER2 (IHC): 1+, negative", "c-erbB-2: 1+"),
        "2+": ("HER-2/neu oncoprotein 2+", "HER2 (IHC): 2+, equivocal", "HER2 borderline, 2+"),
        "3+": ("HER-2/neu oncoprotein 3+", "HER2 (IHC): 3+, positive", "HER2 overexpressed, 3+"),
    },
    her2_ish={
        "amplified": (
            "Dual-probe ISH shows HER2 amplification",
            "HER2 amplified by fluorescence in situ hybridisation",
            "FISH for HER2: positive",
        ),
        "not amplified": (
            "Dual-probe ISH shows no HER2 amplification",
            "HER2 non-amplified by fluorescence in situ hybridisation",
            "FISH for HER2: negative",
        ),
    },
    ki67=(
        "Proliferation (Ki67) {percent} %",
        "Ki-67 labelling in about {percent}% of nuclei",
        "Ki 67 proliferative fraction: {percent}%",
    ),
    lost=(
        "Absent nuclear staining for {proteins}",
        "{proteins} show loss of expression",
        "There is loss of {proteins}",
        "{proteins}: not expressed",
    ),
    intact=(
        "{proteins} are preserved",
        "Normal expression of {proteins}",
        "Nuclear staining for {proteins} is retained",
        "{proteins}: present",
    ),
    repair={
        "deficient": (
            "The tumour is mismatch repair deficient",
            "MMR status: deficient (dMMR)",
            "Defective mismatch repair",
        ),
        "proficient": (
            "The tumour is mismatch repair proficient",
            "MMR status: proficient",
            "No evidence of mismatch repair deficiency",
        ),
    },
    satellites={
        "high": ("MSI-H by PCR", "High microsatellite instability", "The tumour is microsatellite unstable"),
        "stable": ("No microsatellite instability", "The tumour is microsatellite stable (MSS)", "MSI status: stable"),
    },
    tps=(
        "PD-L1 (clone 22C3): {percent}% TPS",
        "TPS for PD-L1 is {percent}%",
        "PD-L1 immunohistochemistry, TPS = {percent} %",
    ),
    pending=(
        "ISH for HER2 has been requested",
        "PD-L1 testing is awaited",
        "Molecular results will be reported separately",
    ),
    method=(
        "Cut-off for ER and PR: 1%",
        "Internal control for ER stains appropriately",
        "HER2 scored according to ASCO/CAP",
    ),
)
