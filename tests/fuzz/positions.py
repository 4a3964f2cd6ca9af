"""The door of positions: what a commit's note, a mark in Redis and an operator say of where to read on."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiokafka.structs import TopicPartition

from stream.broker.lineage import Log, Place, View, begin_at, standing
from stream.broker.positions import position_of
from stream.commands.positions import WORDS as PLACES
from stream.commands.positions import is_offset, offset_of
from stream.state.marks import Marks, is_before
from stream.state.tries import Tries
from tests.fuzz.told import NAME, listening

_TP: Final = TopicPartition("vitals", 3)
_BETWEEN: Final = b"\x1e"
_NUMBER: Final = re.compile(rb"-?\d{1,18}")

SEEDS = (
    _BETWEEN.join((b"topic:5", b"100 topic:5", b"120", b"0 200 4", b"applied")),
    _BETWEEN.join((b"other:5", b"100 topic:4", b"90", b"50 80 7", b"70")),
    _BETWEEN.join((b"", b"", b"0", b"0 0 -1", b"earliest")),
    _BETWEEN.join((NAME.encode(), NAME.encode(), b"1", b"5 9 2", b"latest")),
    _BETWEEN.join((b":-1", b"18446744073709551616 a:b", b"7", b"10 2 2147483647", b"-1")),
)
WORDS = (
    *(_BETWEEN, b"topic:", b":-1", b":--1", b" ", b"applied", b"latest", b"earliest", b"9223372036854775807"),
    *("²".encode(), "٣".encode(), b"\xff", b"0x10", b"1_000", b"+1", b"\x00", b"\n"),
)


class _Redis:
    """A Redis in which this lies."""

    def __init__(self, held: dict[bytes, bytes]) -> None:
        self.held = held

    async def hgetall(self, _: str) -> dict[bytes, bytes]:
        return self.held

    def register_script(self, _: str) -> Callable[..., Awaitable[list[bytes]]]:
        async def script(**_: object) -> list[bytes]:
            return [part for row in self.held.items() for part in row]

        return script


def one(data: bytes) -> None:
    """A commit's note, a mark, a committed offset, the log's start, end and epoch, an operator's word; in this order.

    Reading begins within the log; what is read of notes and marks is a place or unknown, whatever lies there; an
    operator's word is an offset within the log or refused; no planted name is in an error.
    """
    note, mark, offset, log, word = (data.split(_BETWEEN) + [b""] * 5)[:5]
    start, end, epoch = (abs(number) for number in (_numbers(log) + [0] * 3)[:3])
    view = View(Log("topic", epoch), min(start, end), max(start, end))
    with listening():
        lies: Any = _Redis({b"vitals/3": mark, mark: note, note: mark})
        place = asyncio.run(Marks(lies, "patient", 1).load(["vitals/3"])).get("vitals/3")
        lies.held = {b"suspect " + mark: offset, b"suspect vitals/3/7": offset, note: offset}
        asyncio.run(Tries(lies, "group").suspects(["vitals/3"]))
    committed = Place((_numbers(offset) or [0])[0], Log.read(note.decode("utf-8", "replace")))
    for commit in (committed, None):
        begin = begin_at("vitals", 3, view, commit, place, {epoch: view.end, 0: view.start})
        assert view.start <= begin.offset <= max(view.start, view.end)
        assert all(str(gap) for gap in begin.gaps)
        row = position_of(_TP, view, commit, place)
        assert row.unread >= 0
        said = word.decode("utf-8", "replace")
        if is_offset(said) or said in PLACES:
            wanted = offset_of(row, said)
            assert view.start <= wanted <= view.end or said == "applied"
    if place is not None:
        assert standing(place, view, {}) <= max(0, place.offset)
        assert not is_before(place, place)


def _numbers(data: bytes) -> list[int]:
    return [int(found) for found in _NUMBER.findall(data)]
