"""Which records go out for what a patient's stream shows: scores, alerts, forecasts, proposals. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from models.alarms import episodes, grading, rules
from models.alarms.episodes import Step
from models.alarms.rules import SEPSIS_RISK, Rule
from models.treatment.facts import Measured
from models.watch import basis, events, outputs, suggest
from models.watch.forecast import Forecast, Forecaster
from models.watch.frames import Rows
from models.watch.react import Reaction
from models.watch.state import PatientState
from schemas.wire import Wire


class RecordOut(NamedTuple):
    """A record for a topic. `source` is the place of the frame that it follows from in the micro-batch; else 0."""

    topic: str
    record: Wire
    source: int


States = list[PatientState]


def of_frames(names: Sequence[str], reaction: Reaction) -> tuple[States, list[RecordOut]]:
    """Scores, alerts and proposals of a reaction, and its states with what is on and what was proposed noted."""
    rows = reaction.rows
    states = list(reaction.states)
    said = [
        RecordOut("scores", outputs.score(names[int(rows.patient[at])], rows, at), int(rows.frame[at]))
        for at in reaction.scored
    ]
    for alarm in reaction.alarms:
        states[alarm.patient], records = _alarm_step(
            names[alarm.patient], states[alarm.patient], rows, alarm.at, alarm.rule, alarm.step
        )
        said += [RecordOut(topic, record, int(rows.frame[alarm.at])) for topic, record in records]
    return states, said


def of_forecasts(
    names: Sequence[str], states: Sequence[PatientState], rows: Rows, made: Sequence[Forecast], model: Forecaster
) -> tuple[States, list[RecordOut]]:
    """Forecasts, and the alerts and proposals that they raise; `rows` are those that made them due."""
    after = list(states)
    said = []
    for one in made:
        name, state, frame = names[one.patient], after[one.patient], int(rows.frame[one.due.at])
        said.append(RecordOut("forecasts", outputs.risk_forecast(name, one, model), frame))
        running = dict(state.episodes)
        episode, steps = episodes.advance(
            SEPSIS_RISK,
            running.pop(SEPSIS_RISK.condition, None),
            grading.grade_forecast(alarm=None if one.abstained else one.alarm),
            float(one.alarm),
            one.due.time_ms / 1000,
        )
        if episode is not None:
            running[SEPSIS_RISK.condition] = episode
        state = replace(state, episodes=running)
        for step in steps:
            state, raised = _alarm_step(name, state, rows, one.due.at, SEPSIS_RISK, step, model.data_version)
            said += [RecordOut(topic, record, frame) for topic, record in raised]
        after[one.patient] = state
    return after, said


def of_event(name: str, state: PatientState, event: Wire) -> tuple[PatientState, list[RecordOut]]:
    """The state after an event that is not a frame, and what follows from it."""
    after, steps = events.apply(
        state, event, lambda rule, start_s: outputs.episode_id(name, rule, start_s, _model_version(state, rule))
    )
    said = []
    for rule, step in steps:
        after = replace(after, alarms=suggest.alarms_after(after.alarms, rule, step))
        said.append(RecordOut("alerts", outputs.alert(name, rule, step, _model_version(after, rule)), 0))
    happened = basis.changed_by(event)
    if happened is not None:
        now_s = event.time.timestamp()  # type: ignore[attr-defined]  # every input has a time
        if suggest.STANDING in happened.causes:
            now_s = suggest.latest_s(after, now_s)
        known = suggest.facts(after, after.value, after.value_ms, None)
        after, proposed = suggest.proposals(name, after, known, now_s, happened)
        said += [RecordOut("suggestions", one, 0) for one in proposed]
    return after, said


def _alarm_step(
    name: str, state: PatientState, rows: Rows, at: int, rule: Rule, step: Step, data: str = rules.EDITION
) -> tuple[PatientState, list[tuple[str, Wire]]]:
    alert = outputs.alert(name, rule, step, _model_version(state, rule), data)
    after = replace(state, alarms=suggest.alarms_after(state.alarms, rule, step))
    said: list[tuple[str, Wire]] = [("alerts", alert)]
    if step.phase != "update":
        now_s = int(rows.now_ms[at]) / 1000
        scored = not state.stay.too_young_for_news2
        total = Measured(float(rows.totals.total[at]), now_s) if scored else None
        known = suggest.facts(after, rows.current[at], rows.current_ms[at], total)
        happened = basis.changed_by_alarm(rule.condition, step, alert.alert)
        after, made = suggest.proposals(name, after, known, now_s, happened)
        said += [("suggestions", one) for one in made]
    return after, said


def _model_version(state: PatientState, rule: Rule) -> str | None:
    """The model behind a risk alarm: the one that the patient's state is of, also while no model is there."""
    return state.risk_version or None if rule is SEPSIS_RISK else None
