"""Find the treatment rules that apply to a patient now. The same facts and time give the same proposals and order."""

from collections.abc import Iterator
from typing import NamedTuple

from models.treatment import reports
from models.treatment.facts import ActiveAlarm, Drug, Facts, Gene
from models.treatment.match import Cause, Input, Match
from models.treatment.rules import (
    RULES,
    AlarmIsOn,
    Citation,
    DrugWithoutGene,
    GeneMeetsDrug,
    LabBeyond,
    Need,
    ReportShows,
    Rule,
)


class Proposal(NamedTuple):
    """A proposal, not an order. `key` stays the same while its cause holds, so that each key is published once."""

    rule: str
    version: str
    key: str
    text: str
    citation: Citation
    inputs: tuple[Input, ...]
    missing: tuple[str, ...]
    contraindications_checked: tuple[str, ...]
    to_check: tuple[str, ...]
    because: Cause
    expires_s: float


def suggest(facts: Facts, now_s: float) -> tuple[Proposal, ...]:
    """Return a proposal for every rule that applies at `now_s` (event time, seconds since 1970), in the order of RULES.

    A rule is silent for a patient outside its population, where what it asks for was measured recently, and once its
    validity has passed since it came to apply. An input that is missing or too old is named as missing and never filled
    in.
    """
    return tuple(
        _propose(rule, match, facts, now_s)
        for rule in RULES
        if not _excluded(rule, facts, now_s)
        for match in _matches(rule, facts, now_s)
        if now_s < match.since_s + rule.valid_s
    )


def _excluded(rule: Rule, facts: Facts, now_s: float) -> bool:
    too_young = facts.age_years is not None and facts.age_years < rule.min_age_years
    return too_young or any(_known(need, facts, now_s) is not None for need in rule.unless)


def _known(need: Need, facts: Facts, now_s: float) -> Input | None:
    reading = facts.readings.get(need.name)
    if reading is None or now_s - reading.time_s > need.max_age_s:
        return None
    return Input(need.name, reading.value, now_s - reading.time_s)


def _matches(rule: Rule, facts: Facts, now_s: float) -> Iterator[Match]:
    when = rule.when
    match when:
        case AlarmIsOn():
            yield from _alarm(when, facts.alarms.get(when.condition))
        case LabBeyond():
            yield from _lab(when, rule.valid_s, facts, now_s)
        case GeneMeetsDrug():
            for finding in when.findings:
                gene = facts.genes.get(finding[0])
                if gene is not None and gene.phenotype.casefold() == finding[1].casefold():
                    yield from (
                        _gene_drug(finding[0], gene, drug, now_s) for drug in facts.drugs if drug.name in when.drugs
                    )
        case ReportShows():
            yield from reports.shown(when, facts, now_s)
        case DrugWithoutGene():
            yield from reports.unknown_gene(when, facts, now_s)
        case _:
            for lesion in facts.lesions:
                cause = Cause(lesion.study_uid, lesion.time_s)
                seen = Input("suspicious_probability", lesion.probability, now_s - lesion.time_s)
                yield Match(lesion.study_uid, cause, lesion.time_s, (seen,))


def _alarm(when: AlarmIsOn, alarm: ActiveAlarm | None) -> Iterator[Match]:
    if alarm is not None and when.priority in (None, alarm.priority):
        since_s = alarm.start_s if when.priority is None else alarm.priority_since_s
        yield Match(f"{when.condition}@{alarm.start_s!r}", Cause(when.condition, alarm.start_s), since_s)


def _lab(when: LabBeyond, valid_s: float, facts: Facts, now_s: float) -> Iterator[Match]:
    result = _known(Need(when.name, when.max_age_s), facts, now_s)
    if result is None or not isinstance(result.value, float):
        return
    if result.value > when.limit or (when.inclusive and result.value == when.limit):
        measured_s = facts.readings[when.name].time_s
        span = int(measured_s // valid_s)
        yield Match(f"{when.name}@{span}", Cause(when.name, measured_s), measured_s, (result,))


def _gene_drug(name: str, gene: Gene, drug: Drug, now_s: float) -> Match:
    """Match a genomic result and an order from the later of their times; name the result's source and coverage."""
    age_s = now_s - gene.time_s
    about = {f"source of {name}": gene.source, f"coverage of {name}": gene.coverage}
    return Match(
        f"{name}@{gene.time_s!r}+{drug.order}",
        Cause(name, gene.time_s),
        max(gene.time_s, drug.time_s),
        (
            Input(name, gene.phenotype, age_s),
            Input("drug", drug.name, now_s - drug.time_s),
            *(Input(what, value, age_s) for what, value in about.items() if value is not None),
        ),
        missing=tuple(what for what, value in about.items() if value is None),
        to_check=(f"{name}: the assay covered the gene in part",) if gene.coverage == "partial" else (),
    )


def _propose(rule: Rule, match: Match, facts: Facts, now_s: float) -> Proposal:
    needed = [(need.name, _known(need, facts, now_s)) for need in rule.needs]
    allergic = [drug for drug in rule.alternatives if _allergic(drug, facts)]
    left = [drug for drug in rule.alternatives if drug not in allergic]
    missing = [name for name, known in needed if known is None]
    if rule.alternatives and facts.allergies is None:
        missing.append("allergies")
    if rule.min_age_years and facts.age_years is None:
        missing.append("age_years")
    return Proposal(
        rule=rule.id,
        version=rule.version,
        key=f"{rule.id}/{rule.version}|{match.tail}",
        text=rule.text.format(alternatives=" or ".join(left) or "an alternative"),
        citation=rule.citation,
        inputs=(*match.inputs, *(known for _, known in needed if known is not None)),
        missing=(*match.missing, *missing),
        contraindications_checked=(
            () if facts.allergies is None else tuple(f"allergy to {drug}" for drug in rule.alternatives)
        ),
        to_check=(*match.to_check, *(f"recorded allergy to {drug}" for drug in allergic), *rule.to_check),
        because=match.cause,
        expires_s=match.since_s + rule.valid_s,
    )


def _allergic(drug: str, facts: Facts) -> bool:
    """Tell whether a recorded allergy names the drug, or a part of its name: rather one too many than one too few."""
    words = [allergy.casefold().strip() for allergy in facts.allergies or ()]
    return any(word and (word in drug or drug in word) for word in words)
