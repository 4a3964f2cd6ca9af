"""Blocks of MLLP, HL7's minimal lower layer protocol, out of a stream of bytes however it is cut. Pure.

A start byte (VT) begins a block, always: what another block held until then is cut, never joined. An end byte (FS) ends
one; the CR after it may be missing. What lies between two blocks is no part of either.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from stream.gateway.limits import Room

START: Final = b"\x0b"
END: Final = b"\x1c"
CARRIAGE_RETURN: Final = b"\r"
HEAD_BYTES: Final = 4096
"""So much is kept of what can't be taken: enough to read who sent it under which control id."""

_EITHER: Final = re.compile(rb"[\x0b\x1c]")
_FILLING: Final = b"\r\n\x00\t \x1a"
"""What senders put between blocks; anything else after an end byte makes it doubtful that the message ended there."""

Fault = Literal["", "cut", "too large", "no room", "no start", "end inside"]


class Block(NamedTuple):
    """One block. Of one with a fault but "cut" and "end inside", `content` is no more than the head."""

    content: bytes
    fault: Fault = ""


def framed(content: bytes) -> bytes:
    """A block as it is sent."""
    return START + content + END + CARRIAGE_RETURN


class Framer:
    """Follows one connection; `most_bytes` is the largest content of a block that is taken.

    `room` is what all connections share. A block takes of it until the next one is asked for, so also while it is read
    and answered; where there is none left, only the head is kept.
    """

    def __init__(self, most_bytes: int, room: Room | None = None) -> None:
        self.stray_bytes = 0
        self._most_bytes = most_bytes
        self._room = room or Room(most_bytes)
        self._taken_bytes = 0
        self._inside: bytearray | None = None
        self._dropped: Fault = ""
        self._ended: Block | None = None
        self._stray = bytearray()
        self._since_bytes = 0
        self._is_tail = False

    @property
    def is_inside(self) -> bool:
        """Whether a block has begun and not ended."""
        return self._inside is not None

    @property
    def has_ended(self) -> bool:
        """Whether a block's end byte was the last that came: what follows it tells whether the message ended there."""
        return self._ended is not None

    def feed(self, data: bytes) -> Iterator[Block]:
        """The blocks that are settled by these bytes, in their order."""
        at = 0
        while at < len(data):
            if self._ended is not None:
                following = data[at : at + 1]
                at += following == CARRIAGE_RETURN
                yield from self._after_end(following)
                continue
            found = _EITHER.search(data, at)
            upto = found.start() if found else len(data)
            if self._inside is None:
                yield from self._between(data[at:upto])
            else:
                self._hold(self._inside, data[at:upto])
            if found:
                yield from self._begin() if found.group() == START else self._end()
            at = upto + 1

    def settle(self) -> Iterator[Block]:
        """The block whose end byte was the last that came: nothing has followed it."""
        yield from self._after_end(b"")

    def close(self) -> Iterator[Block]:
        """What is left when the connection ends."""
        yield from self.settle()
        if self._inside:
            yield Block(bytes(self._inside), "cut")
        self.drop()

    def drop(self) -> bytes:
        """Give up the block that has begun, and its room; returns its head."""
        head = bytes((self._inside or b"")[:HEAD_BYTES])
        self._inside, self._ended = None, None
        self._leave_room()
        return head

    def _hold(self, inside: bytearray, data: bytes) -> None:
        if not self._dropped and len(inside) + len(data) > self._most_bytes:
            self._dropped = "too large"
        if not self._dropped and not self._room.take(len(data)):
            self._dropped = "no room"
        if not self._dropped:
            self._taken_bytes += len(data)
            inside += data
            return
        inside += data[: max(0, HEAD_BYTES - len(inside))]
        del inside[HEAD_BYTES:]
        self._leave_room()

    def _leave_room(self) -> None:
        self._room.give_back(self._taken_bytes)
        self._taken_bytes = 0

    def _begin(self) -> Iterator[Block]:
        if self._inside:
            yield Block(bytes(self._inside), "cut")
        self._leave_room()
        self._inside, self._dropped = bytearray(), ""
        self._forget_stray()

    def _end(self) -> Iterator[Block]:
        if self._inside is not None:
            self._ended = Block(bytes(self._inside), self._dropped)
            self._inside = None
        elif self._stray.strip(_FILLING) and not self._is_tail:
            yield Block(bytes(self._stray), "no start")
        self._forget_stray()

    def _after_end(self, following: bytes) -> Iterator[Block]:
        """Settle the block that has ended by the byte that follows; none where none has come."""
        ended, self._ended = self._ended, None
        if ended is None:
            return
        if following in {START, END} or following in _FILLING:
            yield ended
        else:
            self._is_tail = True
            yield ended._replace(fault=ended.fault or "end inside")
        self._leave_room()

    def _between(self, data: bytes) -> Iterator[Block]:
        """Count what lies outside every block; so much that no block can be hoped for is a fault."""
        self.stray_bytes += len(data)
        self._since_bytes += len(data)
        self._stray += data[: HEAD_BYTES - len(self._stray)]
        if self._since_bytes > self._most_bytes and not self._is_tail:
            self._is_tail = True
            yield Block(bytes(self._stray), "no start")

    def _forget_stray(self) -> None:
        self._stray.clear()
        self._since_bytes = 0
        self._is_tail = False
