"""Judge one drug by one check: it speaks, it does not, or it could not be done. Pure, and the same in every order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from models.treatment.facts import Drug, Facts
from models.treatment.safety import kidney
from models.treatment.safety.allergens import CLASSES, allergens, names
from models.treatment.safety.conditions import (
    AgeMeetsDrug,
    AllergyMeetsDrug,
    Check,
    DrugsMeet,
    KidneyMeetsDrug,
    PregnancyMeetsDrug,
    ResultMeetsDrug,
    SameClass,
)

CHILDBEARING_YEARS: Final = (10.0, 60.0)
"""From and to which age it is asked whether a patient who is not male is pregnant. Ours: well beyond the 15 to 49 years
that the World Health Organization calls reproductive age."""
_LOCAL: Final = frozenset(
    {"top", "tp", "topical", "cutaneous", "skin", "op", "oph", "ophthalmic", "eye", "ot", "otic", "ear"}
    | {"ih", "inh", "inhalation", "nb", "nebulization", "ns", "nasal"}
)
"""Routes that leave a drug where it is given: codes of HL7 table 0162 and usual words, in lower case. Ours."""


class Patient(NamedTuple):
    """What the checks look at of a patient, gathered once: orders by drug, the oldest first, and allergens."""

    facts: Facts
    orders: Mapping[str, Sequence[Drug]]
    reaching: Mapping[str, Sequence[Drug]]  # those whose drug reaches the whole body
    allergens: tuple[str, ...]
    newest_s: float  # of all orders and results, by which the age of a result is judged


def patient(facts: Facts) -> Patient:
    """Gather what the checks look at."""
    orders: dict[str, list[Drug]] = defaultdict(list)
    reaching: dict[str, list[Drug]] = defaultdict(list)
    for order in sorted(facts.drugs, key=lambda one: (one.time_s, one.order)):
        for drug in dict.fromkeys(order.ingredients):
            orders[drug].append(order)
            if not is_local(order):
                reaching[drug].append(order)
    times = [order.time_s for order in facts.drugs] + [reading.time_s for reading in facts.readings.values()]
    return Patient(facts, dict(orders), dict(reaching), allergens(facts.allergies or ()), max(times, default=0.0))


class Held(NamedTuple):
    """A check that speaks: what the drug met, the values that were looked at, and since when."""

    other: str
    words: str
    inputs: tuple[tuple[str, float | str, float | None], ...] = ()
    time_s: float = 0.0


class NotDone(NamedTuple):
    """A check that could not be done: what is not known."""

    missing: tuple[str, ...]


Judged = tuple[Held, ...] | NotDone
NOTHING: Final[tuple[Held, ...]] = ()


def judge(when: Check, drug: str, known: Patient) -> Judged:
    """Return what a check says of a drug that is ordered, or would be."""
    judged: Judged
    match when:
        case AllergyMeetsDrug():
            judged = _allergy(when, drug, known)
        case DrugsMeet():
            met = when.others if drug in when.drugs else when.drugs
            judged = tuple(
                _beside(one, known, "is ordered as well") for one in met if one != drug and one in known.reaching
            )
        case SameClass():
            judged = tuple(_class(when, drug, known))
        case KidneyMeetsDrug():
            judged = _kidney(when, known)
        case ResultMeetsDrug():
            judged = _result(when, known)
        case PregnancyMeetsDrug():
            judged = _pregnancy(known.facts)
        case AgeMeetsDrug():
            judged = _age(when, known.facts)
    return judged


def is_local(order: Drug) -> bool:
    """Tell whether an order's route says that the drug stays where it is given: eye, ear, skin, airway."""
    return order.route is not None and order.route.casefold().strip() in _LOCAL


def _allergy(when: AllergyMeetsDrug, drug: str, known: Patient) -> Judged:
    if known.facts.allergies is None:
        return NotDone(("allergies",))
    if not when.allergens:
        named = any(names(words, drug) for words in known.facts.allergies) or drug in _members(known.allergens)
        return (Held(drug, f"an allergy to {drug} is recorded"),) if named else NOTHING
    found = [one for one in known.allergens if one in when.allergens and one != drug]
    return tuple(Held(one, f"an allergy to {one} is recorded") for one in found)


def _members(found: Iterable[str]) -> set[str]:
    """Return the drugs that allergens name, those of whole classes too."""
    return {drug for one in found for drug in CLASSES.get(one, (one,))}


def _beside(other: str, known: Patient, words: str) -> Held:
    since_s = known.reaching[other][0].time_s
    return Held(other, f"{other} {words}", ((f"order of {other}", other, since_s),), since_s)


def _class(when: SameClass, drug: str, known: Patient) -> Iterator[Held]:
    for other in when.drugs:
        if other != drug and other in known.reaching:
            yield _beside(other, known, "of the same class is ordered as well")
    mine = known.reaching.get(drug, ())
    if len({order.name for order in mine}) > 1:
        words = f"{drug} is in two orders, of which one is a combination"
        yield Held(drug, words, ((f"orders of {drug}", float(len(mine)), mine[-1].time_s),), mine[-1].time_s)


def _kidney(when: KidneyMeetsDrug, known: Patient) -> Judged:
    found = kidney.estimate(when.measure, known.facts, known.newest_s)
    if found.value is None:
        return NotDone(found.missing)
    value = round(found.value, 6)  # so that what is equal on paper is equal here
    below = value < when.below or (when.inclusive and value == when.below)
    if not below or value < when.not_below:
        return NOTHING
    name = kidney.NAMES[when.measure]
    words = f"{name} is {value:.0f} {kidney.UNITS[when.measure]}"
    return (Held(when.measure, words, ((name, round(value, 1), None), *found.inputs), found.time_s),)


def _result(when: ResultMeetsDrug, known: Patient) -> Judged:
    reading = kidney.recent(known.facts.readings.get(when.name), known.newest_s)
    if reading is None:
        return NotDone((when.name,))
    beyond = reading.value > when.limit if when.direction == "above" else reading.value < when.limit
    beyond |= when.inclusive and reading.value == when.limit
    if not beyond or (when.not_above is not None and reading.value > when.not_above):
        return NOTHING
    inputs = ((when.name, reading.value, reading.time_s),)
    return (Held(when.name, f"{when.name} is {reading.value:g}", inputs, reading.time_s),)


def _pregnancy(facts: Facts) -> Judged:
    if facts.is_pregnant is not None:
        said = Held("pregnancy", "the patient is said to be pregnant", (("is_pregnant", "true", None),))
        return (said,) if facts.is_pregnant else NOTHING
    low, high = CHILDBEARING_YEARS
    if facts.sex == "male" or (facts.age_years is not None and not low <= facts.age_years <= high):
        return NOTHING
    return NotDone(("is_pregnant",))


def _age(when: AgeMeetsDrug, facts: Facts) -> Judged:
    if facts.age_years is None:
        return NotDone(("age_years",))
    if facts.age_years >= when.below_years:
        return NOTHING
    return (Held("age", f"the patient is {facts.age_years:g} years old", (("age_years", facts.age_years, None),)),)
