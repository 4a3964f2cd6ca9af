"""`wardwatch evaluate risk --outcome mortality`: the mortality model on recorded stays, by the streaming path."""

import time
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.risk.lab.data import DataError
from models.risk.lab.evaluation import Forecasts, Part
from models.risk.lab.mortality.card import write_card
from models.risk.lab.mortality.compare import MODEL, WIRE, Result, compare, grade
from models.risk.lab.mortality.data import Records, read_records
from models.risk.lab.mortality.evaluation import NOT_ON_THE_WIRE, forecast
from models.risk.lab.mortality.inputs import INPUTS
from models.risk.lab.mortality.metrics import AT_HOURS, DEFINITIONS
from models.risk.lab.mortality.outcome import MORTALITY
from models.risk.lab.mortality.plots import PLOTS
from models.risk.lab.mortality.report import COMPARED, GROUPED, MAIN, Evaluation
from models.risk.lab.report import INTERVAL, Columns, cell
from models.risk.lab.results import EVERYONE, NoLabelsError
from models.risk.lab.split import parts_of
from models.risk.model import SHIPPED, RiskModel
from stream.commands.card_files import write_card_files
from stream.commands.predictions import HELD_OUT, PLAIN_WIDTH, write_predictions


def evaluate(
    data: Path,
    predictions: Path,
    part: Part,
    train: Path | None,
    card: Path | None,
    model: Path | None,
    device: str,
    progress: Progress,
) -> Evaluation:
    """Forecast every hour of every stay, write the predictions, and measure them where there are outcomes.

    Raises DataError, ModelError or NoLabelsError, whose text says in a sentence what can't be used.
    """
    shipped = RiskModel.load(model or SHIPPED, device, MORTALITY)
    whole = read_records(data)
    records = _part(whole, part)
    if card and records.died is None:
        msg = "a model card needs stays with their outcome"
        raise NoLabelsError(msg)
    task = progress.add_task("forecasting", total=len(records.stays.iculos))
    began = time.monotonic()
    forecasts = forecast(shipped, records.stays, lambda rows: progress.advance(task, rows))
    forecast_s = time.monotonic() - began
    write_predictions(predictions, records.stays, forecasts)
    results: list[Result] = []
    if records.died is not None:
        wire = forecast(shipped, records.stays, without=NOT_ON_THE_WIRE)
        task = progress.add_task("measuring", total=None)
        for result in compare(records, forecasts, {WIRE: wire}, read_records(train) if train else None):
            progress.update(task, description=f"measured {result.forecaster}")
            results.append(result)
    counts = zip(INPUTS, records.stays.impossible.sum(axis=0).tolist(), strict=True)
    evaluation = Evaluation(
        version=shipped.version,
        data_version=shipped.data_version,
        fingerprint=whole.stays.fingerprint,
        part=part,
        held_out=part == "test" if whole.stays.fingerprint == shipped.data_version else None,
        patients=len(records.stays),
        impossible_values={one.name: count for one, count in counts if count},
        labelled=records.died is not None,
        forecast_s=forecast_s,
        results=results,
    )
    if card:
        _write_card(card, evaluation, records, forecasts)
    return evaluation


def _part(records: Records, part: Part) -> Records:
    """Take the patients of a part; raises DataError when there are none."""
    if part == "all":
        return records
    chosen = np.flatnonzero(parts_of(records.stays.patient_id) == part)
    if not len(chosen):
        msg = f"none of these patients belongs to the part {part}"
        raise DataError(msg)
    return records.take(chosen)


def _write_card(path: Path, evaluation: Evaluation, records: Records, forecasts: Forecasts) -> None:
    graded = {f"{hour} h": grade(records, forecasts, hour) for hour in AT_HOURS}
    write_card_files(path, partial(write_card, evaluation), PLOTS, graded)


def show(evaluation: Evaluation) -> None:
    """Print the evaluation as tables."""
    console = Console()
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    title = f"{evaluation.version} on {evaluation.patients} stays (not for clinical use)"
    if evaluation.impossible_values:
        counts = ", ".join(f"{name} {count}" for name, count in evaluation.impossible_values.items())
        console.print(f"Hours with impossible samples, taken as not measured: {counts}")
    if not evaluation.results:
        console.print(f"{title}: no outcomes, so nothing was measured")
        return
    whole = [result for result in evaluation.results if result.group == EVERYONE]
    own = [result for result in whole if result.forecaster == MODEL]
    figures = Table("figure", *(f"{one.hour} h: {one.deaths} of {one.patients} died" for one in own), title=title)
    for name, heading, decimals in MAIN:
        figures.add_row(heading, *(cell(result.figures.get(name), decimals) for result in own))
    console.print(figures)
    _print(console, "compared with", sorted(whole, key=lambda one: -one.hour), COMPARED)
    _print(console, "subgroups", [one for one in evaluation.results if one.group != EVERYONE], GROUPED)
    console.print(f"In brackets: {INTERVAL}. {HELD_OUT[evaluation.held_out]}")
    for name, heading, _ in MAIN:
        console.print(f"{heading}: {DEFINITIONS[name]}")


def _print(console: Console, title: str, some: list[Result], columns: Columns) -> None:
    """Print one row for each result."""
    table = Table("hour", "", *(heading for _, heading, _ in columns), title=title)
    for result in some:
        name = result.forecaster if result.group == EVERYONE else result.group
        table.add_row(str(result.hour), name, *(cell(result.figures.get(key), places) for key, _, places in columns))
    console.print(table)
