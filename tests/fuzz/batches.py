"""The door of the broker: what a fetch brings of a partition, packed by whoever produced it."""

import gzip
import struct
from contextlib import suppress
from typing import Any, Final

import cramjam
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from stream.delivery import fetched
from stream.delivery.decode import Refused
from stream.delivery.records import SetAside, end_of
from stream.delivery.unpack import MOST_UNPACKED_BYTES, Batch, BatchError, batches, unpacked
from tests.fuzz.letters_checked import checked_letter
from tests.fuzz.told import NAME, NUMBER, listening

_TP: Final = TopicPartition("labs", 3)
_READ_COMMITTED: Final = 1
_HEAD_BYTES: Final = 61
_SEALED: Final = b"\x01"  # the checksum is made right, so that what lies behind it is read
_INFLATED: Final = b"\x02"  # the same, after the records were compressed as the attributes say

fetched.install()


def _batch(*values: bytes | None, codec: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 2**20)
    for number, value in enumerate(values):
        builder.append(number, timestamp=1000 + number, key=b"p-1", value=value, headers=[("h", NAME.encode())])
    return bytes(builder.build())


_TWO: Final = (b'{"patient":"p-1"}', NUMBER.encode())
SEEDS = (
    _SEALED + _batch(*_TWO, None),
    *(_SEALED + _batch(*_TWO, codec=codec) for codec in (1, 2, 3, 4)),
    *(_SEALED + _batch(bytes(3000), codec=codec) for codec in (1, 2, 3, 4)),
    *(_INFLATED + bytes([codec]) + _batch(*_TWO, None) for codec in (1, 2, 3, 4)),
    _SEALED + _batch(b"1") + _batch(b"2", codec=4)[:-3],
    b"\x00" + _batch(b"1"),
    _SEALED + _batch(b"1")[:_HEAD_BYTES] + gzip.compress(b"") * 20,
)
WORDS = (
    *(b"\x82SNAPPY\x00", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x00\x00\x00\x02"),
    *(b"\xff\xff\xff\xff\x0f", b"\xff" * 9 + b"\x01", b"\x80" * 10, b"\x7f\xff\xff\xff", b"\x01", b"\x02h"),
    *(struct.pack(">h", codec | kind) for codec in range(6) for kind in (0, 8, 16, 32)),
)


def one(data: bytes) -> None:
    """The bytes of a partition; the first byte says whether the checksums of its batches are made right.

    The consumer goes on behind every batch that is there whole: its records come in the order of their offsets, what
    can't be read is set aside and has a letter, nothing unpacks to more than is allowed, and a planted name is in no
    log line and in no fault.
    """
    raw = _prepared(data)
    with listening():
        for batch in batches(raw):
            _unpacks(batch)
        _read(raw)


def _unpacks(batch: Batch) -> None:
    with suppress(BatchError):  # and nothing else
        assert len(unpacked(batch)) <= MOST_UNPACKED_BYTES + _HEAD_BYTES


def _read(raw: bytes) -> None:
    fetched._doubtful.clear()  # noqa: SLF001 - every input begins afresh
    records: Any = fetcher.MemoryRecords(raw)
    if not records.has_next():
        return
    partition = fetcher.PartitionRecords(_TP, records, (), 0, None, None, True, _READ_COMMITTED)  # noqa: FBT003
    for one_record in partition:
        if isinstance(one_record, SetAside):
            assert end_of(one_record) >= one_record.offset
            checked_letter(Refused(one_record, "decode", one_record.fault))


def _prepared(data: bytes) -> bytes:
    kind, raw = data[:1], bytearray(data[1:])
    if kind == _INFLATED and len(raw) > _HEAD_BYTES:
        codec = raw.pop(0)
        raw = raw[:_HEAD_BYTES] + _packed(codec, bytes(raw[_HEAD_BYTES:]))
        struct.pack_into(">i", raw, 8, len(raw) - 12)
        struct.pack_into(">h", raw, 21, codec & 7)
    if kind in {_SEALED, _INFLATED}:
        at = 0
        while at + _HEAD_BYTES <= len(raw):
            (length,) = struct.unpack_from(">i", raw, at + 8)
            end = at + 12 + length
            if not at < end <= len(raw):
                break
            struct.pack_into(">I", raw, at + 17, calc_crc32c(bytes(raw[at + 21 : end])))
            at = end
    return bytes(raw)


def _packed(codec: int, records: bytes) -> bytes:
    match codec & 7:
        case 1:
            return gzip.compress(records)
        case 2:
            return bytes(cramjam.snappy.compress_raw(records))
        case 3:
            return bytes(cramjam.lz4.compress(records))
        case 4:
            return bytes(cramjam.zstd.compress(records))
    return records
