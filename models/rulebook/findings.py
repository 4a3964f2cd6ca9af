"""What is wrong with a set of rules: reviews that are overdue, replaced sources, duplicates, contradictions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any, Literal, NamedTuple

from models.alarms.rules import Extreme
from models.alarms.rules import Rule as AlarmRule
from models.rulebook.rows import Row
from models.treatment.dpwg import Second
from models.treatment.facts import Gene
from models.treatment.rules import GeneMeetsDrug, Rule
from models.treatment.safety.conditions import (
    AgeMeetsDrug,
    AllergyMeetsDrug,
    DrugsMeet,
    KidneyMeetsDrug,
    PregnancyMeetsDrug,
    ResultMeetsDrug,
    SameClass,
)
from models.treatment.table import GROUP_OF, Outcome, results_of

Kind = Literal["contradiction", "duplicate", "overdue", "replaced", "differs"]


class Finding(NamedTuple):
    """Something to know of rules. Contradictions and duplicates are faults, the others warnings.

    `differs`: two guidelines say otherwise of the same, and both are shown.
    """

    kind: Kind
    rules: tuple[str, ...]
    text: str

    @property
    def is_fault(self) -> bool:
        """Whether the set of rules must not be used with it."""
        return self.kind in {"contradiction", "duplicate"}

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        return self._asdict() | {"fault": self.is_fault}


def of_reviews(listed: Iterable[Row], today: date) -> Iterator[Finding]:
    """Yield what is due for a comparison with its source, and what rests on an edition that was replaced."""
    for row in listed:
        if today > row.due:
            yield Finding("overdue", (row.id,), f"due for review since {row.due}, last compared on {row.compared}")
        if row.replaced_by is not None:
            yield Finding("replaced", (row.id,), row.replaced_by)


def of_voices(seconds: Iterable[Second], alone: Iterable[Rule]) -> Iterator[Finding]:
    """Yield where two guidelines differ: on what CPIC's table advises, and on what another guideline alone advises."""
    for one in seconds:
        about = f"{one.gene} {' or '.join(one.phenotypes)}"
        for drug in one.drugs:
            yield Finding("differs", (f"cpic-{drug}",), f"{one.citation.guideline}, {about}: {one.text}")
    for rule in alone:
        for voice in rule.voices:
            yield Finding("differs", (rule.id,), f"{voice.citation.guideline}: {voice.text}")


def of_duplicates(listed: Sequence[Row]) -> Iterator[Finding]:
    """Yield rules of the same name, and rules that say the same of the same."""
    named, said = defaultdict(list), defaultdict(list)
    for row in listed:
        named[row.id].append(row.id)
        said[row.kind, row.holds, row.text].append(row.id)
    for names in named.values():
        if len(names) > 1:
            yield Finding("duplicate", (names[0],), f"{len(names)} rules have this name")
    for names in said.values():
        if len(set(names)) > 1:
            yield Finding("duplicate", tuple(names), "they say the same of the same")


def of_alarms(rules: Sequence[AlarmRule], extremes: Iterable[Extreme]) -> Iterator[Finding]:
    """Yield limits that contradict each other: within a rule, between two on one input, or with an extreme."""
    for rule in rules:
        worse = [level.limit if rule.direction == "above" else -level.limit for level in rule.levels]
        well = rule.clear if rule.direction == "above" else -rule.clear
        if worse != sorted(set(worse)):
            yield Finding("contradiction", (rule.condition,), "a more severe level has the milder limit")
        if well >= worse[0]:
            yield Finding("contradiction", (rule.condition,), "it is well again at a value that violates it")
    for low, high in combinations(rules, 2):
        if low.direction == "above":
            low, high = high, low  # noqa: PLW2901 - the pair in the order of its directions
        opposite = low.input == high.input and low.direction == "below" and high.direction == "above"
        if opposite and low.levels[0].limit >= high.levels[0].limit:
            yield Finding("contradiction", (low.condition, high.condition), "a value can violate both")
    of_condition = {rule.condition: rule for rule in rules}
    for one in extremes:
        rule = of_condition[one.condition]
        last = rule.levels[-1].limit
        if (one.beyond < last) if rule.direction == "above" else (one.beyond > last):
            yield Finding("contradiction", (one.condition,), "its extreme is milder than its most severe limit")


def of_orders(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Yield checks of orders that speak twice of the same drug and its allergy, pair or limit."""
    said: dict[tuple[str, ...], list[Rule]] = defaultdict(list)
    for rule in rules:
        for key in dict.fromkeys(_said_of(rule)):
            said[key].append(rule)
    for key, speaking in said.items():
        for one, other in combinations(speaking, 2):
            if not _apart(one, other):
                yield Finding("contradiction", (one.id, other.id), f"both speak of {' with '.join(key)}")


def _said_of(rule: Rule) -> Iterator[tuple[str, ...]]:
    """Yield each drug that a check speaks of, with what it meets."""
    match rule.when:
        case DrugsMeet(drugs=drugs, others=others):
            yield from (tuple(sorted((drug, other))) for drug in drugs for other in others)
        case SameClass(drugs=drugs):
            yield from (tuple(sorted(pair)) for pair in combinations(drugs, 2))
        case AllergyMeetsDrug(allergens=allergens, drugs=drugs):
            yield from ((drug, f"an allergy to {one}") for drug in drugs for one in allergens if drug != one)
        case KidneyMeetsDrug(drugs=drugs, measure=measure):
            yield from ((drug, measure) for drug in drugs)
        case ResultMeetsDrug(drugs=drugs, name=name, direction=direction):
            yield from ((drug, f"{name} {direction}") for drug in drugs)
        case PregnancyMeetsDrug(drugs=drugs) | AgeMeetsDrug(drugs=drugs):
            yield from ((drug, type(rule.when).__name__) for drug in drugs)


def _apart(one: Rule, other: Rule) -> bool:
    """Tell whether two checks on the same value speak of parts of its range that do not meet."""
    match one.when, other.when:
        case KidneyMeetsDrug() as first, KidneyMeetsDrug() as second:
            return first.below <= second.not_below or second.below <= first.not_below
        case ResultMeetsDrug() as first, ResultMeetsDrug() as second:
            tops = [(a.not_above, b.limit) for a, b in ((first, second), (second, first))]
            return any(top is not None and top <= limit for top, limit in tops)
    return False


class _Cell(NamedTuple):
    """What a rule on a gene and a drug speaks of: one of its results and one of its drugs."""

    gene: str
    phenotype: str
    drug: str


def of_treatment(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Yield rules that speak twice of one result and drug, and alternatives that another rule advises against."""
    cells: Mapping[_Cell, list[Rule]] = _cells(rules)
    for cell, both in cells.items():
        for one, other in combinations(both, 2):
            if _meet(one, other):
                text = f"both speak of {cell.drug} with {cell.gene} {cell.phenotype}"
                yield Finding("contradiction", (one.id, other.id), text)
    for cell, speaking in cells.items():
        for rule in speaking:
            for drug in rule.alternatives:
                elsewhere = _Cell(cell.gene, cell.phenotype, drug)
                against = [one.id for one in cells.get(elsewhere, ())]
                if not against and any("another drug" in one.kinds for one in outcomes(elsewhere)):
                    against = [f"cpic-{drug}"]
                if against:
                    text = f"{drug} is its alternative with {cell.gene} {cell.phenotype}, and is advised against"
                    yield Finding("contradiction", (rule.id, *against), text)


def of_table(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Yield rules of their own that CPIC's table contradicts: it advises nothing, or with another strength."""
    for cell, speaking in _cells(rules).items():
        told = outcomes(cell)
        strengths = {one.strength for one in told if one.kinds}
        for rule in speaking:
            if not told or not rule.citation.guideline.startswith("CPIC"):
                continue
            if not strengths:
                text = f"the table advises nothing for {cell.drug} with {cell.gene} {cell.phenotype}"
                yield Finding("contradiction", (rule.id,), text)
            elif not any(strength in rule.citation.strength for strength in strengths):
                text = f"the table's strength for {cell.drug} with {cell.gene} {cell.phenotype} is another"
                yield Finding("contradiction", (rule.id,), text)


def outcomes(cell: _Cell) -> list[Outcome]:
    """Return what the table says of a result and a drug, for all populations and scores; nothing for two genes."""
    group = GROUP_OF.get(cell.drug)
    gene = cell.gene.partition("*")[0]
    if group is None or list(group.genes) != [gene]:
        return []
    results = results_of(gene, group.genes[gene], {cell.gene: Gene(cell.phenotype, 0.0)})
    found = (group.outcome(name, [result]) for name in group.populations for result in results)
    return [one for one in found if one is not None]


def _cells(rules: Sequence[Rule]) -> dict[_Cell, list[Rule]]:
    cells: dict[_Cell, list[Rule]] = defaultdict(list)
    for rule in rules:
        if isinstance(rule.when, GeneMeetsDrug):
            for phenotype in rule.when.phenotypes:
                for drug in rule.when.drugs:
                    cells[_Cell(rule.when.gene, phenotype, drug)].append(rule)
    return cells


def _meet(one: Rule, other: Rule) -> bool:
    """Tell whether two rules on one result and drug can hold for the same patient."""
    ends = [float("inf") if rule.below_age_years is None else rule.below_age_years for rule in (one, other)]
    if max(one.min_age_years, other.min_age_years) >= min(ends):
        return False
    first, second = one.when, other.when
    if not isinstance(first, GeneMeetsDrug) or not isinstance(second, GeneMeetsDrug):
        return False
    if first.activity and second.activity:
        return not set(first.activity).isdisjoint(second.activity)
    pairs = ((first, second), (second, first))
    return not any(a.activity and set(a.activity) <= set(b.other_activity) for a, b in pairs)
