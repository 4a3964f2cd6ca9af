"""One connection: its blocks are read and answered in their order, within the limits, until one side ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final

from structlog import get_logger

from stream.gateway.framing import HEAD_BYTES, Block, Framer, framed
from stream.gateway.limits import Limits, Pace, Room
from stream.gateway.peer import Peer
from stream.gateway.reception import HELD_UP, SLOW, TOO_MANY
from stream.gateway.tally import Tally
from stream.gateway.trouble import Trouble

log = get_logger()

_CHUNK_BYTES: Final = 2**16
_CATCHING_UP: Final = 16  # connections at work at once, of those that send one message after the other; our choice
_PAUSE_S: Final = 0.2  # after an answer: who sends sooner has more to send; our choice
_GRACE_S: Final = 0.2  # after an end byte: how long what belongs to it may take to follow

Answers = Callable[[Block], AsyncIterator[bytes]]
Refusal = Callable[[Block, Trouble], list[bytes]]


class Shares:
    """What all connections of a gateway share."""

    def __init__(self, limits: Limits, tally: Tally) -> None:
        self.limits = limits
        self.tally = tally
        self.room = Room(limits.held_bytes)
        self.pace = Pace(limits.messages_per_s, limits.hold_s)
        self.catching_up = asyncio.Semaphore(_CATCHING_UP)


class Conversation:
    """One connection. `answers` are to a block that is taken in, `refusal` is to one that is not even read."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: Peer,
        shares: Shares,
        answers: Answers,
        refusal: Refusal,
        *,
        is_one_too_many: bool,
    ) -> None:
        self.is_waiting = False
        self.is_ending = False
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._limits, self._tally = shares.limits, shares.tally
        self._room, self._pace = shares.room, shares.pace
        self._catching_up = shares.catching_up
        self._answered_s = float("-inf")
        self._framer = Framer(self._limits.message_bytes, self._room)
        self._answers = answers
        self._refusal = refusal
        self._is_one_too_many = is_one_too_many
        self._since_s = 0.0

    async def run(self) -> None:
        """Answer what comes. Ends when the other side does, when a limit is reached, or soon after `is_ending`."""
        try:
            await self._run()
        except TimeoutError:
            self._tally.limit("answer not read", self._peer.name)
        except ConnectionError:
            log.warning("connection-lost")
        except asyncio.CancelledError:
            log.info("connection-closed-by-us")
        finally:
            self._framer.drop()
            self._writer.close()

    async def _run(self) -> None:
        framer, data = self._framer, b"-"
        self._since_s = asyncio.get_running_loop().time()
        while data != b"" and not self.is_ending:
            is_inside, stray_bytes = framer.is_inside, framer.stray_bytes
            try:
                data = await self._more()
            except TimeoutError:
                if not framer.has_ended:
                    await self._give_up()
                    return
                blocks = framer.settle()
            else:
                blocks = framer.feed(data) if data else framer.close()
            for block in blocks:
                if not await self._handle(block):
                    return
                self._since_s = asyncio.get_running_loop().time()
            if framer.is_inside and not is_inside:
                self._since_s = asyncio.get_running_loop().time()
            self._tally.stray(framer.stray_bytes - stray_bytes)

    async def _more(self) -> bytes:
        """What comes next; raises TimeoutError where it does not come in time."""
        limits, framer = self._limits, self._framer
        until_s = self._since_s + (limits.block_s if framer.is_inside or self._is_one_too_many else limits.idle_s)
        if framer.has_ended:
            until_s = asyncio.get_running_loop().time() + _GRACE_S
        self.is_waiting = True
        try:
            async with asyncio.timeout_at(until_s):
                return await self._reader.read(_CHUNK_BYTES)
        finally:
            self.is_waiting = False

    async def _give_up(self) -> None:
        """End a connection whose time is over; where a message has begun, it is to be sent again."""
        is_inside = self._framer.is_inside
        self._tally.limit("slow" if is_inside else "idle", self._peer.name)
        if is_inside:
            await self._refuse(Block(self._framer.drop(), "cut"), SLOW)

    async def _handle(self, block: Block) -> bool:
        """Answer one block; False where the connection is to end."""
        if block.fault:
            self._tally.block_at_fault(block.fault, len(block.content))
        if block.fault == "cut":  # its sender has begun again, or is gone
            return True
        is_no_message = not block.content.lstrip().startswith(b"MSH")
        if block.fault in {"no start", "too large", "no room"} and is_no_message:
            return False
        if self._is_one_too_many:
            self._tally.limit("connections", self._peer.name)
            await self._refuse(block, TOO_MANY)
            return False
        if not await self._in_its_turn():
            await self._refuse(block, HELD_UP)
            return not self.is_ending
        async with self._among_others():
            async for said in self._answers(block):
                await self._send(said)
                if self.is_ending:
                    return False
        self._answered_s = asyncio.get_running_loop().time()
        return not self.is_ending

    def _among_others(self) -> AbstractAsyncContextManager[None]:
        """A place among the few that catch up, for who has just been answered: a live bed waits behind no more."""
        has_more = asyncio.get_running_loop().time() - self._answered_s < _PAUSE_S
        return self._catching_up if has_more else nullcontext()

    async def _in_its_turn(self) -> bool:
        """Hold a message back while its sender is ahead of its pace; False where that would take too long."""
        wait_s = self._pace.wait_s(self._peer.name, asyncio.get_running_loop().time())
        if wait_s is None:
            self._tally.limit("rate", self._peer.name)
            return False
        if wait_s:
            self._tally.limit("pace", self._peer.name)
            await asyncio.sleep(wait_s)
        return True

    async def _refuse(self, block: Block, trouble: Trouble) -> None:
        """Answer from the head alone that the message is to be sent again."""
        head = block.content[:HEAD_BYTES]
        if head.lstrip().startswith(b"MSH"):
            for said in self._refusal(Block(head), trouble):
                await self._send(said)

    async def _send(self, said: bytes) -> None:
        self._writer.write(framed(said))
        async with asyncio.timeout(self._limits.block_s):
            await self._writer.drain()
