"""`wardwatch demo`: run a whole stack with a feed for a minute, and show the ward."""

import asyncio
import logging
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from stream.commands.extras import needs
from stream.commands.refusal import Refusal, one_sentence, warn_of_unknown_settings

if TYPE_CHECKING:
    from stream.demo.show import Show
    from stream.demo.summary import Summary
    from stream.feeds.events import Feed

_HOURS: Final = 8.0  # of a simulated ward
_MOST_HOURS: Final = 48.0  # of a recorded stay; few are longer, and one long stay would leave an almost empty ward
_ENDING_S: Final = 6.0  # time to commit, count and stop
_IMAGES: Final = "images"
_LEAST_SHARE: Final = 0.5  # of the time that is reserved for the feed, however long the start took

AsJson = Annotated[bool, typer.Option("--json", help="No view; the last line is the summary as one JSON object.")]
Source = tuple[float, Callable[[datetime], "Feed"]]
"""Length of a feed in hours, and a function that returns the feed, ending at a given moment."""


def command(
    *,
    seconds: Annotated[float, typer.Option(min=5, help="About how long the whole demo lasts.")] = 60.0,
    patients: Annotated[int, typer.Option(min=1, max=99, help="Beds; of a file, its first so many stays.")] = 8,
    data: Annotated[
        Path | None,
        typer.Option(help="Recorded stays instead: .psv file or folder, or .parquet, as in PhysioNet 2019."),
    ] = None,
    as_json: AsJson = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulated patients.")] = 0,
    board: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="PORT", help="Show the ward at http://127.0.0.1:PORT/ too."),
    ] = None,
    plans: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="At the end, write each patient's plan to DIR, a printable page each."),
    ] = None,
) -> None:
    """Show a ward from the bedside to the alarm: simulated patients, or recorded stays. Nothing is kept.

    Starts everything that it needs and stops it again. Ctrl-C ends the feed, counts, and ends with 0 too; 1 says that a
    record was lost or that the worker died.
    """
    began_s = time.monotonic()
    from stream.demo.show import FullScreen, PlainLines

    out, err = Console(highlight=False), Console(stderr=True, highlight=False)
    warn_of_unknown_settings()
    with (
        one_sentence(),
        nullcontext() if board is None else _door(board) as at,
        tempfile.TemporaryDirectory(prefix="wardwatch-demo-") as scratch,
    ):
        folder = Path(scratch)
        _log_to(folder / "demo.log")
        source = _simulated(patients, seed, folder / _IMAGES) if data is None else _recorded(data, patients)
        if out.is_terminal and not as_json:
            show: Show = FullScreen(out)
        else:
            show = PlainLines(err if as_json else out, with_outputs=not as_json)
        summary = _shown(
            folder,
            source,
            show,
            simulated=data is None,
            began_s=began_s,
            seconds=seconds,
            board=at,
            plans=plans,
            err=err,
        )
    if not as_json:
        out.print(summary.shown())
    else:
        typer.echo(summary.as_json())
    raise typer.Exit(0 if summary.ok else 1)


def _door(port: int) -> socket.socket:
    """Take the board's port before anything is started; it may be in use."""
    from stream.board.server import HERE, PortInUseError, door

    try:
        return door(HERE, port)
    except PortInUseError as error:
        raise Refusal(str(error)) from None


def _simulated(patients: int, seed: int, images: Path) -> Source:
    from stream.demo.studies import studies
    from stream.feeds.simulate import Ward, simulated

    def ending(now: datetime) -> "Feed":
        ward = Ward(patients, now - timedelta(hours=_HOURS), _HOURS, seed)
        return simulated(ward, studies(ward, images))

    return _HOURS, ending


def _recorded(data: Path, patients: int) -> Source:
    with needs("lab"):
        from models.risk.lab.sepsis.data import read_stays
        from models.risk.lab.stays import DataError
        from stream.feeds.recordings import longest_h, recorded
    try:
        stays = read_stays(data)
    except DataError as error:
        raise Refusal(str(error)) from None
    stays = stays.take(range(min(patients, len(stays))))
    hours = min(_MOST_HOURS, longest_h(stays))

    def ending(now: datetime) -> "Feed":
        return takewhile(lambda event: event.time < now, recorded(stays, now - timedelta(hours=hours)))

    return hours, ending


def _shown(
    folder: Path,
    source: Source,
    show: "Show",
    *,
    simulated: bool,
    began_s: float,
    seconds: float,
    board: socket.socket | None,
    plans: Path | None,
    err: Console,
) -> "Summary":
    """Start the stack, play the feed, and stop the stack; Ctrl-C before the ward is up ends the command."""
    with needs("embedded"):
        from stream.demo.launch import log_tail, running_stack
        from stream.demo.play import Play, play
        from stream.feeds.simulate import PHARMACY_PATIENT
        from stream.stack.server_process import ServerError
    hours, ending = source
    err.print("starting a broker, Redis and a worker; nothing is kept; not for clinical use", style="dim")
    try:
        with running_stack(folder, folder / _IMAGES) as stack:
            left_s = seconds - (time.monotonic() - began_s) - _ENDING_S
            feed_s = max(_LEAST_SHARE * seconds, left_s)
            feed = ending(datetime.now(UTC).replace(microsecond=0))
            # The loop's clock is the monotonic one, so the start of the command lies on it too.
            total_s = max(seconds, seconds - left_s + feed_s)
            order = (PHARMACY_PATIENT, "clopidogrel") if simulated else None
            this = Play(feed, simulated, hours * 3600, feed_s, total_s, began_s, board, plans, order)
            with show:
                summary = asyncio.run(play(stack, this, show))
            if summary.died:
                err.print(
                    f"the worker died; the end of its log:\n{log_tail(stack.worker)}",
                    style="red",
                    markup=False,
                    soft_wrap=True,
                )
            return summary
    except ServerError as error:
        raise Refusal(str(error)) from None
    except KeyboardInterrupt:
        sentence = "interrupted before anything could be counted"
        raise Refusal(sentence) from None


def _log_to(file: Path) -> None:
    """Write our own log and the libraries' to a file, since the ward occupies the terminal."""
    import structlog

    logging.basicConfig(filename=file, level=logging.WARNING, force=True)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=file.open("a", encoding="utf-8")))
