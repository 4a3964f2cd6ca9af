"""The ward in JSON for the page: each bed by itself, and what is said of all; times in ISO 8601. Pure."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.alerts import Alert, WardStatus
from schemas.device_alarms import DeviceAlarm
from schemas.identity import device_alarm_id
from schemas.suggestions import Citation, Suggestion, UsedInput
from schemas.vitals import NUMERICS
from stream.board.link import Link
from stream.subscriber.lines import device_alarm, lesion
from stream.subscriber.ward import Bed, ShownValue, Ward
from stream.subscriber.watching import Gap

SCORED: Final = frozenset(
    {"heart_rate_bpm", "respiratory_rate_per_min", "spo2_percent", "systolic_mmhg", "temperature_celsius"}
)
"""The vital signs that NEWS2 scores, under the names that they have in a score."""
_TOGETHER: Final = timedelta(seconds=30)
"""Ours: devices' clocks may differ by so much, and numbers come at their own pace."""


def beds(ward: Ward, now: datetime, only: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return the beds as the page shows them, by patient: all of them, or of these patients those that are shown.

    Suppressed and inactivated alarms, and those of which history alone was read, stand with their beds only, and not
    first in the ward. A suggestion is shown until it expires by the ward's own clock, that is the newest event time: a
    replay may lie in the past.
    """
    silent = ward.silent()
    cared = defaultdict(list)
    for (component, patient, *_), one in ward.degraded.items():
        if component == "alarms" and patient is not None:
            cared[patient].append(one)
    chosen = ward.beds.values() if only is None else [ward.beds[name] for name in only if name in ward.beds]
    return {
        bed.patient: _bed(ward, bed, now, silent=silent.get(bed.patient), settings=cared[bed.patient])
        for bed in chosen
        if is_shown(bed)
    }


def ward_now(ward: Ward, now: datetime, link: Link) -> dict[str, Any]:
    """Return what the page says above the beds: what is away, and why what it shows may be old.

    `fault` is why nothing can be relied on; what stands in `status` as `grave` says that nobody judges what comes in.
    """
    fault = link.fault(now)
    gaps = ward.watching.gaps(now)
    if not gaps and link.hears(now) and ward.watching.of(0, now).state == "unknown":
        gaps = [Gap("no worker has given a sign of life: no scores and no alarms are made", None)]
    return {
        "now": now.isoformat(),
        "measured": _iso(ward.time),
        "fault": None if fault is None else {"text": fault.text, "since": fault.since.isoformat()},
        "status": [
            *({"component": "worker", "text": one.text, "since": _iso(one.since), "grave": True} for one in gaps),
            *(
                {"component": one.component, "text": one.text, "since": one.time.isoformat(), "grave": False}
                for one in ward.away(now)
                if one.patient is None
            ),
        ],
    }


def step(ward: Ward, alert: Alert) -> dict[str, Any] | None:
    """Return a step of an alarm that begins to sound or gets worse, for who can't see it; None for all others."""
    if alert.signal != "on" or alert.history or alert.phase not in {"start", "escalate"}:
        return None
    return {"bed": ward.label(alert.patient)} | alert.model_dump(mode="json", include={"id", "priority", "text"})


def is_shown(bed: Bed) -> bool:
    """Return whether the bed is occupied and more is known than an admission, which may be weeks old."""
    return not bed.discharged and bool(bed.readings or bed.score or bed.risk or bed.alarms or bed.device_alarms)


def wards_now(ward: Ward, now: datetime) -> datetime:
    """Return the time by the ward's own clock: of a replay it lies in the past, and goes on when all fall silent."""
    if ward.newest is None:
        return now
    measured, heard = ward.newest
    return measured + max(timedelta(), now - heard)


def for_the_wall(bed: dict[str, Any]) -> dict[str, Any]:
    """Return a bed's picture as whoever passes may see it."""
    return bed | {"who": "", "risk": None, "suggestions": [], "reports": [], "requested": []}


def _stands_first(alert: Alert) -> bool:
    """Return whether an alarm belongs to those of the ward; one of a backlog does once it is known to be so still."""
    return not _in_silence(alert) and not (alert.history and alert.signal == "off")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _label(bed: Bed) -> str:
    return bed.label or bed.patient


def natural(text: str) -> list[tuple[int, int, str]]:
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


def _bed(ward: Ward, bed: Bed, now: datetime, *, silent: datetime | None, settings: list[WardStatus]) -> dict[str, Any]:
    at = ward.time or now
    valid = sorted((one for one in bed.suggestions.values() if one.expires > at), key=lambda one: one.time)
    reports = sorted(bed.reports.values(), key=lambda one: one.time)
    watch = ward.watching.of(bed.partition, now)
    return {
        "patient": bed.patient,
        "label": _label(bed),
        "order": natural(_label(bed)),
        "who": bed.who,
        "heard": _iso(bed.heard),
        "silent": _iso(silent),
        "watch": {"state": watch.state, "since": _iso(watch.since)},
        "settings": [one.text for one in settings],
        "held": [one.setting.action for one in settings if one.setting is not None],
        "requested": [],
        "vitals": {name: _vital(ward, bed, name) for name in NUMERICS if name in bed.readings},
        "on_oxygen": bed.on_oxygen,
        "consciousness": bed.consciousness,
        "news2": _score(bed),
        "risk": _risk(bed),
        "alarms": [_alarm(alert, bed.alarms_heard[alert.alert]) for alert in bed.active()],
        "device_alarms": [_device_alarm(one) for one in bed.of_devices(at)],
        "suggestions": [_suggestion(one) for one in reversed(valid)],
        "reports": [{"time": one.time.isoformat(), "text": lesion(one).plain} for one in reversed(reports)],
    }


def _vital(ward: Ward, bed: Bed, name: str) -> dict[str, Any]:
    reading = bed.readings[name]
    points = bed.points(name) if name in SCORED else None
    return {"value": reading.value, "as_of": _as_of(ward, reading).isoformat(), "points": points}


def _as_of(ward: Ward, reading: ShownValue) -> datetime:
    """Return how old a number is by the wall clock: since when it is known, or longer if others' numbers are newer.

    Both matter: a number may have been sent just now and measured long before those of the other beds, and a whole
    ward that is replayed has event times of long ago.
    """
    assert ward.newest is not None  # noqa: S101 - it has a reading
    measured, heard = ward.newest
    by_measurement = heard - (measured - reading.time)
    return reading.heard if reading.heard - by_measurement < _TOGETHER else by_measurement


def _score(bed: Bed) -> dict[str, Any] | None:
    if bed.score is None or bed.score_heard is None:
        return None
    kept = bed.score.model_dump(mode="json", include={"total", "upper", "complete", "missing", "time"})
    uncertain = not bed.score.complete and bed.score.band == "low" and bed.score.upper > bed.score.total
    return kept | {"band": "unknown" if uncertain else bed.score.band, "heard": bed.score_heard.isoformat()}


def _risk(bed: Bed) -> dict[str, Any] | None:
    if bed.risk is None or bed.risk_heard is None:
        return None
    kept = {"probability", "alarm", "abstained", "abstained_because", "sentence", "horizon_h", "time"}
    more = {"trend": list(bed.trend), "heard": bed.risk_heard.isoformat()}
    return bed.risk.model_dump(mode="json", include=kept) | more


def _alarm(alert: Alert, heard: datetime) -> dict[str, Any]:
    kept = {"alert", "condition", "priority", "text", "presence", "signal", "type", "recipients", "history"}
    more: dict[str, Any] = {"since": alert.episode_start.isoformat(), "heard": heard.isoformat()}
    more |= {"in_silence": _in_silence(alert), "first": _stands_first(alert)}
    more["confirmed_by"] = [str(one.alarm) for one in alert.confirmed_by or ()]
    return alert.model_dump(mode="json", include=kept) | more


def _device_alarm(one: DeviceAlarm) -> dict[str, Any]:
    kept = {"device", "event", "priority", "type", "state", "inactivation", "time"}
    own = {"id": str(device_alarm_id(one.patient, one.device, one.alarm)), "text": device_alarm(one)}
    return one.model_dump(mode="json", include=kept) | own


def _suggestion(one: Suggestion) -> dict[str, Any]:
    kept = {"text", "missing", "to_check", "expires", "time"}
    more: dict[str, Any] = {"source": _source(one.citation), "reference": one.citation.reference}
    more["inputs"] = [_input(used) for used in one.inputs]
    more["voices"] = [{"text": voice.text, "source": _source(voice.citation)} for voice in one.second_voices]
    return one.model_dump(mode="json", include=kept) | more


def _source(citation: Citation) -> str:
    return f"{citation.guideline}, {citation.edition}: {citation.strength}"


def _input(used: UsedInput) -> str:
    value = used.value if isinstance(used.value, str) else f"{used.value:g}"
    return f"{used.name} {value}"
