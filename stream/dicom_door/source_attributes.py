"""What a report takes over from the images that it is about, so that their archive files it with them. Pure.

A report is made of a pseudonym and of UIDs alone. An archive that knows the study under a patient's name rejects such a
document, or makes a second patient of it; where the site allows it, it goes out under the names that its images had.
"""

from typing import Final

from pydicom import Dataset
from pydicom.tag import Tag

# fmt: off
KEYWORDS: Final = (  # of the patient and general study modules, PS3.3 C.7.1.1 and C.7.2.1
    "PatientName", "PatientID", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence", "PatientBirthDate",
    "PatientSex", "StudyDate", "StudyTime", "StudyID", "StudyDescription", "AccessionNumber",
    "IssuerOfAccessionNumberSequence", "ReferringPhysicianName",
)
# fmt: on
TAGS: Final = tuple(Tag(keyword) for keyword in ("SpecificCharacterSet", "StudyInstanceUID", *KEYWORDS))
_OF_A_PSEUDONYM: Final = ("PatientIdentityRemoved", "DeidentificationMethod")


def as_its_source(document: Dataset, source: Dataset) -> Dataset:
    """The document under its source's patient and study. Raises ValueError where that is another study's."""
    if document.StudyInstanceUID != source.get("StudyInstanceUID"):
        raise ValueError
    source.decode()  # out of the source's character set; the document's own is Unicode
    for keyword in _OF_A_PSEUDONYM:
        if keyword in document:
            delattr(document, keyword)
    for keyword in KEYWORDS:
        if keyword in source:
            document[keyword] = source[keyword]
    return document
