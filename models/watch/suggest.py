"""The life of proposals: published once for each cause, updated when they change, withdrawn when their basis goes.

Only proposals that the thing that happened can concern are looked at then, so that what is proposed does not depend on
whether a forecast or a frame of the same moment was worked on first.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from uuid import UUID

import numpy as np

from models.alarms.episodes import Step
from models.alarms.rules import Rule
from models.treatment.by_name import BY_NAME
from models.treatment.engine import Proposal, holding
from models.treatment.facts import ActiveAlarm, Facts, Measured
from models.treatment.rules import AlarmIsOn, LabBeyond
from models.treatment.rules import Rule as TreatmentRule
from models.treatment.safety.check import analytes_of
from models.watch import therapy
from models.watch.bounds import proposed_within, withdrawn_within
from models.watch.columns import Floats, Ints
from models.watch.outputs import SOFTWARE, moment
from models.watch.state import COLUMNS, PatientState, Proposed
from schemas.identity import output_id
from schemas.suggestions import Citation, SecondVoice, Suggestion, UsedInput
from schemas.vitals import NUMERICS
from schemas.wire import Provenance

Status = Literal["proposed", "updated", "withdrawn", "expired"]
STANDING: Final = "therapy"
"""The cause that concerns every proposal which follows from results, orders and reports, not from alarm or value."""
ORDERS: Final = "of an order: "
"""Begins the causes that concern checks of orders: a result that they look at, behind it."""
_RESULTS: Final = {
    rule.id: names for rule in BY_NAME.values() if (names := frozenset(ORDERS + name for name in analytes_of(rule)))
}
"""By rule: the causes besides STANDING that can change what a check of an order or of an alternative says."""
_SEX: Final[dict[str | None, Literal["female", "male"]]] = {"female": "female", "male": "male"}
_MEASURED: Final = tuple(enumerate(COLUMNS[: len(NUMERICS)]))
_NONE: Final[frozenset[str]] = frozenset()


def alarms_after(alarms: Mapping[str, ActiveAlarm], rule: Rule, step: Step) -> dict[str, ActiveAlarm]:
    """Which alarms are on after a step, and since when at which priority."""
    others = {condition: alarm for condition, alarm in alarms.items() if condition != rule.condition}
    if not step.presence:
        return others
    before = alarms.get(rule.condition)
    same = before is not None and before.priority == step.priority and before.start_s == step.start_s
    now = before if same and before is not None else ActiveAlarm(step.start_s, step.priority, step.time_s)
    return others | {rule.condition: now}


def facts(state: PatientState, values: Floats, value_ms: Ints, news2_total: Measured | None) -> Facts:
    """What the rules may look at: values [11] with their times, laboratory results, therapy, alarms."""
    readings = {
        name: Measured(float(values[column]), int(value_ms[column]) / 1000)
        for column, name in _MEASURED
        if not np.isnan(values[column])
    }
    readings |= {analyte: Measured(value, at_ms / 1000) for analyte, (value, at_ms) in state.labs.items()}
    if news2_total is not None:
        readings["news2_total"] = news2_total
    age = state.stay.age_years
    return Facts(
        readings=readings,
        alarms=state.alarms,
        genes=state.genes,
        variants=tuple(state.variants.values()),
        drugs=tuple(state.drugs.values()),
        lesions=tuple(state.lesions.values()),
        pathology=tuple(state.pathology.values()),
        allergies=state.stay.allergies,
        age_years=None if np.isnan(age) else age,
        sex=_SEX.get(state.stay.sex),
        weight_kg=None if np.isnan(state.stay.weight_kg) else state.stay.weight_kg,
        is_pregnant=state.stay.is_pregnant,
    )


class Happened(NamedTuple):
    """What has just happened to a patient.

    causes   the conditions and analytes that it is about, and STANDING
    reason   why a proposal whose basis it took away is withdrawn
    left     the patient has left: everything is withdrawn
    back     the patient is here: what was withdrawn when they left is proposed again
    alerts   the alert of each condition
    """

    causes: Collection[str]
    reason: str
    left: bool = False
    back: bool = False
    alerts: Mapping[str, UUID] = MappingProxyType({})

    @property
    def of_orders(self) -> bool:
        """Whether it may have changed what follows from results, orders and reports, which are judged together."""
        return STANDING in self.causes or any(name.startswith(ORDERS) for name in self.causes)


def proposals(
    patient: str, state: PatientState, known: Facts, now_s: float, happened: Happened
) -> tuple[PatientState, list[Suggestion]]:
    """The steps in the life of a patient's proposals that follow from what happened: what is over before what is new.

    The state that comes back remembers them.
    """
    life = _Life(patient, now_s, dict(state.proposed), dict(state.withdrawn))
    if happened.left:
        life.expire(life.proposed)
        life.close(happened.reason)
        return replace(state, proposed=life.proposed), life.said

    def concerned(rule: TreatmentRule) -> bool:
        return _concerned(rule, happened.causes)

    now = {one.key: one for one in holding(known, now_s, concerned, of_orders=happened.of_orders)}
    rules = {key: BY_NAME.get(key.partition("|")[0]) for key in life.proposed}
    asked = [key for key, rule in rules.items() if rule is None or concerned(rule)]
    life.expire(asked)
    for key in asked:
        if key in life.proposed and key not in now:
            life.drop(key, happened.reason if rules[key] is not None else "its rule has been replaced")
    for key, proposal in now.items():
        if key in life.proposed:
            life.go_on(proposal, back=happened.back)
        elif any(former in state.suggested for former in (key, *proposal.former_keys)):
            life.adopt(proposal, state.suggested)
        elif now_s < proposal.expires_s:
            life.begin(proposal, happened.alerts.get(proposal.because.name))
    suggested = {key: until_s for key, until_s in state.suggested.items() if until_s > now_s}
    withdrawn = withdrawn_within(life.withdrawn)
    return replace(state, suggested=suggested, proposed=proposed_within(life.proposed), withdrawn=withdrawn), life.said


def latest_s(state: PatientState, event_s: float) -> float:
    """The moment at which a result or order finds a patient: its own time, or that of a newer one known already."""
    return max([event_s, *therapy.latest_s(state)])


def rule_named(name: str) -> TreatmentRule | None:
    """The rule of a name and version, such as `lactate-remeasure/1`; None where this version has no such rule."""
    return BY_NAME.get(name)


def _concerned(rule: TreatmentRule, causes: Collection[str]) -> bool:
    match rule.when:
        case AlarmIsOn(condition=name) | LabBeyond(name=name):
            return name in causes or any(need.name in causes for need in rule.unless)
        case _:
            return STANDING in causes or not _RESULTS.get(rule.id, _NONE).isdisjoint(causes)


class _Life:
    """The proposals of one patient while something happens to them, and the steps that go out."""

    def __init__(self, patient: str, now_s: float, proposed: dict[str, Proposed], withdrawn: dict[str, int]) -> None:
        self.proposed = proposed
        self.withdrawn = withdrawn
        self.said: list[Suggestion] = []
        self._patient = patient
        self._now_s = now_s

    def expire(self, keys: Iterable[str]) -> None:
        """Say of proposals whose time is over that it is; their cause may still hold."""
        for key, one in [(key, self.proposed[key]) for key in keys]:
            if one.status == "open" and one.expires_s <= self._now_s:
                self._end(key, one._replace(status="expired"), "expired")

    def close(self, reason: str) -> None:
        """Withdraw everything that is open, and keep it from being proposed again by what still arrives."""
        for key, one in list(self.proposed.items()):
            if one.status == "open":
                self._end(key, one._replace(status="closed"), "withdrawn", reason)

    def drop(self, key: str, reason: str) -> None:
        """Forget a proposal whose basis is gone, and withdraw it if it is open."""
        one = self.proposed[key]
        if one.status == "open":
            self._step(key, one, "withdrawn", reason)
        del self.proposed[key]
        self.withdrawn[key] = self.withdrawn.pop(key, 0) + 1

    def adopt(self, proposal: Proposal, suggested: Collection[str]) -> None:
        """Go on with a proposal that an earlier version has published, under the id that it had there."""
        key = next(key for key in (proposal.key, *proposal.former_keys) if key in suggested)
        first = output_id("suggestion", self._patient, f"{proposal.rule}/{proposal.version}", key)
        self.proposed[proposal.key] = _proposed(self._patient, proposal)._replace(id=str(first))

    def begin(self, proposal: Proposal, because: UUID | None) -> None:
        """Publish a proposal for the first time."""
        one = _proposed(self._patient, proposal, because, self.withdrawn.get(proposal.key, 0))
        self.proposed[proposal.key] = one
        self.said.append(_suggestion(self._patient, self._now_s, one, proposal))

    def go_on(self, proposal: Proposal, *, back: bool) -> None:
        """Publish a change of a proposal whose basis still holds; nothing where it says what it said before."""
        one = self.proposed[proposal.key]
        returns = one.status == "closed" and back
        changes = one.status != "closed" and one.content != _content(proposal)
        if (returns or changes) and self._now_s < proposal.expires_s:
            self._step(proposal.key, _changed(one, proposal), "updated", proposal=proposal)

    def _end(self, key: str, one: Proposed, status: Status, reason: str | None = None) -> None:
        """Say that a proposal is over; remember one that could be made again while its basis holds."""
        self._step(key, one, status, reason)
        if not one.content:
            del self.proposed[key]

    def _step(
        self, key: str, one: Proposed, status: Status, reason: str | None = None, proposal: Proposal | None = None
    ) -> None:
        one = one._replace(steps=one.steps + 1)
        self.proposed[key] = one
        self.said.append(_suggestion(self._patient, self._now_s, one, proposal, status, reason))


def proposal_id(patient: str, proposal: Proposal, before: int = 0) -> UUID:
    """The identifier of a proposal that was withdrawn `before` so often: that of its first step."""
    again = (str(before),) if before else ()
    rule = f"{proposal.rule}/{proposal.version}"
    return output_id("suggestion", patient, rule, proposal.key, repr(proposal.since_s), *again)


def _proposed(patient: str, proposal: Proposal, because: UUID | None = None, before: int = 0) -> Proposed:
    """A proposal as it is remembered; one that was withdrawn `before` has another identifier.

    The moment when its basis came to hold may be the same: an order that was changed and changed back after a result.
    """
    return Proposed(
        id=str(proposal_id(patient, proposal, before)),
        rule=proposal.rule,
        version=proposal.version,
        text=proposal.text,
        citation=tuple(proposal.citation),
        expires_s=proposal.expires_s,
        content=_content(proposal),
        because=None if because is None else str(because),
    )


def _changed(one: Proposed, proposal: Proposal) -> Proposed:
    return one._replace(
        text=proposal.text,
        citation=tuple(proposal.citation),
        expires_s=proposal.expires_s,
        content=_content(proposal),
        status="open",
    )


def _content(proposal: Proposal) -> str:
    """A fingerprint of what a proposal says, without ages; empty where it rests on an alarm or a value.

    Those are published once: the measurements beside them change all the time, and the alarm tells of itself.
    """
    if not proposal.standing:
        return ""
    inputs = [(one.name, one.value) for one in proposal.inputs]
    said: tuple[object, ...] = (
        proposal.text, proposal.citation, inputs, proposal.missing, proposal.contraindications_checked,
        *proposal.voices,
    )  # fmt: skip
    return blake2b(repr((said, proposal.to_check)).encode(), digest_size=8).hexdigest()


def _suggestion(
    patient: str,
    now_s: float,
    one: Proposed,
    proposal: Proposal | None,
    status: Status = "proposed",
    reason: str | None = None,
) -> Suggestion:
    """A step: one that ends a proposal shows no inputs, and is over at once also for who knows no `status`."""
    over = status in {"withdrawn", "expired"}
    over_text = f"Withdrawn, since {reason}: {one.text}" if status == "withdrawn" else f"Expired: {one.text}"
    first = UUID(one.id)
    return Suggestion(
        id=first if status == "proposed" else output_id("suggestion-step", patient, one.id, str(one.steps), status),
        proposal=None if status == "proposed" else first,
        status=status,
        reason=reason,
        patient=patient,
        time=moment(round(now_s * 1000)),
        rule=one.rule,
        text=over_text if over else one.text,
        citation=Citation(**dict(zip(Citation.model_fields, one.citation, strict=True))),
        inputs=tuple(UsedInput(name=i.name, value=i.value, age_s=i.age_s) for i in proposal.inputs) if proposal else (),
        missing=proposal.missing if proposal else (),
        contraindications_checked=proposal.contraindications_checked if proposal else (),
        to_check=proposal.to_check if proposal else (),
        second_voices=tuple(
            SecondVoice(text=voice.text, citation=Citation(**voice.citation._asdict())) for voice in proposal.voices
        )
        if proposal
        else (),
        because=None if one.because is None else UUID(one.because),
        expires=datetime.fromtimestamp(min(one.expires_s, now_s) if over else one.expires_s, UTC),
        provenance=Provenance(software=SOFTWARE, rule=f"{one.rule}/{one.version}", data=one.citation[1]),
    )
