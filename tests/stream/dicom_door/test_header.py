"""What a file's first part says, in every syntax; a file that lies costs no memory."""

import struct
import tracemalloc
import warnings
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import uid
from pydicom.dataset import Dataset

from models.lesion.dicom import DECODERS
from stream.dicom_door.header import HEAD_BYTES, read_header
from stream.dicom_door.outcome import NotStored, Status
from tests.builders.dicom_files import STUDY, as_bytes
from tests.builders.dicom_studies import an_instance


def in_syntax(syntax: uid.UID) -> bytes:
    """A file without pixels in a syntax."""
    file = Dataset(an_instance())  # remembers no byte order
    del file.PixelData
    file.file_meta = an_instance().file_meta
    file.file_meta.TransferSyntaxUID = syntax
    file.preamble = b"\0" * 128
    return as_bytes(file)


@pytest.mark.parametrize("syntax", DECODERS, ids=lambda syntax: syntax.keyword)
def test_the_header_is_read_in_every_syntax_that_the_check_path_can_read(syntax: uid.UID) -> None:
    header = read_header(BytesIO(in_syntax(syntax)))
    assert header.syntax_uid == syntax
    assert header.study_uid == STUDY
    assert header.sop_instance_uid == f"{STUDY}.1.1"
    assert header.series_uid == f"{STUDY}.1"
    assert (header.modality, header.body_part) == ("DX", "CHEST")
    assert (header.patient_id, header.issuer) == ("MRN-4711", "HOSPITAL")
    assert header.has_picture


def test_who_assigned_the_patients_id_is_read_with_its_universal_name() -> None:
    qualifier = Dataset()
    qualifier.UniversalEntityID, qualifier.UniversalEntityIDType = "1.2.276.0.76.3", "ISO"
    header = read_header(BytesIO(as_bytes(an_instance(IssuerOfPatientIDQualifiersSequence=[qualifier]))))
    assert (header.universal_issuer, header.universal_type) == ("1.2.276.0.76.3", "ISO")


@pytest.mark.parametrize("modality", ["SR", "KO", "PR", "SEG"])
def test_what_is_said_about_pictures_is_no_picture(modality: str) -> None:
    """A report that an archive sends back must not lead to another report."""
    assert not read_header(BytesIO(as_bytes(an_instance(Modality=modality)))).has_picture


def test_a_file_without_rows_has_no_picture() -> None:
    file = an_instance()
    del file.Rows
    assert not read_header(BytesIO(as_bytes(file))).has_picture


def test_an_id_in_another_character_set_is_read_as_its_text() -> None:
    file = an_instance(SpecificCharacterSet="ISO_IR 192", PatientID="Ä-17 ")
    assert read_header(BytesIO(as_bytes(file))).patient_id == "Ä-17"


def test_an_inflation_bomb_is_not_inflated() -> None:
    file = an_instance()
    file.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    whole = as_bytes(file)
    bomb = struct.pack("<HH2sxxL", 0x0009, 0x1001, b"OB", 2**30) + bytes(2**26)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    meta_bytes = 144 + struct.unpack("<L", whole[140:144])[0]
    packed = whole[:meta_bytes] + packer.compress(bomb) + packer.flush()
    tracemalloc.start()
    try:
        assert read_header(BytesIO(packed)).study_uid == ""
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 4 * HEAD_BYTES


class Endless(BytesIO):
    """A file that counts what is read of it."""

    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert 0 <= size <= HEAD_BYTES
        self.read_bytes += size
        return super().read(size)


def test_no_more_than_the_first_part_is_read_whatever_lengths_a_file_states() -> None:
    file = Endless(as_bytes(an_instance()) + bytes(2 * HEAD_BYTES))
    assert read_header(file).study_uid == STUDY
    assert file.read_bytes == HEAD_BYTES


@pytest.mark.parametrize("length", [0, 131, 132, 140, 200, 300])
def test_a_file_that_ends_early_is_refused_or_says_less(length: int) -> None:
    data = as_bytes(an_instance())[:length]
    try:
        assert read_header(BytesIO(data)).study_uid == ""
    except NotStored as refused:
        assert refused.status in {Status.NOT_UNDERSTOOD, Status.SYNTAX_NOT_SUPPORTED}  # noqa: PT017 - either is right


def test_a_syntax_that_nothing_here_reads_is_named() -> None:
    file = an_instance()
    file.file_meta.TransferSyntaxUID = uid.MPEG2MPML
    file.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x02\x00\x00\x00\x00\x00"
    file["PixelData"].VR = "OB"
    file["PixelData"].is_undefined_length = True
    with pytest.raises(NotStored) as refused:
        read_header(BytesIO(as_bytes(file)))
    assert refused.value.status is Status.SYNTAX_NOT_SUPPORTED


@given(st.lists(st.tuples(st.integers(128, 700), st.integers(0, 255)), min_size=1, max_size=8))
def test_whatever_stands_in_a_file_it_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(as_bytes(an_instance()))
    for place, value in changes:
        data[place] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, which the gateway's process ignores, too
        try:
            header = read_header(BytesIO(bytes(data)))
        except NotStored:
            return
    assert all(len(value) <= 64 for value in header if isinstance(value, str))
