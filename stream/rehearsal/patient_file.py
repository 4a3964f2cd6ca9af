"""One patient's records from a file, in any of the forms in which people keep them.

- JSON lines: `{"topic": ..., "record": {...}}`, as `rehearse` plays them, or CloudEvents in structured mode.
- One JSON array of the same objects.
- One JSON object with the topics as its keys, and a record or a list of records behind each. Records are then sorted by
  the times that they state. Its key `nodules` holds lung nodules (schemas/nodules.py), which no topic carries.

Lines and arrays are in order of arrival.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from schemas.nodules import LungNodule
from schemas.topics import TOPICS
from stream.rehearsal.feed import Arrival, FeedError, arrival_of, newest_ms

MOST_BYTES: Final = 64 * 2**20
"""A longer file is refused. Ours: a week of a patient's vital signs at one a second is less."""
NODULES: Final = "nodules"
_TOPIC_OF_TYPE: Final = {topic.ce_type: name for name, topic in TOPICS.items()}


class PatientFile(NamedTuple):
    """What a file holds: records in order of arrival, numbered by their `offset`, and lung nodules."""

    arrivals: tuple[Arrival, ...]
    nodules: tuple[LungNodule, ...]


def read(path: Path) -> PatientFile:
    """Read a file.

    Raises:
        FeedError: it has none of the forms; the text names the place and quotes nothing of it.
        OSError: it can't be read.
    """
    if path.stat().st_size > MOST_BYTES:
        message = f"{path.name}: larger than {MOST_BYTES // 2**20} MiB"
        raise FeedError(message)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        message = f"{path.name}: no text in UTF-8"
        raise FeedError(message) from None
    try:
        whole = json.loads(text)
    except ValueError:
        return PatientFile(tuple(_arrivals(_lines(text, path.name))), ())
    if isinstance(whole, list):
        return PatientFile(tuple(_arrivals((f"{path.name}, entry {at}", one) for at, one in enumerate(whole, 1))), ())
    if isinstance(whole, dict) and not {"topic", "specversion"} & whole.keys():
        return _by_topic(whole, path.name)
    return PatientFile(tuple(_arrivals([(f"{path.name}, line 1", whole)])), ())


def _lines(text: str, name: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            place = f"{name}, line {number}"
            try:
                yield place, json.loads(line)
            except ValueError:
                message = f"{place}: no JSON"
                raise FeedError(message) from None


def _by_topic(whole: dict[str, Any], name: str) -> PatientFile:
    nodules = [_nodule(one, f"{name}, {NODULES}, entry {at}") for at, one in enumerate(_listed(whole, NODULES), 1)]
    said = [
        (f"{name}, {topic}, entry {at}", {"topic": topic, "record": record})
        for topic in whole
        if topic != NODULES
        for at, record in enumerate(_listed(whole, topic), 1)
    ]
    said.sort(key=lambda one: newest_ms(one[1]["record"]) if isinstance(one[1]["record"], dict) else 0)
    return PatientFile(tuple(_arrivals(said)), tuple(nodules))


def _listed(whole: dict[str, Any], key: str) -> list[Any]:
    found = whole.get(key, [])
    return found if isinstance(found, list) else [found]


def _nodule(said: object, place: str) -> LungNodule:
    try:
        return LungNodule.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        message = f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise FeedError(message) from None


def _arrivals(said: Iterator[tuple[str, Any]] | list[tuple[str, Any]]) -> Iterator[Arrival]:
    clock_ms = 0
    for number, (place, one) in enumerate(said, 1):
        arrival = arrival_of(_of_cloud_event(one, place), place, clock_ms)
        clock_ms = arrival.timestamp
        yield arrival._replace(offset=number)


def _of_cloud_event(said: object, place: str) -> object:
    """Return a CloudEvent of one of our types as topic and record; everything else as it is."""
    if not isinstance(said, dict) or "specversion" not in said:
        return said
    topic = _TOPIC_OF_TYPE.get(said.get("type", ""))
    if topic is None:
        message = f"{place}: the CloudEvent's type is none of the topics'"
        raise FeedError(message)
    return {"topic": topic, "record": said.get("data")}
