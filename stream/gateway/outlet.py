"""From the connections to the broker: records of many messages together, each message told when it is confirmed."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from stream.feeds.events import FeedEvent
from stream.feeds.publish import Publisher


class BrokerAwayError(Exception):
    """The broker has not confirmed a message in time. It may still do so: sent again, the message may come twice."""


class _Waiting(NamedTuple):
    events: Sequence[FeedEvent]
    confirmed: asyncio.Future[None]


class Outlet:
    """Sends what is delivered to it, whole messages together; `run` does the work and never returns."""

    def __init__(self, publisher: Publisher, patience_s: float) -> None:
        self._publisher = publisher
        self._patience_s = patience_s
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._begun_s: float | None = None

    @property
    def is_stalled(self) -> bool:
        """Whether what is on its way has been so for longer than a message may wait."""
        begun_s = self._begun_s
        return begun_s is not None and asyncio.get_running_loop().time() - begun_s > self._patience_s

    async def deliver(self, events: Sequence[FeedEvent]) -> None:
        """Return when the broker has confirmed every record.

        Raises BrokerAwayError after the time that a message may wait, and at once while the broker is known to be away:
        so nothing piles up here that its sender still has.
        """
        if self.is_stalled:
            raise BrokerAwayError
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait(_Waiting(events, confirmed))
        try:
            async with asyncio.timeout(self._patience_s):
                await confirmed
        except TimeoutError:
            raise BrokerAwayError from None

    async def run(self) -> None:
        """Send all that waits, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            self._begun_s = loop.time()
            wanted = [one for one in batch if not one.confirmed.done()]  # who gave up sends it again
            await self._publisher.play((event for one in wanted for event in one.events), speed=0)
            self._begun_s = None
            for one in wanted:
                if not one.confirmed.done():
                    one.confirmed.set_result(None)
