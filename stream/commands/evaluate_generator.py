"""`wardwatch evaluate generator`: measure generated images and the enhancer on held-out images, and write the card."""

import json
from dataclasses import asdict
from pathlib import Path

import typer
from pydantic import BaseModel
from rich.console import Console

from models.device import DeviceError, find_device
from models.generator.card import verdict, write_card
from models.generator.evidence import Evidence, gather
from models.generator.material import CLASSES, SET, prepare
from models.generator.recipes import Recipe
from models.generator.training import Workplace
from models.generator.weights import GeneratorError
from models.lesion.lab.data import DataError, read_images
from models.lesion.model import ModelError
from stream.commands.bars import Bars
from stream.commands.train_generator import progress_callback


def evaluate(data: Path, weights: Path, card: Path, checkpoints: Path, device: str, *, as_json: bool) -> None:
    """Gather the evidence, write the card and print the result; exit with status 1 where something can't be used."""
    console, recipe = Console(stderr=True), Recipe()
    try:
        where = find_device(device)
        images = read_images(data / SET, CLASSES)
        small, large = prepare(images, recipe.drawn_px), prepare(images, recipe.repaired_px)
        with Bars(console) as bars:
            place = Workplace(checkpoints, where, progress_callback(bars))
            evidence, drawn = gather(small, large, weights, recipe, place, bars.console.print)
    except (DataError, DeviceError, GeneratorError, ModelError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    path = write_card(evidence, drawn, card)
    typer.echo(evidence_json(evidence) if as_json else f"{verdict(evidence.gains)} {path}")


def evidence_json(evidence: Evidence) -> str:
    """Return the evidence as one JSON object."""
    return json.dumps(asdict(evidence), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump()
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
