"""Find the treatment rules that apply to a patient now. The same facts and time give the same proposals and order."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from models.treatment import cpic_rules, drug_gene, reports, retina, secondary
from models.treatment.dpwg import DPWG_RULES
from models.treatment.facts import ActiveAlarm, Facts
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
    RetinaShows,
    Rule,
    TableSays,
    VariantFound,
    Voice,
)
from models.treatment.safety import check


class Proposal(NamedTuple):
    """A proposal, not an order. `key` stays the same while its cause holds, so that each key is published once.

    `since_s` is when the cause came to hold; `former_keys` are what earlier versions called the same proposal. One that
    rests on an alarm or a value is not `standing`: what was measured beside it changes all the time.
    """

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
    since_s: float
    expires_s: float
    former_keys: tuple[str, ...]
    voices: tuple[Voice, ...]
    standing: bool


def suggest(facts: Facts, now_s: float) -> tuple[Proposal, ...]:
    """Return a proposal for every rule that applies at `now_s` (event time, seconds since 1970), in the order of RULES.

    A rule is silent for a patient outside its population, where what it asks for was measured recently, and once its
    validity has passed since it came to apply. An input that is missing or too old is named as missing and never filled
    in.
    """
    return tuple(one for one in holding(facts, now_s) if now_s < one.expires_s)


def holding(
    facts: Facts, now_s: float, concerned: Callable[[Rule], bool] = lambda _: True, *, of_orders: bool = True
) -> tuple[Proposal, ...]:
    """Return the proposals whose causes hold, by rule and then by drug, also where their validity has passed.

    Without `of_orders` those of the checks of orders are left out: nothing happened that could have changed them.
    """
    found = (
        (rule, match)
        for rule in (*RULES, *DPWG_RULES, *secondary.of_variants(facts), *cpic_rules.ordered(facts))
        if concerned(rule) and not _excluded(rule, facts, now_s)
        for match in _matches(rule, facts, now_s)
    )
    orders = check.matches(facts, now_s, concerned) if of_orders else ()
    return tuple(_propose(rule, match, facts, now_s) for rule, match in chain(found, orders))


def _excluded(rule: Rule, facts: Facts, now_s: float) -> bool:
    age = facts.age_years
    too_young = age is not None and age < rule.min_age_years
    too_old = rule.below_age_years is not None and (age is None or age >= rule.below_age_years)
    return too_young or too_old or any(_known(need, facts, now_s) is not None for need in rule.unless)


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
            yield from drug_gene.met(when, facts, now_s)
        case TableSays():
            yield from cpic_rules.says(when, facts, now_s)
        case ReportShows():
            yield from reports.shown(when, facts, now_s)
        case VariantFound():
            yield from secondary.found(when, facts, now_s)
        case DrugWithoutGene():
            yield from drug_gene.unknown(when, facts, now_s)
        case RetinaShows():
            yield from retina.shown(when, facts, now_s)
        case _:
            yield from _suspicious(facts, now_s)


def _suspicious(facts: Facts, now_s: float) -> Iterator[Match]:
    for lesion in facts.lesions:
        if not retina.is_of_retina(lesion):
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


def _propose(rule: Rule, match: Match, facts: Facts, now_s: float) -> Proposal:
    needed = [(need.name, _known(need, facts, now_s)) for need in rule.needs]
    reasons = {drug: check.of_drug(drug, facts) for drug in rule.alternatives}
    left = [drug for drug, found in reasons.items() if not found.barred]
    voices = (*match.voices, *rule.voices)
    missing = [name for name, known in needed if known is None]
    missing += [name for found in reasons.values() for _, names in found.not_done for name in names]
    if rule.min_age_years and facts.age_years is None:
        missing.append("age_years")
    return Proposal(
        rule=rule.id,
        version=rule.version,
        key=f"{rule.id}/{rule.version}|{match.tail}",
        text=match.text or rule.text.format(alternatives=" or ".join(left) or "an alternative"),
        citation=rule.citation if match.strength is None else rule.citation._replace(strength=match.strength),
        inputs=(*match.inputs, *(known for _, known in needed if known is not None)),
        missing=tuple(dict.fromkeys((*match.missing, *missing))),
        contraindications_checked=tuple(line for drug in reasons for line in _checked(drug, facts)),
        to_check=(
            *match.to_check,
            *_spoken(reasons),
            *rule.to_check,
            *(f"another guideline says otherwise: {voice.citation.guideline}" for voice in voices),
        ),
        because=match.cause,
        since_s=match.since_s,
        expires_s=match.since_s + rule.valid_s,
        former_keys=tuple(f"{rule.id}/{rule.version}|{tail}" for tail in match.former),
        voices=voices,
        standing=not isinstance(rule.when, AlarmIsOn | LabBeyond),
    )


def _checked(drug: str, facts: Facts) -> Iterator[str]:
    """Yield what was looked for in the record before a drug was named, or was not."""
    if facts.allergies is not None:
        yield f"allergy to {drug}"
    if facts.drugs:
        yield f"contraindicated pairs of {drug} with other orders"


def _spoken(reasons: Mapping[str, check.Reasons]) -> Iterator[str]:
    """Yield what speaks against the alternatives, or asks for care with them."""
    for drug, found in reasons.items():
        for reason in found.held:
            if reason.rule == check.RECORDED:
                yield f"recorded allergy to {drug}"
            else:
                yield f"{drug}: {reason.words}"
