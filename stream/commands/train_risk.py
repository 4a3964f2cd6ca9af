"""`wardwatch train risk`: from raw stays to the weights of the risk model."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
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
from rich.table import Table

from models.risk import checkpoint, recipe
from models.risk.data import DataError, Stays, read_stays
from models.risk.features import CLOCKS

UNFINISHED: Final = "unfinished"
_REFUSED: Final = 2  # exit code


def command(
    data: Annotated[
        Path, typer.Option(help="Folder or file of stays in the form of the PhysioNet/CinC 2019 challenge.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the weights; finished parts wait in it if stopped.")] = Path(
        "build/risk"
    ),
    seed: Annotated[int, typer.Option(help="The same seed, stays and machine give the same weights.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="Passes of each student over the stays.")] = recipe.Recipe.epochs,
    hospital: Annotated[str | None, typer.Option(help="Learn from the stays of this hospital alone.")] = None,
    *,
    without_clocks: Annotated[
        bool, typer.Option("--without-clocks", help="Leave out ICULOS, HospAdmTime and the record's length.")
    ] = False,
) -> None:
    """Train the risk model: features, teacher, students, calibration. Stopped and started again, it goes on."""
    console = Console(stderr=True)
    try:
        stays = _of_hospital(read_stays(data), hospital)
        asked = recipe.Recipe(seed=seed, epochs=epochs, without=CLOCKS if without_clocks else ())
        kind = "-without-clocks" if without_clocks else ""
        work = out / UNFINISHED / f"{stays.fingerprint[:12]}-{seed}-{epochs}{kind}"
        with _progress(console) as progress:
            trained = recipe.train(stays, asked, work, _bars(progress))
    except (DataError, recipe.CannotTeachError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    path = checkpoint.save(trained, out)
    shutil.rmtree(out / UNFINISHED)
    Console().print(_figures(trained.figures))
    console.print(f"{checkpoint.version_of(path)} written to {path}")


def _of_hospital(stays: Stays, hospital: str | None) -> Stays:
    """Take the stays of one hospital, or all; raises DataError where there are none."""
    if hospital is None:
        return stays
    own = np.flatnonzero(stays.hospital == hospital)
    if not len(own):
        msg = f"no stay is of this hospital; there are {', '.join(sorted(set(stays.hospital.tolist())))}"
        raise DataError(msg)
    return stays.take(own)


def _bars(progress: Progress) -> recipe.Report:
    """Return what a training tells its stages to: one bar for each."""
    bars: dict[str, TaskID] = {}

    def report(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            bars[stage] = progress.add_task(stage, total=total)
        progress.update(bars[stage], completed=done)

    return report


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _figures(figures: Mapping[str, float]) -> Table:
    table = Table("measured on", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}")
    return table
