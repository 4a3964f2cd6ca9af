"""Whether a picture may have a name burned into its pixels, by what its header says; the pixels are not looked at."""

from typing import Final

from pydicom import Dataset, uid

MODALITIES: Final = frozenset({"US", "OT", "XC", "ES", "SC", "XA", "RF"})
"""Kinds whose pictures often have text burned in; PS3.15 E.3.1 asks for care. Our own list."""
CLASSES: Final = frozenset(
    {
        uid.UltrasoundImageStorage,
        uid.UltrasoundMultiFrameImageStorage,
        uid.SecondaryCaptureImageStorage,
        uid.MultiFrameSingleBitSecondaryCaptureImageStorage,
        uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
        uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        uid.MultiFrameTrueColorSecondaryCaptureImageStorage,
    }
)


def burned_in(header: Dataset) -> bool | None:
    """Whether text in the picture may name the patient: what (0028,0301) states, whoever wrote it.

    Where it states nothing: True if pictures of this kind often carry text, else None. Screens and films that were
    captured are such a kind; only those have a conversion type (0008,0064).
    """
    stated = str(header.get("BurnedInAnnotation") or "").strip().upper()
    if stated in {"YES", "NO"}:
        return stated == "YES"
    suspect = str(header.get("Modality") or "").strip() in MODALITIES or header.get("SOPClassUID") in CLASSES
    return True if suspect or "ConversionType" in header else None
