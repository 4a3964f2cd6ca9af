"""What a fetch brings, read batch by batch: whatever a producer wrote, the consumer goes on.

aiokafka raises at a batch that it can't unpack, and fetches the same one again for ever. Here such a batch, or the one
record of it that is broken, is handed on as `SetAside`: it becomes a dead letter and is acknowledged like any other.
Every record also knows the leader epoch under which it was written, see stream/broker/lineage.py.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import ConsumerRecord, TopicPartition
from structlog import get_logger

from stream.delivery.records import SetAside
from stream.delivery.unpack import Batch, BatchError, batches, singly, unpacked

log = get_logger()


@dataclass
class FetchedRecord(ConsumerRecord):  # type: ignore[misc]  # aiokafka is untyped here
    """aiokafka's record with the epoch of the leader that took it; -1 where a broker does not tell."""

    leader_epoch: int = -1


def install() -> None:
    """Have aiokafka's fetchers read by these classes; they take theirs from their module's names, and no other way."""
    fetcher.MemoryRecords = _Fetched
    fetcher.PartitionRecords = _PartitionRecords


class _Fetched:
    """The bytes of one partition; in the place of aiokafka's class of that name, as far as its fetcher asks."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def size_in_bytes(self) -> int:
        return len(self.raw)

    def has_next(self) -> bool:
        return next(batches(self.raw), None) is not None


_doubtful: set[tuple[TopicPartition, int]] = set()
"""Batches whose checksum was wrong once: the network may have done it, so they are fetched again first."""


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Reads a partition's batches with aiokafka's own code, one at a time."""

    def __init__(self, tp: TopicPartition, records: _Fetched, *more: Any) -> None:
        self.next_fetch_offset: int
        super().__init__(tp, records, *more)
        self._raw = records.raw
        self._epoch = -1
        first = next(batches(self._raw), None)
        self.stamp_ms = -1 if first is None else first.newest_ms
        """The newest time-stamp of the batch that is read next, or being read."""

    def _unpack_records(self) -> Iterator[Any]:
        for batch in batches(self._raw):
            if batch.end <= self.next_fetch_offset:
                continue  # it was read, or lies before where we begin
            self._epoch = batch.leader_epoch
            self.stamp_ms = batch.newest_ms
            doubt = (self._tp, batch.offset)
            if not _is_intact(batch):
                if doubt not in _doubtful:
                    _doubtful.add(doubt)
                    log.warning("checksum-wrong", topic=_place(self._tp, batch), again=True)
                    return
                yield self._set_aside(batch, "its checksum is wrong")
            else:
                yield from self._read(batch)
            _doubtful.discard(doubt)
            self.next_fetch_offset = max(self.next_fetch_offset, batch.end)

    def _read(self, batch: Batch) -> Iterator[Any]:
        self._check_crcs = False  # done, and an unpacked batch has none
        try:
            data = unpacked(batch)
        except BatchError as error:
            yield self._set_aside(batch, str(error))
            return
        try:
            reached = self.next_fetch_offset
            for record in self._records_of(data):
                if not batch.offset <= record.offset < batch.end:
                    self.next_fetch_offset = reached  # aiokafka believes it, and would go on from there
                    raise IndexError  # noqa: TRY301 - as for any other broken record
                reached = self.next_fetch_offset
                yield record
        except Exception:  # noqa: BLE001 - a producer can write anything; what is broken is found record by record
            yield from self._singly(batch, data)

    def _records_of(self, data: bytes) -> Iterator[Any]:
        self._records = MemoryRecords(data)
        yield from super()._unpack_records()

    def _singly(self, batch: Batch, data: bytes) -> Iterator[Any]:
        """The rest of a batch with a broken record, without that one."""
        try:
            for offset, one in singly(data):
                if offset < self.next_fetch_offset:
                    continue
                try:
                    yield from self._records_of(one)
                except Exception as error:  # noqa: BLE001 - see above
                    yield self._set_aside(batch._replace(data=one, end=offset + 1), type(error).__name__)
        except IndexError:
            yield self._set_aside(batch, "its records are broken")

    def _set_aside(self, batch: Batch, why: str) -> SetAside:
        """What stands for what is left of a batch; the consumer goes on behind it."""
        begin = max(batch.offset, self.next_fetch_offset)
        self.next_fetch_offset = max(batch.end, begin)
        log.warning("batch-set-aside", place=_place(self._tp, batch), reason=why)
        return SetAside(
            self._tp.topic,
            self._tp.partition,
            begin,
            batch.end,
            batch.newest_ms,
            fault=f"the records from offset {begin} to {batch.end - 1} can't be read: {why}",
            size_bytes=len(batch.data),
            sha256=hashlib.sha256(batch.data).hexdigest(),
            leader_epoch=batch.leader_epoch,
        )

    def _consumer_record(self, tp: TopicPartition, record: Any) -> FetchedRecord:  # noqa: ANN401 - aiokafka's record
        return FetchedRecord(
            tp.topic,
            tp.partition,
            record.offset,
            record.timestamp,
            record.timestamp_type,
            record.key,
            record.value,
            None,
            -1 if record.key is None else len(record.key),
            -1 if record.value is None else len(record.value),
            tuple(record.headers),
            self._epoch,
        )


def _is_intact(batch: Batch) -> bool:
    """Whether the checksum is right; what is too short to be a batch has none."""
    try:
        return bool(MemoryRecords(batch.data).next_batch().validate_crc())
    except Exception:  # noqa: BLE001 - aiokafka raises as it happens: its own errors, and those of C
        return False


def _place(tp: TopicPartition, batch: Batch) -> str:
    """Where a batch lies, in words."""
    return f"{tp.topic}/{tp.partition}/{batch.offset}"
