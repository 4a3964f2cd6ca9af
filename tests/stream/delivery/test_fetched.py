"""Whatever lies in a batch, the consumer goes on behind it, and what could not be read is handed on as such."""

import struct
import zlib
from typing import Any, Final

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from stream.delivery import fetched
from stream.delivery.records import SetAside, end_of
from stream.delivery.unpack import MOST_UNPACKED_BYTES
from tests.stream.delivery.test_unpack import a_batch

TP: Final = TopicPartition("vitals", 3)
READ_COMMITTED: Final = 1


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put aiokafka's own classes back afterwards."""
    monkeypatch.setattr(fetcher, "MemoryRecords", fetcher.MemoryRecords)
    monkeypatch.setattr(fetcher, "PartitionRecords", fetcher.PartitionRecords)
    fetched.install()


def a_partition(raw: bytes, offset: int = 0, aborted: tuple[tuple[int, int], ...] = ()) -> Any:  # noqa: ANN401 - aiokafka's
    """What aiokafka's fetcher makes of the bytes of a partition."""
    records = fetcher.MemoryRecords(raw)
    assert records.has_next() == bool(raw)
    return fetcher.PartitionRecords(TP, records, aborted, offset, None, None, True, READ_COMMITTED)  # noqa: FBT003


def sealed(data: bytes, *, epoch: int = -1, codec: int | None = None, transactional: int | None = None) -> bytes:
    """A batch with something changed in its head, and the checksum that it then has."""
    changed = bytearray(data)
    struct.pack_into(">i", changed, 12, epoch)
    (attributes,) = struct.unpack_from(">h", changed, 21)
    if codec is not None:
        attributes = attributes & ~7 | codec
    if transactional is not None:
        attributes |= 0x10
        struct.pack_into(">q", changed, 43, transactional)
    struct.pack_into(">h", changed, 21, attributes)
    struct.pack_into(">I", changed, 17, calc_crc32c(bytes(changed[21:])))
    return bytes(changed)


def stamped(data: bytes, newest_ms: int) -> bytes:
    """A batch with another newest time-stamp in its head."""
    changed = bytearray(data)
    struct.pack_into(">q", changed, 35, newest_ms)
    return bytes(changed)


def test_records_come_as_aiokafka_reads_them_with_the_epoch_of_their_batch() -> None:
    raw = sealed(a_batch([b"1", b"2"]), epoch=4) + sealed(a_batch([b"3"], codec=1, base=2), epoch=5)
    partition = a_partition(raw)
    records = list(partition)
    assert [(one.offset, one.value, one.leader_epoch) for one in records] == [(0, b"1", 4), (1, b"2", 4), (2, b"3", 5)]
    assert records[0].headers == (("h", b"1"),)
    assert (records[0].key, records[0].timestamp, partition.next_fetch_offset) == (b"k", 1000, 3)


def test_a_partition_knows_the_stamp_of_what_is_read_next() -> None:
    first, second = a_batch([b"1"]), a_batch([b"2"], base=1)
    raw = sealed(first) + sealed(stamped(second, 7000))
    partition = a_partition(raw)
    assert partition.stamp_ms == 1000
    next(partition)
    next(partition)
    assert partition.stamp_ms == 7000
    assert a_partition(b"").stamp_ms == -1


def test_reading_begins_within_a_batch() -> None:
    assert [one.offset for one in a_partition(a_batch([b"1", b"2", b"3"], codec=4), offset=2)] == [2]


@pytest.mark.parametrize("codec", [5, 6, 7])
def test_a_batch_in_a_codec_that_nobody_knows_is_set_aside_and_the_next_is_read(codec: int) -> None:
    raw = sealed(a_batch([b"1", b"2"], base=10), codec=codec) + a_batch([b"3"], base=12)
    aside, record = a_partition(raw, offset=10)
    assert isinstance(aside, SetAside)
    assert (aside.offset, aside.end, end_of(aside)) == (10, 12, 12)
    assert aside.fault == f"the records from offset 10 to 11 can't be read: compression codec {codec} is unknown"
    assert record.value == b"3"


def test_a_batch_that_unpacks_to_too_much_is_set_aside_without_unpacking_it() -> None:
    bomb = zlib.compressobj(9, wbits=31)
    records = bomb.compress(bytes(MOST_UNPACKED_BYTES + 1)) + bomb.flush()
    head = bytearray(a_batch([b"x"])[:61])
    struct.pack_into(">i", head, 8, 49 + len(records))
    (aside,) = a_partition(sealed(bytes(head) + records, codec=1))
    assert isinstance(aside, SetAside)
    assert "unpack to more than" in aside.fault
    assert aside.size_bytes == 61 + len(records)


def test_a_record_that_is_broken_costs_itself_alone() -> None:
    raw = bytearray(a_batch([b"one", b"two", b"three", b"four"]))
    at = raw.index(b"two")
    at = raw.index(b"\x02h", at)  # the name of its header: a byte that is no UTF-8
    raw[at + 1] = 0xFF
    partition = a_partition(sealed(bytes(raw)) + a_batch([b"five"], base=4))
    values = [one.fault if isinstance(one, SetAside) else one.value for one in partition]
    assert values[:1] + values[2:] == [b"one", b"three", b"four", b"five"]
    assert values[1] == "the records from offset 1 to 1 can't be read: UnicodeDecodeError"
    assert partition.next_fetch_offset == 5


def test_where_a_batch_is_broken_beyond_repair_what_was_read_counts_and_the_rest_is_set_aside() -> None:
    raw = bytearray(a_batch([b"one", b"two", b"three"]))
    raw[raw.index(b"two") - 7] = 0xFE  # the length of its record
    first, aside, after = a_partition(sealed(bytes(raw)) + a_batch([b"four"], base=3))
    assert first.value == b"one"
    assert (aside.offset, aside.end) == (1, 3)
    assert after.value == b"four"


def test_a_wrong_checksum_is_fetched_again_and_set_aside_if_it_stays_wrong() -> None:
    raw = bytearray(a_batch([b"1"], base=20) + a_batch([b"2"], base=21))
    raw[60] ^= 1
    first = a_partition(bytes(raw), offset=20)
    assert list(first) == []
    assert first.next_fetch_offset == 20
    aside, record = a_partition(bytes(raw), offset=20)
    assert aside.fault == "the records from offset 20 to 20 can't be read: its checksum is wrong"
    assert record.value == b"2"


def test_what_a_transaction_took_back_is_no_record_and_is_passed_over() -> None:
    raw = sealed(a_batch([b"1"]), transactional=77) + a_batch([b"2"], base=1)
    partition = a_partition(raw, aborted=((77, 0),))
    assert [one.value for one in partition] == [b"2"]
    assert partition.next_fetch_offset == 2


def test_what_is_too_short_to_be_a_batch_is_set_aside_and_the_next_is_read() -> None:
    short = struct.pack(">qiiB", 0, 20, 7, 2) + bytes(15)
    assert list(a_partition(short + a_batch([b"1"], base=1))) == []  # fetched again first, as for a wrong checksum
    aside, record = a_partition(short + a_batch([b"1"], base=1))
    assert (aside.offset, aside.end, aside.fault[-21:]) == (0, 1, "its checksum is wrong")
    assert record.value == b"1"


def test_a_record_whose_offset_lies_outside_its_batch_does_not_move_the_consumer_there() -> None:
    raw = bytearray(a_batch([b"one", b"two"]))
    raw[raw.index(b"two") - 4] = 0x7E  # its offset less that of the batch: 63
    partition = a_partition(sealed(bytes(raw)) + a_batch([b"three"], base=2))
    first, aside, after = partition
    assert (first.value, after.value) == (b"one", b"three")
    assert (aside.offset, aside.end) == (1, 2)
    assert partition.next_fetch_offset == 3


def test_a_batch_that_was_read_is_passed_over() -> None:
    partition = a_partition(a_batch([b"1", b"2"]) + a_batch([b"2"], base=1) + a_batch([b"3"], base=2))
    assert [one.value for one in partition] == [b"1", b"2", b"3"]
