"""`wardwatch evaluate risk`: the shipped risk model on recorded stays, by the streaming path, against their labels."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.risk.lab import deletion, speed
from models.risk.lab.card import write_card
from models.risk.lab.compare import MODEL, compare
from models.risk.lab.data import DataError, Stays, read_stays
from models.risk.lab.evaluation import ForecastError, Forecasts, Part, certain, forecast, take_part
from models.risk.lab.metrics import DEFINITIONS
from models.risk.lab.plots import PLOTS
from models.risk.lab.report import COMPARED, GROUPED, INTERVAL, MAIN, Columns, Evaluation, cell
from models.risk.lab.results import EVERYONE, NoLabelsError, Result, by_hospital, grade
from models.risk.model import SHIPPED, ModelError, RiskModel
from stream.commands import evaluate_mortality
from stream.commands.card_files import write_card_files
from stream.commands.predictions import HELD_OUT, PLAIN_WIDTH, write_predictions

_REFUSED: Final = 2  # exit code


def evaluate(  # noqa: PLR0913 - as the command that calls it
    data: Path,
    predictions: Path,
    *,
    outcome: Literal["sepsis", "mortality"],
    part: Part,
    train: Path | None,
    beside: list[str] | None,
    card: Path | None,
    model: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Write the predictions, measure and print; ends with status 2 where data or model can't be used."""
    console = Console(stderr=True)
    try:
        with Progress(console=console, transient=True) as progress:
            others = dict(_named(beside or ()))
            if outcome == "mortality":
                _refuse_others(others)
                died = evaluate_mortality.evaluate(data, predictions, part, train, card, model, device, progress)
                said, show = died.as_json(), partial(evaluate_mortality.show, died)
            else:
                septic = _evaluate(data, predictions, part, train, others, card, model or SHIPPED, device, progress)
                said, show = septic.as_json(), partial(_show, septic)
    except (DataError, ForecastError, ModelError, NoLabelsError, OSError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    if as_json:
        typer.echo(json.dumps(said, allow_nan=False))
    else:
        show()


def _evaluate(
    data: Path,
    predictions: Path,
    part: Part,
    train: Path | None,
    beside: Mapping[str, Path],
    card: Path | None,
    model: Path,
    device: str,
    progress: Progress,
) -> Evaluation:
    """Evaluate the sepsis model."""
    shipped = RiskModel.load(model, device)
    others = {name: RiskModel.load(folder, device) for name, folder in beside.items()}
    whole = read_stays(data)
    stays = take_part(whole, part)
    if card:
        _check_card(stays)
    forecasts, forecast_s = _forecast(shipped, stays, progress)
    write_predictions(predictions, stays, forecasts)
    others_told = {name: _forecast(other, stays, progress)[0] for name, other in others.items()}
    found = _measure(stays, forecasts, others_told, train, progress)
    evaluation = Evaluation(
        version=shipped.version,
        beside={name: other.version for name, other in others.items()},
        data_version=shipped.data_version,
        horizon_h=shipped.horizon_h,
        fingerprint=whole.fingerprint,
        part=part,
        held_out=part == "test" if whole.fingerprint == shipped.data_version else None,
        patients=len(stays),
        hours=len(stays.iculos),
        hours_without_row=int(stays.missing_before.sum()),
        impossible_values=stays.impossible_counts(),
        labelled=stays.label is not None,
        forecast_s=forecast_s,
        results=found,
        speeds=list(speed.measure(shipped)) if card else [],
        deletions=list(deletion.check(shipped, stays, forecasts)) if card else [],
    )
    if card:
        _write_card(card, evaluation, stays, forecasts)
    return evaluation


def _refuse_others(beside: Mapping[str, Path]) -> None:
    if beside:
        msg = "--beside is for the outcome sepsis"
        raise DataError(msg)


def _named(pairs: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Names and folders of NAME=FOLDER; raises DataError for anything else, and for a name that is taken."""
    taken = {MODEL}
    for pair in pairs:
        name, equals, folder = pair.partition("=")
        if not (name and equals and folder) or name in taken:
            msg = f"--beside takes NAME=FOLDER, each name once and none of them {MODEL!r}"
            raise DataError(msg)
        taken.add(name)
        yield name, Path(folder)


def _forecast(model: RiskModel, stays: Stays, progress: Progress) -> tuple[Forecasts, float]:
    """Forecasts of all rows, and the seconds that they took."""
    began = time.monotonic()
    task = progress.add_task("forecasting", total=len(stays.iculos))
    forecasts = forecast(model, stays, lambda rows: progress.advance(task, rows))
    return replace(forecasts, certain=certain(model.decision)), time.monotonic() - began


def _measure(
    stays: Stays, forecasts: Forecasts, beside: Mapping[str, Forecasts], train: Path | None, progress: Progress
) -> list[Result]:
    """All results; none without labels."""
    if stays.label is None:
        return []
    learned = read_stays(train) if train else None
    task = progress.add_task("measuring", total=None)
    found = []
    for result in compare(stays, forecasts, beside, learned):
        progress.update(task, description=f"measured {result.forecaster}")
        found.append(result)
    return found


def _check_card(stays: Stays) -> None:
    """Refuse, before all work, a card about stays of which its figures can't be made."""
    hospitals = set(stays.hospital.tolist())
    septic = set() if stays.label is None else set(stays.hospital[stays.stay_of_row[stays.label == 1]].tolist())
    if septic != hospitals:
        msg = "a model card needs septic stays in every hospital"
        raise NoLabelsError(msg)


def _write_card(path: Path, evaluation: Evaluation, stays: Stays, forecasts: Forecasts) -> None:
    graded = {
        name: grade(stays, forecasts, np.flatnonzero(stays.hospital == name))
        for name in sorted(set(stays.hospital.tolist()))
    }
    write_card_files(path, partial(write_card, evaluation, MODEL), PLOTS, graded)


def _show(evaluation: Evaluation) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    title = f"{evaluation.version} on {evaluation.patients} stays, {evaluation.hours} hours (not for clinical use)"
    if evaluation.impossible_values:
        counts = ", ".join(f"{column} {count}" for column, count in evaluation.impossible_values.items())
        console.print(f"Impossible values, taken as not measured: {counts}")
    if not evaluation.results:
        console.print(f"{title}: no labels, so nothing was measured")
        return
    whole = [result for result in evaluation.results if result.group == EVERYONE]
    own = [result for result in whole if result.forecaster == MODEL]
    groups = [result for result in evaluation.results if result.group != EVERYONE]
    figures = Table("figure", *(f"{one.hospital}: {one.septic} of {one.patients} septic" for one in own), title=title)
    for name, heading, decimals in MAIN:
        figures.add_row(heading, *(cell(result.figures.get(name), decimals) for result in own))
    console.print(figures)
    _print(console, "compared with", [(result.forecaster, result) for result in by_hospital(whole)], COMPARED)
    _print(console, "subgroups", [(result.group, result) for result in groups], GROUPED)
    console.print(f"In brackets: {INTERVAL}. {HELD_OUT[evaluation.held_out]}")
    for name, heading, _ in MAIN:
        console.print(f"{heading}: {DEFINITIONS[name]}")


def _print(console: Console, title: str, named: list[tuple[str, Result]], columns: Columns) -> None:
    """Print one row for each result, the hospitals set apart."""
    table = Table("hospital", "", *(heading for _, heading, _ in columns), title=title)
    hospitals = [result.hospital for _, result in named] + [""]
    for (name, result), following in zip(named, hospitals[1:], strict=True):
        cells = (cell(result.figures.get(figure), decimals) for figure, _, decimals in columns)
        table.add_row(result.hospital, name, *cells, end_section=following != result.hospital)
    console.print(table)
