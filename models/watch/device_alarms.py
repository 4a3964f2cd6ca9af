"""The alarms of devices beside ours: which of ours say the same, and which of theirs stand behind one of ours. Pure.

They are kept apart: no alarm of a device begins, ends, silences or changes one of ours, nor the other way round. What
follows is said: an episode of ours names the alarms of devices that confirm it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal
from uuid import UUID

from models.alarms.episodes import step_of
from models.alarms.inactivation import settle
from models.alarms.rules import LIMIT_RULES, SENSORS, Rule
from models.alarms.settings import inactive_of
from models.watch.closing import Steps, rules_of
from models.watch.state import PatientState, RaisedAlarm
from schemas.alerts import Confirmation
from schemas.device_alarms import AlarmValue, DeviceAlarm
from schemas.identity import device_alarm_id
from schemas.vitals import NUMERICS

MOST_DEVICE_ALARMS: Final = 30
"""Of one patient so many are remembered; ours, several times what a monitor shows at once."""
MOST_CONFIRMING: Final = 5
"""So many are named by one alert, the newest; ours."""
CONFIRMS_S: Final = 60.0
"""An alarm that was over for so long when ours began still confirms it. Ours: as long as our longest delay on what
monitors alarm about, since they alarm at once where we wait."""

LOST_S: Final = 3600.0
"""An alarm of which nothing was said for so long when ours began is taken for over: its end was lost. Ours."""

_SIDES: Final[Mapping[str, Literal["high", "low"]]] = {"above": "high", "below": "low"}
_OF_LIMITS: Final = {
    (rule.input, _SIDES[rule.direction]): rule.condition for rule in LIMIT_RULES if rule.input in NUMERICS
}
"""Our condition by vital sign and side: as the table of rules has them."""

# Events that name the condition themselves, by the words of ISO/IEEE 11073-10101 (MDC_EVT_ECG_ASYSTOLE, MDC_EVT_APNEA,
# MDC_EVT_DESAT, MDC_EVT_ECG_BRADY_EXTREME ...) and of monitors' texts. A ventricular or supraventricular tachycardia is
# a rhythm, which no rule of ours knows.
_NAMED: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"ASYSTOL"), "asystole"),
    (re.compile(r"APNO?EA"), "apnoea"),
    (re.compile(r"\bDESAT"), "spo2-low"),
    (re.compile(r"\bBRADY"), "heart-rate-low"),
    (re.compile(r"(?<!\bV )(?<!\bSV )(?<!\bVENT )\bTACHY"), "heart-rate-high"),
)
_OFF: Final = re.compile(r"\b(OFF|DISCONN\w*|UNPLUGGED|NO SENSOR|NO PULSE|ABSENT)\b")
_SENSOR_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "heart_rate": re.compile(r"\b(ECG|HR|LEADS?|HEART)\b"),
    "spo2": re.compile(r"\b(SPO2T?|PULS OXIM|PLETH)\b"),
    "respiratory_rate": re.compile(r"\b(RESP|RR)\b"),
    "arterial_pressure": re.compile(r"\b(ART|ABP|IBP|PRESS BLD ART)\b"),
    "etco2": re.compile(r"\b(ET)?CO2\b"),
}
_HIGH: Final = re.compile(r"\b(HI|HIGH|GT LIM)\b")
_LOW: Final = re.compile(r"\b(LO|LOW|LT LIM)\b")


def conditions_of(alarm: DeviceAlarm) -> tuple[str, ...]:
    """Our conditions that say the same as an alarm of a device; none where no rule of ours is about it."""
    words = f"{alarm.event} {alarm.text}".upper().replace("_", " ")
    named = [condition for pattern, condition in _NAMED if pattern.search(words)]
    if alarm.type != "technical":
        sides = [(one.name, _side(alarm, words, one)) for one in alarm.values]
        named += [_OF_LIMITS[name, side] for name, side in sides if side is not None and (name, side) in _OF_LIMITS]
    elif _OFF.search(words):
        about = {one.name for one in alarm.values}
        named += [
            f"sensor-off:{short}" for short, vital in SENSORS if vital in about or _SENSOR_WORDS[short].search(words)
        ]
    return tuple(dict.fromkeys(named))


def confirming(state: PatientState, condition: str, start_s: float) -> tuple[Confirmation, ...] | None:
    """The alarms of devices that confirm an episode of ours that began then; None where none does."""
    found = [one for one in state.device_alarms.values() if condition in one.conditions and _last_s(one) >= start_s]
    newest = sorted(found, key=lambda one: (one.time_s, one.id))[-MOST_CONFIRMING:]
    return tuple(Confirmation(alarm=one.id, priority=one.priority) for one in newest) or None


def of_record(state: PatientState, event: DeviceAlarm) -> tuple[PatientState, Steps]:
    """The state after a step of a device's alarm, and a step of each alarm of ours that it is the first to confirm.

    A step that is older than what is known changes nothing, nor does one of an earlier stay.
    """
    time_s, key = event.time.timestamp(), str(id_of(event))
    held = state.device_alarms.get(key)
    if time_s * 1000 <= state.earlier_ms:
        return _counted(state, "stay-earlier"), []
    if held is not None and time_s < held.time_s:
        return _counted(state, "device-alarm-older"), []
    known = {name: one for name, one in state.device_alarms.items() if name != key} | {key: _raised(event, held)}
    kept = sorted(known, key=lambda name: (known[name].until_s is None, known[name].time_s))[-MOST_DEVICE_ALARMS:]
    after = replace(state, device_alarms={name: known[name] for name in known if name in kept})
    if key not in after.device_alarms:
        return _counted(after, "device-alarms-dropped"), []
    return _with_news(state, after, event)


def _last_s(one: RaisedAlarm) -> float:
    """Until when an alarm confirms one of ours that begins then."""
    return one.time_s + LOST_S if one.until_s is None else one.until_s + CONFIRMS_S


def id_of(event: DeviceAlarm) -> UUID:
    """What an alarm is remembered under, and named by in alerts."""
    return device_alarm_id(event.patient, event.device, event.alarm)


def _raised(event: DeviceAlarm, held: RaisedAlarm | None) -> RaisedAlarm:
    """How an alarm stands after a step."""
    return RaisedAlarm(id_of(event), conditions_of(event), event.priority, *_span(event, held), event.time.timestamp())


def _span(event: DeviceAlarm, held: RaisedAlarm | None) -> tuple[float, float | None]:
    """Since when it is there, and until when; None while it is there.

    Where the device does not say that it goes on, it was there at that moment.
    """
    time_s = event.time.timestamp()
    if event.phase == "tpoint":
        return time_s, time_s
    if event.state != "active" or event.phase == "end":
        if held is None:
            return time_s, time_s
        return held.began_s, time_s if held.until_s is None else held.until_s
    if event.phase == "present":
        said_before = held is not None and (held.until_s is None or time_s - held.until_s <= CONFIRMS_S)
        return held.began_s if held is not None and said_before else time_s, time_s
    is_known = held is not None and held.until_s is None and event.phase != "start"
    return held.began_s if held is not None and is_known else time_s, None


def _side(alarm: DeviceAlarm, words: str, value: AlarmValue) -> Literal["high", "low"] | None:
    """Whether the value is too high or too low: as the device says, else by the event's name, else by its limits."""
    if alarm.direction is not None:
        return alarm.direction
    if bool(_HIGH.search(words)) != bool(_LOW.search(words)):
        return "high" if _HIGH.search(words) else "low"
    if value.value is not None and value.high is not None and value.value > value.high:
        return "high"
    return "low" if value.value is not None and value.low is not None and value.value < value.low else None


def _with_news(before: PatientState, after: PatientState, event: DeviceAlarm) -> tuple[PatientState, Steps]:
    """Steps of the alarms of ours that the event is the first to confirm: what they say of themselves is unchanged."""
    steps: Steps = []
    running = dict(after.episodes)
    for rule in rules_of(after):
        episode = running.get(rule.condition)
        if episode is None or not episode.present or episode.start_s is None:
            continue
        time_s = max(event.time.timestamp(), episode.first_s)
        known, now = (_named(state, rule, episode.start_s) for state in (before, after))
        if id_of(event) in now - known:
            steps.append((rule, step_of("update", rule, episode, time_s)))
    if not steps:
        return after, []
    steps = settle(
        rules_of(after), running, steps, event.time.timestamp(), inactive_of(after.settings, after.turned_off)
    )
    return replace(after, episodes=running), steps


def _named(state: PatientState, rule: Rule, start_s: float) -> set[UUID]:
    return {one.alarm for one in confirming(state, rule.condition, start_s) or ()}


def _counted(state: PatientState, why: str) -> PatientState:
    return replace(state, flagged={**state.flagged, why: state.flagged.get(why, 0) + 1})
