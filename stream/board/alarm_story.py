"""The life of alarms in JSON for the page: each with all its steps, and who has acknowledged it. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schemas.alerts import Acknowledgement, Alert
from schemas.device_alarms import DeviceAlarm
from stream.board.history import Episode
from stream.subscriber.lines import device_alarm


def story(episode: Episode) -> dict[str, Any]:
    """Return an alarm as it is now, and its steps; an acknowledgement stands between them by its own time."""
    now = episode.latest
    kept = {"alert", "condition", "type", "priority", "signal", "presence", "text", "inactivation", "history", "late"}
    ended = next((one.time for one in reversed(episode.steps) if one.phase == "end"), None)
    moments = [(one.time, _step(one)) for one in episode.steps]
    moments += [(one.time, _seen(one)) for one in episode.acknowledged]
    return now.model_dump(mode="json", include=kept) | {
        "begin": now.episode_start.isoformat(),
        "end": None if now.presence or ended is None else ended.isoformat(),
        "suppressed": now.suppressed_by is not None,
        "measured": [one.name for one in episode.steps[0].evidence],
        "by": [one.by for one in episode.acknowledged],
        "steps": [step for _, step in sorted(moments, key=lambda one: one[0])],
    }


def stories(episodes: Iterable[Episode], since: datetime) -> list[dict[str, Any]]:
    """Return the alarms that go on, or have changed since a moment, the newest first."""
    there = (one for one in episodes if one.steps and (_lasts(one.latest) or one.latest.time >= since))
    return [story(one) for one in sorted(there, key=lambda one: one.latest.episode_start, reverse=True)]


def of_device(one: DeviceAlarm) -> dict[str, Any]:
    """Return a step of a device's alarm in a line."""
    kept = {"time", "device", "priority", "type", "phase", "state"}
    return one.model_dump(mode="json", include=kept) | {"text": device_alarm(one)}


def _lasts(alert: Alert) -> bool:
    return alert.presence or alert.signal != "off"


def _step(one: Alert) -> dict[str, Any]:
    return {"time": one.time.isoformat(), "priority": one.priority, "text": one.text, "what": _what(one)}


def _seen(one: Acknowledgement) -> dict[str, Any]:
    return {"time": one.time.isoformat(), "priority": None, "text": "", "what": f"acknowledged by {one.by}"}


_PHASES = {"start": "begins", "escalate": "gets worse", "deescalate": "gets better", "update": "", "end": "ends"}
_SIGNALS = {"on": "sounds", "latched": "sounds on until acknowledged", "ack": "silent, acknowledged", "off": "silent"}


def _what(one: Alert) -> str:
    """Say in words what a step changed, and why a signal is silent."""
    parts = [_PHASES[one.phase], _SIGNALS[one.signal]]
    if one.suppressed_by is not None:
        parts.append("a greater alarm sounds")
    if one.inactivation is not None:
        parts.append(one.inactivation)
    if one.recipients > 1:
        parts.append("for the next group too")
    if one.history:
        parts.append("read from a backlog")
    return ", ".join(filter(None, parts))
