"""One patient has one pseudonym, by HL7 and by DICOM, of the whole assigning authority."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pydicom.dataset import Dataset

from schemas.imaging import ImagingReady
from stream.dicom_door.header import Header, read_header
from stream.dicom_door.names import is_patient, patient_of
from tests.builders.dicom_files import STUDY, as_bytes
from tests.builders.dicom_store import READING
from tests.builders.dicom_studies import an_instance
from tests.builders.hl7_messages import PERSON, observed, pseudonym_in


def header_of(universal: tuple[str, str] | None = None, **said: Any) -> Header:
    if universal:
        qualifier = Dataset()
        qualifier.UniversalEntityID, qualifier.UniversalEntityIDType = universal
        said["IssuerOfPatientIDQualifiersSequence"] = [qualifier]
    return read_header(BytesIO(as_bytes(an_instance(**said))))


@pytest.mark.parametrize(
    ("in_hl7", "in_dicom"),
    [
        ("700123^^^HOSPITAL^MR", {"PatientID": "700123", "IssuerOfPatientID": "HOSPITAL"}),
        ("700123^^^^MR", {"PatientID": "700123", "IssuerOfPatientID": ""}),
        ("700123^^^1.2.276.0.76^MR", {"PatientID": "700123", "IssuerOfPatientID": "1.2.276.0.76"}),
        (
            "700123^^^HOSPITAL&1.2.276.0.76&ISO^MR",
            {"PatientID": "700123", "IssuerOfPatientID": "HOSPITAL", "universal": ("1.2.276.0.76", "ISO")},
        ),
        (
            "700123^^^&hospital.example&DNS^MR",
            {"PatientID": "700123", "IssuerOfPatientID": "X", "universal": ("hospital.example", "DNS")},
        ),
    ],
)
def test_a_patient_has_the_same_pseudonym_as_in_hl7_messages(in_hl7: str, in_dicom: dict[str, Any]) -> None:
    person = "|".join([*PERSON.split("|")[:3], in_hl7, *PERSON.split("|")[4:]])
    assert patient_of(header_of(**in_dicom), READING) == pseudonym_in(observed(person=person), READING)


def test_two_authorities_have_two_patients_unless_the_site_says_that_they_are_one() -> None:
    here, there = header_of(IssuerOfPatientID="HERE"), header_of(IssuerOfPatientID="THERE")
    assert patient_of(here, READING) != patient_of(there, READING)
    same = replace(READING, same_authority={"THERE": "HERE"})
    assert patient_of(there, same) == patient_of(here, same)


def test_an_id_of_nobody_in_particular_is_of_the_authority_that_the_site_names() -> None:
    stated, bare = header_of(IssuerOfPatientID="HERE"), header_of(IssuerOfPatientID="")
    assert patient_of(bare, replace(READING, authority="HERE")) == patient_of(stated, READING)


@pytest.mark.parametrize("nobody", ["", "0", "UNKNOWN", "anonymous"])
def test_an_unknown_patient_is_another_in_every_study(nobody: str) -> None:
    one = header_of(PatientID=nobody)
    other = header_of(PatientID=nobody, StudyInstanceUID=f"{STUDY}.9")
    assert patient_of(one, READING) != patient_of(other, READING)
    assert patient_of(one, READING).startswith("study-")


@pytest.mark.parametrize("identifier", ["700123", "UNKNOWN"])
def test_a_pseudonym_is_one_on_the_wire_and_the_name_of_a_folder(identifier: str) -> None:
    patient = patient_of(header_of(PatientID=identifier), READING)
    assert is_patient(patient)
    ImagingReady.model_validate(
        {"patient": patient, "time": "2026-01-01T00:00:00Z", "study_uid": "1", "images": [{"url": "file:///a"}]}
    )
