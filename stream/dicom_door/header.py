"""What the first part of a DICOM file says: whose instance it is, and where it belongs. Values are never logged.

Only the first mebibytes are read, whatever lengths the file states, so that no file costs more memory than that.
"""

import re
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple

from pydicom import Dataset, uid
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag, Tag

from models.lesion.dicom import CODE, DECODERS, UID
from models.lesion.dicom_guards import broken_means
from models.lesion.refusal import ImageRefused, Unreadable
from stream.dicom_door.outcome import NotStored, Status

HEAD_BYTES: Final = 4 * 2**20
"""So much of a file is read at most for its header; our choice, a hundred times what scanners write before it."""
_PREAMBLE_BYTES: Final = 132  # with the prefix, PS3.10 7.1
_LAST: Final = 0x00280010  # Rows
_TAGS: Final[list[BaseTag | int]] = [
    Tag(keyword)
    for keyword in (
        "SpecificCharacterSet",
        "SOPClassUID",
        "SOPInstanceUID",
        "Modality",
        "PatientID",
        "IssuerOfPatientID",
        "IssuerOfPatientIDQualifiersSequence",
        "BodyPartExamined",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "Rows",
    )
]
_NO_PICTURES: Final = {"SR", "KO", "PR", "SEG"}
"""Modalities of what is said about pictures, also by us: a report that comes back must not lead to another report."""


class Header(NamedTuple):
    """An instance's header; a value is empty where the file has none, or one that the standard does not allow.

    `issuer` is a name, `universal_issuer` an identifier that is the same everywhere, `universal_type` its kind.
    """

    syntax_uid: str
    sop_class_uid: str
    sop_instance_uid: str
    study_uid: str
    series_uid: str
    modality: str
    body_part: str
    patient_id: str
    issuer: str
    universal_issuer: str
    universal_type: str
    has_picture: bool


def read_header(file: BinaryIO) -> Header:
    """Read the header of a file in the form of PS3.10. Raises NotStored; its text has nothing of the file."""
    syntax, said = read_said(file, _TAGS)
    try:
        with broken_means(Unreadable.NOT_DICOM):
            return _header(syntax, said)
    except ImageRefused:
        raise NotStored(Status.NOT_UNDERSTOOD) from None


def read_said(file: BinaryIO, tags: Sequence[BaseTag | int]) -> tuple[uid.UID, Dataset]:
    """Read the transfer syntax and these attributes, as far as they stand in the header. Raises NotStored."""
    try:
        with broken_means(Unreadable.NOT_DICOM):
            return _read(file.read(HEAD_BYTES), tags)
    except ImageRefused:
        raise NotStored(Status.NOT_UNDERSTOOD) from None


def _read(head: bytes, tags: Sequence[BaseTag | int]) -> tuple[uid.UID, Dataset]:
    if head[_PREAMBLE_BYTES - 4 : _PREAMBLE_BYTES] != b"DICM":
        raise NotStored(Status.NOT_UNDERSTOOD)
    stream = BytesIO(head)
    stream.seek(_PREAMBLE_BYTES)
    meta = read_dataset(stream, is_implicit_VR=False, is_little_endian=True, stop_when=_is_past_the_meta)
    syntax = uid.UID(str(meta.get("TransferSyntaxUID", "")))
    if syntax not in DECODERS:
        raise NotStored(Status.SYNTAX_NOT_SUPPORTED)
    if syntax.is_deflated:
        stream = BytesIO(zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream.read(), HEAD_BYTES))
    said = read_dataset(
        stream,
        is_implicit_VR=syntax.is_implicit_VR,
        is_little_endian=syntax.is_little_endian,
        stop_when=_is_past_the_header,
        specific_tags=list(tags),
    )
    return syntax, said


def _is_past_the_meta(tag: int, _vr: str | None, _length: int) -> bool:
    return tag >> 16 != 2  # noqa: PLR2004 - the group of the file meta elements


def _is_past_the_header(tag: int, _vr: str | None, _length: int) -> bool:
    return tag > _LAST


def _header(syntax: uid.UID, said: Dataset) -> Header:
    modality = _of_form(said, "Modality", CODE)
    qualifiers = said.get("IssuerOfPatientIDQualifiersSequence") or [Dataset()]
    return Header(
        syntax_uid=str(syntax),
        sop_class_uid=_of_form(said, "SOPClassUID", UID),
        sop_instance_uid=_of_form(said, "SOPInstanceUID", UID),
        study_uid=_of_form(said, "StudyInstanceUID", UID),
        series_uid=_of_form(said, "SeriesInstanceUID", UID),
        modality=modality,
        body_part=_of_form(said, "BodyPartExamined", CODE),
        patient_id=_text(said, "PatientID"),
        issuer=_text(said, "IssuerOfPatientID"),
        universal_issuer=_text(qualifiers[0], "UniversalEntityID"),
        universal_type=_text(qualifiers[0], "UniversalEntityIDType"),
        has_picture="Rows" in said and modality not in _NO_PICTURES,
    )


def _of_form(said: Dataset, keyword: str, form: re.Pattern[str]) -> str:
    value = str(said.get(keyword) or "").strip()
    return value if form.fullmatch(value) else ""


def _text(said: Dataset, keyword: str) -> str:
    """A text as a whole, however long: an identifier that is cut short may be another patient's.

    A backslash, which parts values in DICOM, is a letter of an identifier where there can be one value only.
    """
    stated = said.get(keyword) or ""
    return (stated if isinstance(stated, str) else "\\".join(map(str, stated))).strip()
