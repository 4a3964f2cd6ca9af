"""`wardwatch evaluate lesion`: run a shipped lesion model on a folder or an npz of images, by the check path's code."""

import csv
import json
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from models.lesion.lab.data import DataError, Images, fingerprint, read_images
from models.lesion.lab.evaluation import Judged, figures, judge
from models.lesion.model import SHIPPED, LesionModel, ModelError
from models.lesion.weights import Figure
from stream.commands.figure_table import show_figures


def evaluate(
    set_name: str, images: Path, predictions: Path, weights: Path | None, device: str, *, as_json: bool
) -> None:
    """Write the predictions and print the figures; exit with status 1 where images or model can't be used."""
    console = Console(stderr=True)
    try:
        model = LesionModel.load(set_name, weights or SHIPPED, device)
        found = read_images(images, model.classes)
    except (DataError, ModelError) as error:
        console.print(str(error), style="red")
        raise typer.Exit(1) from None
    with Progress(console=console) as progress:
        task = progress.add_task(set_name, total=len(found.files))
        judged = judge(model, found, lambda count: progress.advance(task, count))
    _write(predictions, model, found, judged)
    measured = figures(model, found, judged) if found.labels else {}
    if taught := fingerprint(found) == model.data_version:
        console.print(
            "These are the images that this model was taught on: the figures say nothing of new ones; its card does.",
            style="yellow",
        )
    if as_json:
        typer.echo(json.dumps(_summary(model, found, judged, measured) | {"taught_on_these": taught}))
    else:
        _show(model, found, measured)


def _write(path: Path, model: LesionModel, images: Images, judged: Judged) -> None:
    """Write probabilities for refused images too, so that every row can be evaluated; `abstained` marks them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", *model.classes, "predicted", "abstained"])
        for name, row, abstained in zip(images.files, judged.probabilities, judged.abstained, strict=True):
            table.writerow([name, *(f"{p:.6f}" for p in row), model.classes[int(row.argmax())], int(abstained)])


def _summary(
    model: LesionModel, images: Images, judged: Judged, measured: dict[str, Figure]
) -> dict[str, str | int | float | dict[str, list[float | None]]]:
    return {
        "set": model.name,
        "version": model.version,
        "data_version": model.data_version,
        "images": len(images.files),
        "abstained": int(judged.abstained.sum()),
        "refused": int(judged.refused.sum()),
        "threshold": model.configuration.threshold,
        # value, low, high; null where the images do not define it
        "figures": {
            name: [None if one != one else round(one, 4) for one in (figure.value, figure.low, figure.high)]  # noqa: PLR0124
            for name, figure in measured.items()
        },
    }


def _show(model: LesionModel, images: Images, measured: dict[str, Figure]) -> None:
    title = f"{model.name} {model.version} on {len(images.files)} images (not for clinical use)"
    if not measured:
        typer.echo(f"{title}: no labels, so nothing was measured")
        return
    show_figures(title, measured)
