"""The HL7 gateway: takes messages in over MLLP and answers each when its fate is known."""

import asyncio
import ssl
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Final, ParamSpec, TypeVar
from uuid import uuid4

from prometheus_client import CollectorRegistry
from structlog import get_logger

from stream.gateway.answer import Verdict
from stream.gateway.conventions import Conventions
from stream.gateway.conversation import Conversation, Shares
from stream.gateway.door import Door
from stream.gateway.framing import Block
from stream.gateway.limits import Limits
from stream.gateway.memory import Memory
from stream.gateway.outlet import BrokerAwayError, Outlet
from stream.gateway.peer import Peer
from stream.gateway.profile import Profile
from stream.gateway.reception import AWAY, FAILED, Taken, answered, read, refused, remember, take
from stream.gateway.tally import Tally
from stream.gateway.trouble import Trouble

log = get_logger()
P = ParamSpec("P")
R = TypeVar("R")

_INLINE_BYTES: Final = 32 * 2**10  # up to so much is read in less time than handing it to a thread takes


class Gateway:
    """Takes messages in and answers them. A message is accepted when the broker has confirmed all its records.

    Large messages are read one after the other in a thread of their own: two would take turns with the beds twice.
    """

    def __init__(
        self,
        conventions: Conventions,
        outlet: Outlet,
        senders: Mapping[str, Profile] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._tally = Tally()
        self._shares = Shares(limits or Limits(), self._tally)
        self._conventions = conventions
        self._senders = senders or {}
        self._outlet = outlet
        self._memory = Memory()
        self._open: dict[asyncio.Task[None], Conversation] = {}
        self._is_closing = False
        run_id = uuid4().hex[:10]
        self._controls = (f"{run_id}{number:010}" for number in count(1))  # MSH-10: 20 characters, no two alike
        self._apart = ThreadPoolExecutor(1, "large-messages")
        self._tally.show(lambda: len(self._open), lambda: self._shares.room.held_bytes)

    @property
    def registry(self) -> CollectorRegistry:
        """The metrics."""
        return self._tally.registry

    async def listen(self, host: str, port: int, security: ssl.SSLContext | None) -> Door:
        """Begin to listen; raises OSError where that address can't be had."""
        door = Door(self._welcome, self._shares.limits, self._tally, security)
        await door.open(host, port)
        return door

    async def close(self) -> None:
        """End every connection: those that wait at once, those at work when they have answered."""
        self._is_closing = True
        for task, conversation in self._open.items():
            conversation.is_ending = True
            if conversation.is_waiting:
                task.cancel()
        if self._open:
            await asyncio.wait(self._open)
        self._apart.shutdown(wait=False)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        profile = peer.of(self._senders)
        reading = replace(self._conventions, profile=profile) if profile else self._conventions
        self._open[task] = Conversation(
            reader,
            writer,
            peer,
            self._shares,
            partial(self.answers_to, conventions=reading),
            partial(self._refusal, conventions=reading),
            is_one_too_many=len(self._open) >= self._shares.limits.connections,
        )
        self._open[task].is_ending = self._is_closing
        try:
            await self._open[task].run()
        finally:
            del self._open[task]

    async def answers_to(self, block: Block, conventions: Conventions | None = None) -> AsyncIterator[bytes]:
        """What to answer to the messages of one block, to each when its fate is known."""
        reading = conventions or self._conventions
        size = len(block.content)
        for arrived in await self._called(size, read, block, reading):
            at = datetime.now(UTC)
            try:
                taken = await self._called(size, take, arrived, reading, self._memory, at)
                verdict, troubles = await self._delivered(taken)
            except Exception as error:  # noqa: BLE001 - a fault of ours: the sender keeps the message, and the rest goes on
                _log_fault(error)
                taken = refused(arrived, FAILED)
                verdict, troubles = taken.verdict, taken.translation.troubles
            for said in self._answered(taken, verdict, troubles, at):
                yield said

    def _refusal(self, block: Block, trouble: Trouble, conventions: Conventions) -> list[bytes]:
        """What to answer to a block of which nothing was taken, though its sender is not to blame."""
        arrived = read(block, conventions)[0]
        return self._answered(refused(arrived, trouble), Verdict.REJECTED, [trouble], datetime.now(UTC))

    def _answered(self, taken: Taken, verdict: Verdict, troubles: Sequence[Trouble], at: datetime) -> list[bytes]:
        self._tally.answered(taken, verdict, troubles, at)
        return answered(taken, verdict, troubles, datetime.now(UTC), self._controls)

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

    async def _called(self, size: int, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Call a function; where the message is large in a thread, so that other beds go on meanwhile."""
        if size <= _INLINE_BYTES:
            return function(*arguments, **named)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._apart, partial(function, *arguments, **named))


def _log_fault(error: Exception) -> None:
    """Log where our own fault is, and not its text: that may carry something of the message."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    log.error("message-failed", error=type(error).__name__, at=f"{last.name}:{last.lineno}")
