"""A record cut to what a dead letter may carry: the whole where it fits, else its beginning, with length and hash.

Nothing is lost by that: the whole record lies at the broker, at the place that the letter names, for as long as its
topic keeps it.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from schemas.cloudevents import Headers
from schemas.dead_letters import CUT
from stream.delivery.records import Record, SetAside

MOST_BYTES: Final = 900_000
"""Of key, value and headers of the record in a letter: with what the letter adds it stays below the 1,000,000 bytes
that producers take by default, and the 1,048,588 of brokers. Ours."""
LEAST_BYTES: Final = 2_000
"""The same where the broker took no larger letter."""
_FRAME_BYTES: Final = 12  # of a header in Kafka's record format, at the most


class Kept(NamedTuple):
    """What a letter carries of a record, and what `notes` say of the rest; no notes where it is whole.

    A null header value is carried as an empty one, and a record of nothing at all gets an empty value: what is sent
    must have a key or a value.
    """

    key: bytes | None
    value: bytes | None
    headers: Headers
    notes: dict[str, str]


def kept(record: Record, headers: Sequence[tuple[str, bytes | None]], most_bytes: int) -> Kept:
    """Keep of a record and those of its headers that count what fits: a quarter each for headers and value, if cut."""
    original = [(name, value or b"") for name, value in headers]
    value = b"" if record.value is None and record.key is None else record.value
    if isinstance(record, SetAside) and record.value is None:
        return Kept(None, b"", [], _told("value", record.size_bytes, record.sha256))
    if len(record.key or b"") + len(value or b"") + sum(map(_size, original)) <= most_bytes:
        return Kept(record.key, value, original, {})
    notes: dict[str, str] = {}
    share = most_bytes // 4
    few: Headers = []
    left = share
    for header in original:
        left -= _size(header)
        if left < 0:
            notes[CUT + "headers"] = str(len(original) - len(few))
            break
        few.append(header)
    return Kept(_part("key", record.key, share, notes), _part("value", value, share, notes), few, notes)


def _part(name: str, whole: bytes | None, most_bytes: int, notes: dict[str, str]) -> bytes | None:
    if whole is None or len(whole) <= most_bytes:
        return whole
    notes |= _told(name, len(whole), hashlib.sha256(whole).hexdigest())
    return whole[:most_bytes]


def _told(name: str, size_bytes: int, sha256: str) -> dict[str, str]:
    return {f"{CUT}{name}-bytes": str(size_bytes), f"{CUT}{name}-sha256": sha256}


def _size(header: tuple[str, bytes]) -> int:
    return len(header[0].encode("utf-8", "surrogatepass")) + len(header[1]) + _FRAME_BYTES
