"""Progress of long tasks: bars on a terminal, lines in a file or a pipe."""

from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

LINES: Final = 20  # at most, per stage, in a file


class Bars:
    """One progress bar per stage; in a file or a pipe at most 20 lines per stage."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = Progress(
            TextColumn("{task.description:<32}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, int] = {}  # the last line of each stage

    def __enter__(self) -> Self:
        """Start the display."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the display and leave the bars in place."""
        self._progress.stop()

    def show(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Show that `done` of the `total` steps of a stage are finished, with a note on the last one."""
        text = f"{stage}: {note}" if note else stage
        if self.console.is_terminal:
            if stage not in self._tasks:
                self._tasks[stage] = self._progress.add_task(text, total=total)
            self._progress.update(self._tasks[stage], completed=done, description=text)
            return
        line = LINES * done // total if total else LINES
        if line > self._told.get(stage, 0):
            self._told[stage] = line
            self.console.print(f"{text}, {done} of {total}", markup=False, highlight=False, soft_wrap=True)
