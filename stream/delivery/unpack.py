"""Kafka's record batches as bytes: what their heads say, and their records unpacked up to a limit. Pure.

The layout is that of message format 2 (Kafka protocol guide, section "Record Batch"): 61 bytes of head, then the
records, compressed as one where the head says so. aiokafka would unpack a batch whatever it unpacks to: a megabyte of
gzip can be a gigabyte of zeros.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import cramjam
from aiokafka.record.util import decode_varint

MOST_UNPACKED_BYTES: Final = 32 * 2**20
"""Ours: the default limit of a broker for a batch, 1 MiB, at a ratio of 32, which no batch of JSON comes near."""

_HEAD: Final = struct.Struct(">qiibIhiqqqhii")
_LENGTH_AT: Final = 8
_LENGTH_FROM: Final = 12  # a batch's length counts what follows it
_MAGIC_AT: Final = 16
_ATTRIBUTES_AT: Final = 21
_LAST_DELTA_AT: Final = 23
_COUNT_AT: Final = 57
_CODEC: Final = 0b111
_FORMAT_2: Final = 2
_XERIAL: Final = b"\x82SNAPPY\x00"
_XERIAL_HEAD: Final = 16
_FIRST_GUESS: Final = 8  # the ratio that most batches do not exceed
_LEAST_ROOM: Final = 1024


class BatchError(Exception):
    """A batch that can't be unpacked; the text says why, without anything of its records."""


class Batch(NamedTuple):
    """A batch as it was fetched. `end` follows its last offset; before format 2 it is not told, nor is the epoch."""

    data: bytes
    offset: int
    end: int
    leader_epoch: int
    newest_ms: int
    codec: int


def batches(fetched: bytes) -> Iterator[Batch]:
    """The batches that are there whole; a broker may cut the last one.

    A length in which no batch has room ends them too: nobody can say where the next one begins.
    """
    at = 0
    while at + _MAGIC_AT < len(fetched):
        (length,) = struct.unpack_from(">i", fetched, at + _LENGTH_AT)
        after = at + _LENGTH_FROM + length
        if length <= _MAGIC_AT - _LENGTH_FROM or after > len(fetched):
            return
        yield _batch(fetched[at:after])
        at = after


def _batch(data: bytes) -> Batch:
    if data[_MAGIC_AT] < _FORMAT_2 or len(data) < _HEAD.size:
        (offset,) = struct.unpack_from(">q", data)
        return Batch(data, offset, offset + 1, -1, -1, 0)
    offset, _, epoch, _, _, attributes, last_delta, _, newest_ms, *_ = _HEAD.unpack_from(data)
    return Batch(data, offset, offset + max(0, last_delta) + 1, epoch, newest_ms, attributes & _CODEC)


def unpacked(batch: Batch, most_bytes: int = MOST_UNPACKED_BYTES) -> bytes:
    """The same batch with its records not compressed; its checksum is then no longer that of its bytes.

    Raises BatchError.
    """
    if batch.codec == 0:
        return batch.data
    if batch.codec not in _CODECS:
        message = f"compression codec {batch.codec} is unknown"
        raise BatchError(message)
    name, unpack = _CODECS[batch.codec]
    try:
        records = unpack(batch.data[_HEAD.size :], most_bytes)
    except (zlib.error, cramjam.DecompressionError, struct.error, ValueError) as error:
        message = f"what is compressed with {name} can't be unpacked ({type(error).__name__})"
        raise BatchError(message) from None
    head = bytearray(batch.data[: _HEAD.size])
    struct.pack_into(">i", head, _LENGTH_AT, _HEAD.size - _LENGTH_FROM + len(records))
    (attributes,) = struct.unpack_from(">h", head, _ATTRIBUTES_AT)
    struct.pack_into(">h", head, _ATTRIBUTES_AT, attributes & ~_CODEC)
    return bytes(head) + records


def singly(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a batch that is not compressed, each with its offset as a batch of its own.

    Raises IndexError where the row of records is broken.
    """
    (base,) = struct.unpack_from(">q", data)
    (last_delta,) = struct.unpack_from(">i", data, _LAST_DELTA_AT)
    at = _HEAD.size
    while at < len(data):
        end, delta = _record_at(data, at)
        if not 0 <= delta <= last_delta:
            message = "a record's offset lies outside its batch"
            raise IndexError(message)
        record = data[at:end]
        head = bytearray(data[: _HEAD.size])
        struct.pack_into(">i", head, _LENGTH_AT, _HEAD.size - _LENGTH_FROM + len(record))
        struct.pack_into(">i", head, _LAST_DELTA_AT, delta)
        struct.pack_into(">i", head, _COUNT_AT, 1)
        yield base + delta, bytes(head) + record
        at = end


def _record_at(data: bytes, at: int) -> tuple[int, int]:
    """Where a record ends, and its offset less that of its batch. Raises IndexError where that can't be read."""
    try:
        length, begin = decode_varint(data, at)
        _, after_time = decode_varint(data, begin + 1)  # after its attributes
        delta, _ = decode_varint(data, after_time)
    except ValueError:
        message = "a number in a record has no end"
        raise IndexError(message) from None
    if length <= 0 or begin + length > len(data):
        message = "a record's length can't be"
        raise IndexError(message)
    return begin + length, delta


def _too_large(most_bytes: int) -> BatchError:
    return BatchError(f"its records unpack to more than {most_bytes} bytes")


def _gzip(data: bytes, most_bytes: int) -> bytes:
    found = bytearray()
    while data:  # a gzip file may have several members
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        found += member.decompress(data, most_bytes - len(found) + 1)
        if len(found) > most_bytes:
            raise _too_large(most_bytes)
        if not member.eof:
            message = "the stream is cut"
            raise ValueError(message)
        data = member.unused_data
    return bytes(found)


def _snappy(data: bytes, most_bytes: int) -> bytes:
    """Snappy as such, or in the blocks of xerial's Java library."""
    found = bytearray()
    for block in _blocks(data) if data.startswith(_XERIAL) else [data]:
        if len(found) + cramjam.snappy.decompress_raw_len(block) > most_bytes:  # a block begins with its whole length
            raise _too_large(most_bytes)
        found += cramjam.snappy.decompress_raw(block)
    return bytes(found)


def _blocks(data: bytes) -> Iterator[bytes]:
    at = _XERIAL_HEAD
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def _into(decompress_into: Callable[[bytes, bytearray], int]) -> Callable[[bytes, int], bytes]:
    """For codecs that unpack into what they are given and raise where it is too small."""

    def unpack(data: bytes, most_bytes: int) -> bytes:
        room = _FIRST_GUESS * max(len(data), _LEAST_ROOM)
        while room < most_bytes:
            found = bytearray(room)
            try:
                return bytes(found[: decompress_into(data, found)])
            except cramjam.DecompressionError:
                room *= _FIRST_GUESS
        found = bytearray(most_bytes)
        try:
            return bytes(found[: decompress_into(data, found)])
        except cramjam.DecompressionError as error:
            if "whole buffer" in str(error):
                raise _too_large(most_bytes) from None
            raise

    return unpack


_CODECS: Final[dict[int, tuple[str, Callable[[bytes, int], bytes]]]] = {
    1: ("gzip", _gzip),
    2: ("snappy", _snappy),
    3: ("lz4", _into(cramjam.lz4.decompress_into)),
    4: ("zstd", _into(cramjam.zstd.decompress_into)),
}
