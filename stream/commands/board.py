"""`wardwatch board`: serve the ward board."""

import asyncio
import signal
from datetime import UTC, datetime
from typing import Annotated, Any

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
    hours: Annotated[float, typer.Option(min=0, help="Alarms, scores and proposals of so many hours back.")] = 24,
) -> None:
    """Show every bed live in a browser: numbers, NEWS2, forecast, alarms, proposals, reports; and what is away.

    The board reads the topics as a subscriber and changes nothing. It asks nobody who they are: it serves this machine
    alone unless told otherwise, and belongs behind a proxy with TLS and a log-in when others are to see it.
    """
    from stream.subscriber.listen import ListenError

    settings = read_settings()
    with one_sentence(settings):
        try:
            asyncio.run(_show(settings, host, port, {host, *(name or ())}, hours))
        except ListenError as error:
            raise Refusal(str(error)) from None


async def _show(settings: Settings, host: str, port: int, names: set[str], hours: float) -> None:
    from stream.board.reading import WardReader, listeners
    from stream.board.server import OWN_NAMES, serving
    from stream.board.snapshot import snapshot

    reading, stop = WardReader(), asyncio.Event()
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)

    def now_shown() -> dict[str, Any]:
        return snapshot(reading.ward, datetime.now(UTC), reading.heard)

    async with (
        listeners(settings, hours, datetime.now(UTC)) as sources,
        serving(host, port, {*OWN_NAMES, *names}, now_shown) as address,
    ):
        Console(stderr=True, highlight=False).print(f"the ward is shown at {address}; Ctrl-C ends it")
        await reading.follow(sources, stop)
