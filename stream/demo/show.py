"""Showing the ward while it lives: a full screen on a terminal, plain lines everywhere else."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console
from rich.live import Live

from schemas.alerts import Alert, WardStatus
from schemas.imaging import LesionReport
from schemas.suggestions import Suggestion
from schemas.wire import Wire
from stream.demo.view import Progress, as_of, screen
from stream.subscriber.lines import line
from stream.subscriber.ward import Ward

_PROGRESS_S: Final = 5.0


class Show(AbstractContextManager["Show"], Protocol):
    """Where the ward is shown, from entering to leaving the context."""

    def news(self, record: Wire) -> None:
        """Show an output as it comes."""

    def ward(self, ward: Ward, progress: Progress) -> None:
        """Show how the ward stands; called some times a second."""


class FullScreen:
    """The whole terminal; what stood there comes back at the end."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        """Take the screen."""
        self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Give the screen back."""
        self._live.__exit__(kind, error, at)

    def news(self, record: Wire) -> None:
        """Nothing: the ward remembers it."""

    def ward(self, ward: Ward, progress: Progress) -> None:
        """Draw the screen anew."""
        self._live.update(screen(ward, progress), refresh=True)


class PlainLines:
    """A line for each alert, suggestion and report, and one about the whole every five seconds."""

    def __init__(self, console: Console, *, with_news: bool) -> None:
        self._console = console
        self._with_news = with_news
        self._next_s = 0.0

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing to put away."""

    def news(self, record: Wire) -> None:
        """Print what a nurse would want to hear of."""
        if self._with_news and isinstance(record, Alert | LesionReport | Suggestion | WardStatus):
            self._console.print(line(record), soft_wrap=True)

    def ward(self, ward: Ward, progress: Progress) -> None:
        """Print a line when one is due."""
        if progress.elapsed_s < self._next_s:
            return
        self._next_s = progress.elapsed_s + _PROGRESS_S
        alarms = sum(len(bed.alarms) for bed in ward.beds.values())
        told = f"{progress.sent:,} in, {alarms} alarms on, {ward.counts['alerts']} alerts"
        told += f", {ward.counts['forecasts']} forecasts, {ward.counts['dead-letters']} dead letters"
        clock = f"{progress.stage}, {progress.elapsed_s:.0f} s, ward clock {as_of(ward.time)}"
        self._console.print(f"-- {clock}: {told}", style="dim", soft_wrap=True)
