"""`wardwatch train risk`: from raw stays to the weights of the risk model."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from models.risk import checkpoint, recipe
from models.risk.data import DataError, read_stays

UNFINISHED: Final = "unfinished"


def command(
    data: Annotated[
        Path, typer.Option(help="Folder or file of stays in the form of the PhysioNet/CinC 2019 challenge.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the weights; finished parts wait in it if stopped.")] = Path(
        "build/risk"
    ),
    seed: Annotated[int, typer.Option(help="The same seed, stays and machine give the same weights.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="Passes of each student over the stays.")] = recipe.Recipe.epochs,
) -> None:
    """Train the risk model: features, teacher, students, calibration. Stopped and started again, it goes on."""
    console = Console(stderr=True)
    try:
        stays = read_stays(data)
        if stays.label is None:
            console.print("error: the stays have no SepsisLabel column to learn from")
            raise typer.Exit(2)
    except DataError as error:
        console.print(f"error: {error}")
        raise typer.Exit(2) from error
    work = out / UNFINISHED / f"{stays.fingerprint[:12]}-{seed}-{epochs}"
    with _progress(console) as progress:
        bars: dict[str, int] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=total)
            progress.update(bars[stage], completed=done, total=total)  # type: ignore[arg-type]  # rich's TaskID is an int

        trained = recipe.train(stays, recipe.Recipe(seed=seed, epochs=epochs), work, report)
    path = checkpoint.save(trained, out)
    shutil.rmtree(out / UNFINISHED)
    Console().print(_figures(trained.figures))
    console.print(f"{checkpoint.version_of(path)} written to {path}")


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
