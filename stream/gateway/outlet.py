"""From the connections to the broker: records of many messages together, each message told when it is confirmed.

With a spool a message is also told when it is on disk, where the broker does not confirm in time. While anything waits
there, all that comes goes behind it, so that the order stays.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from structlog import get_logger

from stream.feeds.events import FeedEvent
from stream.feeds.publish import Publisher
from stream.gateway.spool import Spool

log = get_logger()

Kept = Literal["broker", "spool"]
"""Where a message's records are."""
State = Literal["well", "spooling", "refusing"]
Tell = Callable[[State], FeedEvent | None]
"""What is to be said of a new state on the broker, when it takes that again; or nothing."""

_DRAINED_AT_ONCE: Final = 500  # messages; our choice
_MOST_NEWS: Final = 20  # while the broker is away; our choice


class BrokerAwayError(Exception):
    """Neither broker nor spool has a message. The broker may still get it: sent again, the message may come twice."""


class _Waiting(NamedTuple):
    events: Sequence[FeedEvent]
    done: asyncio.Future[None]


class Outlet:
    """Sends what is delivered to it, whole messages together; `run` does the work and never returns.

    `patience_s` is how long a message waits for the broker's confirmation.
    """

    def __init__(
        self, publisher: Publisher, patience_s: float, spool: Spool | None = None, tell: Tell | None = None
    ) -> None:
        self._publisher = publisher
        self._patience_s = patience_s
        self._spool = spool
        self._tell = tell
        self._waiting: deque[_Waiting] = deque()
        self._to_keep: list[_Waiting] = []
        self._keeping = 0
        self._news: deque[FeedEvent] = deque(maxlen=_MOST_NEWS)
        self._has_work, self._has_to_keep = asyncio.Event(), asyncio.Event()
        self._has_work.set()  # the spool may hold something of before
        self._begun_s: float | None = None
        self._has_waited_in_vain = False
        self._state: State = "well"

    @property
    def is_stalled(self) -> bool:
        """Whether what is on its way has been so for longer than a message may wait, or one has waited in vain."""
        begun_s = self._begun_s
        is_late = begun_s is not None and asyncio.get_running_loop().time() - begun_s > self._patience_s
        return is_late or (begun_s is not None and self._has_waited_in_vain)

    @property
    def is_refusing(self) -> bool:
        """Whether no message can be taken now."""
        return self.is_stalled if self._spool is None else self._state == "refusing"

    @property
    def spooled_bytes(self) -> int:
        """What waits in the spool."""
        return 0 if self._spool is None or self._spool.is_empty else self._spool.held_bytes

    @property
    def damaged(self) -> int:
        """How many messages could not be read back from the spool."""
        return 0 if self._spool is None else self._spool.lost_entries

    async def deliver(self, events: Sequence[FeedEvent]) -> Kept:
        """Return when the broker has confirmed every record, or they are on disk.

        Raises BrokerAwayError after the time that a message may wait, and at once while the broker is known to be away
        and there is no spool, or no room in it: so nothing piles up here that its sender still has.
        """
        if self._spool is not None and (self._keeping or not self._spool.is_empty or self.is_stalled):
            return await self._keep(events)
        if self.is_stalled:
            self._change("refusing")
            raise BrokerAwayError
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(events, done))
        self._has_work.set()
        try:
            async with asyncio.timeout(self._patience_s):
                await done
        except TimeoutError:
            self._has_waited_in_vain = True
            if self._spool is not None:
                return await self._keep(events)
            self._change("refusing")
            raise BrokerAwayError from None
        return "broker"

    async def run(self) -> None:
        """Send all that waits, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_forever())
            group.create_task(self._keep_forever())

    async def _keep(self, events: Sequence[FeedEvent]) -> Kept:
        """Return when records are on disk; raises BrokerAwayError where there is no room."""
        if events:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._keeping += 1
            self._to_keep.append(_Waiting(events, done))
            self._has_to_keep.set()
            await done
        return "spool"

    async def _keep_forever(self) -> None:
        while True:
            await self._has_to_keep.wait()
            self._has_to_keep.clear()
            batch, self._to_keep = self._to_keep, []
            try:
                kept = await self._kept(batch)
            finally:
                self._keeping -= len(batch)
            self._has_work.set()
            self._change("spooling" if all(kept) else "refusing")
            for one, is_kept in zip(batch, kept, strict=True):
                if one.done.done():  # who gave up sends it again
                    continue
                if is_kept:
                    one.done.set_result(None)
                else:
                    one.done.set_exception(BrokerAwayError())

    async def _kept(self, batch: Sequence[_Waiting]) -> Sequence[bool]:
        assert self._spool is not None  # noqa: S101 - else nothing is to be kept
        try:
            return await asyncio.to_thread(self._spool.append, [one.events for one in batch])
        except OSError as error:
            log.error("spool-not-written", error=type(error).__name__)  # noqa: TRY400 - its text has the folder's name
            return [False] * len(batch)

    async def _send_forever(self) -> None:
        while True:
            if self._waiting:
                await self._send()
            elif self._spool is not None and not self._spool.is_empty:
                await self._drain(self._spool)
            else:
                self._change("well")
                self._has_work.clear()
                if self._news:
                    await self._play([])
                elif not self._waiting:
                    await self._has_work.wait()

    async def _send(self) -> None:
        batch = [one for one in self._waiting if not one.done.done()]  # who gave up sends it again
        self._waiting.clear()
        await self._play([event for one in batch for event in one.events])
        if self._spool is None:
            self._change("well")
        for one in batch:
            if not one.done.done():
                one.done.set_result(None)

    async def _drain(self, spool: Spool) -> None:
        events, upto = await asyncio.to_thread(spool.read, _DRAINED_AT_ONCE)
        await self._play(events)
        await asyncio.to_thread(spool.forget, upto)

    async def _play(self, events: Sequence[FeedEvent]) -> None:
        """Have the broker confirm records, and before them what is to be told, however long that takes."""
        news = list(self._news)
        self._begun_s = asyncio.get_running_loop().time()
        await self._publisher.play([*news, *events], speed=0)
        self._begun_s, self._has_waited_in_vain = None, False
        for one in news:
            if one in self._news:  # more may have been told meanwhile than is kept
                self._news.remove(one)

    def _change(self, state: State) -> None:
        if state == self._state:
            return
        self._state = state
        said = self._tell(state) if self._tell is not None else None
        if said is not None:
            self._news.append(said)
