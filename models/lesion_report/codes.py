"""Codes of the lesion models' classes, nearly all of SNOMED CT, and the other codes that a report needs.

Sources: the concepts and the context groups (CID) of DICOM PS3.16, as pydicom carries them; the disorders after SNOMED
CT's international edition. The grades of retinopathy are LOINC's answers to "diabetic retinopathy severity level"
(71490-7 and 71491-5), since these five are the steps of the clinical scale that the model grades by. A class is coded
as an imaging finding, not as a confirmed diagnosis.
"""

from typing import Final, Literal, NamedTuple


class Coded(NamedTuple):
    """A concept as DICOM writes it."""

    value: str
    scheme: Literal["SCT", "DCM", "LN", "UCUM"]
    meaning: str


SYSTEMS: Final = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "LN": "http://loinc.org",
    "UCUM": "http://unitsofmeasure.org",
}
"""The URIs of these coding schemes in FHIR; FHIR R4, section 4.3.0 and PS3.16, table 8-1."""

NORMAL: Final = Coded("17621005", "SCT", "Normal")  # CID 222

# fmt: off
CLASSES: Final[dict[tuple[str, str], Coded]] = {
    # set                 label                        concept
    ("brain_mri",         "glioma"):                   Coded("393564001", "SCT", "Glioma"),
    ("brain_mri",         "meningioma"):               Coded("302820008", "SCT", "Intracranial meningioma"),
    ("brain_mri",         "no_tumour"):                NORMAL,
    ("brain_mri",         "pituitary"):                Coded("127024001", "SCT", "Neoplasm of pituitary gland"),
    ("breast_ultrasound", "benign"):                   Coded("30807003",  "SCT", "Benign"),     # CID 6063
    ("breast_ultrasound", "malignant"):                Coded("21594007",  "SCT", "Malignant"),  # CID 6063
    ("breast_ultrasound", "normal"):                   NORMAL,
    ("chest_ct",          "adenocarcinoma"):           Coded("254626006", "SCT", "Adenocarcinoma of lung"),
    ("chest_ct",          "large_cell_carcinoma"):     Coded("254629004", "SCT", "Large cell carcinoma of lung"),
    ("chest_ct",          "normal"):                   NORMAL,
    ("chest_ct",          "squamous_cell_carcinoma"):  Coded("254634000", "SCT", "Squamous cell carcinoma of lung"),
    ("chest_xray",        "normal"):                   NORMAL,
    ("chest_xray",        "pneumonia"):                Coded("233604007", "SCT", "Pneumonia"),
    ("fundus",            "grade_0"):                Coded("LA18643-9", "LN", "No apparent retinopathy"),
    ("fundus",            "grade_1"):                Coded("LA18644-7", "LN", "Mild non-proliferative retinopathy"),
    ("fundus",            "grade_2"):                Coded("LA18645-4", "LN", "Moderate non-proliferative retinopathy"),
    ("fundus",            "grade_3"):                Coded("LA18646-2", "LN", "Severe non-proliferative retinopathy"),
    ("fundus",            "grade_4"):                Coded("LA18648-8", "LN", "Proliferative retinopathy"),
    ("fundus",            "macular_oedema"):         Coded("312912001", "SCT", "Diabetic macular edema"),
}
SITES: Final[dict[str, Coded]] = {  # CID 4
    "brain_mri":         Coded("12738006", "SCT", "Brain"),
    "breast_ultrasound": Coded("76752008", "SCT", "Breast"),
    "chest_ct":          Coded("39607008", "SCT", "Lung"),
    "chest_xray":        Coded("39607008", "SCT", "Lung"),
    "fundus":            Coded("5665001",  "SCT", "Retina"),
}
# fmt: on

SIDES: Final = {  # CID 244
    "left": Coded("7771000", "SCT", "Left"),
    "right": Coded("24028007", "SCT", "Right"),
}
PRESENCE: Final = Coded("121052", "DCM", "Presence of property")
PRESENT: Final = Coded("52101004", "SCT", "Present")  # CID 240
ABSENT: Final = Coded("272519000", "SCT", "Absent")  # CID 240
INDETERMINATE: Final = Coded("82334004", "SCT", "Indeterminate")  # CID 4220
CERTAINTY: Final = Coded("111012", "DCM", "Certainty of Finding")  # CID 6048: in percent, as the device gives it
COMMENT: Final = Coded("121106", "DCM", "Comment")
SALIENCY: Final = Coded("130404", "DCM", "Saliency")  # CID 217
PROCEDURE: Final = Coded("363679005", "SCT", "Imaging procedure")  # CID 100
IMAGE_REGION: Final = Coded("111030", "DCM", "Image Region")
IMAGING_FINDING: Final = Coded("365853002", "SCT", "Imaging finding")
REPORT: Final = Coded("18748-4", "LN", "Diagnostic imaging study")

PERCENT: Final = Coded("%", "UCUM", "%")
