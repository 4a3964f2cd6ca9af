"""What a record that comes in looks like: the port between Kafka's clients and everything that reads records."""

from collections.abc import Sequence
from typing import Protocol


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
    def headers(self) -> Sequence[tuple[str, bytes]]: ...  # noqa: D102
