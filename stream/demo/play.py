"""Play a feed to a running worker, show the outputs, and count."""

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from schemas.alerts import WardStatus
from schemas.topics import TOPICS
from stream.board.feed import Feed as BoardFeed
from stream.board.history import History
from stream.board.keeping import keep
from stream.board.link import Link
from stream.board.reading import look
from stream.board.server import OWN_NAMES, serving
from stream.board.views import Views
from stream.delivery.dead_letters import Failure
from stream.demo.account import applied_counts, lost, worker_is_done
from stream.demo.latency import Latencies
from stream.demo.launch import RunningStack
from stream.demo.order import order_card
from stream.demo.plans import pages_of, write
from stream.demo.show import Show
from stream.demo.summary import Summary, output_counts
from stream.demo.view import Progress
from stream.feeds.events import Feed
from stream.feeds.publish import Publisher
from stream.subscriber.listen import Listener, listening
from stream.subscriber.read import readable
from stream.subscriber.ward import Ward

_FRAME_S: Final = 0.2
_PATIENCE_S: Final = 20.0  # without progress of the worker, before what is open counts as lost
_CAUGHT_UP_WITHIN_S: Final = 5.0


@dataclass(frozen=True)
class Play:
    """A feed and how to play it.

    span_s   length of the feed on its own clock
    feed_s   how long playing it may take
    total_s  about how long the whole demo lasts
    began_s  when the demo began, on the event loop's clock
    board    where the ward board is to be served; None: there is none
    plans    the folder to which a page for each patient is written at the end; None: there are none
    order    at the end, the bed and the drug of an order by CDS Hooks; None: there is none
    """

    feed: Feed
    simulated: bool
    span_s: float
    feed_s: float
    total_s: float
    began_s: float
    board: socket.socket | None = None
    plans: Path | None = None
    order: tuple[str, str] | None = None

    @property
    def speed(self) -> float:
        """Speed as a multiple of real time."""
        return self.span_s / self.feed_s


@dataclass
class _Received:
    """What has been received from the topics."""

    ward: Ward = field(default_factory=Ward)
    history: History = field(default_factory=History)
    link: Link = field(default_factory=lambda: Link(datetime.now(UTC)))
    latencies: Latencies = field(default_factory=Latencies)
    dead: Counter[str] = field(default_factory=Counter)  # dead letters by the topic that the record came from
    stages: Counter[str] = field(default_factory=Counter)  # and by the stage that could not use it
    alarm_settings: Counter[str] = field(default_factory=Counter)  # by what became of them


async def play(stack: RunningStack, plan: Play, show: Show) -> Summary:
    """Play the feed to its end and account for every record.

    SIGINT or SIGTERM ends the feed early and counts; a second one ends everything at once.
    """
    received = _Received()
    stop = asyncio.Event()
    async with (
        listening(stack.settings, TOPICS, from_beginning=True) as listener,
        Publisher(stack.settings) as publisher,
        _board(plan.board, received, listener) as address,
    ):
        interrupted = _on_interrupt(publisher)
        stage = ["playing"]
        reading = asyncio.create_task(_read(listener, stop, received, show))
        drawing = asyncio.create_task(_draw(stack, plan, publisher, received, show, stage, address))
        try:
            await publisher.play(plan.feed, plan.speed)
            stage[0] = "counting"
            settled = await worker_is_done(stack.settings, _PATIENCE_S, lambda: stack.worker.pid is None)
            await _caught_up(listener)
        finally:
            stop.set()
            drawing.cancel()
            await asyncio.gather(reading, drawing, return_exceptions=True)
        applied = await applied_counts(stack.settings)
        if plan.plans is not None:
            write(await pages_of(stack.settings, received.ward, datetime.now(UTC)), plan.plans)
        card = None if plan.order is None else await order_card(stack.settings, *plan.order)
    if reading.exception() is not None:
        raise reading.exception()  # type: ignore[misc]  # it is one
    return Summary(
        simulated=plan.simulated,
        patients=len(received.ward.beds),
        seconds=asyncio.get_running_loop().time() - plan.began_s,
        inputs=dict(publisher.confirmed),
        outputs=output_counts(received.ward.counts),
        dead_letters=dict(received.stages),
        lost=lost(publisher.confirmed, applied, received.dead),
        latencies=received.latencies,
        settled=settled,
        interrupted=interrupted.is_set(),
        died=stack.worker.pid is None,
        alarm_settings=dict(received.alarm_settings),
        card=card,
    )


@asynccontextmanager
async def _board(at: socket.socket | None, received: _Received, listener: Listener) -> AsyncIterator[str | None]:
    """Serve the ward board on this machine alone; yield its address."""
    if at is None:
        yield None
        return
    feed, ending = BoardFeed(), asyncio.Event()
    views = Views(received.ward, received.history, received.link)
    keeping = asyncio.create_task(keep(feed, views, ending))
    looking = asyncio.create_task(look(received.link, [listener]))
    try:
        async with serving(at, OWN_NAMES, feed, views=views) as address:
            yield address
    finally:
        ending.set()
        looking.cancel()
        await asyncio.gather(keeping, looking, return_exceptions=True)


def _on_interrupt(publisher: Publisher) -> asyncio.Event:
    """End the feed on the first Ctrl-C; leave the second one to Python."""
    loop, interrupted = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        interrupted.set()
        publisher.stop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)

    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, end)
    return interrupted


async def _read(listener: Listener, stop: asyncio.Event, received: _Received, show: Show) -> None:
    async for record in listener.records(stop):
        received.link.answered = now = datetime.now(UTC)
        read = readable(record.topic, record.value)
        heard = min(now, datetime.fromtimestamp(record.timestamp / 1000, UTC))
        received.ward.apply(record.topic, read, heard=heard, partition=record.partition)
        received.history.apply(read, heard)
        received.link.dead_letters = received.ward.counts["dead-letters"]
        if TOPICS[record.topic].flow == "out":
            received.latencies.see(record.topic, record.timestamp, record.headers)
            if read is not None:
                show.output(read)
            if isinstance(read, WardStatus) and read.setting is not None:
                received.alarm_settings[read.setting.outcome] += 1
        if record.topic == "dead-letters":
            failure = Failure.read(record.headers)
            received.dead[failure.topic] += 1
            received.stages[failure.stage] += 1


async def _draw(
    stack: RunningStack,
    plan: Play,
    publisher: Publisher,
    received: _Received,
    show: Show,
    stage: list[str],
    board: str | None,
) -> None:
    """Redraw the ward periodically; end the feed when the worker has died."""
    while True:
        if stack.worker.pid is None:
            publisher.stop()
        progress = Progress(
            simulated=plan.simulated,
            elapsed_s=asyncio.get_running_loop().time() - plan.began_s,
            total_s=plan.total_s,
            speed=plan.speed,
            stage=stage[0],
            sent=publisher.confirmed.total(),
            latency=received.latencies.watch_path(),
            board=board,
        )
        show.ward(received.ward, progress)
        await asyncio.sleep(_FRAME_S)


async def _caught_up(listener: Listener) -> None:
    """Wait until the last outputs have been read."""
    try:
        async with asyncio.timeout(_CAUGHT_UP_WITHIN_S):
            while not await listener.caught_up():  # noqa: ASYNC110 - the broker offers no event to wait for
                await asyncio.sleep(0.05)
    except TimeoutError:
        return
