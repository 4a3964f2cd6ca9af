"""A record that lies in another partition than its key's is moved there, so that one worker alone has its patient.

A sender with another partitioner puts it there, or partitions were added since. The worker that reads it sends it on,
unread, with its old place in a header, and acknowledges it when the broker has confirmed: a crash in between moves it
once more. It is applied where it belongs, as the record that it was: by its old offset a state knows whether it was
applied before, by its old time-stamp it arrived when it first came.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, cast

from schemas.arrival import HELD_MS
from schemas.cloudevents import Headers
from schemas.partitioner import MOVED_FROM
from stream.broker.lineage import Log
from stream.broker.placement import partition_of
from stream.delivery.records import Delayed, Moved, Record, SetAside
from stream.delivery.sender import Output

_FROM: Final = re.compile(r"(\d{1,9})/(\d{1,18}) (\d{1,15}) ([0-9a-f]{0,64}:-?\d{1,10})", re.ASCII)

_HELD: Final = re.compile(rb"\d{1,12}", re.ASCII)

Partitions = Callable[[str], int]
"""How many partitions a topic has, as far as is known; 0 where nobody knows, and nothing is moved."""
Ask = Callable[[str], Awaitable[int]]
"""How many it has now."""


def unknown(_: str) -> int:
    """For whoever knows nothing of topics."""
    return 0


class Elsewhere(NamedTuple):
    """A record that belongs to another partition of its topic."""

    record: Record
    partition: int


class Placed(NamedTuple):
    """The records of a run, in their order.

    here       to be worked on; a record that was moved here counts as what it was, one that was held back as of then
    elsewhere  to be moved
    again      how many were left out, since the run has the same moved record twice
    """

    here: list[Record]
    elsewhere: list[Elsewhere]
    again: int


def placed(records: Sequence[Record], partitions: int, log: Log) -> Placed:
    """Sort out the records of one partition of a topic with so many partitions; `log` is the log that they lie in."""
    here: list[Record] = []
    elsewhere: list[Elsewhere] = []
    seen: set[tuple[int, int, Log]] = set()
    again = 0
    for record in records:
        home = _home(record, partitions)
        if home != record.partition:
            elsewhere.append(Elsewhere(record, home))
            continue
        before = _before(record, log) if record.headers else None
        if before is None:
            here.append(_as_it_came(record) if record.headers else record)
        elif (at := (before.partition, before.offset, before.log)) in seen:
            again += 1
        else:
            seen.add(at)
            here.append(before)
    return Placed(here, elsewhere, again)


async def placed_now(
    records: Sequence[Record], topic: str, log: Log, partitions: Partitions, ask: Ask | None = None
) -> Placed:
    """Sort out the records of one partition; nothing is moved before the broker was asked how many there are now.

    By a number from before partitions were added, records that lie right would be moved, and come out of their order.
    """
    found = placed(records, partitions(topic), log)
    if found.elsewhere and ask is not None:
        found = placed(records, await ask(topic), log)
    return found


def moved(one: Elsewhere, log: Log) -> Output:
    """A record as it is sent to the partition of its key, from a place in this log."""
    record = one.record
    before = _before(record, log)
    first_ms = record.timestamp if before is None else before.timestamp
    came_from = (MOVED_FROM, f"{record.partition}/{record.offset} {first_ms} {log}".encode())
    return Output(record.topic, record.key, record.value, [*_own_headers(record), came_from], record, one.partition)


def home_of(partitions: Callable[[], int], patient: str, partition: int) -> int:
    """The partition of a patient who was heard in another, or in this one; this one where nobody can say."""
    count = partitions()
    return partition if partition >= count else partition_of(patient.encode(), count)


def _home(record: Record, partitions: int) -> int:
    """The partition that a record belongs to; its own where nobody can say."""
    # More partitions than are known have been added just now. Without a key it is refused, as what was set aside is.
    if record.key is None or record.partition >= partitions or isinstance(record, SetAside):
        return record.partition
    return partition_of(record.key, partitions)


def _before(record: Record, log: Log) -> Moved | None:
    """The record that this one was before it was moved to this log; None for one that was not."""
    words = [value for name, value in record.headers if name == MOVED_FROM]
    found = _FROM.fullmatch((words[-1] or b"").decode("utf-8", "replace")) if words else None
    if found is None or isinstance(record, SetAside):
        return None
    partition, offset, first_ms, then = found.groups()
    log_then = Log.read(then)
    if log_then.topic_id != log.topic_id or int(partition) == record.partition:
        return None  # copied from another cluster, or from a topic of this name that is no more
    timestamp = min(int(first_ms), record.timestamp) - _delay_ms(record)  # nobody arrives later by saying so
    return Moved(
        record.topic, int(partition), int(offset), timestamp, record.key, record.value, _own_headers(record), log_then
    )


def _as_it_came(record: Record) -> Record:
    """A record of when it came to its gateway, if that held it back; so what is old is not taken for new."""
    delay_ms = _delay_ms(record)
    if not delay_ms or isinstance(record, SetAside):
        return record
    stamp = record.timestamp - delay_ms
    return Delayed(record.topic, record.partition, record.offset, stamp, record.key, record.value, record.headers)


def _delay_ms(record: Record) -> int:
    """For how long a gateway held it back; 0 where nobody says so."""
    said = next((value for name, value in record.headers if name == HELD_MS), None)
    return int(said) if said and _HELD.fullmatch(said) else 0


def _own_headers(record: Record) -> Headers:
    """The headers that a record had when it first came; a null value is sent on as one."""
    return cast("Headers", [header for header in record.headers if header[0] != MOVED_FROM])
