"""Read a colour photograph of the retina from a DICOM file, or say why it is none; each refusal names the tag.

Bytes in; opens no files. The decoders parse files from outside: see `models/lesion/dicom.py`.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from pydicom import Dataset, uid

from models.fundus.field import Colours
from models.lesion.admission import NotAdmitted
from models.lesion.dicom import Limits, decode_frame, open_dicom
from models.lesion.dicom_guards import broken_means, pydicom_silenced
from models.lesion.encapsulated import shallow
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
# fmt: on


def read_photograph(data: bytes, limits: Limits) -> Colours | NotAdmitted:
    """Return the colours [H, W, 3], 0 to 1, of the file's only frame. Raises ImageRefused when it can't be read."""
    picture = open_dicom(data, limits)
    with pydicom_silenced():
        with broken_means(Unreadable.HEADER):
            refusal = next(_refusals(picture.header, picture.frames), None)
        if refusal is not None:
            return refusal
        with broken_means(Unreadable.DAMAGED):
            words, _ = decode_frame(shallow(picture.header), 0, limits)
            most = np.float32(2 ** int(picture.header.BitsStored) - 1)
            colours: Colours = np.clip(words[..., :3].astype(np.float32) / most, 0, 1)
        return colours


def _refusals(header: Dataset, frames: int) -> Iterator[NotAdmitted]:
    if header.get("SOPClassUID") not in SOP_CLASSES:
        yield NotAdmitted("sop-class", "SOP Class UID (0008,0016) is none of those of ophthalmic photography")
    if str(header.get("Modality") or MODALITY).strip().upper() != MODALITY:
        yield NotAdmitted("no-model", "Modality (0008,0060) is not OP, ophthalmic photography")
    if (said := objection(header)) is not None:
        yield NotAdmitted("not-for-reading", said)
    stated = {
        str(item.get("CodeValue") or "").strip().upper()
        for keyword in ("AnatomicRegionSequence", "PrimaryAnatomicStructureSequence")
        for item in header.get(keyword) or ()
    }
    if stated - REGIONS - {""}:
        yield NotAdmitted(
            "other-region",
            "Anatomic Region Sequence (0008,2218) or Primary Anatomic Structure Sequence (0008,2228) names another part"
            " of the body beside the retina",
        )
    if int(header.SamplesPerPixel) < 3:  # noqa: PLR2004 - red, green and blue
        yield NotAdmitted("grey", "Samples per Pixel (0028,0002): fundus was trained on photographs in colour")
    if frames > 1:
        yield NotAdmitted("frames", "Number of Frames (0028,0008): fundus judges single photographs")
