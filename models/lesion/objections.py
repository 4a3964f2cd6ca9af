"""What speaks against reading a picture at all, whatever it shows: raw data, tests, copies, renderings, animals.

Every sentence names the tag. Sources: DICOM PS3.3, the sections named in the rows.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pydicom import Dataset, uid

# fmt: off
KINDS: Final = frozenset({  # words in Image Type (0008,0008) of what is no picture as the device took it: C.7.6.1.1.2
    "SECONDARY",                                                   # made after the examination, from pictures
    "SCREEN SAVE", "SCREENSAVE", "SCREENSHOT", "SCREEN CAPTURE", "KEY IMAGE", "ANNOTATED", "PASTED", "REPORT", "TEXT",
    "DOSE", "DOSE_INFO", "GRAPH", "PROTOCOL", "FUSED", "FUSION", "OVERLAY", "COLLAGE",
    "MIP", "MAX_IP", "MINIP", "MIN_IP", "MIP IMAGE", "PROJECTION IMAGE", "MEAN", "RENDERING", "VRT", "VR", "3D",
    "VOLUME_RENDER", "SURFACE", "SSD", "CURVED", "REFORMATTED", "CSA MPR", "CSA RESAMPLED", "RESAMPLED", "CPR",
    "SUBTRACTION", "SUBTRACT", "PHASE MAP", "PHASE", "ADC", "FA", "TRACEW", "EADC", "TTP", "CBF", "CBV", "MTT", "RCBV",
    "DIFFUSION_MAP", "PERFUSION_MAP", "T1 MAP", "T2 MAP", "T2_STAR MAP", "FLUOROSCOPY", "PHANTOM", "QC", "TEST",
    "QUALITY CONTROL", "CALIBRATION",
})
DRAWN: Final = frozenset({"DV", "DF", "SD", "SI", "DRW", "SYN", "WSD"})  # Conversion Type, C.8.6.1: all but DI
PROCESSED: Final = frozenset({  # For Processing: A.26, A.27, A.28
    uid.DigitalXRayImageStorageForProcessing,
    uid.DigitalMammographyXRayImageStorageForProcessing,
    uid.DigitalIntraOralXRayImageStorageForProcessing,
})
HUMAN: Final = frozenset({"HUMAN", "HOMO SAPIENS", "HOMOSAPIENS", "MENSCH", "HUMAIN"})
HUMAN_CODES: Final = frozenset({"337915000", "L-85B00"})  # CID 7454, homo sapiens
# fmt: on


def objection(header: Dataset) -> str | None:
    """Return why this picture is for no model, in one sentence that names the tag; None where nothing says so.

    The functional groups of the frame have to be lifted before; see `lift_functional_groups`.
    """
    return next(_objections(header), None)


def _objections(header: Dataset) -> Iterator[str]:
    if header.get("SOPClassUID") in PROCESSED:
        yield "SOP Class UID (0008,0016) is one For Processing: raw detector data are not for reading"
    if _word(header, "PresentationIntentType") == "FOR PROCESSING":
        yield "Presentation Intent Type (0008,0068) is FOR PROCESSING: raw detector data are not for reading"
    if _word(header, "QualityControlImage") in {"YES", "BOTH"}:
        yield "Quality Control Image (0028,0300) says that this is a picture of a phantom or of a test object"
    if _word(header, "QualityControlSubject") == "YES":
        yield "Quality Control Subject (0010,0200) says that this is no patient"
    if _is_an_animal(header):
        yield "Patient Species (0010,2201 or 0010,2202) is not human"
    if _word(header, "ConversionType") in DRAWN:
        yield "Conversion Type (0008,0064) says that this is a copy of a screen, a film or a page"
    for keyword, tag in (("ImageType", "Image Type (0008,0008)"), ("FrameType", "Frame Type (0008,9007)")):
        if found := KINDS.intersection(_words(header, keyword)):
            yield f"{tag} says {min(found)}: it is not the picture as the device took it"
    if _word(header, "VolumeBasedCalculationTechnique") not in {"", "NONE"}:
        yield "Volume Based Calculation Technique (0008,9207) says that this is a rendering of a volume"


def _is_an_animal(header: Dataset) -> bool:
    said = _word(header, "PatientSpeciesDescription")
    codes = {str(item.get("CodeValue") or "").strip() for item in header.get("PatientSpeciesCodeSequence") or ()}
    return (bool(said) and said not in HUMAN) or (bool(codes) and not codes & HUMAN_CODES)


def _word(header: Dataset, keyword: str) -> str:
    return next(iter(_words(header, keyword)), "")


def _words(header: Dataset, keyword: str) -> Iterable[str]:
    value = header.get(keyword) or ()
    return [str(one).strip().upper() for one in ([value] if isinstance(value, str) else value)]
