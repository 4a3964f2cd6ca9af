"""Proposals that follow from what has just happened to a patient, each published once.

Only proposals whose cause is the thing that happened are made then, so that what is proposed does not depend on whether
a forecast or a frame of the same moment was worked on first.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import numpy as np

from models.alarms.episodes import Step
from models.alarms.rules import Rule
from models.treatment.engine import Proposal, suggest
from models.treatment.facts import ActiveAlarm, Facts, Reading
from models.watch.frames import Floats, Ints
from models.watch.outputs import SOFTWARE, moment
from models.watch.state import COLUMNS, PatientState
from schemas.identity import output_id
from schemas.suggestions import Citation, Suggestion, UsedInput
from schemas.vitals import NUMERICS
from schemas.wire import Provenance

_MEASURED: Final = tuple(enumerate(COLUMNS[: len(NUMERICS)]))


def note_step(state: PatientState, rule: Rule, step: Step) -> None:
    """Keep in `state.alarms` which alarms are on, and since when at which priority."""
    alarms = {condition: alarm for condition, alarm in state.alarms.items() if condition != rule.condition}
    before = state.alarms.get(rule.condition)
    if step.presence:
        same = before is not None and before.priority == step.priority and before.start_s == step.start_s
        alarms[rule.condition] = (
            before if same and before is not None else ActiveAlarm(step.start_s, step.priority, step.time_s)
        )
    state.alarms = alarms


def facts(state: PatientState, values: Floats, value_ms: Ints, news2_total: Reading | None) -> Facts:
    """What the rules may look at: values [11] with their times, laboratory results, therapy, alarms."""
    readings = {
        name: Reading(float(values[column]), int(value_ms[column]) / 1000)
        for column, name in _MEASURED
        if not np.isnan(values[column])
    }
    readings |= {analyte: Reading(value, at_ms / 1000) for analyte, (value, at_ms) in state.labs.items()}
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
) -> list[Suggestion]:
    """The proposals that one of `causes` has just brought about: conditions, analytes, genes, orders, studies, reports.

    Remembers in `state` what was proposed. `alerts` names the alert of each condition.
    """
    fresh = [
        proposal
        for proposal in suggest(known, now_s)
        if proposal.because.name in causes and proposal.key not in state.suggested
    ]
    if not fresh:
        return []
    state.suggested = {key: until_s for key, until_s in state.suggested.items() if until_s > now_s}
    state.suggested |= {proposal.key: proposal.expires_s for proposal in fresh}
    return [_suggestion(patient, proposal, now_s, alerts.get(proposal.because.name)) for proposal in fresh]


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
