"""Check every order, and every drug that a proposal would name, by all rules on allergy, kidney, results and pairs."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple, get_args

from models.treatment.drug_terms import read_drug
from models.treatment.facts import Drug, Facts
from models.treatment.match import Cause, Input, Match
from models.treatment.rules import Citation, Rule
from models.treatment.safety import judge, kidney
from models.treatment.safety.allergens import unread
from models.treatment.safety.allergy_rules import ALLERGY_RULES
from models.treatment.safety.conditions import (
    VALID_S,
    AgeMeetsDrug,
    AllergyMeetsDrug,
    Check,
    ChecksNotDone,
    DrugsMeet,
    KidneyMeetsDrug,
    PregnancyMeetsDrug,
    ResultMeetsDrug,
    SameClass,
)
from models.treatment.safety.judge import Held, Judged, NotDone, Patient
from models.treatment.safety.organ_rules import ORGAN_RULES
from models.treatment.safety.pair_rules import DUPLICATE_RULES, PAIR_RULES

CHECK_RULES: Final[tuple[Rule, ...]] = (*ALLERGY_RULES, *ORGAN_RULES, *PAIR_RULES, *DUPLICATE_RULES)
RECORDED: Final = ALLERGY_RULES[0].id
"""The rule on an allergy that names the drug itself."""
NOT_DONE: Final = Rule(
    "order-checks-not-done",
    "1",
    ChecksNotDone(),
    "Checks of orders could not be done, since something is not known: {words}.",
    Citation("Checks of orders: what they need", "ours", "the rules named order-", "not graded"),
    VALID_S,
)
"""What is not known is said, so that nobody takes silence for safety."""
ORDER_RULES: Final[tuple[Rule, ...]] = (*CHECK_RULES, NOT_DONE)

_SHOWN: Final = 12
"""Drugs are named up to this number behind what is missing; a ward sends them all at once where nothing is known."""
_PARTS: Final[Mapping[type, str]] = {
    AllergyMeetsDrug: "allergies",
    DrugsMeet: "interactions",
    SameClass: "duplicates",
    KidneyMeetsDrug: "kidney function",
    ResultMeetsDrug: "results",
    PregnancyMeetsDrug: "pregnancy",
    AgeMeetsDrug: "age",
}
"""What a check is about, in a word."""


def drugs_of(when: object) -> tuple[str, ...]:
    """Return the drugs that a check is about, on either side."""
    if isinstance(when, DrugsMeet):
        return (*when.drugs, *when.others)
    drugs: tuple[str, ...] = getattr(when, "drugs", ())
    return drugs


def _by_drug() -> dict[str, list[tuple[int, Rule, Check]]]:
    found: dict[str, list[tuple[int, Rule, Check]]] = defaultdict(list)
    for at, rule in enumerate(CHECK_RULES):
        when = rule.when
        assert isinstance(when, get_args(Check))  # noqa: S101 - every rule of these tables is a check
        for drug in dict.fromkeys(drugs_of(when) or ("",)):
            found[drug].append((at, rule, when))
    return dict(found)


_BY_DRUG: Final = _by_drug()


def analytes_of(rule: Rule) -> frozenset[str]:
    """Return the results that can change what a rule says of an order, or of an alternative that it would name."""
    if isinstance(rule.when, ChecksNotDone):
        return _ANALYTES
    checks = [rule.when, *(when for drug in rule.alternatives for _, _, when in _of(drug))]
    return frozenset(name for when in checks if (name := _analyte(when)) is not None)


def _analyte(when: object) -> str | None:
    match when:
        case KidneyMeetsDrug():
            return kidney.CREATININE
        case ResultMeetsDrug(name=name):
            return name
        case _:
            return None


_ANALYTES: Final = frozenset(name for rule in CHECK_RULES if (name := _analyte(rule.when)) is not None)


def matches(
    facts: Facts, now_s: float, concerned: Callable[[Rule], bool] = lambda _: True
) -> Iterator[tuple[Rule, Match]]:
    """Yield each rule that speaks of an order, with its match, in the order of the tables and of the drugs' names.

    Two orders of one drug are one cause.
    """
    if not facts.drugs:
        return
    known = judge.patient(facts)
    done = _judged(known)
    for rule, judged in groupby(done, key=lambda one: one.rule):
        if concerned(rule):
            yield from ((rule, match) for match in _speaks(rule, judged, now_s))
    if concerned(NOT_DONE):
        yield from ((NOT_DONE, match) for match in _not_done(known, done, now_s))


class _Asked(NamedTuple):
    """A check that was made of the orders of a drug."""

    at: int  # the rule's place in the tables
    rule: Rule
    when: Check
    drug: str
    orders: Sequence[Drug]
    judged: Judged


def _judged(known: Patient) -> list[_Asked]:
    """Make every check of every order, in the order of the tables and of the drugs' names.

    An allergy is checked on every route, a pair from one side alone.
    """
    found = []
    for drug in known.orders:
        for at, rule, when in _of(drug):
            orders = (known.orders if isinstance(when, AllergyMeetsDrug) else known.reaching).get(drug)
            if orders and (drug in when.drugs or not when.drugs):
                found.append(_Asked(at, rule, when, drug, orders, judge.judge(when, drug, known)))
    return sorted(found, key=lambda one: (one.at, one.drug))


def _speaks(rule: Rule, asked: Iterable[_Asked], now_s: float) -> Iterator[Match]:
    seen: set[frozenset[str]] = set()
    for one in asked:
        for held in () if isinstance(one.judged, NotDone) else one.judged:
            pair = frozenset({one.drug, held.other})
            if pair not in seen or not isinstance(one.when, SameClass):
                seen.add(pair)
                yield _match(rule, one.drug, held, one.orders[0], now_s)


class Reason(NamedTuple):
    """Why a check speaks against a drug, or asks for care with it."""

    rule: str
    part: str
    words: str
    bars: bool
    citation: Citation


class Reasons(NamedTuple):
    """All that the checks say of a drug that is not ordered: what speaks, what could not be done, what was asked."""

    held: tuple[Reason, ...]
    not_done: tuple[tuple[str, tuple[str, ...]], ...]
    parts: frozenset[str]

    @property
    def barred(self) -> bool:
        """Whether a proposal must not name the drug."""
        return any(one.bars for one in self.held)


def of_drug(name: str, facts: Facts, *, beside: bool = True) -> Reasons:
    """Return what the checks say of a drug as if it were ordered; `beside` the orders that are there, or alone."""
    held, not_done, parts, known = [], [], set(), judge.patient(facts)
    for drug in read_drug(name).name.split("+"):
        for _, rule, when in _of(drug):
            if isinstance(when, SameClass) or (isinstance(when, DrugsMeet) and not beside):
                continue
            judged, part = judge.judge(when, drug, known), _PARTS[type(when)]
            parts.add(part)
            if isinstance(judged, NotDone):
                not_done.append((part, judged.missing))
            else:
                held += [Reason(rule.id, part, one.words, when.bars, rule.citation) for one in judged]
    return Reasons(tuple(dict.fromkeys(held)), tuple(dict.fromkeys(not_done)), frozenset(parts))


def _of(drug: str) -> Sequence[tuple[int, Rule, Check]]:
    return (*_BY_DRUG[""], *_BY_DRUG.get(drug, ()))


def _match(rule: Rule, drug: str, held: Held, first: Drug, now_s: float) -> Match:
    since_s = max(first.time_s, held.time_s)
    looked = [("drug", drug, first.time_s), *held.inputs]
    return Match(
        f"{drug}+{held.other}",
        Cause(f"{drug}+{held.other}", since_s),
        since_s,
        tuple(
            Input(name, value, max(0.0, now_s - (since_s if at_s is None else at_s))) for name, value, at_s in looked
        ),
        text=rule.text.format(drug=drug.capitalize(), words=held.words),
    )


def _not_done(known: Patient, asked: Iterable[_Asked], now_s: float) -> Iterator[Match]:
    """Yield one match that lists all checks of orders which could not be done."""
    lacking: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for one in asked:
        if isinstance(one.judged, NotDone):
            lacking[_PARTS[type(one.when)], one.judged.missing].add(one.drug)
    lines = [
        f"{part} of {_listed(part, drugs)} (missing: {', '.join(missing)})"
        for (part, missing), drugs in lacking.items()
    ]
    missing = {name for _, names in lacking for name in names}
    if any(not read_drug(drug).understood for drug in known.orders):
        lines.append("everything, of orders whose drug was not understood")
        missing.add("drug")
    if count := unread(known.facts.allergies or ()):
        lines.append(f"{count} recorded allergies name no drug that is known here")
        missing.add("allergies")
    if lines:
        newest_s = max(order.time_s for order in known.facts.drugs)
        yield Match(
            "orders",
            Cause("orders", newest_s),
            newest_s,
            (Input("orders", float(len(known.facts.drugs)), max(0.0, now_s - newest_s)),),
            missing=tuple(sorted(missing)),
            text=NOT_DONE.text.format(words="; ".join(sorted(lines))),
        )


def _listed(part: str, drugs: Collection[str]) -> str:
    if part == _PARTS[AllergyMeetsDrug]:
        return "all orders"
    more = len(drugs) - _SHOWN
    return ", ".join(sorted(drugs)[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
