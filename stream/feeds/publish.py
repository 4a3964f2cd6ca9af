"""The paced publisher: sends a feed to Kafka and counts what the broker has confirmed."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from structlog import get_logger
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential

from stream.broker.connection import Connection
from stream.feeds.events import FeedEvent
from stream.settings import Settings

log = get_logger()

_WINDOW: Final = 5000  # unconfirmed records at once
_PATIENCE_S: Final = 10.0  # after a stop, for the records that are not yet confirmed


class PublishError(Exception):
    """The broker can't be reached; the text states its address."""


class _Open(NamedTuple):
    """A record in flight, and the future of the broker's confirmation."""

    event: FeedEvent
    answer: asyncio.Future[Any]


class Publisher:
    """Sends records in the feed's order, keyed by patient, with acks from all in-sync replicas and idempotence.

    When the broker is away, the publisher waits and sends what was not confirmed again, in order. Only then can a
    record arrive twice, and the worker recognises a duplicate frame. `confirmed` counts confirmations by topic.
    One that `waits` needs no broker at the start: its first `play` waits for one. `linger_ms` is how long a record may
    wait for others to be sent with.
    """

    def __init__(self, settings: Settings, *, waits: bool = False, linger_ms: int = 5) -> None:
        self.confirmed: Counter[str] = Counter()
        self._settings = settings
        self._waits = waits
        self._linger_ms = linger_ms
        self._open: deque[_Open] = deque()
        self._stop = asyncio.Event()
        self._producer: Any = None

    async def __aenter__(self) -> Self:
        """Connect. Raises PublishError when no broker answers, unless it waits for one."""
        if self._waits:
            return self
        try:
            await self._connect()
        except KafkaError:
            msg = f"no broker answers at {self._settings.broker}"
            raise PublishError(msg) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._disconnect()

    @property
    def unconfirmed(self) -> int:
        """Return the number of records that were sent and not yet confirmed."""
        return len(self._open)

    def stop(self) -> None:
        """End the feed: `play` sends no more, and returns when what is in flight is confirmed, or after 10 s."""
        self._stop.set()

    async def play(self, feed: Iterable[FeedEvent], speed: float) -> None:
        """Send the feed at `speed` times its own clock (0: as fast as possible) until everything is confirmed.

        The pace counts from the first event, so that delays are caught up and do not accumulate.
        """
        try:
            async with asyncio.timeout(None) as limit:
                ending = asyncio.create_task(self._limit_after_stop(limit))
                try:
                    await self._play(feed, speed)
                finally:
                    ending.cancel()
        except TimeoutError:
            log.warning("records stay unconfirmed", records=self.unconfirmed)

    async def _play(self, feed: Iterable[FeedEvent], speed: float) -> None:
        if self._producer is None:
            await self._connect_again()
        began_s, began_at = asyncio.get_running_loop().time(), None
        for event in feed:
            began_at = began_at or event.time
            await self._wait_for(event.time, began_at, began_s, speed)
            if self._stop.is_set():
                break
            await self._send(event)
            await self._settle(_WINDOW)
        await self._settle(0)

    async def _wait_for(self, moment: datetime, began_at: datetime, began_s: float, speed: float) -> None:
        if speed <= 0:
            return
        due_s = began_s + (moment - began_at).total_seconds() / speed
        wait_s = due_s - asyncio.get_running_loop().time()
        if wait_s > 0:
            await self._settle(_WINDOW)
            try:
                async with asyncio.timeout(wait_s):
                    await self._stop.wait()
            except TimeoutError:
                return

    async def _limit_after_stop(self, limit: asyncio.Timeout) -> None:
        await self._stop.wait()
        limit.reschedule(asyncio.get_running_loop().time() + _PATIENCE_S)

    async def _send(self, event: FeedEvent) -> None:
        """Pass a record to the producer; on failure keep it for `_settle` to send again."""
        try:
            answer = await self._producer.send(event.topic, event.value, key=event.key, headers=list(event.headers))
        except KafkaError as error:
            answer = _failed(error)
        self._open.append(_Open(event, answer))

    async def _settle(self, most: int) -> None:
        """Wait for confirmations, oldest first, until at most `most` are open; sends again instead of raising."""
        while self._open and (len(self._open) > most or self._open[0].answer.done()):
            try:
                await asyncio.shield(self._open[0].answer)
            except KafkaError as error:
                log.warning("sending again", reason=type(error).__name__, records=len(self._open))
                await self._send_again()
                continue
            self.confirmed[self._open.popleft().event.topic] += 1

    async def _send_again(self) -> None:
        """Send unconfirmed records with a new producer, in the original order, as soon as a broker answers."""
        await self._disconnect()
        waiting: deque[FeedEvent] = deque()
        for event, answer in self._open:
            if answer.done() and not answer.cancelled() and answer.exception() is None:
                self.confirmed[event.topic] += 1
            else:
                answer.cancel()
                waiting.append(event)
        self._open = deque(_Open(event, _failed(KafkaError())) for event in waiting)
        await self._connect_again()
        self._open.clear()
        for event in waiting:
            await self._send(event)

    async def _connect_again(self) -> None:
        """Connect as soon as a broker answers."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(KafkaError), wait=wait_exponential(multiplier=0.2, max=5)
        ):
            with attempt:
                await self._connect()

    async def _connect(self) -> None:
        producer = AIOKafkaProducer(
            client_id="wardwatch-feed",
            acks="all",
            enable_idempotence=True,
            linger_ms=self._linger_ms,
            **Connection.of(self._settings).for_aiokafka(),
        )
        try:
            await producer.start()
        except KafkaError:
            await producer.stop()
            raise
        self._producer = producer

    async def _disconnect(self) -> None:
        if self._producer is None:
            return
        producer, self._producer = self._producer, None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await producer.stop()
        except TimeoutError:
            log.warning("the producer did not end in time")


def _failed(error: KafkaError) -> asyncio.Future[Any]:
    """Return a failed future whose exception counts as retrieved."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    answer.set_exception(error)
    answer.exception()
    return answer
