"""`wardwatch replay`: send simulated patients or recorded stays to the topics, paced like a device's feed."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from schemas.topics import TOPICS
from stream.commands.extras import needs
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.feeds.events import Feed
    from stream.feeds.publish import Publisher

SIMULATED: Final = "simulated"
_INPUTS: Final = tuple(name for name, topic in TOPICS.items() if topic.flow == "in")
_HOURS: Final = 8.0
_PATIENTS: Final = 8
_PROGRESS_S: Final = 5.0


def command(
    source: Annotated[str, typer.Argument(help="`simulated`, or a .psv file, a .parquet file or a folder of either.")],
    speed: Annotated[float, typer.Option(min=0, help="Times real time; 0: as fast as possible.")] = 60.0,
    patients: Annotated[
        int | None, typer.Option(min=1, help="The first so many stays; without it all (simulated: 8).")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="Play only so much of the feed, wall time.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulated patients.")] = 0,
) -> None:
    """Play a feed into the topics of WARDWATCH_BROKER and count what the broker confirmed.

    Event times end now: the feed's clock starts as long ago as the feed is long. Every replay makes new pseudonyms.
    """
    settings = read_settings()
    from stream.feeds.publish import PublishError

    with one_sentence(settings):
        feed = feed_of(source, patients, seed, datetime.now(UTC).replace(microsecond=0))
        try:
            asyncio.run(_replay(settings, feed, speed, seconds))
        except PublishError as error:
            raise Refusal(str(error)) from None


def feed_of(source: str, patients: int | None, seed: int, now: datetime) -> "Feed":
    """The feed of a source, its clock ending now; raises Refusal for a source that can't be read."""
    run = f"{now:%m%d%H%M%S}"  # a second replay is another ward, not the same patients living twice
    if source == SIMULATED:
        from stream.feeds.simulate import Ward, simulated

        start = now - timedelta(hours=_HOURS)
        return simulated(Ward(patients or _PATIENTS, start, _HOURS, seed, prefix=f"sim-{run}"))
    with needs("lab"):
        from models.risk.lab.sepsis.data import read_stays
        from models.risk.lab.stays import DataError
        from stream.feeds.recordings import longest_h, recorded
    try:
        stays = read_stays(Path(source))
    except DataError as error:
        raise Refusal(str(error)) from None
    stays = stays.take(range(min(len(stays), patients or len(stays))))
    return recorded(stays, now - timedelta(hours=longest_h(stays)), prefix=f"rec-{run}")


async def _replay(settings: Settings, feed: "Feed", speed: float, seconds: float | None) -> None:
    from stream.broker.topics import missing_topics
    from stream.feeds.publish import Publisher

    console = Console(stderr=True, highlight=False)
    missing = await missing_topics(settings, _INPUTS)  # feeds send to no other topics
    if missing:  # a send to a missing topic would wait for ever
        sentence = f"the broker has no topic {', '.join(missing)}; make it with: wardwatch topics create"
        raise Refusal(sentence)
    async with Publisher(settings) as publisher:
        loop = asyncio.get_running_loop()
        for stopping in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(stopping, publisher.stop)
        if seconds is not None:
            loop.call_later(seconds, publisher.stop)
        progress = asyncio.create_task(_tell(publisher, console))
        try:
            await publisher.play(feed, speed)
        finally:
            progress.cancel()
        told = ", ".join(f"{topic} {count}" for topic, count in sorted(publisher.confirmed.items()))
        Console(highlight=False).print(f"{publisher.confirmed.total()} records confirmed: {told}", soft_wrap=True)
        if publisher.unconfirmed:
            sentence = f"{publisher.unconfirmed} records were sent and not confirmed"
            raise Refusal(sentence)


async def _tell(publisher: "Publisher", console: Console) -> None:
    while True:
        await asyncio.sleep(_PROGRESS_S)
        console.print(f"{publisher.confirmed.total()} records confirmed", style="dim")
