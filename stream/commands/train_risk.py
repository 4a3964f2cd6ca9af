"""What `wardwatch train risk` does once its options are known: read, train, write the weights, show their figures."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.table import Table

from models.risk import checkpoint
from models.risk.checkpoint import Checkpoint
from models.risk.features import CLOCKS
from models.risk.lab import recipe, sites
from models.risk.lab.split import take_hospital
from models.risk.lab.stays import DataError
from models.risk.lab.studies import STUDIES
from models.risk.lab.study import Study
from models.risk.site import SiteProfile
from stream.commands.bars import Bars

_UNFINISHED: Final = "unfinished"
_REFUSED: Final = 2  # exit code


@dataclass(frozen=True)
class Asked:
    """What the command was asked for; None where the recipe's own is meant, or all hospitals."""

    data: Path
    out: Path | None
    seed: int
    epochs: int | None
    hospital: str | None
    without_clocks: bool


def run(outcome: str, asked: Asked) -> None:
    """Train the model of this outcome and write its weights; a refusal is one sentence and ends with 2."""
    console = Console(stderr=True)
    out = asked.out or Path("build") / ("risk" if outcome == "sepsis" else outcome)
    try:
        trained, profile = _train(STUDIES[outcome], asked, out / _UNFINISHED, console)
    except (DataError, recipe.CannotTeachError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    path = checkpoint.save(trained, out)
    if profile:
        sites.save(profile, out)
    shutil.rmtree(out / _UNFINISHED)
    Console().print(_table(trained.figures))
    console.print(f"{checkpoint.version_of(path)} written to {path}")


def _train(study: Study, asked: Asked, unfinished: Path, console: Console) -> tuple[Checkpoint, SiteProfile | None]:
    """Train, and where a live path will run the model describe the hospitals of the training."""
    if not study.live and (asked.hospital or asked.without_clocks):
        msg = "--hospital and --without-clocks are for the outcome sepsis"
        raise DataError(msg)
    epochs = asked.epochs or study.recipe.epochs
    planned = replace(study.recipe, seed=asked.seed, epochs=epochs, without=CLOCKS if asked.without_clocks else ())
    stays = study.read(asked.data)
    if asked.hospital:
        stays = take_hospital(stays, asked.hospital)
    kind = "-without-clocks" if asked.without_clocks else ""
    work = unfinished / f"{stays.fingerprint[:12]}-{planned.seed}-{planned.epochs}{kind}"
    with Bars(console) as bars:
        trained = recipe.train(study, stays, planned, work, bars.show)
    return trained, sites.profile_of(stays) if study.live else None


def _table(figures: Mapping[str, float]) -> Table:
    table = Table("measured on", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}")
    return table
