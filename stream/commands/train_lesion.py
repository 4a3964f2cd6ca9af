"""`wardwatch train lesion`: train the lesion models on folders of images."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import typer
from rich.console import Console

from models.device import DeviceError, find_device
from models.fundus.shipped import NAME as FUNDUS
from models.lesion.lab.building import build, prepare
from models.lesion.lab.card import write_card
from models.lesion.lab.data import DataError, Images, read_images
from models.lesion.lab.evidence import gather
from models.lesion.lab.pretraining import pretrained_weights
from models.lesion.lab.training import Step, Workplace
from models.lesion.model import SHIPPED, LesionModel, ModelError
from models.lesion.sets import SETS, LesionSet
from models.lesion.weights import add_validation
from stream.commands.bars import Bars
from stream.commands.train_fundus import train as train_fundus


def train(data: Path, set_name: str | None, out: Path | None, checkpoints: Path, device: str) -> None:
    """Train one set's model or all, and write their cards; exit with status 1 where data or device can't be used."""
    console = Console(stderr=True)
    if set_name == FUNDUS:
        try:
            train_fundus(data, out, checkpoints, console)
        except (DataError, ModelError) as error:
            _stop(console, str(error))
        return
    if set_name is not None and set_name not in SETS:
        _stop(console, f"there is no set {set_name!r}; there are {', '.join((*SETS, FUNDUS))}")
    chosen = [known for known in SETS.values() if (data / known.name).exists() and set_name in (None, known.name)]
    if not chosen:
        _stop(console, f"{data.name} holds no folder named {set_name or ', '.join(SETS)}")
    try:
        place = Workplace(out or SHIPPED, checkpoints, find_device(device))
        found = {
            name: read_images(data / name, known.classes) for name, known in SETS.items() if (data / name).exists()
        }
        for known in chosen:
            _train(known, found, place, console)
    except (DataError, DeviceError, ModelError) as error:
        _stop(console, str(error))


def _train(known: LesionSet, found: dict[str, Images], place: Workplace, console: Console) -> None:
    said = f"wardwatch train lesion --data DIR --set {known.name}"
    images = found[known.name]
    material = prepare(known, images)
    with Bars(console) as bars:
        guess = pretrained_weights(
            known, found, replace(place, tell=_progress_callback(bars, f"{known.recipe.starts_from}, small"))
        )
        path = build(known, images, material, replace(place, tell=_progress_callback(bars, known.name)), said, guess)
    model = LesionModel.load(known.name, place.weights, place.device.type)
    evidence = gather(model, images, material, {name: other for name, other in found.items() if name != known.name})
    add_validation(path, evidence.figures)
    write_card(model, evidence, place.weights)
    area = evidence.figures["auc_macro"].value
    console.print(f"{known.name}: {path.stat().st_size / 1e6:.1f} MB, macro AUC {area:.3f} on the test fold")


def _progress_callback(bars: Bars, what: str) -> Callable[[Step], None]:
    """Return a callback that shows a training's progress: one stage per network."""

    def tell(step: Step) -> None:
        seen = f"loss {step.loss:.3f}, held out {step.accuracy:.3f}"
        bars.show(f"{what} {step.member + 1}", step.epoch, step.epochs, seen)

    return tell


def _stop(console: Console, message: str) -> None:
    console.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(1)
