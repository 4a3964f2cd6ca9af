"""Display of the ward while the demo runs: full screen on a terminal, lines elsewhere."""

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
    """Port to the display; use as a context manager."""

    def output(self, record: Wire) -> None:
        """Show an output when it arrives."""

    def ward(self, ward: Ward, progress: Progress) -> None:
        """Show the state of the ward; called several times per second."""


class FullScreen:
    """A display on the whole terminal, whose content is restored at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        """Switch to the alternate screen."""
        self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Restore the terminal."""
        self._live.__exit__(kind, error, at)

    def output(self, record: Wire) -> None:
        """Do nothing: the ward contains it."""

    def ward(self, ward: Ward, progress: Progress) -> None:
        """Redraw the screen."""
        width, height = self._console.size
        self._live.update(screen(ward, progress, width, height), refresh=True)


class PlainLines:
    """A display of lines: one per alert, suggestion and report, and a summary every five seconds."""

    def __init__(self, console: Console, *, with_outputs: bool) -> None:
        self._console = console
        self._with_outputs = with_outputs
        self._next_s = 0.0

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Do nothing."""

    def output(self, record: Wire) -> None:
        """Print an output that a nurse should notice."""
        if self._with_outputs and isinstance(record, Alert | LesionReport | Suggestion | WardStatus):
            self._console.print(line(record), soft_wrap=True)

    def ward(self, ward: Ward, progress: Progress) -> None:
        """Print a summary when one is due."""
        if progress.elapsed_s < self._next_s:
            return
        self._next_s = progress.elapsed_s + _PROGRESS_S
        alarms = sum(len(bed.alarms) for bed in ward.beds.values())
        text = f"{progress.sent:,} in, {alarms} alarms on, {ward.counts['alerts']} alerts"
        text += f", {ward.counts['forecasts']} forecasts, {ward.counts['dead-letters']} dead letters"
        clock = f"{progress.stage}, {progress.elapsed_s:.0f} s, ward clock {as_of(ward.time)}"
        self._console.print(f"-- {clock}: {text}", style="dim", soft_wrap=True)
