"""Read a colour photograph of the retina from a DICOM file, or say why it is none; each refusal names the tag.

Bytes in; opens no files. The decoders parse files from outside: see `models/lesion/dicom.py`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from pydicom import Dataset, uid

from models.lesion.admission import NotAdmitted
from models.lesion.dicom import Limits, Picture, decode_frame, described, open_dicom
from models.lesion.dicom_guards import broken_means, pydicom_silenced
from models.lesion.display import luma
from models.lesion.encapsulated import shallow
from models.lesion.image import GreyImage
from models.lesion.objections import objection
from models.lesion.refusal import Unreadable

SOP_CLASSES: Final = (uid.OphthalmicPhotography8BitImageStorage, uid.OphthalmicPhotography16BitImageStorage)
MODALITY: Final = "OP"  # ophthalmic photography: PS3.3 C.7.3.1.1.1
# fmt: off
REGIONS: Final = frozenset({  # of CID 4209, in SNOMED CT and SNOMED-RT: what a photograph of the fundus may state
    "81745001", "T-AA000",  # eye
    "40638003", "T-AA180",  # both eyes
    "5665001", "T-AA610",  # retina
    "81016008", "T-AA630",  # optic nerve head
    "67046006", "T-AA621",  # fovea centralis
    "68703001", "T-AA310",  # choroid of eye
})
CAMERAS: Final = frozenset({"409898007", "R-1021A"})  # of CID 4202: fundus camera
CLEAR: Final = frozenset({"111609"})  # of CID 4204: no filter; all others change the colours
# fmt: on


def may_be_photograph(header: Dataset, modality: str | None) -> bool:
    """Return whether SOP class or modality, else that of the announcement, is one of ophthalmic photography.

    Raises ImageRefused where the header can't be read.
    """
    with pydicom_silenced(), broken_means(Unreadable.HEADER):
        stated = str(header.get("Modality") or modality or "").strip().upper()
        return stated == MODALITY or header.get("SOPClassUID") in SOP_CLASSES


def read_photograph(data: bytes, limits: Limits) -> GreyImage | NotAdmitted:
    """Return the photograph in a file. Raises ImageRefused when it can't be read."""
    return photograph_in(open_dicom(data, limits))


def photograph_in(picture: Picture) -> GreyImage | NotAdmitted:
    """Return the file's only frame with its colours. Raises ImageRefused when it can't be read."""
    with pydicom_silenced():
        with broken_means(Unreadable.HEADER):
            refusal = next(_refusals(picture.header, picture.frames), None)
        if refusal is not None:
            return refusal
        with broken_means(Unreadable.DAMAGED):
            words, _ = decode_frame(shallow(picture.header), 0, picture.limits)
            most = np.float32(2 ** int(picture.header.BitsStored) - 1)
            colours = np.clip(words[..., :3].astype(np.float32) / most, 0, 1)
        with broken_means(Unreadable.HEADER):
            return replace(described(luma(colours, 1), picture.header, 0), colours=colours)


def _refusals(header: Dataset, frames: int) -> Iterator[NotAdmitted]:
    if header.get("SOPClassUID") not in SOP_CLASSES:
        yield NotAdmitted("sop-class", "SOP Class UID (0008,0016) is none of those of ophthalmic photography")
    if str(header.get("Modality") or MODALITY).strip().upper() != MODALITY:
        yield NotAdmitted("no-model", "Modality (0008,0060) is not OP, ophthalmic photography")
    if (said := objection(header)) is not None:
        yield NotAdmitted("not-for-reading", said)
    if _codes(header, "AnatomicRegionSequence", "PrimaryAnatomicStructureSequence") - REGIONS:
        yield NotAdmitted(
            "other-region",
            "Anatomic Region Sequence (0008,2218) or Primary Anatomic Structure Sequence (0008,2228) names another part"
            " of the body beside the retina",
        )
    if _codes(header, "AcquisitionDeviceTypeCodeSequence") - CAMERAS:
        yield NotAdmitted(
            "other-device",
            "Acquisition Device Type Code Sequence (0022,0015) names another device than a fundus camera, whose"
            " photographs fundus was trained on",
        )
    if _codes(header, "LightPathFilterTypeStackCodeSequence", "ImagePathFilterTypeStackCodeSequence") - CLEAR:
        yield NotAdmitted(
            "filter",
            "Light or Image Path Filter Type Stack Code Sequence (0022,0017 or 0022,0018) names a filter: fundus was"
            " trained on photographs in white light",
        )
    if int(header.SamplesPerPixel) < 3:  # noqa: PLR2004 - red, green and blue
        yield NotAdmitted("grey", "Samples per Pixel (0028,0002): fundus was trained on photographs in colour")
    if frames > 1:
        yield NotAdmitted("frames", "Number of Frames (0028,0008): fundus judges single photographs")


def _codes(header: Dataset, *keywords: str) -> set[str]:
    """Return the codes in these sequences, without empty ones."""
    codes = {str(item.get("CodeValue") or "").strip().upper() for word in keywords for item in header.get(word) or ()}
    return codes - {""}
