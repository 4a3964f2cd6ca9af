"""Batches as producers write them come back as they were, in every codec, and none unpacks to more than is allowed."""

import contextlib
import gzip
import struct
from typing import Final

import cramjam
import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from stream.delivery.unpack import Batch, BatchError, batches, singly, unpacked

CODECS: Final = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
HEAD_BYTES: Final = 61


def a_batch(values: list[bytes | None], codec: int = 0, base: int = 0) -> bytes:
    """A batch as aiokafka's producer makes it, at an offset as the broker sets it."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 100 * 2**20)
    for number, value in enumerate(values):
        builder.append(number, timestamp=1000 + number, key=b"k", value=value, headers=[("h", b"1")])
    data = bytearray(builder.build())
    struct.pack_into(">q", data, 0, base)
    return bytes(data)


def values_of(data: bytes) -> list[bytes | None]:
    return [record.value for record in MemoryRecords(data).next_batch()]


def with_records(records: bytes, codec: int) -> Batch:
    """A batch whose compressed records are these bytes."""
    (batch,) = batches(a_batch([b"x"]))
    return batch._replace(data=batch.data[:HEAD_BYTES] + records, codec=codec)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@given(values=st.lists(st.none() | st.binary(max_size=300), min_size=1, max_size=20))
def test_what_a_producer_packed_is_unpacked(codec: int, values: list[bytes | None]) -> None:
    (batch,) = batches(a_batch(values, codec, base=70))
    assert (batch.offset, batch.end, batch.codec) == (70, 70 + len(values), codec)
    assert values_of(unpacked(batch)) == values


@pytest.mark.parametrize("codec", [1, 2, 3, 4])
def test_a_batch_may_unpack_to_the_limit_and_not_beyond_it(codec: int) -> None:
    (plain,) = batches(a_batch([bytes(300_000)]))
    size = len(plain.data) - HEAD_BYTES
    (batch,) = batches(a_batch([bytes(300_000)], codec))
    assert len(batch.data) < size / 10
    assert len(unpacked(batch, size)) == len(plain.data)
    with pytest.raises(BatchError, match=f"unpack to more than {size - 1} bytes"):
        unpacked(batch, size - 1)


def test_blocks_of_snappy_are_bounded_together_and_one_that_lies_about_its_length_takes_no_room() -> None:
    block = bytes(cramjam.snappy.compress_raw(bytes(1000)))
    xerial = b"\x82SNAPPY\x00" + bytes(8) + 3 * (struct.pack(">I", len(block)) + block)
    assert len(unpacked(with_records(xerial, 2), 3000)) == HEAD_BYTES + 3000
    with pytest.raises(BatchError, match="more than 2999 bytes"):
        unpacked(with_records(xerial, 2), 2999)
    with pytest.raises(BatchError):
        unpacked(with_records(b"\xff\xff\xff\xff\x0f", 2))  # 4 GiB, it says


def test_members_of_gzip_are_read_one_after_the_other_and_bounded_together() -> None:
    two = gzip.compress(bytes(1000)) + gzip.compress(bytes(1000))
    assert len(unpacked(with_records(two, 1), 2000)) == HEAD_BYTES + 2000
    with pytest.raises(BatchError, match="more than 1999 bytes"):
        unpacked(with_records(two, 1), 1999)


@pytest.mark.parametrize("codec", [1, 2, 3, 4, 5, 7])
@given(garbage=st.binary(max_size=200))
def test_garbage_is_refused_whatever_it_is(codec: int, garbage: bytes) -> None:
    with contextlib.suppress(BatchError):  # and nothing else
        unpacked(with_records(garbage, codec), 100_000)


@given(fetched=st.binary(max_size=200))
def test_bytes_of_any_kind_are_cut_into_batches_that_are_there_whole(fetched: bytes) -> None:
    assert sum(len(batch.data) for batch in batches(fetched)) <= len(fetched)


def test_a_batch_that_the_broker_cut_is_left_for_the_next_fetch() -> None:
    whole = a_batch([b"1", b"2"])
    assert [batch.offset for batch in batches(whole + a_batch([b"3"], base=2)[:-1])] == [0]
    assert [batch.offset for batch in batches(whole + a_batch([b"3"], base=2))] == [0, 2]


def test_the_records_of_a_batch_can_be_had_one_by_one() -> None:
    single = list(singly(a_batch([b"1", None, b"3"], base=40)))
    assert [offset for offset, _ in single] == [40, 41, 42]
    assert [values_of(one) for _, one in single] == [[b"1"], [None], [b"3"]]
    assert [MemoryRecords(one).next_batch().next_offset for _, one in single] == [41, 42, 43]


@pytest.mark.parametrize("length", [-1, 0, 1, 4])
def test_a_length_in_which_no_batch_has_room_ends_the_row(length: int) -> None:
    whole = a_batch([b"1"])
    assert [batch.data for batch in batches(whole + struct.pack(">qi", 1, length) + bytes(40))] == [whole]


@pytest.mark.parametrize("number", [b"\x80" * 11, b"\xff" * 9 + b"\x01"], ids=["without an end", "of 64 bits"])
def test_a_number_that_can_not_be_is_a_broken_row_of_records(number: bytes) -> None:
    head = a_batch([b"1"])[:HEAD_BYTES]
    for records in (number, b"\x10\x00" + number, b"\x10\x00\x00" + number):
        with pytest.raises(IndexError):
            list(singly(head + records + bytes(20)))


@pytest.mark.parametrize("delta", [2, -1], ids=["behind", "before"])
def test_a_record_whose_offset_lies_outside_its_batch_is_a_broken_row_of_records(delta: int) -> None:
    records = b"\x0e\x00\x00" + bytes([2 * delta if delta >= 0 else -2 * delta - 1]) + b"\x01\x01\x00\x00"
    with pytest.raises(IndexError, match="outside its batch"):
        list(singly(a_batch([b"1", b"2"])[:HEAD_BYTES] + records))
