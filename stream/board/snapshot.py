"""The ward as a JSON object for the page: beds by name, times in ISO 8601. Pure."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from schemas.alerts import Alert
from schemas.device_alarms import DeviceAlarm
from schemas.identity import device_alarm_id
from schemas.suggestions import Suggestion
from schemas.vitals import NUMERICS
from stream.subscriber.lines import device_alarm, lesion
from stream.subscriber.ward import PRIORITIES, Bed, Ward

SCORED: Final = frozenset(
    {"heart_rate_bpm", "respiratory_rate_per_min", "spo2_percent", "systolic_mmhg", "temperature_celsius"}
)
"""The vital signs that NEWS2 scores, under the names that they have in a score."""


def snapshot(ward: Ward, now: datetime, heard: datetime | None) -> dict[str, Any]:
    """Return everything that the page shows. `heard` is when the board last received a record of any kind.

    Suppressed and inactivated alarms, and those of which history alone was read, are listed with their beds only. A
    suggestion is shown until it expires by the ward's own clock, that is the newest event time: a replay may lie in the
    past.
    """
    beds = sorted((bed for bed in ward.beds.values() if _is_shown(bed)), key=lambda bed: _natural(_label(bed)))
    silent = {patient for component, patient, _ in ward.degraded if component == "feed"}
    cared = defaultdict(list)
    for (component, patient, _), one in ward.degraded.items():
        if component == "alarms":
            cared[patient].append(one.text)
    alarms = sorted(
        ((bed, alert) for bed in beds for alert in bed.active() if _stands_first(alert)),
        key=lambda one: (PRIORITIES.index(one[1].priority), one[1].episode_start),
    )
    return {
        "now": now.isoformat(),
        "heard": None if heard is None else heard.isoformat(),
        "alarms": [{"bed": _label(bed)} | _alarm(alert) for bed, alert in alarms],
        "beds": [
            _bed(bed, ward.time or now, is_silent=bed.patient in silent, settings=cared[bed.patient]) for bed in beds
        ],
        "status": [
            *(
                {"component": one.component, "text": one.text, "since": one.time.isoformat()}
                for (_, patient, _), one in ward.degraded.items()
                if patient is None
            ),
            *({"component": "worker", "text": text, "since": now.isoformat()} for text in ward.unwatched(now)),
        ],
    }


def _is_shown(bed: Bed) -> bool:
    """Return whether the bed is occupied and more is known than an admission, which may be weeks old."""
    return not bed.discharged and bool(bed.readings or bed.score or bed.risk or bed.alarms or bed.device_alarms)


def _stands_first(alert: Alert) -> bool:
    """Return whether an alarm belongs to those of the ward; one of a backlog does once it is known to be so still."""
    return not _in_silence(alert) and not (alert.history and alert.signal == "off")


def _label(bed: Bed) -> str:
    return bed.label or bed.patient


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts `bed 2` before `bed 10`."""
    parts, digits = [], ""
    for character in [*text, ""]:
        if character.isdecimal():
            digits += character
            continue
        if digits:
            parts.append((0, int(digits), ""))
            digits = ""
        parts.append((1, 0, character))
    return parts


def _in_silence(alert: Alert) -> bool:
    """Return whether an alarm is silent since a greater one sounds, staff have inactivated it, or it only informs."""
    return alert.presence and alert.signal == "off"


def _bed(bed: Bed, at: datetime, *, is_silent: bool, settings: list[str]) -> dict[str, Any]:
    valid = sorted((one for one in bed.suggestions.values() if one.expires > at), key=lambda one: one.time)
    reports = sorted(bed.reports.values(), key=lambda one: one.time)
    return {
        "patient": bed.patient,
        "label": _label(bed),
        "who": bed.who,
        "time": None if bed.time is None else bed.time.isoformat(),
        "silent": is_silent,
        "settings": settings,
        "vitals": {name: _vital(bed, name) for name in NUMERICS if name in bed.readings},
        "on_oxygen": bed.on_oxygen,
        "consciousness": bed.consciousness,
        "news2": _score(bed),
        "risk": _risk(bed),
        "alarms": [_alarm(alert) for alert in bed.active()],
        "device_alarms": [_device_alarm(one) for one in bed.of_devices(at)],
        "suggestions": [_suggestion(one) for one in reversed(valid)],
        "reports": [{"time": one.time.isoformat(), "text": lesion(one).plain} for one in reversed(reports)],
    }


def _vital(bed: Bed, name: str) -> dict[str, Any]:
    reading = bed.readings[name]
    points = bed.points(name) if name in SCORED else None
    return {"value": reading.value, "time": reading.time.isoformat(), "points": points}


def _score(bed: Bed) -> dict[str, Any] | None:
    if bed.score is None:
        return None
    return bed.score.model_dump(mode="json", include={"total", "upper", "band", "complete", "missing", "time"})


def _risk(bed: Bed) -> dict[str, Any] | None:
    if bed.risk is None:
        return None
    kept = {"probability", "alarm", "abstained", "sentence", "horizon_h", "time"}
    return bed.risk.model_dump(mode="json", include=kept) | {"trend": list(bed.trend)}


def _alarm(alert: Alert) -> dict[str, Any]:
    kept = {"condition", "priority", "text", "presence", "signal", "type", "recipients", "history"}
    more = {"since": alert.episode_start.isoformat(), "in_silence": _in_silence(alert)}
    more["confirmed_by"] = [str(one.alarm) for one in alert.confirmed_by or ()]
    return alert.model_dump(mode="json", include=kept) | more


def _device_alarm(one: DeviceAlarm) -> dict[str, Any]:
    kept = {"device", "event", "priority", "type", "state", "inactivation", "time"}
    own = {"id": str(device_alarm_id(one.patient, one.device, one.alarm)), "text": device_alarm(one)}
    return one.model_dump(mode="json", include=kept) | own


def _suggestion(one: Suggestion) -> dict[str, Any]:
    source = f"{one.citation.guideline}, {one.citation.edition}: {one.citation.strength}"
    kept = {"text", "missing", "to_check", "expires", "time"}
    return one.model_dump(mode="json", include=kept) | {"source": source}
