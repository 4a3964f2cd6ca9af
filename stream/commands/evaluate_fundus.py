"""`wardwatch evaluate lesion --set fundus`: run the shipped model on a folder of photographs of the retina."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from models.fundus.grades import GRADES, FundusScores
from models.fundus.lab.data import Photographs, read_photographs
from models.fundus.lab.evaluation import figures
from models.fundus.model import FundusModel, FundusResult
from models.fundus.shipped import NAME, SHIPPED
from models.lesion.lab.data import DataError
from models.lesion.weights import Figure, ModelError
from stream.commands.figure_table import show_figures


def evaluate(images: Path, predictions: Path, weights: Path | None, device: str, *, as_json: bool) -> None:
    """Write the predictions and print the figures; exit with status 1 where photographs or model can't be used."""
    console = Console(stderr=True)
    try:
        model = FundusModel(weights or SHIPPED, device)
        found = read_photographs(images)
        with Progress(console=console) as progress:
            task = progress.add_task(NAME, total=len(found.files))
            results = _judge(model, found, lambda: progress.advance(task))
    except (DataError, ModelError) as error:
        console.print(str(error), style="red")
        raise typer.Exit(1) from None
    scores = _scores_of(model, results)
    _write(predictions, found, scores, results)
    measured: dict[str, Figure] = {}
    known = model.configuration
    if found.grades is not None:
        thresholds = (known.referable_threshold, known.oedema_threshold)
        measured = figures(scores, found.grades, found.oedema, found.groups, thresholds)
    if taught := found.fingerprint() == known.data_version:
        console.print(
            "These are the photographs that this model was taught on: the figures say nothing of new ones; its card"
            " does.",
            style="yellow",
        )
    if not as_json:
        _show(model, found, measured)
        return
    summary = {
        "set": NAME,
        "version": known.version,
        "data_version": known.data_version,
        "images": len(found.files),
        "abstained": sum(one.abstained for one in results),
        "refused": sum(one.refusal is not None for one in results),
        "figures": {
            name: [None if np.isnan(one) else round(one, 4) for one in (figure.value, figure.low, figure.high)]
            for name, figure in measured.items()
        },
        "taught_on_these": taught,
    }
    typer.echo(json.dumps(summary))


def _judge(model: FundusModel, found: Photographs, tell: Callable[[], None]) -> list[FundusResult]:
    results = []
    for number in range(len(found.files)):
        results.append(model.check(found.read(number), explain=False))
        tell()
    return results


def _scores_of(model: FundusModel, results: list[FundusResult]) -> FundusScores:
    """Return the scores of all; those without a field of view get the share of each grade in the training set."""
    counts = np.array([model.configuration.images_by_grade], dtype=float)
    unknown = FundusScores(counts / counts.sum(), counts[:, 2:].sum(1) / counts.sum(), np.array([0.5]))
    each = [one.scores or unknown for one in results]
    return FundusScores(
        np.concatenate([one.grades for one in each]),
        np.concatenate([one.referable for one in each]),
        np.concatenate([one.oedema for one in each]),
    )


def _write(path: Path, found: Photographs, scores: FundusScores, results: list[FundusResult]) -> None:
    """Write probabilities for refused photographs too, so that every row can be evaluated; `abstained` marks them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", *GRADES, "referable", "oedema", "predicted", "abstained", "refusal"])
        named = np.rint(scores.expected_grade()).astype(int)
        for row, (name, result) in enumerate(zip(found.files, results, strict=True)):
            given = [*scores.grades[row], scores.referable[row], scores.oedema[row]]
            said = [GRADES[named[row]], int(result.abstained), result.refusal or ""]
            table.writerow([name, *(f"{p:.6f}" for p in given), *said])


def _show(model: FundusModel, found: Photographs, measured: dict[str, Figure]) -> None:
    title = f"{NAME} {model.configuration.version} on {len(found.files)} photographs (not for clinical use)"
    if not measured:
        typer.echo(f"{title}: no grades, so nothing was measured")
        return
    show_figures(title, measured)
