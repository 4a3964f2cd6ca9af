"""Which records go out for what a patient's stream shows: scores, alerts, forecasts, proposals. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from models.alarms import episodes, grading, rules
from models.alarms.episodes import Step
from models.alarms.inactivation import NOTHING, Inactive, settle
from models.alarms.rules import SEPSIS_RISK, Rule
from models.alarms.settings import inactive_of, next_ms
from models.treatment.facts import Measured
from models.watch import basis, care, closing, events, outputs, suggest, timers
from models.watch.alarming import AlarmStep, CareStep
from models.watch.columns import Floats, Ints
from models.watch.forecast import Forecast, Forecaster
from models.watch.frames import Rows, known_total
from models.watch.react import Reaction
from models.watch.state import PatientState
from schemas.wire import Wire


class RecordOut(NamedTuple):
    """A record for a topic.

    source  the place of the frame that it follows from in the micro-batch; else 0
    due_ms  the patient's time at which it was due, where it follows from time that has passed; else None
    """

    topic: str
    record: Wire
    source: int
    due_ms: int | None = None


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
        states[alarm.patient], records = _alarm_step(names[alarm.patient], states[alarm.patient], rows, alarm)
        said += records
    for news in rows.clocks:
        said.append(RecordOut("ward-status", outputs.clock(names[news.patient], news), int(rows.frame[news.row])))
    return states, said


def of_forecasts(
    names: Sequence[str],
    states: Sequence[PatientState],
    rows: Rows,
    made: Sequence[Forecast] = (),
    model: Forecaster | None = None,
) -> tuple[States, list[RecordOut]]:
    """Forecasts, the alerts and proposals that they raise, and what is due of such alerts by the end of the rows.

    `rows` are those that made the forecasts due; without a model there are none.
    """
    after = list(states)
    looked = np.searchsorted(rows.patient, np.arange(len(after))).tolist()  # of each patient, the last row looked at
    said: list[RecordOut] = []
    for one in made:
        assert model is not None  # noqa: S101 - it made the forecast
        name, at, frame = names[one.patient], one.due.at, int(rows.frame[one.due.at])
        said.append(RecordOut("forecasts", outputs.risk_forecast(name, one, model), frame))
        state, due = _risk_due(name, after[one.patient], rows, range(looked[one.patient] + 1, at + 1))
        looked[one.patient] = at
        state = replace(state, episodes=dict(state.episodes), begun_s=dict(state.begun_s))
        episode, steps = episodes.advance(
            SEPSIS_RISK,
            state.episodes.pop(SEPSIS_RISK.condition, None),
            grading.grade_forecast(alarm=None if one.abstained else one.alarm),
            float(one.alarm),
            one.due.time_ms / 1000,
        )
        episode, steps = timers.distinct(state, SEPSIS_RISK, episode, steps)
        if episode is not None:
            state.episodes[SEPSIS_RISK.condition] = episode
        said += due
        for step in steps:
            alarm = AlarmStep(one.patient, at, SEPSIS_RISK, step)
            state, raised = _alarm_step(name, state, rows, alarm, model.data_version)
            said += raised
        after[one.patient] = state
    ends = np.searchsorted(rows.patient, np.arange(len(after)), side="right").tolist()
    for patient, end in enumerate(ends):
        after[patient], due = _risk_due(names[patient], after[patient], rows, range(looked[patient] + 1, end))
        said += due
    return after, said


def _risk_due(name: str, state: PatientState, rows: Rows, passed: range) -> tuple[PatientState, list[RecordOut]]:
    """What is due of a patient's alarm on forecasts before one of these rows."""
    if SEPSIS_RISK.condition not in state.episodes or not passed:
        return state, []
    state = replace(state, episodes=dict(state.episodes))
    said: list[RecordOut] = []
    due_ms = rows.due_ms[passed.start : passed.stop]
    for rule, step in list(timers.run_out(state, [SEPSIS_RISK], int(due_ms.max()))):
        at = passed.start + int(np.argmax(due_ms >= round(step.time_s * 1000)))
        state, raised = _alarm_step(name, state, rows, AlarmStep(int(rows.patient[at]), at, rule, step, due=True))
        said += raised
    return state, said


def of_clock(name: str, state: PatientState, until_ms: int) -> tuple[PatientState, list[RecordOut]]:
    """What is due once the patient's time has gone on until then with nothing measured, and the state after it."""
    every = closing.rules_of(state)
    if timers.next_due(state, every)[0] > until_ms:
        return state, []
    after = replace(state, episodes=dict(state.episodes), begun_s=dict(state.begun_s))
    said: list[RecordOut] = []
    for rule, step in list(timers.run_out(after, every, until_ms)):
        known = _Known(after.value, after.value_ms, _total(after, after.value, after.value_ms, after.newest_ms))
        after, records = _step(name, after, rule, step, known, step.time_s)
        said += [RecordOut(topic, record, 0, round(step.time_s * 1000)) for topic, record in records]
    return after, said


def next_due_ms(state: PatientState) -> int | None:
    """The patient's time at which something will happen if nothing comes; None: nothing will."""
    due_ms, rule = timers.next_due(state, closing.rules_of(state))
    return None if rule is None else due_ms


def of_event(
    name: str, state: PatientState, event: Wire, arrived_ms: int | None = None
) -> tuple[PatientState, list[RecordOut]]:
    """The state after an event that is not a frame, and what follows from it."""
    after, steps = events.apply(
        state,
        event,
        lambda rule, episode: outputs.episode_id(name, rule, episode, _model_version(state, rule)),
        arrived_ms,
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


class _Known(NamedTuple):
    """What was known when a step was made: values [11] with their times, and the score."""

    values: Floats
    value_ms: Ints
    total: Measured | None


def _alarm_step(
    name: str, state: PatientState, rows: Rows, alarm: AlarmStep, data: str = rules.EDITION
) -> tuple[PatientState, list[RecordOut]]:
    """The records of a step, by what was known when it was made: before its row, if the time that passed made it."""
    at, source = alarm.at - alarm.due, int(rows.frame[alarm.at])
    values, value_ms, now_ms = rows.current[at], rows.current_ms[at], int(rows.now_ms[at])
    if alarm.due:
        known = _Known(values, value_ms, _total(state, values, value_ms, now_ms))
        after, records = _step(name, state, alarm.rule, alarm.step, known, alarm.step.time_s, data)
        due_ms = round(alarm.step.time_s * 1000)
        return after, [RecordOut(topic, record, source, due_ms) for topic, record in records]
    scored = not state.stay.too_young_for_news2
    total = Measured(float(rows.totals.total[at]), now_ms / 1000) if scored else None
    after, records = _step(name, state, alarm.rule, alarm.step, _Known(values, value_ms, total), now_ms / 1000, data)
    return after, [RecordOut(topic, record, source) for topic, record in records]


def _total(state: PatientState, values: Floats, value_ms: Ints, now_ms: int) -> Measured | None:
    """The sum of the points that are known at a moment; None for a patient too young for the score."""
    if state.stay.too_young_for_news2:
        return None
    return Measured(float(known_total(values, value_ms, now_ms, state.stay.spo2_scale)), now_ms / 1000)


def _step(
    name: str, state: PatientState, rule: Rule, step: Step, known: _Known, now_s: float, data: str = rules.EDITION
) -> tuple[PatientState, list[tuple[str, Wire]]]:
    alert = outputs.alert(name, rule, step, _model_version(state, rule), data)
    after = replace(state, alarms=suggest.alarms_after(state.alarms, rule, step))
    said: list[tuple[str, Wire]] = [("alerts", alert)]
    if step.phase != "update":
        facts = suggest.facts(after, known.values, known.value_ms, known.total)
        happened = basis.changed_by_alarm(rule.condition, step, alert.alert)
        after, made = suggest.proposals(name, after, facts, now_s, happened)
        said += [("suggestions", one) for one in made]
    return after, said


def _model_version(state: PatientState, rule: Rule) -> str | None:
    """The model behind a risk alarm: the one that the patient's state is of, also while no model is there."""
    return state.risk_version or None if rule is SEPSIS_RISK else None
