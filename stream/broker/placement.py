"""Which partition a key belongs to, by murmur2 as in Kafka's Java client, and which keys lie elsewhere. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from aiokafka.partitioner import murmur2


class Keyed(NamedTuple):
    """A record's key, where it lies in a topic with so many partitions, and when it came, in ms since 1970."""

    topic: str
    partition: int
    partitions: int
    key: bytes
    timestamp_ms: int


class Misplaced(NamedTuple):
    """Keys of a topic that lie in other partitions than their own, without naming them.

    keys, of     how many of the keys that were looked at
    partitions   where they lie
    latest_ms    when the latest of their records came, in ms since 1970
    before       all of them lie where they belonged when the topic had so many partitions; None: no such number
    """

    topic: str
    keys: int
    of: int
    partitions: tuple[int, ...]
    latest_ms: int
    before: int | None


@lru_cache(maxsize=65_536)  # of each patient again and again, and made in plain Python
def _hash(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFF_FFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key in a topic with so many partitions."""
    return _hash(key) % partitions


def misplaced(found: Iterable[Keyed]) -> Iterator[Misplaced]:
    """The topics that have misplaced keys."""
    by_topic: defaultdict[str, list[Keyed]] = defaultdict(list)
    for one in found:
        by_topic[one.topic].append(one)
    for topic, records in by_topic.items():
        if wrong := [one for one in records if partition_of(one.key, one.partitions) != one.partition]:
            yield Misplaced(
                topic,
                len({one.key for one in wrong}),
                len({one.key for one in records}),
                tuple(sorted({one.partition for one in wrong})),
                max(one.timestamp_ms for one in wrong),
                _partitions_before(wrong),
            )


def _partitions_before(wrong: Collection[Keyed]) -> int | None:
    """The smaller number of partitions by which all of these lie right, where that is unlikely to be chance."""
    fits = [
        count
        for count in range(1, min(one.partitions for one in wrong))
        if all(partition_of(one.key, count) == one.partition for one in wrong)
    ]
    return fits[-1] if fits and len({one.key for one in wrong}) > 1 else None
