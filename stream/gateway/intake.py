"""What becomes of the messages of a block: read, translated, delivered; doubles known, refused ones kept, all noted."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple, ParamSpec, TypeVar

from structlog import get_logger

from stream.gateway.answer import Verdict
from stream.gateway.conventions import Conventions
from stream.gateway.doubles import OTHER, SAME, Doubles
from stream.gateway.framing import Block
from stream.gateway.journal import Journal
from stream.gateway.memory import Memory
from stream.gateway.outlet import BrokerAwayError, Kept, Outlet
from stream.gateway.peer import Peer
from stream.gateway.reception import AWAY, FAILED, Arrived, Taken, read, refused, remember, take
from stream.gateway.refused import RefusedStore
from stream.gateway.segments import written
from stream.gateway.tally import Shown, Tally
from stream.gateway.translate import Translation
from stream.gateway.trouble import Trouble

log = get_logger()
P = ParamSpec("P")
R = TypeVar("R")

_INLINE_BYTES: Final = 32 * 2**10  # up to so much is read in less time than handing it to a thread takes


@dataclass(frozen=True)
class Keeping:
    """What a gateway keeps on disk beside the spool; None: nothing."""

    journal: Journal | None = None
    refused: RefusedStore | None = None


class Fate(NamedTuple):
    """What became of a message."""

    taken: Taken
    verdict: Verdict
    troubles: Sequence[Trouble]
    kept: Kept | None = None


class Intake:
    """Takes messages in. Large ones are read one after the other in a thread: two would hold the beds up twice."""

    def __init__(self, outlet: Outlet, tally: Tally, keeping: Keeping) -> None:
        self._outlet = outlet
        self._tally = tally
        self._keeping = keeping
        self._memory = Memory()
        self._doubles = Doubles()
        self._apart = ThreadPoolExecutor(1, "large-messages")

    def close(self) -> None:
        """End the thread."""
        self._apart.shutdown(wait=False)

    async def fates(self, block: Block, reading: Conventions, peer: Peer) -> AsyncIterator[Fate]:
        """The fate of each message of a block, when it is known."""
        size = len(block.content)
        for arrived in await self._called(size, read, block, reading):
            at = datetime.now(UTC)
            try:
                fate = await self._fate(arrived, size, reading, peer, at)
            except Exception as error:  # noqa: BLE001 - a fault of ours: the sender keeps the message, and the rest goes on
                log_fault(error)
                taken = refused(arrived, FAILED)
                fate = Fate(taken, taken.verdict, taken.translation.troubles)
            self._tally.answered(fate.taken, fate.verdict, fate.troubles, at)
            await self._keep(fate, block, peer, at)
            yield fate

    async def again(self, block: Block, reading: Conventions, peer: Peer) -> list[Fate]:
        """The fates of a message that was refused and comes again: it is not kept a second time."""
        found = []
        for arrived in await self._called(len(block.content), read, block, reading):
            at = datetime.now(UTC)
            fate = await self._fate(arrived, len(block.content), reading, peer, at)
            self._tally.answered(fate.taken, fate.verdict, fate.troubles, at)
            self._note(fate, at)
            found.append(fate)
        return found

    async def _fate(self, arrived: Arrived, size: int, reading: Conventions, peer: Peer, at: datetime) -> Fate:
        known_as = f"{peer.name}|{arrived.sender}", arrived.control_id
        before = self._doubles.before(*known_as) if arrived.trouble is None else None
        if before is not None and before.digest == arrived.digest:
            self._tally.double("same")
            troubles = (*before.troubles, SAME)
            return Fate(Taken(arrived, Verdict.ACCEPTED, Translation(troubles=troubles)), Verdict.ACCEPTED, troubles)
        taken = await self._called(size, take, arrived, reading, self._memory, at)
        if taken.verdict is not Verdict.ACCEPTED:
            return Fate(taken, taken.verdict, taken.translation.troubles)
        if before is not None:
            self._tally.double("other content")
            translation = replace(taken.translation, troubles=[*taken.translation.troubles, OTHER])
            taken = replace(taken, translation=translation)
        try:
            kept = await self._outlet.deliver(taken.translation.events)
        except BrokerAwayError:
            return Fate(taken, Verdict.REJECTED, [AWAY])
        remember(taken, self._memory)
        self._doubles.accepted(*known_as, arrived.digest, taken.translation.troubles)
        self._tally.took(taken)
        return Fate(taken, Verdict.ACCEPTED, taken.translation.troubles, kept)

    async def _keep(self, fate: Fate, block: Block, peer: Peer, at: datetime) -> None:
        """Note a fate, and keep what was refused for good; a disk that fails is told and costs nobody an answer."""
        self._note(fate, at)
        store, message = self._keeping.refused, fate.taken.arrived.message
        if store is None or fate.verdict is not Verdict.ERROR or block.fault in {"too large", "no start"}:
            return
        codec = fate.taken.arrived.codec
        content = block.content if message is None else written(message).encode(codec, "replace")
        try:
            await asyncio.to_thread(store.keep, at, peer, content, fate.troubles)
        except OSError as error:
            log.error("refused-message-not-kept", error=type(error).__name__)  # noqa: TRY400 - its text names a file

    def _note(self, fate: Fate, at: datetime) -> None:
        arrived = fate.taken.arrived
        if self._keeping.journal is None or arrived.message is None:
            return
        is_taken = fate.verdict is Verdict.ACCEPTED
        topics = [event.topic for event in fate.taken.translation.events] if is_taken else []
        became = {"broker": "confirmed", "spool": "spooled", None: "double" if is_taken else "refused"}[fate.kept]
        sender = Shown(arrived.message).sender()
        if fate.verdict is Verdict.REJECTED:
            became = "to be sent again"
        try:
            self._keeping.journal.note(at, sender, arrived.control_id, topics, became, fate.troubles)
        except OSError as error:
            log.error("journal-not-written", error=type(error).__name__)  # noqa: TRY400 - its text names a file

    async def _called(self, size: int, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Call a function; where the message is large in a thread, so that other beds go on meanwhile."""
        if size <= _INLINE_BYTES:
            return function(*arguments, **named)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._apart, partial(function, *arguments, **named))


def log_fault(error: Exception) -> None:
    """Log where our own fault is, and not its text: that may carry something of the message."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    log.error("message-failed", error=type(error).__name__, at=f"{last.name}:{last.lineno}")
