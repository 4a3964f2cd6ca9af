"""Distance between pixels in the patient, also from the functional groups of an enhanced multi-frame file."""

import math
from contextlib import suppress
from typing import Final

from pydicom import Dataset

LIFTED: Final = (
    "PixelMeasuresSequence",
    "PixelValueTransformationSequence",
    "FrameVOILUTSequence",
    "PlaneOrientationSequence",
)
CENTIMETRES: Final = 3  # PS3.3 C.8.5.5.1.15, physical units of an ultrasound region


def lift_functional_groups(header: Dataset, index: int) -> None:
    """Copy one frame's functional groups (PS3.3 C.7.6.16) to where a classic file has them; changes `header`.

    These are spacing, rescale, window and plane.
    """
    for name, number in (("SharedFunctionalGroupsSequence", 0), ("PerFrameFunctionalGroupsSequence", index)):
        groups = header.get(name)
        if not groups or number >= len(groups):
            continue
        for macro in LIFTED:
            if groups[number].get(macro):
                header.update(groups[number][macro][0])


def pixel_spacing_mm(header: Dataset) -> tuple[float, float] | None:
    """Return the spacing in the patient (between rows, between columns); None when the header gives no plausible one.

    ImagerPixelSpacing is ignored: it holds at the detector, where a body part appears larger than it is.
    """
    with suppress(ValueError, TypeError, AttributeError, LookupError):
        if header.get("PixelSpacing"):
            rows, columns = (float(step) for step in header.PixelSpacing)
            return _sensible(rows, columns)
        regions: list[Dataset] = header.get("SequenceOfUltrasoundRegions") or []
        if (
            len(regions) == 1
            and regions[0].PhysicalUnitsXDirection == regions[0].PhysicalUnitsYDirection == CENTIMETRES
        ):
            return _sensible(10 * abs(regions[0].PhysicalDeltaY), 10 * abs(regions[0].PhysicalDeltaX))
    return None


def _sensible(rows: float, columns: float) -> tuple[float, float] | None:
    return (rows, columns) if all(math.isfinite(step) and step > 0 for step in (rows, columns)) else None
