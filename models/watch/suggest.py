"""Proposals that follow from what has just happened to a patient, each published once.

Only proposals whose cause is the thing that happened are made then, so that what is proposed does not depend on whether
a forecast or a frame of the same moment was worked on first.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import numpy as np

from models.alarms.episodes import Step
from models.alarms.rules import Rule
from models.treatment.engine import Proposal, suggest
from models.treatment.facts import ActiveAlarm, Facts, Measured
from models.watch.bounds import suggested_within
from models.watch.columns import Floats, Ints
from models.watch.outputs import SOFTWARE, moment
from models.watch.state import COLUMNS, PatientState
from schemas.identity import output_id
from schemas.suggestions import Citation, Suggestion, UsedInput
from schemas.vitals import NUMERICS
from schemas.wire import Provenance

_MEASURED: Final = tuple(enumerate(COLUMNS[: len(NUMERICS)]))


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
        drugs=tuple(state.drugs.values()),
        lesions=tuple(state.lesions.values()),
        pathology=tuple(state.pathology.values()),
        allergies=state.stay.allergies,
        age_years=None if np.isnan(age) else age,
    )


def proposals(
    patient: str,
    state: PatientState,
    known: Facts,
    now_s: float,
    causes: Collection[str],
    alerts: Mapping[str, UUID],
) -> tuple[PatientState, list[Suggestion]]:
    """The proposals that one of `causes` has just brought about: conditions, analytes, genes, orders, studies, reports.

    `alerts` names the alert of each condition. The state that comes back remembers what was proposed.
    """
    fresh = [
        proposal
        for proposal in suggest(known, now_s)
        if proposal.because.name in causes and proposal.key not in state.suggested
    ]
    if not fresh:
        return state, []
    suggested = {key: until_s for key, until_s in state.suggested.items() if until_s > now_s}
    suggested |= {proposal.key: proposal.expires_s for proposal in fresh}
    said = [_suggestion(patient, proposal, now_s, alerts.get(proposal.because.name)) for proposal in fresh]
    return replace(state, suggested=suggested_within(suggested)), said


def _suggestion(patient: str, proposal: Proposal, now_s: float, because: UUID | None) -> Suggestion:
    rule = f"{proposal.rule}/{proposal.version}"
    return Suggestion(
        id=output_id("suggestion", patient, rule, proposal.key),
        patient=patient,
        time=moment(round(now_s * 1000)),
        rule=proposal.rule,
        text=proposal.text,
        citation=Citation(**proposal.citation._asdict()),
        inputs=tuple(UsedInput(name=one.name, value=one.value, age_s=one.age_s) for one in proposal.inputs),
        missing=proposal.missing,
        contraindications_checked=proposal.contraindications_checked,
        to_check=proposal.to_check,
        because=because,
        expires=datetime.fromtimestamp(proposal.expires_s, UTC),
        provenance=Provenance(software=SOFTWARE, rule=rule, data=proposal.citation.edition),
    )
