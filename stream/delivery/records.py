"""What a record that comes in looks like: the port between Kafka's clients and everything that reads records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stream.broker.lineage import Log


class Record(Protocol):
    """A Kafka record as far as Wardwatch looks at it; aiokafka's ConsumerRecord is one. `timestamp`: ms since 1970."""

    @property
    def topic(self) -> str: ...  # noqa: D102 - a port's attributes speak for themselves, here and below
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...  # noqa: D102


@dataclass(frozen=True)
class SetAside:
    """Stands for records that were fetched and could not be read, or that are not to be worked on; it is a record too.

    `end` follows the last of their offsets. `fault` says in words what is the matter, without anything of the records;
    `size_bytes` and `sha256` are those of the bytes as they lie at the broker, `value` is None where those are a batch.
    """

    topic: str
    partition: int
    offset: int
    end: int
    timestamp: int
    fault: str
    size_bytes: int
    sha256: str
    leader_epoch: int = -1
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


@dataclass(frozen=True)
class Moved:
    """A record that lay in another partition than its key's and was moved: it counts as what it was there.

    `log` is the log of that partition. Its other fields are those of the record as it first came.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    log: Log


@dataclass(frozen=True)
class Delayed:
    """A record that its gateway held back: `timestamp` is when it came there, all else is as it lies at the broker."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def place_of(record: Record) -> str:
    """What a state calls the partition whose offsets say which records it knows.

    A partition's own records and those that were moved out of it are counted apart: they may overtake each other.
    """
    return f"{record.topic}/{record.partition}" + (" moved" if isinstance(record, Moved) else "")


def log_of(record: Record, log: Log) -> Log:
    """The log that a record's offset is a place in, where `log` is that of the run that brought it."""
    return record.log if isinstance(record, Moved) else log


def end_of(record: Record) -> int:
    """The offset that follows a record, or the last of those that it stands for."""
    return record.end if isinstance(record, SetAside) else record.offset + 1
