"""Nodules that were found by chance in adults: the table of the Fleischner Society of 2017.

MacMahon and others, Radiology 284 (2017) 228, doi:10.1148/radiol.2017161659, table 1. It is neither for screening nor
for patients under 35 years, with a known cancer or with a weakened immune system. A size is the mean of the longest and
the shortest diameter, to the nearest millimetre; that a half is rounded upwards is ours.
"""

from typing import Final, Literal, NamedTuple

from models.follow_up.advice import Advice
from models.treatment.rules import Citation
from schemas.nodules import LungNodule

CITATION: Final = Citation(
    "Fleischner Society guidelines for incidental pulmonary nodules on CT",
    "2017",
    "doi:10.1148/radiol.2017161659",
    "consensus of the society; see its table 1 for the grades",
)
MIN_AGE_YEARS: Final = 35.0
"""The guideline is for 35 years and more."""
VERSION: Final = "1"

Kind = Literal["solid", "ground-glass", "part-solid", "subsolid"]
Number = Literal["single", "multiple"]
_SOLID: Final = "solid"


class Row(NamedTuple):
    """One cell of the table: sizes from `from_mm` to `to_mm`, both included, in whole millimetres."""

    kind: Kind
    number: Number
    from_mm: int
    to_mm: float
    low_risk: str
    high_risk: str


INF: Final = float("inf")
NONE: Final = "no routine follow-up"
_OPTIONAL: Final = "optional CT at 12 months"
_WORKUP: Final = "consider CT at 3 months, PET/CT or tissue sampling"
_SINGLE_LOW: Final = "CT at 6 to 12 months, then consider CT at 18 to 24 months"
_SINGLE_HIGH: Final = "CT at 6 to 12 months, then CT at 18 to 24 months"
_MANY_LOW: Final = "CT at 3 to 6 months, then consider CT at 18 to 24 months"
_MANY_HIGH: Final = "CT at 3 to 6 months, then CT at 18 to 24 months"
_GLASS: Final = "CT at 6 to 12 months to confirm that it persists, then CT every 2 years until 5 years"
_PART: Final = (
    "CT at 3 to 6 months to confirm that it persists; if unchanged and its solid part stays below 6 mm, CT every year "
    "for 5 years"
)
_MANY_SMALL: Final = "CT at 3 to 6 months; if stable, consider CT at 2 and 4 years"
_MANY_SUBSOLID: Final = "CT at 3 to 6 months; then as the most suspicious nodule asks"
# fmt: off
ROWS: Final = (
    Row("solid",        "single",   0, 5,   NONE,           _OPTIONAL),
    Row("solid",        "single",   6, 8,   _SINGLE_LOW,    _SINGLE_HIGH),
    Row("solid",        "single",   9, INF, _WORKUP,        _WORKUP),
    Row("solid",        "multiple", 0, 5,   NONE,           _OPTIONAL),
    Row("solid",        "multiple", 6, 8,   _MANY_LOW,      _MANY_HIGH),
    Row("solid",        "multiple", 9, INF, _MANY_LOW,      _MANY_HIGH),
    Row("ground-glass", "single",   0, 5,   NONE,           NONE),
    Row("ground-glass", "single",   6, INF, _GLASS,         _GLASS),
    Row("part-solid",   "single",   0, 5,   NONE,           NONE),
    Row("part-solid",   "single",   6, INF, _PART,          _PART),
    Row("subsolid",     "multiple", 0, 5,   _MANY_SMALL,    _MANY_SMALL),
    Row("subsolid",     "multiple", 6, INF, _MANY_SUBSOLID, _MANY_SUBSOLID),
)
# fmt: on
_TO_CHECK: Final = (
    "the measurement: the mean of the longest and the shortest diameter, in the same picture",
    "earlier images: a nodule that has grown, or has been stable for years, is not what the table is for",
    "calcification, fat or the shape of a lymph node in a fissure, which make a nodule benign",
)


def nearest_mm(diameter_mm: float) -> int:
    """Return a diameter in whole millimetres, halves upwards."""
    return int(diameter_mm + 0.5)


def row_of(nodule: LungNodule) -> Row:
    """Return the row of the table for a nodule."""
    kind: Kind = nodule.kind
    if nodule.number == "multiple" and kind != _SOLID:
        kind = "subsolid"
    size_mm = nearest_mm(nodule.diameter_mm)
    return next(
        row for row in ROWS if (row.kind, row.number) == (kind, nodule.number) and row.from_mm <= size_mm <= row.to_mm
    )


def why_not(nodule: LungNodule, age_years: float | None) -> str | None:
    """Return why the table is not for this patient; None where nothing known speaks against it."""
    if age_years is not None and age_years < MIN_AGE_YEARS:
        return "the guideline is for 35 years and more"
    if nodule.known_cancer:
        return "the guideline is not for patients with a known cancer"
    if nodule.immunosuppressed:
        return "the guideline is not for patients with a weakened immune system"
    return None


def advice(nodule: LungNodule, age_years: float | None) -> Advice | None:
    """Return what the table says of a nodule found by chance; None where the table is not for this patient.

    Where nobody said whether the patient's risk is high, both columns are told if they differ.
    """
    if why_not(nodule, age_years) is not None:
        return None
    row = row_of(nodule)
    same = row.low_risk == row.high_risk
    if same or nodule.risk is not None:
        said = row.high_risk if nodule.risk == "high" else row.low_risk
    else:
        said = f"at low risk {row.low_risk}, at high risk {row.high_risk}"
    asks = NONE not in said or not (same or nodule.risk is not None)
    lacking = {
        "risk of lung cancer": nodule.risk is None and not same,
        "age_years": age_years is None,
        "known cancer": nodule.known_cancer is None,
        "immune system": nodule.immunosuppressed is None,
    }
    what = "nodules, the largest" if nodule.number == "multiple" else "nodule"
    return Advice(
        "follow-up-fleischner",
        VERSION,
        f"Incidental {nodule.kind} lung {what} {nodule.diameter_mm:g} mm: the guideline says {said}.",
        CITATION,
        "planned",
        service="follow-up CT of the chest" if asks else "",
        lacking=tuple(name for name, missing in lacking.items() if missing),
        to_check=_TO_CHECK,
    )
