"""`wardwatch board`: serve the ward board."""

import asyncio
import signal
from typing import Annotated

import typer
from rich.console import Console

from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.settings import Settings


def command(
    host: Annotated[str, typer.Option(help="Address to serve at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to serve at; 0: a free one.")] = 8800,
    name: Annotated[
        list[str] | None, typer.Option(help="A host name that browsers may ask for, beside localhost; repeatable.")
    ] = None,
    hours: Annotated[
        float, typer.Option(min=0, help="Scores, forecasts and alarms of devices of so many hours back.")
    ] = 24,
) -> None:
    """Show every bed live in a browser: numbers, NEWS2, forecast, alarms, proposals, reports; and what is away.

    The board reads the topics as a subscriber and changes nothing. It asks nobody who they are: it serves this machine
    alone unless told otherwise, and belongs behind a proxy with TLS and a log-in when others are to see it.
    """
    from stream.board.server import PortInUseError
    from stream.subscriber.listen import ListenError

    settings = read_settings()
    with one_sentence(settings):
        try:
            asyncio.run(_show(settings, host, port, {host, *(name or ())}, hours))
        except (ListenError, PortInUseError) as error:
            raise Refusal(str(error)) from None


async def _show(settings: Settings, host: str, port: int, names: set[str], hours: float) -> None:
    from stream.board.feed import Feed, keep
    from stream.board.reading import WardReader
    from stream.board.server import OWN_NAMES, door, serving

    reading, feed, stop = WardReader(settings, hours), Feed(), asyncio.Event()
    at = door(host, port)  # before the broker is asked, which may take long
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)
    async with serving(at, {*OWN_NAMES, *names}, feed) as address:
        Console(stderr=True, highlight=False).print(f"the ward is shown at {address}; Ctrl-C ends it")
        keeping = asyncio.create_task(keep(feed, reading.ward, reading.link, stop))
        try:
            await reading.follow(stop)
        finally:
            stop.set()
            await keeping
