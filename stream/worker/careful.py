"""A record that ends workers is found and set aside: memory that runs out, a library that crashes, work without end.

A worker that begins for the third time at the offset of a partition, since two before it came to their end there, works
on the records from there one by one, and notes each in Redis before it does. The one that ended two workers is then
known: it becomes a dead letter, unread.
"""

import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, Protocol, cast

from aiokafka import TopicPartition
from structlog import get_logger

from stream.broker.lineage import Place
from stream.delivery.logbook import name_of
from stream.delivery.records import Record, SetAside, end_of
from stream.delivery.transport import Run
from stream.state.client import StateUnavailableError

log = get_logger()

_STARTS: Final = 3  # at the same offset, the one that is careful included
_ENDED: Final = 2  # workers, on one record
_CAREFUL_RECORDS: Final = 2_000  # from where a worker began; as many as a run may have
FAULT: Final = "two workers came to their end while they worked on this record alone"

Handler = Callable[[Run], Awaitable[None]]


class Notes(Protocol):
    """What workers before us tried; stream.state.tries.Tries."""

    async def begun(self, offsets: Mapping[str, int]) -> dict[str, int]: ...  # noqa: D102 - see there
    async def in_work(self, partition: str, offset: int | None) -> None: ...  # noqa: D102
    async def suspects(self, partitions: Collection[str]) -> dict[str, dict[int, int]]: ...  # noqa: D102


class Careful:
    """Hands runs on to a handler; those of a doubtful partition record by record.

    Without Redis nobody knows what workers before us tried, and nothing is set aside.
    """

    def __init__(self, handle: Handler, notes: Notes) -> None:
        self._handle = handle
        self._notes = notes
        self._until: dict[TopicPartition, int] = {}  # in doubt up to this offset
        self._ended: dict[str, dict[int, int]] = {}  # partition -> offset -> the workers that ended there

    async def begun(self, begins: Mapping[TopicPartition, Place]) -> None:
        """These partitions are ours, to be read from these places on."""
        self._until, self._ended = {}, {}
        with contextlib.suppress(StateUnavailableError):
            starts = await self._notes.begun({name_of(tp): place.offset for tp, place in begins.items()})
            doubtful = {tp: place for tp, place in begins.items() if starts[name_of(tp)] >= _STARTS}
            if doubtful:
                self._ended = await self._notes.suspects([name_of(tp) for tp in doubtful])
                self._until = {tp: place.offset + _CAREFUL_RECORDS for tp, place in doubtful.items()}
                log.warning("careful", partitions=sorted(map(name_of, doubtful)))

    async def handle(self, run: Run) -> None:
        """Work on a run."""
        if run.offset >= self._until.get(run.tp, 0):
            await self._handle(run)
            return
        run.begin()
        name = name_of(run.tp)
        records: list[Record] = run.value
        for number, record in enumerate(records):
            if self._ended.get(name, {}).get(record.offset, 0) >= _ENDED:
                log.error("record-set-aside", place=f"{name}/{record.offset}", reason=FAULT)
                record = _set_aside(record)  # noqa: PLW2901 - it stands in for it
            else:
                await self._note(name, record.offset)
            await self._handle(cast("Run", Piece(run, record, is_last=number == len(records) - 1)))
        await self._note(name, None)

    async def _note(self, partition: str, offset: int | None) -> None:
        with contextlib.suppress(StateUnavailableError):
            await self._notes.in_work(partition, offset)


class Piece:
    """One record of a run, in the place of a run: the run is finished with the last of them."""

    def __init__(self, run: Run, record: Record, *, is_last: bool) -> None:
        self.tp: TopicPartition = run.tp
        self.topic: str = run.topic
        self.partition: int = run.partition
        self.offset = record.offset
        self.log = run.log
        self.value: list[Any] = [record]
        self.reached = self.tp, Place(end_of(record), run.log)
        self._run = run if is_last else None

    def begin(self) -> None:
        """The run was begun."""

    def finish(self) -> None:
        """Pieces are finished in their order, so the last one finishes the run."""
        if self._run is not None:
            self._run.finish()


def _set_aside(record: Record) -> SetAside:
    value = record.value or b""
    return SetAside(
        record.topic,
        record.partition,
        record.offset,
        end_of(record),
        record.timestamp,
        FAULT,
        len(value),
        hashlib.sha256(value).hexdigest(),
        key=record.key,
        value=record.value,
        headers=record.headers,
    )
