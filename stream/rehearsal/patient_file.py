"""One patient's records from a file, in any of the forms in which people keep them.

- JSON lines: `{"topic": ..., "record": {...}}`, as `rehearse` plays them, or CloudEvents in structured mode.
- Lines of `wardwatch gateway decode --json`: what becomes of FHIR resources or HL7 messages.
- One JSON array of the same objects.
- One JSON object with the topics as its keys, and a record or a list of records behind each. Records are then sorted by
  the times that they state. Its key `nodules` holds lung nodules (schemas/nodules.py), which no topic carries.

Lines and arrays are in order of arrival; what a gateway made is sorted like the records of an object, since an export
has no such order.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from schemas.nodules import LungNodule
from schemas.topics import TOPICS
from stream.rehearsal.feed import Arrival, FeedError, arrival_of, newest_ms

MOST_BYTES: Final = 64 * 2**20
"""A longer file is refused. Ours: a week of a patient's vital signs at one a second is less."""
NODULES: Final = "nodules"
_RECORDS: Final = "records"
_TOPIC_OF_TYPE: Final = {topic.ce_type: name for name, topic in TOPICS.items()}


class PatientFile(NamedTuple):
    """What a file holds: records in order of arrival, numbered by their `offset`, and lung nodules.

    unused  how many parts of messages a gateway did not use
    """

    arrivals: tuple[Arrival, ...]
    nodules: tuple[LungNodule, ...] = ()
    unused: int = 0


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
        return _in_order(list(_lines(text, path.name)))
    if isinstance(whole, list):
        return _in_order([(f"{path.name}, entry {at}", one) for at, one in enumerate(whole, 1)])
    if isinstance(whole, dict) and not {"topic", "specversion", _RECORDS} & whole.keys():
        return _by_topic(whole, path.name)
    return _in_order([(f"{path.name}, line 1", whole)])


def _in_order(said: Sequence[tuple[str, Any]]) -> PatientFile:
    unused = sum(len(one.get(part, [])) for _, one in said if _is_decoded(one) for part in ("told", "unused"))
    each = list(_each(said))
    if any(_is_decoded(one) for _, one in said):
        each.sort(key=_stated_ms)
    return PatientFile(tuple(_arrivals(each)), unused=unused)


def _stated_ms(said: tuple[str, Any]) -> int:
    """Return the newest time that a record states; 0 for what is none, and will be refused for it."""
    record = said[1].get("record") if isinstance(said[1], dict) else None
    return newest_ms(record) if isinstance(record, dict) else 0


def _each(said: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the records, also each of those that a gateway made of one message."""
    for place, one in said:
        if _is_decoded(one):
            yield from ((f"{place}, record {at}", record) for at, record in enumerate(one[_RECORDS], 1))
        else:
            yield place, one


def _is_decoded(said: object) -> bool:
    return isinstance(said, dict) and isinstance(said.get(_RECORDS), list)


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
    if "resourceType" in whole:
        message = f"{name}: it is FHIR; make records of it first: wardwatch gateway decode {name} --json"
        raise FeedError(message)
    nodules = [_nodule(one, f"{name}, {NODULES}, entry {at}") for at, one in enumerate(_listed(whole, NODULES), 1)]
    said = [
        (f"{name}, {topic}, entry {at}", {"topic": topic, "record": record})
        for topic in whole
        if topic != NODULES
        for at, record in enumerate(_listed(whole, topic), 1)
    ]
    said.sort(key=_stated_ms)
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


def _arrivals(said: Iterable[tuple[str, Any]]) -> Iterator[Arrival]:
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
