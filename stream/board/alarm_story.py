"""The life of alarms in JSON for the page: each with all its steps, and who has acknowledged it. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from models.alarms.information import INFORMATION
from schemas.alerts import Acknowledgement, Alert
from schemas.device_alarms import DeviceAlarm
from stream.board.history import Episode
from stream.subscriber.lines import device_alarm

_INFORMS: Final = frozenset(rule.condition for rule in INFORMATION)


def story(episode: Episode) -> dict[str, Any]:
    """Return an alarm as it is now, and its steps; an acknowledgement stands between them by its own time.

    Of one that is over the text is that of its worst, not of what ended it.
    """
    now = episode.latest
    worst = next((one for one in reversed(episode.steps) if one.phase in {"start", "escalate"}), now)
    kept = {"alert", "condition", "type", "priority", "signal", "presence", "inactivation", "history", "late"}
    ended = next((one.time for one in reversed(episode.steps) if one.phase == "end"), None)
    moments = [(one.time, _step(one)) for one in episode.steps]
    moments += [(one.time, _seen(one, answered=episode.answered(one))) for one in episode.acknowledged]
    return now.model_dump(mode="json", include=kept) | {
        "begin": now.episode_start.isoformat(),
        "text": now.text if now.presence else worst.text,
        "end": None if now.presence or ended is None else ended.isoformat(),
        "suppressed": now.suppressed_by is not None,
        "informs": now.condition in _INFORMS,
        "measured": [one.name for one in episode.steps[0].evidence],
        "by": [one.by for one in episode.acknowledged if episode.answered(one)],
        "asked": [one.by for one in episode.acknowledged if not episode.answered(one)],
        "steps": [step for _, step in sorted(moments, key=lambda one: one[0])],
    }


def stories(episodes: Iterable[Episode], since: datetime) -> list[dict[str, Any]]:
    """Return the alarms that go on, or have changed since a moment, the newest first."""
    return [story(one) for one in chosen(episodes, since)[0]]


def chosen(episodes: Iterable[Episode], since: datetime, most: int | None = None) -> tuple[list[Episode], int]:
    """Return the alarms that go on, and those over that have changed since a moment, the newest first.

    Of those over, `most` at most; the number of the others comes with them.
    """
    known = [one for one in episodes if one.steps]
    over = [one for one in known if not _lasts(one.latest) and one.latest.time >= since]
    over.sort(key=lambda one: one.latest.time, reverse=True)
    there = [*(one for one in known if _lasts(one.latest)), *over[:most]]
    there.sort(key=lambda one: one.latest.episode_start, reverse=True)
    return there, len(over[len(over) if most is None else most :])


def of_device(one: DeviceAlarm) -> dict[str, Any]:
    """Return a step of a device's alarm in a line."""
    kept = {"time", "device", "priority", "type", "phase", "state"}
    return one.model_dump(mode="json", include=kept) | {"text": device_alarm(one)}


def _lasts(alert: Alert) -> bool:
    return alert.presence or alert.signal != "off"


def _step(one: Alert) -> dict[str, Any]:
    return {"time": one.time.isoformat(), "priority": one.priority, "text": one.text, "what": _what(one)}


def _seen(one: Acknowledgement, *, answered: bool) -> dict[str, Any]:
    what = f"acknowledged by {one.by}" if answered else f"{one.by} asked to acknowledge, and nothing came of it as yet"
    return {"time": one.time.isoformat(), "priority": None, "text": "", "what": what}


_PHASES: Final = {"start": "begins", "escalate": "gets worse", "deescalate": "gets better", "update": "", "end": "ends"}
_SIGNALS: Final = {
    "on": "sounds",
    "latched": "sounds on until acknowledged",
    "ack": "silent, acknowledged",
    "off": "silent",
}


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
