"""The view of a picture: the projection or the plane of the body, from the header alone."""

from contextlib import suppress
from typing import Final

import numpy as np
from pydicom import Dataset

LOCALIZER: Final = "LOCALIZER"  # a survey picture for planning: PS3.3 C.8.2.1.1.1, value 3 of a CT's image type
OBLIQUE: Final = "OBLIQUE"
PLANES: Final = ("SAGITTAL", "CORONAL", "AXIAL")  # whose normal is the patient's x (left), y (back), z (head)
ALONG: Final = 0.8  # a tilt of up to 37 degrees; a CT gantry tilts by 30. Our choice


def view_of(header: Dataset) -> str | None:
    """Return the view: LOCALIZER, a plane, OBLIQUE, or what (0018,5101) states, such as AP; None where nothing does.

    The plane is that of (0020,0037), PS3.3 C.7.6.2.1.1. Raises nothing: implausible values count as missing.
    """
    kinds = header.get("ImageType") or ()
    if LOCALIZER in ([kinds] if isinstance(kinds, str) else list(kinds)):
        return LOCALIZER
    return str(header.get("ViewPosition") or "").strip().upper() or _plane(header)


def _plane(header: Dataset) -> str | None:
    """Return the plane of which the normal, the cross product of rows and columns, is closest to a patient axis."""
    with suppress(ValueError, TypeError):
        cosines = np.array([float(value) for value in header.get("ImageOrientationPatient") or ()])
        if cosines.shape != (6,):
            return None
        normal = np.abs(np.cross(cosines[:3], cosines[3:]))
        length = float(np.linalg.norm(normal))
        if not np.isfinite(length) or length == 0:
            return None
        return PLANES[int(normal.argmax())] if normal.max() / length >= ALONG else OBLIQUE
    return None
