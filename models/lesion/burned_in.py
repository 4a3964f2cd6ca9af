"""Whether a picture may show a name in its pixels, judged by its header alone; the pixels are not read."""

from typing import Final

from pydicom import Dataset, uid

MODALITIES: Final = frozenset({"US", "OT", "XC", "ES", "SC", "XA", "RF"})
"""Modalities whose pictures often show text; PS3.15 E.3.1 asks for care. Our own list."""
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
    """Return whether text in the picture may name the patient: the value of (0028,0301), whoever wrote it.

    Where the header states nothing: True if pictures of this kind often show text, else None. Captured screens and
    scanned films are such a kind; only those have a conversion type (0008,0064).
    """
    stated = str(header.get("BurnedInAnnotation") or "").strip().upper()
    if stated in {"YES", "NO"}:
        return stated == "YES"
    suspect = str(header.get("Modality") or "").strip() in MODALITIES or header.get("SOPClassUID") in CLASSES
    return True if suspect or "ConversionType" in header else None
