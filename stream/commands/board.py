"""`wardwatch board`: serve the ward board."""

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
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
    users: Annotated[
        Path | None, typer.Option(help="File of users who may log in: each sees the views of its role.")
    ] = None,
    add: Annotated[
        str | None, typer.Option(metavar="NAME:ROLE", help="Add a user to --users, ask for a password, and end.")
    ] = None,
) -> None:
    """Show every bed live in a browser: numbers, NEWS2, forecast, alarms, proposals, reports; and what is away.

    The board reads the topics as a subscriber and changes nothing. It asks nobody who they are: it serves this machine
    alone unless told otherwise, and belongs behind a proxy with TLS and a log-in when others are to see it.

    With --users it shows nothing before a log-in, and to each user the views of the role: viewer, nurse, physician,
    technician (nothing of patients) or wall. Nurses and physicians may acknowledge alarms and pause sound.
    """
    from stream.board.server import PortInUseError
    from stream.board.users import UsersError
    from stream.subscriber.listen import ListenError

    settings = read_settings()
    with one_sentence(settings):
        try:
            if add is not None:
                _add(users, add)
                return
            asyncio.run(_show(settings, host, port, {host, *(name or ())}, hours, users))
        except (ListenError, PortInUseError, UsersError) as error:
            raise Refusal(str(error)) from None


def _add(users: Path | None, who: str) -> None:
    from stream.board.users import add_user

    name, _, role = who.rpartition(":")
    if users is None or not name:
        raise typer.BadParameter("--add takes NAME:ROLE, and --users the file")  # noqa: EM101, TRY003 - typer's way
    add_user(users, name, role, typer.prompt("password", hide_input=True, confirmation_prompt=True))


async def _show(settings: Settings, host: str, port: int, names: set[str], hours: float, users: Path | None) -> None:
    from stream.board.deeds import Deeds
    from stream.board.desk import Desk
    from stream.board.feed import Feed
    from stream.board.keeping import keep
    from stream.board.reading import WardReader
    from stream.board.server import OWN_NAMES, door, serving
    from stream.board.sessions import Sessions
    from stream.board.users import is_password, read_users
    from stream.feeds.publish import Publisher

    known = None if users is None else read_users(users)
    reading, feed, stop = WardReader(settings, hours), Feed(), asyncio.Event()
    at = door(host, port)  # before the broker is asked, which may take long
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)
    deeds = Deeds(reading.views.ward)
    async with AsyncExitStack() as stack:
        desk = None
        if known is not None:
            publisher = await stack.enter_async_context(Publisher(settings, waits=True))
            desk = Desk(Sessions(known, is_password), deeds, lambda event: publisher.play(iter([event]), speed=0))
        address = await stack.enter_async_context(serving(at, {*OWN_NAMES, *names}, feed, desk, reading.views))
        Console(stderr=True, highlight=False).print(f"the ward is shown at {address}; Ctrl-C ends it")
        keeping = asyncio.create_task(keep(feed, reading.views, stop, deeds))
        try:
            await reading.follow(stop)
        finally:
            stop.set()
            await keeping
