"""What the rules and the tables of follow-up propose, by urgency, with what speaks against each. Pure."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from models.follow_up import breast, fleischner, lung_rads, retinopathy
from models.follow_up.advice import Advice
from models.plan.known import age_of, moment_of
from models.plan.seen import Seen, latest_reports
from models.plan.urgency import KINDS, ORDER, kind_of, service_of, urgency_of
from models.treatment.engine import Proposal, suggest
from models.treatment.facts import Facts
from models.treatment.safety import check
from models.watch.state import PatientState
from models.watch.suggest import proposal_id, rule_named
from schemas.identity import output_id
from schemas.imaging import LesionReport
from schemas.nodules import LungNodule
from schemas.plan import PlanGap, PlanProposal
from schemas.suggestions import Citation, SecondVoice, UsedInput

VALID: Final = timedelta(days=180)
"""How long what a table of follow-up says is shown. Ours: longer ago, the images are due again or were made."""
_GRADE: Final = "grade_"
_BREAST: Final = "breast_ultrasound"


def proposals_of(patient: str, state: PatientState, facts: Facts, seen: Seen, now_s: float) -> tuple[PlanProposal, ...]:
    """Return every proposal that holds at a moment: the most urgent first, then by what it rests on, then as rules are.

    One that the topic `suggestions` carries has the same identifier there.
    """
    held = () if state.left_ms else suggest(facts, now_s)  # at discharge the topic withdraws them, too
    found = [_of_rule(patient, state, facts, one) for one in held]
    found += [
        _of_advice(patient, advice, cause, time_s, now_s)
        for advice, cause, time_s in _advised(seen, facts.age_years, frozenset(one.because.name for one in held))
        if now_s < time_s + VALID.total_seconds()
    ]
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.urgency), KINDS.index(one.kind))))


def not_followed(seen: Seen, facts: Facts) -> Iterator[PlanGap]:
    """Yield the nodules of which the tables say nothing, and why."""
    for one in seen.nodules:
        if one.context == "screening" and lung_rads.category(one) is None:
            lacking = ", ".join(lung_rads.lacking(one)) or "a row of the table that fits"
            yield PlanGap(about="Lung-RADS category", why=f"not known: {lacking}")
        if one.context == "incidental" and (why := fleischner.why_not(one, facts.age_years)) is not None:
            yield PlanGap(about="follow-up of a lung nodule", why=why)


def _of_rule(patient: str, state: PatientState, facts: Facts, one: Proposal) -> PlanProposal:
    rule = rule_named(f"{one.rule}/{one.version}")
    assert rule is not None  # noqa: S101 - the engine has just applied it
    published = state.proposed.get(one.key)
    reasons = {drug: check.of_drug(drug, facts) for drug in rule.alternatives}
    held = [f"{drug}: {reason.words}" for drug, found in reasons.items() for reason in found.held]
    voices = tuple(SecondVoice(text=v.text, citation=Citation(**v.citation._asdict())) for v in one.voices)
    return PlanProposal(
        id=published.id if published else str(proposal_id(patient, one, state.withdrawn.get(one.key, 0))),
        rule=f"{one.rule}/{one.version}",
        urgency=urgency_of(rule),
        text=one.text,
        citation=Citation(**one.citation._asdict()),
        inputs=tuple(UsedInput(name=i.name, value=i.value, age_s=i.age_s) for i in one.inputs),
        missing=one.missing,
        contraindications_checked=one.contraindications_checked,
        to_check=one.to_check,
        second_voices=voices,
        against=(*held, *(said_otherwise(voice) for voice in voices)),
        drug=next((str(i.value) for i in one.inputs if i.name == "drug"), None),
        alternatives=tuple(drug for drug, found in reasons.items() if not found.barred),
        service=service_of(rule),
        kind=kind_of(rule),
        since=moment_of(one.since_s),
        expires=moment_of(one.expires_s),
    )


def said_otherwise(voice: SecondVoice) -> str:
    """Return what another guideline says, with its edition and strength."""
    citation = voice.citation
    return f"{citation.guideline} ({citation.edition}): {voice.text}; {citation.strength}"


def _advised(seen: Seen, age_years: float | None, spoken_of: frozenset[str]) -> Iterator[tuple[Advice, str, float]]:
    """Yield what the tables say, the finding that each is about, and its time in seconds since 1970.

    Of a study that a rule speaks of already, what would ask for the same is left out.
    """
    for nodule in seen.nodules:
        said = lung_rads.advice(nodule) if nodule.context == "screening" else fleischner.advice(nodule, age_years)
        if said is not None:
            yield said, _name(nodule), nodule.time.timestamp()
    for report in latest_reports(seen.reports):
        for said in _of_report(report):
            if report.study_uid not in spoken_of:
                yield said, report.study_uid, report.time.timestamp()


def _of_report(report: LesionReport) -> Iterator[Advice]:
    """Yield what the tables say of a report: of its photograph with the likeliest referable grade, of its likeliest."""
    shares = [{one.label: one.probability for one in image.findings} for image in report.images]
    graded = [
        {int(label.removeprefix(_GRADE)): share for label, share in one.items() if label.removeprefix(_GRADE).isdigit()}
        for one in shares
        if any(label.startswith(_GRADE) for label in one)
    ]
    if graded:
        worst = max(graded, key=lambda one: sum(grade * share for grade, share in one.items()))
        if (advice := retinopathy.advice(worst)) is not None:
            yield advice
    malignant = [
        one["malignant"]
        for one, image in zip(shares, report.images, strict=True)
        if image.model_name == _BREAST and "malignant" in one
    ]
    if malignant and (advice := breast.advice(max(malignant))) is not None:
        yield advice


def _of_advice(patient: str, advice: Advice, cause: str, time_s: float, now_s: float) -> PlanProposal:
    rule = f"{advice.rule}/{advice.version}"
    inputs = [UsedInput(name="finding", value=cause, age_s=age_of(time_s, now_s))]
    if advice.category:
        inputs.append(UsedInput(name="category", value=advice.category, age_s=age_of(time_s, now_s)))
    return PlanProposal(
        id=str(output_id("suggestion", patient, rule, cause, repr(time_s), advice.category)),
        rule=rule,
        urgency=advice.urgency,
        text=advice.text,
        citation=Citation(**advice.citation._asdict()),
        inputs=tuple(inputs),
        missing=advice.lacking,
        to_check=advice.to_check,
        service=advice.service or None,
        kind="follow-up",
        since=moment_of(time_s),
        expires=moment_of(time_s) + VALID,
    )


def _name(nodule: LungNodule) -> str:
    of = f" in {nodule.study_uid}" if nodule.study_uid else ""
    return f"{nodule.kind} nodule {nodule.diameter_mm:g} mm{of}"[:128]
