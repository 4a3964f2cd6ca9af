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
    "FrameAnatomySequence",
    "CTImageFrameTypeSequence",
    "MRImageFrameTypeSequence",
)
CENTIMETRES: Final = 3  # PS3.3 C.8.5.5.1.15, physical units of an ultrasound region
PLANE: Final = 1  # PS3.3 C.8.5.5.1.1, region spatial format: 2D
PROJECTIONS: Final = frozenset({"CR", "DX", "IO", "MG", "PX", "RF", "RG", "XA"})
MOST_MAGNIFIED: Final = 10  # of a plausible magnification; our own choice


def lift_functional_groups(header: Dataset, index: int) -> None:
    """Copy one frame's functional groups (PS3.3 C.7.6.16) to where a classic file has them; changes `header`.

    These are spacing, rescale, window, plane, anatomy and type.
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

    A calibrated region of an ultrasound picture counts before Pixel Spacing, which that kind of picture has no place
    for and which devices fill by other units. In a projection, Pixel Spacing counts where it was calibrated: where
    (0028,0A02) says so, or where it differs from the spacing at the detector (PS3.3 10.7.1.3). The latter counts with
    a magnification alone.
    """
    with suppress(ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
        calibrated = [spacing for region in header.get("SequenceOfUltrasoundRegions") or () if (spacing := _in(region))]
        if calibrated:
            first = calibrated[0]
            return first if all(_same(first, other) for other in calibrated) else None
        spacing, detector = _pair(header, "PixelSpacing"), _pair(header, "ImagerPixelSpacing")
        if header.get("PixelSpacingCalibrationType") or detector is None or header.get("Modality") not in PROJECTIONS:
            return spacing
        if spacing is not None and not _same(spacing, detector):
            return spacing
        magnification = _magnification(header)
        return None if magnification is None else (detector[0] / magnification, detector[1] / magnification)
    return None


def _in(region: Dataset) -> tuple[float, float] | None:
    """Return the spacing in a region of tissue; None in one of a spectrum, a curve or an M-mode."""
    units = region.get("PhysicalUnitsXDirection"), region.get("PhysicalUnitsYDirection")
    if units != (CENTIMETRES, CENTIMETRES) or region.get("RegionSpatialFormat", PLANE) != PLANE:
        return None
    return _sensible(10 * abs(float(region.PhysicalDeltaY)), 10 * abs(float(region.PhysicalDeltaX)))


def _magnification(header: Dataset) -> float | None:
    """Return by how much the detector shows the patient larger: as stated, or by the distances from the source."""
    stated = header.get("EstimatedRadiographicMagnificationFactor")
    if stated is None and header.get("DistanceSourceToPatient"):
        stated = float(header.DistanceSourceToDetector) / float(header.DistanceSourceToPatient)
    magnification = math.nan if stated is None else float(stated)
    return magnification if 1 <= magnification <= MOST_MAGNIFIED else None


def _pair(header: Dataset, keyword: str) -> tuple[float, float] | None:
    if not header.get(keyword):
        return None
    rows, columns = (float(step) for step in header[keyword].value)
    return _sensible(rows, columns)


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(math.isclose(first, second, rel_tol=1e-3) for first, second in zip(one, other, strict=True))


def _sensible(rows: float, columns: float) -> tuple[float, float] | None:
    return (rows, columns) if all(math.isfinite(step) and step > 0 for step in (rows, columns)) else None
