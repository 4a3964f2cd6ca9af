"""What `wardwatch evaluate risk --outcome deterioration` does: forecast, measure, write, show."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.risk.deterioration.events import HEADS
from models.risk.lab import counterfactuals
from models.risk.lab.counterfactuals import Gate
from models.risk.lab.deterioration.card import card_of, plots_of
from models.risk.lab.deterioration.evaluation import DEFINITIONS, Answers, Measured, answer, measure
from models.risk.lab.deterioration.labels import on_every_hour
from models.risk.lab.metrics import INTERVAL
from models.risk.lab.report import cell, numbers
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.split import Part, take_part
from models.risk.lab.stays import DataError, Stays
from models.risk.model import SHIPPED, ModelError, RiskModel

_REFUSED: Final = 2  # exit code
_PLAIN_WIDTH: Final = 180  # columns, where the output is no terminal


@dataclass(frozen=True)
class Request:
    """What the command was asked for; `train` are stays to train the baselines on."""

    data: Path
    predictions: Path
    part: Part
    train: Path | None
    card: Path | None
    model: Path | None
    device: str


def run(asked: Request, *, as_json: bool) -> None:
    """Evaluate and print what came of it; a refusal is one sentence and ends with 2."""
    console = Console(stderr=True)
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("reading", total=None)
            model = RiskModel.load(asked.model or SHIPPED, asked.device)
            stays = take_part(read_stays(asked.data), asked.part)
            training = read_stays(asked.train) if asked.train else None
            results = list(measure(model, stays, training, lambda step: progress.update(task, description=step)))
            whole = on_every_hour(stays)
            answers = answer(model, whole)
            _write(asked.predictions, whole, answers)
            progress.update(task, description="change values and see")
            gate = counterfactuals.examine(model, whole)
            if asked.card:
                _write_card(asked.card, model, (asked.part, results, gate), whole, answers)
    except (DataError, ModelError, OSError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    if as_json:
        typer.echo(json.dumps(as_object(model, results, gate), allow_nan=False))
    else:
        _show(model, results, gate)


def as_object(model: RiskModel, results: list[Measured], gate: Gate) -> dict[str, object]:
    """Return plain values for JSON; a figure that the data do not define is null."""
    return {
        "model": {"version": model.version, "data_version": model.data_version},
        "interval": INTERVAL,
        "definitions": {one.name: one.text for one in DEFINITIONS},
        "results": [
            asdict(one)
            | {
                "head": f"{HEADS[one.head].name}/{HEADS[one.head].horizon_h}h",
                "figures": {name: numbers(figure) for name, figure in one.figures.items()},
            }
            for one in results
        ],
        "counterfactuals": {
            "moved": [asdict(one) for one in gate.moved],
            "alarming": [asdict(one) for one in gate.alarming],
            "failures": [list(one) for one in gate.failures],
        },
    }


def _write(path: Path, stays: Stays, answers: Answers) -> None:
    """Write one row for each hour of each stay; a risk is missing where there is no forecast."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {
        "patient_id": pa.array(stays.patient_id[stays.stay_of_row], pa.string()),
        "ICULOS": pa.array(stays.iculos.astype("int32")),
    }
    for at, head in enumerate(HEADS):
        risk = pa.array(answers.probability[:, at], mask=~answers.spoken[:, at])
        table[f"{head.name}/{head.horizon_h}h"] = risk
    pq.write_table(pa.table(table), path)


def _write_card(
    path: Path, model: RiskModel, found: tuple[Part, list[Measured], Gate], stays: Stays, answers: Answers
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, png in plots_of(stays, answers).items():
        files[name] = f"{path.stem}-{name}.png"
        path.with_name(files[name]).write_bytes(png)
    path.write_text(card_of(model, found, stays, files), encoding="utf-8")


def _show(model: RiskModel, results: list[Measured], gate: Gate) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    heads = ("forecast", "hospital", "forecaster", "hours", "rate", *(one.heading for one in DEFINITIONS))
    table = Table(*heads, title=f"{model.version} (not for clinical use)")
    for one in results:
        figures = (cell(one.figures.get(each.name), each.decimals) for each in DEFINITIONS)
        head = HEADS[one.head]
        named = (f"{head.name} {head.horizon_h} h", one.hospital, one.forecaster, str(one.hours), f"{one.rate:.3f}")
        table.add_row(*named, *figures)
    console.print(table)
    console.print(f"In brackets: {INTERVAL}")
    console.print(f"Counterfactuals, {gate.stays} stays: {gate.told}")
