"""`wardwatch train risk`: from raw stays to the weights of the risk model."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from models.risk import checkpoint
from models.risk.features import CLOCKS
from models.risk.lab import recipe
from models.risk.lab.data import DataError, Stays, read_stays
from models.risk.lab.mortality import recipe as of_mortality
from models.risk.lab.mortality.data import read_records
from models.risk.lab.students import Report
from stream.commands.bars import Bars

UNFINISHED: Final = "unfinished"
_REFUSED: Final = 2  # exit code


def train(
    data: Path,
    out: Path | None,
    seed: int,
    epochs: int | None,
    hospital: str | None,
    *,
    outcome: Literal["sepsis", "mortality"],
    without_clocks: bool,
) -> None:
    """Train, write the weights and print what was measured; ends with status 2 where the stays can't be used."""
    console = Console(stderr=True)
    out = out or Path("build") / ("risk" if outcome == "sepsis" else outcome)
    try:
        with Bars(console) as bars:
            if outcome == "sepsis":
                asked = recipe.Recipe(
                    seed=seed, epochs=epochs or recipe.Recipe.epochs, without=CLOCKS if without_clocks else ()
                )
                trained = _sepsis(data, asked, hospital, out, bars.show)
            else:
                _refuse_sepsis_options(hospital, without_clocks=without_clocks)
                planned = of_mortality.Recipe(seed, epochs or of_mortality.Recipe.epochs)
                trained = _mortality(data, planned, out, bars.show)
    except (DataError, recipe.CannotTeachError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    path = checkpoint.save(trained, out)
    shutil.rmtree(out / UNFINISHED)
    Console().print(_figures(trained.figures))
    console.print(f"{checkpoint.version_of(path)} written to {path}")


def _sepsis(data: Path, asked: recipe.Recipe, hospital: str | None, out: Path, report: Report) -> checkpoint.Checkpoint:
    stays = _of_hospital(read_stays(data), hospital)
    kind = "-without-clocks" if asked.without else ""
    work = out / UNFINISHED / f"{stays.fingerprint[:12]}-{asked.seed}-{asked.epochs}{kind}"
    return recipe.train(stays, asked, work, report)


def _mortality(data: Path, asked: of_mortality.Recipe, out: Path, report: Report) -> checkpoint.Checkpoint:
    records = read_records(data)
    work = out / UNFINISHED / f"{records.stays.fingerprint[:12]}-{asked.seed}-{asked.epochs}"
    return of_mortality.train(records, asked, work, report)


def _refuse_sepsis_options(hospital: str | None, *, without_clocks: bool) -> None:
    if hospital or without_clocks:
        msg = "--hospital and --without-clocks are for the outcome sepsis"
        raise DataError(msg)


def _of_hospital(stays: Stays, hospital: str | None) -> Stays:
    """Take the stays of one hospital, or all; raises DataError where there are none."""
    if hospital is None:
        return stays
    own = np.flatnonzero(stays.hospital == hospital)
    if not len(own):
        msg = f"no stay is of this hospital; there are {', '.join(sorted(set(stays.hospital.tolist())))}"
        raise DataError(msg)
    return stays.take(own)


def _figures(figures: Mapping[str, float]) -> Table:
    table = Table("measured on", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}")
    return table
