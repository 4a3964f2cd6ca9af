"""What `wardwatch evaluate risk` does once its options are known: forecast, measure, write, show."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.risk.lab import deletion, speed
from models.risk.lab.card import write_card
from models.risk.lab.forecasting import ForecastError, Forecasts, certain, forecast
from models.risk.lab.metrics import INTERVAL
from models.risk.lab.plots import draw
from models.risk.lab.report import Cells, Evaluation, Presentation, Result, as_object, by_figure, by_result
from models.risk.lab.sites import hold_back, judge
from models.risk.lab.split import Part, take_part
from models.risk.lab.stays import DataError, NoLabelsError, Stays
from models.risk.lab.studies import STUDIES
from models.risk.lab.study import Study
from models.risk.model import SHIPPED, ModelError, RiskModel

_REFUSED: Final = 2  # exit code
Site = Literal["judge", "checked"]
_HELD_OUT: Final = {
    True: "The model's training saw none of these patients.",
    False: "The model was trained on these patients: the figures flatter it; --part test takes those it never saw.",
    None: "Whether the model was trained on some of these patients is not known here.",
}
_PLAIN_WIDTH: Final = 180  # columns, where the output is no terminal


@dataclass(frozen=True)
class Asked:
    """What the command was asked for.

    train   stays to train the baselines on
    beside  further weights, as NAME=FOLDER
    site    `judge`: the model abstains where a hospital is foreign or not yet known; `checked`: nowhere for that
    """

    data: Path
    predictions: Path
    part: Part
    train: Path | None
    beside: Sequence[str]
    card: Path | None
    model: Path | None
    device: str
    site: Site = "judge"


def run(outcome: str, asked: Asked, *, as_json: bool) -> None:
    """Evaluate the model of this outcome and print what came of it; a refusal is one sentence and ends with 2."""
    console, study = Console(stderr=True), STUDIES[outcome]
    try:
        with Progress(console=console, transient=True) as progress:
            evaluation = _evaluate(study, asked, progress)
    except (DataError, ForecastError, ModelError, NoLabelsError, OSError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    if as_json:
        typer.echo(json.dumps(as_object(evaluation, study.presentation), allow_nan=False))
    else:
        _show(evaluation, study.presentation)


def _evaluate(study: Study, asked: Asked, progress: Progress) -> Evaluation:
    """Forecast every hour of every stay, write the predictions, and measure them where there are labels."""
    folders = dict(_beside(study, asked.beside))
    model = RiskModel.load(asked.model or SHIPPED, asked.device, study.outcome)
    others = {name: RiskModel.load(folder, asked.device, study.outcome) for name, folder in folders.items()}
    whole = study.read(asked.data)
    stays = take_part(whole, asked.part)
    if asked.card:
        study.check_card(stays)
    forecasts, forecast_s = _forecast(model, stays, progress)
    found = judge(stays, model.profile) if model.profile and asked.site == "judge" else {}
    if found:
        forecasts = hold_back(forecasts, stays, found)
    _write_predictions(asked.predictions, stays, forecasts)
    results: list[Result] = []
    if stays.label is not None:
        beside = {name: _forecast(other, stays, progress)[0] for name, other in others.items()}
        for name, hidden in study.hidden_inputs.items():
            beside[name], _ = _forecast(model, stays.without(hidden), progress)
        task = progress.add_task("measuring", total=None)
        for result in study.compare(stays, forecasts, beside, study.read(asked.train) if asked.train else None):
            progress.update(task, description=f"measured {result.forecaster}")
            results.append(result)
    explained = study.live and asked.card is not None
    evaluation = Evaluation(
        model=study.model,
        version=model.version,
        data_version=model.data_version,
        horizon_h=model.horizon_h,
        fingerprint=whole.fingerprint,
        part=asked.part,
        held_out=asked.part == "test" if whole.fingerprint == model.data_version else None,
        counts=study.presentation.counted(stays),
        impossible_values=stays.impossible_counts(),
        labelled=stays.label is not None,
        forecast_s=forecast_s,
        results=results,
        live=study.live,
        beside={name: other.version for name, other in others.items()},
        speeds=list(speed.measure(model)) if explained else [],
        deletions=list(deletion.check(model, stays, forecasts)) if explained else [],
        sites=found,
    )
    if asked.card:
        _write_card(asked.card, study, evaluation, stays, forecasts)
    return evaluation


def _beside(study: Study, pairs: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Names and folders of NAME=FOLDER; raises DataError for anything else, and for a name that is taken."""
    taken = {study.model}
    for pair in pairs:
        if not study.live:
            msg = "--beside is for the outcome sepsis"
            raise DataError(msg)
        name, equals, folder = pair.partition("=")
        if not (name and equals and folder) or name in taken:
            msg = f"--beside takes NAME=FOLDER, each name once and none of them {study.model!r}"
            raise DataError(msg)
        taken.add(name)
        yield name, Path(folder)


def _forecast(model: RiskModel, stays: Stays, progress: Progress) -> tuple[Forecasts, float]:
    """Return forecasts of all rows, and the seconds that they took."""
    began = time.monotonic()
    task = progress.add_task("forecasting", total=len(stays.iculos))
    forecasts = forecast(model, stays, lambda rows: progress.advance(task, rows))
    return replace(forecasts, certain=certain(model.decision)), time.monotonic() - began


def _write_predictions(path: Path, stays: Stays, forecasts: Forecasts) -> None:
    """Write one row for each row of the stays, in its order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {
        "patient_id": pa.array(stays.patient_id[stays.stay_of_row], pa.string()),
        "ICULOS": pa.array(stays.iculos.astype("int32")),
        "risk": pa.array(forecasts.risk),
        "alarm": pa.array(forecasts.alarm.astype("int8")),
        "abstained": pa.array(forecasts.abstained.astype("int8")),
    }
    pq.write_table(pa.table(table), path)


def _write_card(path: Path, study: Study, evaluation: Evaluation, stays: Stays, forecasts: Forecasts) -> None:
    """Write the card, and beside it its plots, a curve in each for each set of graded forecasts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    curves = study.curves(stays, forecasts)
    files = {name: f"{path.stem}-{name}.png" for name in study.presentation.plots}
    for name, plot in study.presentation.plots.items():
        path.with_name(files[name]).write_bytes(draw(plot, curves))
    path.write_text(write_card(evaluation, study.presentation, files), encoding="utf-8")


def _show(evaluation: Evaluation, shown: Presentation) -> None:
    """Print the evaluation as tables."""
    console = Console()
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    title = f"{evaluation.version} on {shown.size.format(**evaluation.counts)} (not for clinical use)"
    if evaluation.impossible_values:
        counts = ", ".join(f"{name} {count}" for name, count in evaluation.impossible_values.items())
        console.print(f"{shown.impossible}, taken as not measured: {counts}")
    for name, where in evaluation.sites.items():
        if where.because is not None:
            console.print(f"{name}: abstained in every hour; {where.because}. --site checked measures it all the same")
    if not evaluation.results:
        console.print(f"{title}: {shown.no_labels}, so nothing was measured")
        return
    main = shown.defined(shown.main)
    console.print(_table(title, by_figure(main, evaluation.own, shown.own_with_size)))
    stratum = (shown.stratum, "{stratum}")
    for title, names, results, named in (
        ("compared with", shown.compared, sorted(evaluation.whole, key=shown.order), (stratum, ("", "{forecaster}"))),
        ("subgroups", shown.grouped, evaluation.subgroups, (stratum, ("", "{group}"))),
    ):
        console.print(_table(title, by_result(shown.defined(names), results, named), results))
    console.print(f"In brackets: {INTERVAL}. {_HELD_OUT[evaluation.held_out]}")
    for one in main:
        console.print(f"{one.heading}: {one.text}")


def _table(title: str, cells: Cells, results: Sequence[Result] = ()) -> Table:
    """A table for a terminal; where each row is of a result, the strata are set apart."""
    table = Table(*cells.heads, title=title)
    ends = [one.stratum != following.stratum for one, following in pairwise(results)]
    for number, row in enumerate(cells.rows):
        table.add_row(*row, end_section=number < len(ends) and ends[number])
    return table
