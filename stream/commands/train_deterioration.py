"""What `wardwatch train risk --outcome deterioration` does: read, train, write the weights, show their figures."""

import shutil
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from models.risk.deterioration import weights
from models.risk.lab.deterioration.training import EPOCHS, train
from models.risk.lab.recipe import CannotTeachError
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.split import take_hospital
from models.risk.lab.stays import DataError
from stream.commands.bars import Bars

_REFUSED: Final = 2  # exit code
_UNFINISHED: Final = "unfinished"


def run(
    data: Path, out: Path | None, seed: int, epochs: int | None, hospital: str | None, *, without_clocks: bool
) -> None:
    """Train and write the weights; a refusal is one sentence and ends with 2."""
    console = Console(stderr=True)
    folder, passes = out or Path("build") / "deterioration", epochs or EPOCHS
    if without_clocks:
        msg = "it is for the outcome sepsis: these forecasts read none"
        raise typer.BadParameter(msg, param_hint="--without-clocks")
    try:
        stays = read_stays(data)
        if hospital:
            stays = take_hospital(stays, hospital)
        work = folder / _UNFINISHED / f"{stays.fingerprint[:12]}-{seed}-{passes}"
        with Bars(console) as bars:
            trained = train(stays, seed, passes, work, bars.show)
    except (DataError, CannotTeachError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    path = weights.save(trained, folder)
    shutil.rmtree(folder / _UNFINISHED)
    for name, value in trained.figures.items():
        typer.echo(f"{name} {value:.4f}")
    console.print(f"{weights.version_of(path)} written to {path}")
