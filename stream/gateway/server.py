"""The HL7 gateway: takes messages in over MLLP and answers each when its fate is known."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Final
from uuid import uuid4

from prometheus_client import CollectorRegistry
from structlog import get_logger

from stream.gateway.answer import Verdict
from stream.gateway.conventions import Conventions
from stream.gateway.conversation import Conversation, Shares
from stream.gateway.door import Door
from stream.gateway.framing import Block
from stream.gateway.intake import Intake, Keeping, log_fault
from stream.gateway.limits import Limits
from stream.gateway.outlet import Outlet
from stream.gateway.peer import Peer
from stream.gateway.profile import Profile
from stream.gateway.reception import answered, read, refused
from stream.gateway.refused import RefusedStore
from stream.gateway.tally import Tally
from stream.gateway.trouble import Trouble
from stream.gateway.vault import SealError

log = get_logger()

_NOBODY: Final = Peer("")
_LOOK_S: Final = 1.0  # how often it is looked whether refused messages are to come again


class Gateway:
    """Takes messages in and answers them. A message is accepted when broker or spool has all its records."""

    def __init__(
        self,
        conventions: Conventions,
        outlet: Outlet,
        senders: Mapping[str, Profile] | None = None,
        limits: Limits | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self._tally = Tally()
        self._shares = Shares(limits or Limits(), self._tally)
        self._conventions = conventions
        self._senders = senders or {}
        self._intake = Intake(outlet, self._tally, keeping or Keeping())
        self._open: dict[asyncio.Task[None], Conversation] = {}
        self._is_closing = False
        run_id = uuid4().hex[:10]
        self._controls = (f"{run_id}{number:010}" for number in count(1))  # MSH-10: 20 characters, no two alike
        self._tally.show("connections", "connections now", lambda: len(self._open))
        held = "of messages that have begun and are not yet answered"
        self._tally.show("held_bytes", held, lambda: self._shares.room.held_bytes)
        self._tally.show("spooled_bytes", "that wait on disk for the broker", lambda: outlet.spooled_bytes)
        self._tally.show("spool_damaged", "messages that could not be read back from disk", lambda: outlet.damaged)
        if keeping is not None and (store := keeping.refused) is not None:
            given_up = "refused messages that were given up, since there was no room for more"
            self._tally.show("refused_given_up", given_up, lambda: store.given_up)

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
        self._intake.close()

    async def answers_to(
        self, block: Block, conventions: Conventions | None = None, peer: Peer = _NOBODY
    ) -> AsyncIterator[bytes]:
        """What to answer to the messages of one block, to each when its fate is known."""
        async for fate in self._intake.fates(block, conventions or self._conventions, peer):
            for said in answered(fate.taken, fate.verdict, fate.troubles, datetime.now(UTC), self._controls):
                yield said

    async def take_again(self, store: RefusedStore) -> None:
        """Take refused messages once more when somebody asks for that, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                for name in await asyncio.to_thread(store.ids, again=True):
                    await self._again(store, name)
            except OSError as error:
                log.error("refused-messages-not-read", error=type(error).__name__)  # noqa: TRY400 - its text names a file

    async def _again(self, store: RefusedStore, name: str) -> None:
        try:
            one = await asyncio.to_thread(store.read, name)
        except SealError:
            log.error("refused-message-damaged", id=name)  # noqa: TRY400 - there is no more to say
            return
        fates = await self._intake.again(Block(one.content), self._reading(one.peer), one.peer)
        verdicts = {fate.verdict for fate in fates}
        if Verdict.REJECTED in verdicts:  # the broker is away: once more, later
            return
        if Verdict.ERROR in verdicts:
            trouble = next(fate.troubles[0] for fate in fates if fate.verdict is Verdict.ERROR)
            store.put_back(name, replace(one, where=trouble.where, why=trouble.sentence))
        else:
            store.remove(name)

    def _reading(self, peer: Peer) -> Conventions:
        profile = peer.of(self._senders)
        return replace(self._conventions, profile=profile) if profile else self._conventions

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        reading = self._reading(peer)
        self._open[task] = Conversation(
            reader,
            writer,
            peer,
            self._shares,
            partial(self.answers_to, conventions=reading, peer=peer),
            partial(self._refusal, conventions=reading),
            is_one_too_many=len(self._open) >= self._shares.limits.connections,
        )
        self._open[task].is_ending = self._is_closing
        try:
            await self._open[task].run()
        except Exception as error:  # noqa: BLE001 - a fault of ours ends this connection and no other
            log_fault(error)
        finally:
            del self._open[task]

    def _refusal(self, block: Block, trouble: Trouble, conventions: Conventions) -> list[bytes]:
        """What to answer to a block of which nothing was taken, though its sender is not to blame."""
        now = datetime.now(UTC)
        taken = refused(read(block, conventions)[0], trouble)
        self._tally.answered(taken, Verdict.REJECTED, [trouble], now)
        return answered(taken, Verdict.REJECTED, [trouble], now, self._controls)
