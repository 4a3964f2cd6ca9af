"""When a check of an order speaks. `bars`: a proposal must not name the drug as an alternative then."""

from typing import Final, Literal, NamedTuple

VALID_S: Final = 90 * 24 * 3600.0
"""How long a proposal about an order holds: while the order stands, and at most as long as its topic keeps it. What
speaks against an order may become known long after it was written."""


class AllergyMeetsDrug(NamedTuple):
    """Holds while one of the drugs is ordered for a patient with an allergy to one of the allergens.

    An allergen is a drug, or a class as it was recorded (`allergens.CLASSES`). Without any, the allergy has to name the
    ordered drug itself, which may be any.
    """

    allergens: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    bars: bool = True


class DrugsMeet(NamedTuple):
    """Holds while one of the drugs and one of the others are ordered together."""

    drugs: tuple[str, ...]
    others: tuple[str, ...]
    bars: bool = True


class SameClass(NamedTuple):
    """Holds while two drugs of one class are ordered, or one of them in two orders of which one is a combination."""

    name: str
    drugs: tuple[str, ...]
    bars: bool = False


class KidneyMeetsDrug(NamedTuple):
    """Holds while one of the drugs is ordered and the estimate of kidney function is below the limit.

    `egfr` is by CKD-EPI 2021 in mL/min/1.73 m2, `crcl` by Cockcroft and Gault in mL/min: as the source says. Below
    `not_below` another rule speaks.
    """

    drugs: tuple[str, ...]
    measure: Literal["egfr", "crcl"]
    below: float
    inclusive: bool = False
    not_below: float = 0.0
    bars: bool = True


class ResultMeetsDrug(NamedTuple):
    """Holds while one of the drugs is ordered and the latest result lies beyond the limit.

    Above `not_above` another rule speaks.
    """

    drugs: tuple[str, ...]
    name: str
    direction: Literal["above", "below"]
    limit: float
    inclusive: bool = False
    not_above: float | None = None
    bars: bool = True


class PregnancyMeetsDrug(NamedTuple):
    """Holds while one of the drugs is ordered for a patient who is said to be pregnant."""

    drugs: tuple[str, ...]
    bars: bool = True


class AgeMeetsDrug(NamedTuple):
    """Holds while one of the drugs is ordered for a patient younger than the limit."""

    drugs: tuple[str, ...]
    below_years: float
    bars: bool = True


class ChecksNotDone(NamedTuple):
    """Holds while a check of an order could not be done, since something is not known."""


Check = AllergyMeetsDrug | DrugsMeet | SameClass | KidneyMeetsDrug | ResultMeetsDrug | PregnancyMeetsDrug | AgeMeetsDrug
Condition = Check | ChecksNotDone
