"""Which records go out for what a patient's stream shows: scores, alerts, forecasts, proposals. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from models.alarms import episodes, grading, rules
from models.alarms.episodes import Episode, Moved, Step, Value
from models.alarms.inactivation import NOTHING, Inactive, settle
from models.alarms.rules import SEPSIS_RISK, Rule
from models.alarms.settings import Settings, inactive_of, next_ms
from models.treatment.facts import Measured
from models.watch import basis, care, closing, device_alarms, events, outputs, suggest, timers
from models.watch.alarming import AlarmStep, CareStep
from models.watch.care import Told
from models.watch.columns import Floats, Ints
from models.watch.forecast import Forecast, Forecaster
from models.watch.frames import ON_ITS_WAY_MS, Rows, known_total
from models.watch.information import Saying, sayings
from models.watch.last_known import LastKnown
from models.watch.react import Reaction
from models.watch.state import PatientState, time_at
from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Alert
from schemas.device_alarms import DeviceAlarm
from schemas.labs import LabResults
from schemas.patients import PatientRecord
from schemas.wire import Wire

_REFUSED: Final = "setting-refused"


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
        RecordOut("scores", outputs.score(names[int(rows.patient[at])], rows, at, nth), int(rows.frame[at]))
        for at, nth in zip(reaction.scored, reaction.nth, strict=True)
    ]
    for alarm in reaction.alarms:
        states[alarm.patient], records = _alarm_step(names[alarm.patient], states[alarm.patient], rows, alarm)
        said += records
    for one in reaction.cared:
        due_ms = one.told.at_ms if one.due else None
        record = outputs.setting(names[one.patient], one.told)
        said.append(RecordOut("ward-status", record, int(rows.frame[one.at]), due_ms))
    for news in rows.clocks:
        said.append(RecordOut("ward-status", outputs.clock(names[news.patient], news), int(rows.frame[news.row])))
    return states, said


def of_forecasts(
    names: Sequence[str],
    states: Sequence[PatientState],
    reaction: Reaction,
    inactive: Mapping[int, Inactive],
    made: Sequence[Forecast] = (),
    model: Forecaster | None = None,
) -> tuple[States, list[RecordOut]]:
    """Forecasts, the alerts and proposals that they raise, what only informs, and what is due of such by the last row.

    The rows of `reaction` are those that made the forecasts due; without a model there are none. `inactive` says of
    whose alarms some were inactivated before them.
    """
    after, rows = list(states), reaction.rows
    quiet = _Quiet(inactive, reaction.cared)
    looked = np.searchsorted(rows.patient, np.arange(len(after))).tolist()  # of each patient, the last row looked at
    said: list[RecordOut] = []
    beside: list[tuple[int, Forecast | Saying]] = [(one.due.at, one) for one in made]
    beside += [(one.at, one) for one in sayings(states, rows, reaction.scored)]
    for at, one in sorted(beside, key=lambda row: row[0]):  # stable: of a row the forecast first
        patient = int(rows.patient[at])
        name = names[patient]
        if isinstance(one, Forecast):
            assert model is not None  # noqa: S101 - it made the forecast
            said.append(RecordOut("forecasts", outputs.risk_forecast(name, one, model), int(rows.frame[at])))
        state, due = _due_beside(name, patient, after[patient], rows, range(looked[patient] + 1, at + 1), quiet)
        looked[patient] = at
        state = replace(state, episodes=dict(state.episodes), begun_s=dict(state.begun_s))
        now_s = one.due.time_ms / 1000 if isinstance(one, Forecast) else int(rows.now_ms[at]) / 1000
        rule = SEPSIS_RISK if isinstance(one, Forecast) else one.rule
        episode, steps = _moved(state.episodes.pop(rule.condition, None), one, now_s)
        episode, steps = timers.distinct(state, rule, episode, steps)
        if episode is not None:
            state.episodes[rule.condition] = episode
        said += due
        own = settle([rule], state.episodes, [(rule, step) for step in steps], now_s, quiet.of(patient))
        data = model.data_version if isinstance(one, Forecast) and model is not None else rules.EDITION
        for _, step in own:
            state, raised = _alarm_step(name, state, rows, AlarmStep(patient, at, rule, step), data)
            said += raised
        after[patient] = state
    ends = np.searchsorted(rows.patient, np.arange(len(after)), side="right").tolist()
    for patient, end in enumerate(ends):
        passed = range(looked[patient] + 1, end)
        after[patient], due = _due_beside(names[patient], patient, after[patient], rows, passed, quiet)
        said += due
    return after, said


def _moved(episode: Episode | None, one: Forecast | Saying, now_s: float) -> Moved:
    """What a forecast, or a saying of a condition that informs, does to its episode."""
    if isinstance(one, Saying):
        value = Value(one.grade, one.value, now_s, now_s, alone=True, settles=True)
        return episodes.take(one.rule, episode, value)
    grade = grading.grade_forecast(alarm=None if one.abstained else one.alarm)
    return episodes.advance(SEPSIS_RISK, episode, grade, float(one.alarm), now_s)


class _Quiet:
    """What is inactivated of each patient's alarms, as rows go by."""

    def __init__(self, inactive: Mapping[int, Inactive], cared: Sequence[CareStep]) -> None:
        self._inactive = dict(inactive)
        self._changes: dict[int, list[CareStep]] = {}
        for one in cared:
            self._changes.setdefault(one.patient, []).append(one)

    def of(self, patient: int) -> Inactive:
        """As it is in the rows that have gone by."""
        return self._inactive.get(patient, NOTHING)

    def changes(self, patient: int, passed: range) -> Iterator[CareStep]:
        """The changes in these rows, which go by."""
        for one in self._changes.get(patient, ()):
            if one.at in passed:
                yield one
                self._inactive[patient] = one.inactive


def _due_beside(
    name: str, patient: int, state: PatientState, rows: Rows, passed: range, quiet: _Quiet
) -> tuple[PatientState, list[RecordOut]]:
    """What is due of a patient's alarms on forecasts and results before one of these rows, and what settings do."""
    if not passed:
        return state, []
    if closing.BESIDE_CONDITIONS.isdisjoint(state.episodes):
        list(quiet.changes(patient, passed))
        return state, []
    state = replace(state, episodes=dict(state.episodes))
    due_ms = rows.due_ms[passed.start : passed.stop]
    steps: list[AlarmStep] = []

    def pass_until(moment_ms: int) -> None:
        for rule, step in timers.run_out(state, closing.BESIDE_FRAMES, moment_ms, quiet.of(patient)):
            at = passed.start + int(np.argmax(due_ms >= round(step.time_s * 1000)))
            steps.append(AlarmStep(patient, at, rule, step, due=True))

    for change in quiet.changes(patient, passed):
        at_ms = change.told.at_ms
        pass_until(at_ms - 1 if change.due else int(due_ms[: change.at + 1 - passed.start].max()))
        settled = settle(closing.BESIDE_FRAMES, state.episodes, [], at_ms / 1000, change.inactive)
        steps += [AlarmStep(patient, change.at, rule, step, change.due) for rule, step in settled]
    pass_until(int(due_ms.max()))
    said: list[RecordOut] = []
    for step in steps:
        state, raised = _alarm_step(name, state, rows, step)
        said += raised
    return state, said


def of_clock(name: str, state: PatientState, until_ms: int) -> tuple[PatientState, list[RecordOut]]:
    """What is due once the patient's time has gone on until then with nothing measured, and the state after it."""
    first_ms = next_due_ms(state)
    if first_ms is None or first_ms > until_ms:
        return state, []
    after = replace(state, episodes=dict(state.episodes), begun_s=dict(state.begun_s))
    said: list[RecordOut] = []
    while first_ms is not None and first_ms <= until_ms:
        if next_ms(after.settings) == first_ms:
            before = after.settings
            after.settings, told = care.expire(before, first_ms)
            said += [RecordOut("ward-status", outputs.setting(name, one), 0, first_ms) for one in told]
            steps = timers.follow_settings(after, before, closing.rules_of(after), _last_known(after), first_ms)
        else:
            steps = list(
                timers.run_out(after, closing.rules_of(after), first_ms, inactive_of(after.settings, after.turned_off))
            )
        after, records = _steps(name, after, steps)
        said += [RecordOut(topic, record, 0, round(at_s * 1000)) for topic, record, at_s in records]
        first_ms = next_due_ms(after)
    return after, said


def _steps(
    name: str, state: PatientState, steps: Sequence[tuple[Rule, Step]]
) -> tuple[PatientState, list[tuple[str, Wire, float]]]:
    """The records of steps that no frame has made, each with its time."""
    said: list[tuple[str, Wire, float]] = []
    for rule, step in steps:
        known = _Known(state.value, state.value_ms, _total(state, state.value, state.value_ms, state.newest_ms))
        state, records = _step(name, state, rule, step, known, step.time_s)
        said += [(topic, record, step.time_s) for topic, record in records]
    return state, said


def _last_known(state: PatientState) -> LastKnown:
    return LastKnown(state.value, state.value_ms, state.told_ms, state.seen_ms)


def next_due_ms(state: PatientState) -> int | None:
    """The patient's time at which something will happen if nothing comes; None: nothing will."""
    due_ms, _ = timers.next_due(state, closing.rules_of(state))
    ends_ms = next_ms(state.settings)
    first_ms = due_ms if ends_ms is None else min(due_ms, ends_ms)
    return first_ms if first_ms < timers.NEVER_MS else None


def of_event(
    name: str, state: PatientState, event: Wire, arrived_ms: int | None = None
) -> tuple[PatientState, list[RecordOut]]:
    """The state after an event that is not a frame, and what follows from it."""
    if isinstance(event, AlarmSetting):
        settings, told = care.take(state, event, closing.standing_rules(state), _moment_ms(state, event, arrived_ms))
        return _with_settings(
            name, state, settings, [] if told is None else [told], _moment_ms(state, event, arrived_ms)
        )
    after, steps = events.apply(
        state,
        event,
        lambda rule, episode: outputs.episode_id(name, rule, episode, outputs.model_version(state, rule)),
        arrived_ms,
    )
    said = []
    because = str(device_alarms.id_of(event)) if isinstance(event, DeviceAlarm) else ""
    for rule, step in steps:
        after = replace(after, alarms=suggest.alarms_after(after.alarms, rule, step))
        said.append(RecordOut("alerts", _alert(name, after, rule, step, because=because), 0))
    if state.settings and isinstance(event, PatientRecord):
        at_ms = _moment_ms(state, event, arrived_ms)
        settings, ended = care.of_stay(state, after, at_ms)
        after, more = _with_settings(name, after, settings, ended, at_ms)
        said += more
    if isinstance(event, LabResults) and after.labs != state.labs:
        after = replace(after, episodes=dict(after.episodes), begun_s=dict(after.begun_s))
        critical = timers.follow_results(after, state.labs, _now_ms(state, event, arrived_ms))
        after, records = _steps(name, after, critical)
        said += [RecordOut(topic, record, 0) for topic, record, _ in records]
    for happened in filter(None, (basis.changed_by(event), basis.orders_changed_by(event))):
        now_s = event.time.timestamp()  # type: ignore[attr-defined]  # every input has a time
        if happened.of_orders:
            now_s = suggest.latest_s(after, now_s)
        known = suggest.facts(after, after.value, after.value_ms, None)
        after, proposed = suggest.proposals(name, after, known, now_s, happened)
        said += [RecordOut("suggestions", one, 0) for one in proposed]
    return after, said


def _with_settings(
    name: str, state: PatientState, settings: Settings, told: Sequence[Told], at_ms: int
) -> tuple[PatientState, list[RecordOut]]:
    """The state with these settings, what is told of them, and what follows from them at once."""
    if not told:
        return state, []
    refused = state.flagged.get(_REFUSED, 0) + sum(one.outcome == "refused" for one in told)
    flagged = state.flagged | {_REFUSED: refused} if refused else state.flagged
    after = replace(
        state, settings=settings, flagged=flagged, episodes=dict(state.episodes), begun_s=dict(state.begun_s)
    )
    steps = timers.follow_settings(after, state.settings, closing.rules_of(after), _last_known(after), at_ms)
    said = [RecordOut("ward-status", outputs.setting(name, one), 0) for one in told]
    after, records = _steps(name, after, steps)
    return after, said + [RecordOut(topic, record, 0) for topic, record, _ in records]


def _now_ms(state: PatientState, event: LabResults, arrived_ms: int | None) -> int:
    """The patient's time when a result has come: its sample may be hours older."""
    if not state.heard_ms or arrived_ms is None:
        return max(state.newest_ms, round(event.time.timestamp() * 1000))
    return max(state.newest_ms, time_at(state, arrived_ms))


def _moment_ms(state: PatientState, event: AlarmSetting | PatientRecord, arrived_ms: int | None) -> int:
    """The patient's time at which an event counts: its own, not ahead of the clock, nor before what was due by it."""
    time_ms = round(event.time.timestamp() * 1000)
    if not state.heard_ms or arrived_ms is None:
        return max(state.newest_ms, time_ms) if state.heard_ms else time_ms
    now_ms = time_at(state, arrived_ms)
    return max(state.newest_ms, now_ms - ON_ITS_WAY_MS, min(time_ms, now_ms))


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
    alert = _alert(name, state, rule, step, data)
    after = replace(state, alarms=suggest.alarms_after(state.alarms, rule, step))
    said: list[tuple[str, Wire]] = [("alerts", alert)]
    if step.phase != "update":
        facts = suggest.facts(after, known.values, known.value_ms, known.total)
        happened = basis.changed_by_alarm(rule.condition, step, alert.alert)
        after, made = suggest.proposals(name, after, facts, now_s, happened)
        said += [("suggestions", one) for one in made]
    return after, said


def _alert(
    name: str, state: PatientState, rule: Rule, step: Step, data: str = rules.EDITION, because: str = ""
) -> Alert:
    """A step of an alarm as a record, with the alarms of devices that confirm it."""
    confirmed_by = device_alarms.confirming(state, rule.condition, step.start_s)
    return outputs.alert(name, rule, step, outputs.model_version(state, rule), data, confirmed_by, because)
