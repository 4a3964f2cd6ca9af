"""Read the topics for the board, and know how the board itself stands with the broker.

What began long ago is read back: admissions, genes and orders from the beginning; alarms, results, proposals, reports
and what is away for as long as a patient's state is kept. Scores and forecasts come by the thousand: of those the last
hours are read, and for beds that lack one what lies further back (stream/board/recall.py).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiokafka.errors import KafkaError

from stream.board.history import History
from stream.board.link import Link
from stream.board.recall import recall
from stream.board.views import Views
from stream.broker.topics import list_topics
from stream.settings import Settings
from stream.subscriber.listen import Listener, listening
from stream.subscriber.read import readable
from stream.subscriber.ward import Ward

WHOLE: Final = ("patients", "genomics", "medications")
"""Topics of few records, of which one may hold for as long as it is kept."""
STANDING: Final = ("alerts", "acknowledgements", "suggestions", "lesion-reports", "labs", "ward-status")
"""Topics of which a record holds until a later one ends it, however long that takes."""
RECENT: Final = ("scores", "forecasts", "device-alarms")
_VITALS_BEFORE: Final = timedelta(minutes=2)
_BEAT: Final = b'"component":"worker"'
_OLD_BEAT: Final = timedelta(minutes=1)
_LOOK_S: Final = 1.0
_ANSWER_S: Final = 2.0
_COUNT_S: Final = 10.0
DEAD_LETTERS: Final = "dead-letters"


@asynccontextmanager
async def listeners(settings: Settings, hours: float, now: datetime) -> AsyncIterator[tuple[Listener, ...]]:
    """Subscribe to the board's topics. Raises ListenError where the broker or a topic is missing."""
    kept = timedelta(seconds=settings.state_ttl_s)
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(listening(settings, WHOLE, from_beginning=True)),
            await stack.enter_async_context(listening(settings, STANDING, since=now - kept)),
            await stack.enter_async_context(listening(settings, RECENT, since=now - timedelta(hours=hours))),
            await stack.enter_async_context(listening(settings, ("vitals",), since=now - _VITALS_BEFORE)),
        )


class WardReader:
    """The ward as read from the topics, and how the board stands with the broker."""

    def __init__(self, settings: Settings, hours: float) -> None:
        self.views = Views(Ward(), History(), Link(datetime.now(UTC)))
        self._settings = settings
        self._hours = hours

    async def follow(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set. Raises ListenError where the broker or a topic is missing at the start."""
        began = datetime.now(UTC)
        async with listeners(self._settings, self._hours, began) as sources, asyncio.TaskGroup() as tasks:
            for source in sources:
                tasks.create_task(self._take(source, stop))
            looking = tasks.create_task(look(self.views.link, sources))
            recalling = tasks.create_task(self._recall(began))
            counting = tasks.create_task(count_dead_letters(self._settings, self.views.link, sources[0]))
            await stop.wait()
            for one in (looking, recalling, counting):
                one.cancel()

    async def _take(self, source: Listener, stop: asyncio.Event) -> None:
        async for record in source.records(stop):
            now = datetime.now(UTC)
            self.views.link.answered = now
            heard = min(now, datetime.fromtimestamp(record.timestamp / 1000, UTC))
            if record.topic == "ward-status" and now - heard > _OLD_BEAT and _BEAT in record.value:
                continue  # signs of life of former days are many and say nothing
            read = readable(record.topic, record.value)
            self.views.ward.apply(record.topic, read, heard=heard, partition=record.partition)
            self.views.history.apply(read, heard)

    async def _recall(self, began: datetime) -> None:
        while self.views.link.read is None:  # noqa: ASYNC110 - it is looked at once a second
            await asyncio.sleep(_LOOK_S)
        kept = timedelta(seconds=self._settings.state_ttl_s)
        await recall(self._settings, self.views.ward, before=began - timedelta(hours=self._hours), oldest=began - kept)
        self.views.link.recalled = True


async def count_dead_letters(settings: Settings, link: Link, source: Listener) -> None:
    """Ask now and then how many dead letters the broker keeps; none of them is read."""
    while True:
        try:
            async with asyncio.timeout(_COUNT_S):
                (topic,) = await list_topics(settings, (DEAD_LETTERS,))
                link.dead_letters = await source.size(topic.name, topic.partitions)
        except (KafkaError, OSError, TimeoutError):
            link.dead_letters = None
        await asyncio.sleep(_COUNT_S)


async def look(link: Link, sources: Sequence[Listener]) -> None:
    """Ask the broker every second how far its logs are: that tells whether it is there, and whether we are behind.

    All that a look finds must be read by a later one.
    """
    goals: list[Any] = []
    clock = asyncio.get_running_loop().time
    while True:
        asked = clock()
        try:
            async with asyncio.timeout(_ANSWER_S):
                ends = await asyncio.gather(*(source.ends() for source in sources))
                read = all([await source.read_to(goal) for source, goal in zip(sources, goals, strict=False)])
        except (KafkaError, OSError, TimeoutError):
            pass  # the link knows when the broker last answered
        else:
            link.answered = datetime.now(UTC)
            if goals and read:
                link.read = link.answered
            if read or not goals:
                goals = ends
        await asyncio.sleep(max(0.0, asked + _LOOK_S - clock()))
