"""The MLLP server: one message after the other on each connection, and an answer only when its fate is known."""

import asyncio
import ssl
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Final, ParamSpec, TypeVar
from uuid import uuid4

from prometheus_client import CollectorRegistry
from structlog import get_logger

from stream.gateway.answer import Verdict
from stream.gateway.conventions import Conventions
from stream.gateway.framing import Block, Framer, framed
from stream.gateway.memory import Memory
from stream.gateway.outlet import BrokerAwayError, Outlet
from stream.gateway.profile import Profile
from stream.gateway.reception import AWAY, FAILED, Taken, answered, read, refused, remember, take
from stream.gateway.tally import Tally
from stream.gateway.trouble import Trouble

log = get_logger()
P = ParamSpec("P")
R = TypeVar("R")

LARGEST_BYTES: Final = 4 * 2**20
"""Of a message; our choice, three times a laboratory's report with its PDF."""
MOST_CONNECTIONS: Final = 2000
"""At once; our choice. What comes over one more is refused with an answer."""
_INLINE_BYTES: Final = 32 * 2**10  # up to so much is read in less time than handing it to a thread takes
_CHUNK_BYTES: Final = 2**16
_GRACE_S: Final = 0.2  # after an end byte: how long what belongs to it may take to follow
_SLOW_S: Final = 60.0  # inside a block: how long nothing may come
_BUSY: Final = Trouble("MSH^1", "207", "the gateway has as many connections as it takes; send the message again")


class Gateway:
    """Takes messages in and answers them. A message is accepted when the broker has confirmed all its records."""

    def __init__(self, conventions: Conventions, outlet: Outlet, senders: Mapping[str, Profile] | None = None) -> None:
        self._tally = Tally()
        self._conventions = conventions
        self._senders = senders or {}
        self._outlet = outlet
        self._memory = Memory()
        self._connections: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._run_id = uuid4().hex[:10]
        self._answers = count(1)

    @property
    def registry(self) -> CollectorRegistry:
        """The metrics."""
        return self._tally.registry

    async def listen(self, host: str, port: int, security: ssl.SSLContext | None) -> asyncio.Server:
        """Begin to listen; raises OSError where that address can't be had."""
        return await asyncio.start_server(self._connected, host, port, ssl=security)

    async def close(self) -> None:
        """End every connection: those that wait at once, those at work when they have answered."""
        self._is_closing = True
        for task in self._idle:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def answers_to(self, block: Block, conventions: Conventions | None = None) -> AsyncIterator[bytes]:
        """What to answer to the messages of one block, to each when its fate is known."""
        reading = conventions or self._conventions
        size = len(block.content)
        for arrived in await _apart(size, read, block, reading):
            at = datetime.now(UTC)
            try:
                taken = await _apart(size, take, arrived, reading, self._memory, at)
                verdict, troubles = await self._delivered(taken)
            except Exception as error:  # noqa: BLE001 - a fault of ours: the sender keeps the message, and the rest goes on
                _log_fault(error)
                taken = refused(arrived, FAILED)
                verdict, troubles = taken.verdict, taken.translation.troubles
            self._tally.answered(taken, verdict, troubles, at)
            said = answered(taken, verdict, troubles, datetime.now(UTC), self._control_id())
            if said is not None:
                yield said

    async def _delivered(self, taken: Taken) -> tuple[Verdict, Sequence[Trouble]]:
        """Hand a message's records over; what became of it."""
        if taken.verdict is not Verdict.ACCEPTED:
            return taken.verdict, taken.translation.troubles
        try:
            await self._outlet.deliver(taken.translation.events)
        except BrokerAwayError:
            return Verdict.REJECTED, [AWAY]
        remember(taken, self._memory)
        self._tally.took(taken)
        return taken.verdict, taken.translation.troubles

    def _control_id(self) -> str:
        """MSH-10 of an answer: at most 20 characters, of which no two are alike."""
        return f"{self._run_id}{next(self._answers):010}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._connections.add(task)
        try:
            await self._converse(task, reader, writer)
        except TimeoutError:
            log.warning("sender-too-slow", waited_s=_SLOW_S)
        except ConnectionError:
            log.warning("connection-lost")
        except asyncio.CancelledError:
            log.info("connection-closed-by-us")
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer what comes, in its order, until one side ends it."""
        framer = Framer(LARGEST_BYTES)
        is_one_too_many = len(self._connections) > MOST_CONNECTIONS
        profile = self._senders.get((writer.get_extra_info("peername") or ("",))[0])
        conventions = replace(self._conventions, profile=profile) if profile else self._conventions
        data: bytes | None = b"-"
        while data != b"" and not self._is_closing:
            data = await self._more(task, reader, framer)
            known = framer.stray_bytes
            for block in framer.settle() if data is None else framer.feed(data) if data else framer.close():
                if not await self._handle(block, writer, conventions, is_one_too_many=is_one_too_many):
                    return
            self._tally.stray(framer.stray_bytes - known)

    async def _more(self, task: asyncio.Task[None], reader: asyncio.StreamReader, framer: Framer) -> bytes | None:
        """What comes next; None where nothing follows the end of a block. Raises TimeoutError for a slow sender."""
        limit_s = _GRACE_S if framer.has_ended else _SLOW_S if framer.is_inside else None
        self._idle.add(task)
        try:
            async with asyncio.timeout(limit_s):
                return await reader.read(_CHUNK_BYTES)
        except TimeoutError:
            if framer.has_ended:
                return None
            raise
        finally:
            self._idle.discard(task)

    async def _handle(
        self, block: Block, writer: asyncio.StreamWriter, conventions: Conventions, *, is_one_too_many: bool
    ) -> bool:
        """Answer one block; False where the connection is to end."""
        if block.fault:
            self._tally.block_at_fault(block.fault, len(block.content))
        if block.fault == "cut":  # its sender has begun again, or is gone
            return True
        if block.fault in {"no start", "too large"} and not block.content.lstrip().startswith(b"MSH"):
            return False
        if is_one_too_many:
            arrived = read(block, conventions)[0]
            taken = refused(arrived, _BUSY)
            said = answered(taken, Verdict.REJECTED, [_BUSY], datetime.now(UTC), self._control_id())
            await _send(writer, said)
            return False
        async for said in self.answers_to(block, conventions):
            await _send(writer, said)
            if self._is_closing:
                return False
        return not self._is_closing


async def _send(writer: asyncio.StreamWriter, said: bytes | None) -> None:
    if said is not None:
        writer.write(framed(said))
        async with asyncio.timeout(_SLOW_S):
            await writer.drain()


async def _apart(size: int, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call a function; where the message is large in a thread, so that other beds go on meanwhile."""
    if size <= _INLINE_BYTES:
        return function(*arguments, **named)
    return await asyncio.to_thread(function, *arguments, **named)


def _log_fault(error: Exception) -> None:
    """Log where our own fault is, and not its text: that may carry something of the message."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    log.error("message-failed", error=type(error).__name__, at=f"{last.name}:{last.lineno}")
