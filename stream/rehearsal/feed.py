"""Records in order of arrival, as a broker would deliver them: from a file of JSON lines, or from a feed."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.topics import TOPICS
from stream.feeds.events import FeedEvent

_ARRIVED: Final = "arrived"


class FeedError(Exception):
    """An invalid line of a feed; the text names the line and quotes nothing of it."""


class Arrival(NamedTuple):
    """A record at its arrival; implements stream.delivery.records.Record. `timestamp`: ms since 1970.

    ack_condition  for an acknowledgement without an alert's id: the condition whose alarm is acknowledged
    """

    topic: str
    timestamp: int
    key: bytes
    value: bytes
    ack_condition: str | None = None
    partition: int = 0
    offset: int = 0
    headers: Sequence[tuple[str, bytes]] = ()


def of_file(path: Path) -> Iterator[Arrival]:
    """Read a file of JSON lines: `{"topic": ..., "record": {...}, "arrived": "..."}`, `arrived` optional.

    Without `arrived`, a record arrives at the newest time that any record has stated so far, so that the clock never
    runs back.

    Raises:
        FeedError: a line is not such an object.
        OSError: the file can't be read.
    """
    clock_ms = 0
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            arrival = _of_line(line, f"{path.name}, line {number}", clock_ms)
            clock_ms = arrival.timestamp
            yield arrival


def of_feed(events: Iterable[FeedEvent]) -> Iterator[Arrival]:
    """Yield a feed's events, each arriving when the feed sends it."""
    for event in events:
        yield Arrival(event.topic, _ms(event.time), event.key, event.value)


def _of_line(line: str, place: str, clock_ms: int) -> Arrival:
    try:
        said = json.loads(line)
    except ValueError:
        message = f"{place}: no JSON"
        raise FeedError(message) from None
    return arrival_of(said, place, clock_ms)


def arrival_of(said: object, place: str, clock_ms: int) -> Arrival:
    """Return the record that an object of a feed describes; `place` names it in errors, and the clock never runs back.

    Raises:
        FeedError: it is not of the form {"topic", "record", "arrived" (optional)}.
    """
    if not isinstance(said, dict) or not isinstance(said.get("record"), dict):
        message = f'{place}: not of the form {{"topic": ..., "record": {{...}}}}'
        raise FeedError(message)
    topic, record = said.get("topic"), said["record"]
    if topic not in TOPICS or TOPICS[topic].record is None:
        message = f"{place}: the topic is none of those that are read"
        raise FeedError(message)
    condition = said.get("ack_condition") or record.pop("ack_condition", None)
    arrived_ms = _time_ms(said.get(_ARRIVED), f"{place}, arrived") if said.get(_ARRIVED) else newest_ms(record)
    key = str(record.get("patient", "")).encode()
    return Arrival(topic, max(clock_ms, arrived_ms), key, json.dumps(record).encode(), condition)


def newest_ms(record: dict[str, Any]) -> int:
    """Return the newest time that a record states; 0 where it states none that can be read."""
    times = record.get("times") if isinstance(record.get("times"), list) else [record.get("time")]
    found = []
    for time in times or []:
        try:
            found.append(_time_ms(time, "time"))
        except FeedError:  # the record will be refused for it, as in live operation
            continue
    return max(found, default=0)


def _time_ms(stated: object, place: str) -> int:
    try:
        moment = datetime.fromisoformat(str(stated))
    except ValueError:
        message = f"{place}: no time of ISO 8601"
        raise FeedError(message) from None
    return _ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
