"""A proposal as all renderings see it, whether it comes from a plan or from the topic `suggestions`."""

from typing import Final, Literal, NamedTuple

from models.plan.proposals import said_otherwise
from models.plan.urgency import Kind, kind_of, service_of, urgency_of
from models.watch.suggest import rule_named
from schemas.plan import Plan, PlanProposal, Urgency
from schemas.suggestions import Citation, Suggestion

_OVER: Final = ("withdrawn", "expired")


class Said(NamedTuple):
    """A proposal with all that a resource says of it.

    over     it was withdrawn or has expired: what is drafted for it no longer holds
    moment   when it was said, ISO 8601
    """

    patient: str
    id: str
    rule: str
    text: str
    moment: str
    citation: Citation
    basis: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    to_check: tuple[str, ...]
    against: tuple[str, ...]
    drug: str | None
    alternatives: tuple[str, ...]
    service: str | None
    kind: Kind
    urgency: Urgency
    software: str
    over: bool = False


def of_plan(plan: Plan, one: PlanProposal) -> Said:
    """Return a proposal of a plan."""
    return Said(
        patient=plan.patient,
        id=one.id,
        rule=one.rule,
        text=one.text,
        moment=plan.time.isoformat(),
        citation=one.citation,
        basis=tuple((i.name, str(i.value)) for i in one.inputs),
        missing=one.missing,
        to_check=one.to_check,
        against=one.against,
        drug=one.drug,
        alternatives=one.alternatives,
        service=one.service,
        kind=one.kind,
        urgency=one.urgency,
        software=plan.provenance.software,
    )


def of_suggestion(one: Suggestion) -> Said:
    """Return a step of a proposal. Of a rule that this version does not know, only what the record says is said."""
    rule = rule_named(one.provenance.rule or "")
    kind: Literal["order"] | Kind = "order" if rule is None else kind_of(rule)
    return Said(
        patient=one.patient,
        id=str(one.proposal or one.id),
        rule=one.provenance.rule or one.rule,
        text=one.text,
        moment=one.time.isoformat(),
        citation=one.citation,
        basis=tuple((i.name, str(i.value)) for i in one.inputs),
        missing=one.missing,
        to_check=one.to_check,
        against=tuple(map(said_otherwise, one.second_voices)),
        drug=next((str(i.value) for i in one.inputs if i.name == "drug"), None),
        alternatives=() if rule is None else tuple(drug for drug in rule.alternatives if drug in one.text),
        service=None if rule is None else service_of(rule),
        kind=kind,
        urgency="today" if rule is None else urgency_of(rule),
        software=one.provenance.software,
        over=one.status in _OVER,
    )
