"""The view of a picture: the projection or the plane of the body, from the header alone."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import numpy as np
from pydicom import Dataset

LOCALIZER: Final = "LOCALIZER"  # a survey picture for planning: PS3.3 C.8.2.1.1.1, value 3 of a CT's image type
CONTRADICTORY: Final = "CONTRADICTORY"
CODES: Final = {  # CID 4010: SNOMED CT, and SNOMED-RT as older files have it
    "399348003": "AP",
    "R-10206": "AP",
    "272479007": "PA",
    "R-10214": "PA",
}
SPELLINGS: Final = {
    **dict.fromkeys(("ANTEROPOSTERIOR", "ANTERIORPOSTERIOR", "ANTERIORTOPOSTERIOR", "APVIEW"), "AP"),
    **dict.fromkeys(("POSTEROANTERIOR", "POSTERIORANTERIOR", "POSTERIORTOANTERIOR", "PAVIEW"), "PA"),
}
POSTURES: Final = frozenset({"SUPINE", "ERECT", "UPRIGHT", "SITTING", "PORTABLE", "BEDSIDE", "CHEST", "MOBILE"})
OBLIQUE: Final = "OBLIQUE"
PLANES: Final = ("SAGITTAL", "CORONAL", "AXIAL")  # whose normal is the patient's x (left), y (back), z (head)
ALONG: Final = 0.8  # a tilt of up to 37 degrees; a CT gantry tilts by 30. Our choice


def view_of(header: Dataset) -> str | None:
    """Return the view: LOCALIZER, a plane, OBLIQUE, or a projection such as AP; None where nothing states it.

    A projection is what View Position (0018,5101) and View Code Sequence (0054,0220) state; CONTRADICTORY where they
    differ. The plane is that of (0020,0037), PS3.3 C.7.6.2.1.1. Raises nothing: implausible values count as missing.
    """
    for keyword in ("ImageType", "FrameType"):
        kinds = header.get(keyword) or ()
        if LOCALIZER in ([kinds] if isinstance(kinds, str) else list(kinds)):
            return LOCALIZER
    stated = {view for view in (_position(header), *_coded(header)) if view is not None}
    if len(stated) > 1:
        return CONTRADICTORY
    return stated.pop() if stated else _plane(header)


def _position(header: Dataset) -> str | None:
    words = re.findall(r"[A-Z]+", str(header.get("ViewPosition") or "").upper().replace(".", ""))
    said = " ".join(word for word in words if word not in POSTURES)
    return SPELLINGS.get(said.replace(" ", ""), said) or None


def _coded(header: Dataset) -> Iterator[str]:
    for item in header.get("ViewCodeSequence") or ():
        code = str(item.get("CodeValue") or "").strip().upper()
        meaning = re.sub(r"[^A-Z]", "", str(item.get("CodeMeaning") or "").upper())
        if code or meaning:
            yield CODES.get(code) or SPELLINGS.get(meaning.removesuffix("PROJECTION"), "OTHER")


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
