"""De-identify one DICOM file: bytes in, bytes out, or a refusal. Opens no files and writes no log.

Pixel data are not decoded, and the picture stays as it is; what is no picture in them is taken out.
"""

from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from pydicom import FileDataset, dcmread, uid
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.utils import get_expected_length

from models.deidentify.keyed import Keyed
from models.deidentify.pixels import clean_pixels
from models.deidentify.profile import Options, deidentify
from models.lesion.burned_in import burned_in
from models.lesion.dicom_guards import broken_means, pydicom_silenced, refuse_an_inflation_bomb, with_preamble
from models.lesion.refusal import ImageRefused, Unreadable

MOST_BYTES: Final = 2**31
"""Largest size of a file, and of the inflated content of a deflated one; our choice."""
UNDEFINED: Final = 0xFFFFFFFF
"""The length field of a value that ends with a delimiter; PS3.5 7.1."""
DAMAGED: Final = "it is no DICOM file, or it is damaged"
DIRECTORY: Final = "a DICOMDIR lists other files by their names: de-identify those and make a new one"
NO_INSTANCE: Final = "it does not say which instance it is"
TOO_LARGE: Final = f"it is larger than {MOST_BYTES >> 30} GiB"


class NotDeidentified(Exception):  # noqa: N818 a refusal is a result, not a fault
    """A file that can't be de-identified; `str` gives the reason, which quotes nothing of the file."""


@dataclass(frozen=True)
class Deidentified:
    """A de-identified file."""

    data: bytes
    study_uid: str  # both are the new UIDs; empty when the file names no study
    instance_uid: str
    changes: Counter[str]  # values removed, emptied or replaced, by kind
    burned_in: bool  # the picture may show names: stated in the header, suspected, or seen


def deidentify_file(data: bytes, keyed: Keyed, options: Options, *, text_seen: bool = False) -> Deidentified:
    """De-identify a DICOM file (PS3.10) of any kind except a DICOMDIR. Raises NotDeidentified.

    `text_seen` says that the picture seems to contain text; the file is then flagged, whatever its header states. With
    the option `pixels` the header's own suspicion counts as settled, since somebody looked and blanked.
    """
    if len(data) > MOST_BYTES:
        raise NotDeidentified(TOO_LARGE)
    try:
        with pydicom_silenced(), broken_means(Unreadable.NOT_DICOM):
            data = with_preamble(data)
            refuse_an_inflation_bomb(data, MOST_BYTES)
            return _deidentified(dcmread(BytesIO(data)), keyed, options, text_seen=text_seen)
    except ImageRefused as refused:
        raise NotDeidentified(TOO_LARGE if refused.reason == Unreadable.LARGE_FILE else DAMAGED) from None


def _deidentified(file: FileDataset, keyed: Keyed, options: Options, *, text_seen: bool) -> Deidentified:
    if "DirectoryRecordSequence" in file:
        raise NotDeidentified(DIRECTORY)
    before = file.file_meta
    instance = str(file.get("SOPInstanceUID") or before.get("MediaStorageSOPInstanceUID") or "")
    if not instance:
        raise NotDeidentified(NO_INSTANCE)
    if _is_cut_short(file):
        raise NotDeidentified(DAMAGED)
    suspected = "PixelData" in file and (text_seen or (not options.pixels and burned_in(file) is True))
    changes = deidentify(file, keyed, options)
    if cleaned := clean_pixels(file):
        changes["pixel data besides the picture"] += cleaned
    if suspected:
        file.BurnedInAnnotation = "YES"
    elif options.pixels:
        file.BurnedInAnnotation = "NO"
    meta = FileMetaDataset()  # a new one: the original may name the sender
    meta.TransferSyntaxUID = before.TransferSyntaxUID
    meta.MediaStorageSOPClassUID = file.get("SOPClassUID") or before.MediaStorageSOPClassUID
    meta.MediaStorageSOPInstanceUID = uid.UID(keyed.uid(instance))
    file.file_meta, file.preamble = meta, bytes(128)
    study = str(file.get("StudyInstanceUID") or "")
    return Deidentified(_written(file), study, meta.MediaStorageSOPInstanceUID, changes, suspected)


def _written(file: FileDataset) -> bytes:
    tags = list(file.keys())
    if not file.file_meta.TransferSyntaxUID.is_implicit_VR and any(file.get_item(tag).VR is None for tag in tags):
        for _ in file.iterall():  # decoding the elements finds value representations that the file should have stated
            pass
    out = BytesIO()
    file.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _is_cut_short(file: FileDataset) -> bool:
    """Return whether the file ends within a value or within its pixel data, as far as can be told without decoding."""
    last = file.get_item(max(file.keys()))
    if isinstance(last, RawDataElement) and last.length != UNDEFINED and len(last.value or b"") < last.length:
        return True
    if "PixelData" not in file or file.file_meta.TransferSyntaxUID.is_encapsulated:
        return False  # a header without pixel data is a valid file as well
    return len(file.PixelData) < get_expected_length(file)
