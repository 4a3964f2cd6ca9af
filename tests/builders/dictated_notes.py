"""Dictated notes that speak of tumours and are no pathology reports, made up for these tests: lines end with commas.

A transcription service's notes lose their lines on the way to a table; nobody real is behind one.
"""

from typing import Final

NOTES: Final[dict[str, tuple[str, str]]] = {
    "consultation for breast cancer": (
        "clinical note",
        (
            "CHIEF COMPLAINT: ,Lump in the right breast.,HISTORY OF PRESENT ILLNESS: ,This is a 61-year-old woman"
            " whose core biopsy showed infiltrating ductal carcinoma, grade 2, ER positive, PR positive, HER2 "
            "negative.,PAST MEDICAL HISTORY:,1.  Hypertension.,2.  Colonic polyps.,PHYSICAL EXAMINATION: ,Blood "
            "pressure 140/80. There is a mass at 10 o'clock.,ASSESSMENT AND PLAN: ,T2 N0 invasive ductal "
            "carcinoma of the right breast. I discussed lumpectomy."
        ),
    ),
    "excision of a lesion": (
        "operative note",
        (
            "PREOPERATIVE DIAGNOSIS: , Basal cell carcinoma, nose.,POSTOPERATIVE DIAGNOSIS: , Basal cell "
            "carcinoma.,ANESTHESIA: ,Local.,PROCEDURE IN DETAIL: ,The patient was prepped and draped. The lesion "
            "was excised with 4 mm margins. Frozen section showed margins negative for carcinoma. The wound was "
            "closed with Vicryl."
        ),
    ),
    "chest CT": (
        "radiology report",
        (
            "EXAM: ,CT chest with intravenous contrast.,COMPARISON: ,March.,FINDINGS: ,There is a 2.4 cm "
            "spiculated mass in the right upper lobe, consistent with adenocarcinoma. Lymph nodes are "
            "enlarged.,IMPRESSION: ,Lung carcinoma with metastases to the liver."
        ),
    ),
    "discharge after colectomy": (
        "discharge summary",
        (
            "ADMISSION DIAGNOSIS: ,Adenocarcinoma of the sigmoid colon.,DISCHARGE DIAGNOSIS: ,Adenocarcinoma of "
            "the sigmoid colon, pT3 N1, 2 of 18 lymph nodes positive.,HOSPITAL COURSE: ,The patient was admitted "
            "for sigmoid colectomy. Final pathology showed moderately differentiated adenocarcinoma, margins "
            "negative.,DISCHARGE MEDICATIONS: ,Oxycodone 5 mg."
        ),
    ),
    "letter on a prostate": (
        "clinical note",
        (
            "Dear Dr. Smith: ,Thank you for referring this gentleman. His PSA is 9 and his biopsies show prostate"
            " adenocarcinoma, Gleason score 3+4=7, in 4 of 12 cores. We discussed surgery and radiation.,Kind "
            "regards"
        ),
    ),
    "oncology follow-up": (
        "clinical note",
        (
            "SUBJECTIVE: ,She returns for follow-up of stage IIIA breast cancer, ER 90%. She denies "
            "pain.,OBJECTIVE: ,Vital signs stable. HEENT normal.,ASSESSMENT: ,Breast carcinoma, no evidence of "
            "recurrence.,PLAN: ,Tamoxifen."
        ),
    ),
    "bronchoscopy": (
        "operative note",
        (
            "PROCEDURE PERFORMED: ,Bronchoscopy with brushings.,INDICATIONS FOR PROCEDURE: ,Right hilar mass, "
            "suspected small cell carcinoma.,DESCRIPTION OF PROCEDURE: ,Informed consent was obtained. The "
            "bronchoscope was passed. Biopsies were sent. Preliminary cytology was positive for malignancy. The "
            "patient tolerated the procedure."
        ),
    ),
    "colonoscopy": (
        "operative note",
        (
            "OPERATIVE PROCEDURE: ,Colonoscopy with polypectomy.,INDICATION: ,History of tubular "
            "adenoma.,FINDINGS: ,Two polyps, likely hyperplastic polyps; benign prostatic hyperplasia on rectal "
            "examination.,The colonoscope was advanced to the caecum. Conscious sedation was given. No "
            "complications."
        ),
    ),
    "a note without headings": (
        "clinical note",
        (
            "The patient is a 54-year-old male with known metastatic squamous cell carcinoma of the lung who "
            "presents for chemotherapy today. He denies cough. He was seen last week. The patient has lost "
            "weight. I will see him again."
        ),
    ),
    "autopsy": (
        "autopsy report",
        (
            "AUTOPSY REPORT,CAUSE OF DEATH: ,Pulmonary embolism.,The decedent had adenocarcinoma of the colon and"
            " benign prostatic hyperplasia.,MICROSCOPIC EXAMINATION: ,Lung: organizing pneumonia."
        ),
    ),
    "mammogram": (
        "radiology report",
        (
            "EXAM: Bilateral diagnostic mammogram.,TECHNIQUE: CC and MLO views.,FINDINGS: Spiculated mass, left "
            "breast.,IMPRESSION: BI-RADS 5, highly suggestive of malignancy. DCIS cannot be excluded."
        ),
    ),
    "radiation oncology": (
        "clinical note",
        (
            "REASON FOR CONSULTATION: Prostate cancer.,HPI: Mr. X has Gleason 4+3 adenocarcinoma, T1c, and BPH. "
            "FAMILY HISTORY: Father with prostate carcinoma. SOCIAL HISTORY: Does not smoke. RECOMMENDATIONS: "
            "Radiation."
        ),
    ),
}
