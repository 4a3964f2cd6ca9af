"""Everything that a patient's stream gives, as wire models: what an agent publishes and what an evaluation looks at."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from models.alarms import episodes, grading, rules
from models.alarms.episodes import Step
from models.alarms.rules import SEPSIS_RISK, Rule
from models.treatment.facts import Reading
from models.watch import events, outputs, suggest
from models.watch.forecast import Forecast, Forecaster
from models.watch.frames import Rows
from models.watch.react import Reaction
from models.watch.state import PatientState
from schemas.labs import ANALYTES, LabResults
from schemas.pathology import PathologyFindings
from schemas.therapy import GenomicResult, Medication
from schemas.wire import Wire

_PROPOSES: Final = frozenset({"start", "escalate"})


class Finding(NamedTuple):
    """A record for a topic, and the frame that it follows from (its place in the micro-batch)."""

    topic: str
    record: Wire
    frame: int


def of_frames(names: Sequence[str], reaction: Reaction) -> list[Finding]:
    """Scores, alerts and proposals of a reaction. Notes in its states which alarms are on and what was proposed."""
    rows = reaction.rows
    found = [
        Finding("scores", outputs.score(names[int(rows.patient[at])], rows, at), int(rows.frame[at]))
        for at in reaction.scored
    ]
    for alarm in reaction.alarms:
        name, state = names[alarm.patient], reaction.states[alarm.patient]
        found += [
            Finding(topic, record, int(rows.frame[alarm.at]))
            for topic, record in _alarm_step(name, state, rows, alarm.at, alarm.rule, alarm.step)
        ]
    return found


def of_forecasts(
    names: Sequence[str], reaction: Reaction, made: Sequence[Forecast], model: Forecaster
) -> list[Finding]:
    """Forecasts, and the alerts and proposals that they raise."""
    rows = reaction.rows
    found = []
    for one in made:
        name, state, frame = names[one.patient], reaction.states[one.patient], int(rows.frame[one.due.at])
        found.append(Finding("forecasts", outputs.risk_forecast(name, one, model), frame))
        after, steps = episodes.advance(
            SEPSIS_RISK,
            state.episodes.pop(SEPSIS_RISK.condition, None),
            grading.grade_forecast(alarm=None if one.abstained else one.alarm),
            float(one.alarm),
            one.due.time_ms / 1000,
        )
        if after is not None:
            state.episodes[SEPSIS_RISK.condition] = after
        for step in steps:
            raised = _alarm_step(name, state, rows, one.due.at, SEPSIS_RISK, step, model.data_version)
            found += [Finding(topic, record, frame) for topic, record in raised]
    return found


def _alarm_step(
    name: str, state: PatientState, rows: Rows, at: int, rule: Rule, step: Step, data: str = rules.EDITION
) -> list[tuple[str, Wire]]:
    alert = outputs.alert(name, rule, step, _model_version(state, rule), data)
    suggest.note_step(state, rule, step)
    said: list[tuple[str, Wire]] = [("alerts", alert)]
    if step.phase in _PROPOSES:
        now_s = int(rows.now_ms[at]) / 1000
        scored = not state.stay.too_young_for_news2
        total = Reading(float(rows.totals.total[at]), now_s) if scored else None
        known = suggest.facts(state, rows.current[at], rows.current_ms[at], total)
        made = suggest.proposals(name, state, known, now_s, {rule.condition}, {rule.condition: alert.alert})
        said += [("suggestions", one) for one in made]
    return said


def _model_version(state: PatientState, rule: Rule) -> str | None:
    """The model behind a risk alarm: the one that the patient's state is of, also while no model is there."""
    return state.risk_version or None if rule is SEPSIS_RISK else None


def of_event(name: str, state: PatientState, event: Wire) -> tuple[PatientState, list[Finding]]:
    """The state after an event that is not a frame, and what follows from it."""
    after, steps = events.apply(
        state, event, lambda rule, start_s: outputs.episode_id(name, rule, start_s, _model_version(state, rule))
    )
    found = []
    for rule, step in steps:
        suggest.note_step(after, rule, step)
        found.append(Finding("alerts", outputs.alert(name, rule, step, _model_version(after, rule)), 0))
    now_s = event.time.timestamp()  # type: ignore[attr-defined]  # every input has a time
    causes = _causes(after, event)
    if causes:
        known = suggest.facts(after, after.value, after.value_ms, None)
        found += [Finding("suggestions", one, 0) for one in suggest.proposals(name, after, known, now_s, causes, {})]
    return after, found


def _causes(state: PatientState, event: Wire) -> set[str]:
    """What this event may have brought about, in the words of `Proposal.because`."""
    match event:
        case LabResults():
            return {analyte for analyte in ANALYTES if getattr(event, analyte) is not None}
        case GenomicResult():
            return {event.gene, *state.pathology}
        case Medication():
            return {event.order, *state.genes}
        case PathologyFindings():
            return {event.report}
        case _:
            return set(state.lesions)
