"""Under which names an instance is kept: keyed hashes, of which none says who the patient is. Pure."""

import re
from typing import Final, NamedTuple

from models.deidentify.keyed import Keyed
from stream.dicom_door.header import Header
from stream.gateway.authorities import assigner
from stream.gateway.conventions import Conventions
from stream.gateway.persons import Identity, is_nobody, pseudonym_of

_PATIENT: Final = re.compile(r"(p|study)-[0-9a-f]{24}")
_STUDY: Final = re.compile(r"[0-9a-f]{24}")
_INSTANCE: Final = re.compile(r"([0-9a-f]{24})-([0-9a-f]{64})\.dcm")


class Study(NamedTuple):
    """A study's folder: its patient's, and its own in that."""

    patient: str
    name: str


class File(NamedTuple):
    """What the name of an instance's file says."""

    name: str
    instance: str
    sha256: str


def study_of(header: Header, conventions: Conventions) -> Study:
    """Where an instance belongs."""
    return Study(patient_of(header, conventions), study_name(header.study_uid, conventions.key))


def patient_of(header: Header, conventions: Conventions) -> str:
    """The patient's pseudonym: the one that HL7 messages get for the same identifier of the same authority.

    Of an instance that names nobody the patient is unknown, and each study a patient of its own.
    """
    identifier = header.patient_id
    if is_nobody(identifier, conventions):
        return f"study-{conventions.key.name(f'unknown patient|{header.study_uid}')}"
    same = conventions.same_authority
    stated = assigner(same, header.issuer, header.universal_issuer, header.universal_type)
    who = Identity.of(identifier, stated if any(stated) else assigner(same, conventions.authority))
    return pseudonym_of(who, conventions.key)


def study_name(study_uid: str, key: Keyed) -> str:
    """A study's folder, which is also how the log names the study."""
    return key.name(study_uid)


def instance_name(sop_instance_uid: str, key: Keyed) -> str:
    """The first part of the name of an instance's file."""
    return key.name(f"instance|{sop_instance_uid}")


def file_name(instance: str, sha256: str) -> str:
    """The name of an instance's file, which holds the hash of its content: another content is another file."""
    return f"{instance}-{sha256}.dcm"


def file_named(name: str) -> File | None:
    """What a file's name says; None where it is none of ours."""
    found = _INSTANCE.fullmatch(name)
    return None if found is None else File(name, found[1], found[2])


def is_patient(name: str) -> bool:
    """Whether a folder may be a patient's."""
    return _PATIENT.fullmatch(name) is not None


def is_study(name: str) -> bool:
    """Whether a folder may be a study's."""
    return _STUDY.fullmatch(name) is not None
