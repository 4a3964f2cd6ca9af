"""Which parts of the body a picture shows, as its header states them in any of its attributes, in words of our own."""

import re
import unicodedata
from typing import Final

from pydicom import Dataset

UNKNOWN: Final = "OTHER"
"""What a header names that stands in no row below; a model is for none of it."""

# fmt: off
SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    # part      Body Part Examined as files have it: PS3.16 table L-1, and the words of several languages
    "BRAIN":   ("BRAIN", "CEREBRUM", "ENCEPHALON", "GEHIRN", "HIRN", "CERVEAU", "CEREBRO", "ENCEFALO", "CERVELLO",
                "NEUROCRANIUM", "HERSENEN"),
    "HEAD":    ("HEAD", "KOPF", "TETE", "CABEZA", "TESTA", "CAPO", "HOOFD"),
    "CHEST":   ("CHEST", "CXR", "BRUSTKORB", "BORSTKAS", "PECHO"),
    "THORAX":  ("THORAX", "TORAX", "TORACE"),
    "LUNG":    ("LUNG", "LUNGS", "LUNGE", "LUNGEN", "POUMON", "POUMONS", "PULMON", "PULMONES", "POLMONE", "POLMONI"),
    "BREAST":  ("BREAST", "BREASTS", "MAMMA", "MAMMAE", "MAMMARY", "MAMA", "SEIN", "SEINS", "SENO", "MAMMELLA", "BRUST",
                "BORST"),
}
CODES: Final[dict[str, tuple[str, ...]]] = {
    # part      Anatomic Region Sequence: CID 4 and 4009, SNOMED CT, then SNOMED-RT as older files have it
    "BRAIN":   ("12738006", "T-A0100"),
    "HEAD":    ("69536005", "T-D1100"),
    "CHEST":   ("51185008", "816094009", "43799004", "T-D3000", "T-D3200"),
    "LUNG":    ("39607008", "T-28000", "3341006", "44029006"),  # both lungs, right, left
    "BREAST":  ("76752008", "80248007", "73056007", "63762007", "T-04000", "T-04030", "T-04020", "T-04080",
                "77831004", "76365002", "19100000", "33564002"),  # quadrants
}
SIDES: Final = frozenset({  # what is said besides the part: side, projection, posture
    "L", "R", "B", "LEFT", "RIGHT", "BOTH", "BILATERAL", "LT", "RT", "LI", "RE", "LINKS", "RECHTS", "GAUCHE", "DROIT",
    "DROITE", "AP", "PA", "LAT", "LATERAL", "SUPINE", "ERECT", "PORTABLE", "BEDSIDE", "STRUCTURE", "ENTIRE", "OF",
    "REGION", "THE", "1", "2", "VIEW", "VIEWS",
})
# fmt: on
SCHEMES: Final = frozenset({"SCT", "SRT", "SNM3", "99SDM", "SNOMED-CT", "SNOMEDCT"})
_BY_SPELLING: Final = {word: part for part, words in SPELLINGS.items() for word in words}
_BY_CODE: Final = {code: part for part, codes in CODES.items() for code in codes}


def part_named(text: str | None) -> str | None:
    """Return the part of the body that a text names; UNKNOWN where it names another, None where it is empty.

    Case, accents, punctuation, side and projection do not count. A text that names several parts names another.
    """
    plain = unicodedata.normalize("NFKD", (text or "").replace(".", "")).encode("ascii", "ignore").decode().upper()
    words = re.findall(r"[A-Z]+|[0-9]+", plain)
    if not words:
        return UNKNOWN if (text or "").strip() else None
    parts = {_BY_SPELLING.get(word, UNKNOWN) for word in words if word not in SIDES}
    if not parts:
        return UNKNOWN
    return parts.pop() if len(parts) == 1 else UNKNOWN


def part_coded(item: Dataset) -> str | None:
    """Return the part of the body that a code names, by the code, else by its meaning; None where it is empty."""
    code = str(item.get("CodeValue") or item.get("LongCodeValue") or "").strip().upper()
    scheme = str(item.get("CodingSchemeDesignator") or "").strip().upper()
    if scheme in SCHEMES and code in _BY_CODE:
        return _BY_CODE[code]
    return part_named(str(item.get("CodeMeaning") or "")) or (UNKNOWN if code else None)


def stated_parts(header: Dataset) -> tuple[str | None, tuple[str, ...]]:
    """Return what Body Part Examined (0018,0015) names, and what the Anatomic Region Sequence (0008,2218) does.

    The functional group Frame Anatomy (0020,9071) counts as the latter once it is lifted; see `lift_functional_groups`.
    """
    named = part_named(" ".join(str(header.get("BodyPartExamined") or "").split()))
    coded = (part_coded(item) for item in header.get("AnatomicRegionSequence") or ())
    return named, tuple(part for part in coded if part is not None)
