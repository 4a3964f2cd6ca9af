"""`wardwatch train generator`: train generators of breast ultrasound images, and an enhancer."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import typer
from rich.console import Console

from models.device import DeviceError, find_device
from models.generator.material import CLASSES, SET, SHARES, prepare
from models.generator.recipes import Recipe, train_enhancer, train_generator
from models.generator.training import Step, Workplace
from models.generator.weights import write
from models.lesion.lab.data import DataError, Images, read_images
from stream.commands.bars import Bars

Task = Literal["generate", "enhance"]
"""What to train."""


def train(data: Path, task: Task | None, out: Path, checkpoints: Path, device: str) -> None:
    """Train what was asked for, or both, and write the weights; exit with status 1 where something can't be used."""
    console, recipe = Console(stderr=True), Recipe()
    try:
        where = find_device(device)
        images = read_images(data / SET, CLASSES)
        with Bars(console) as bars:
            place = Workplace(checkpoints, where, progress_callback(bars))
            if task != "enhance":
                _generators(images, out, recipe, place)
            if task != "generate":
                _enhancer(images, out, recipe, place)
    except (DataError, DeviceError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    console.print(f"weights written to {out}", markup=False, soft_wrap=True)


def _generators(images: Images, out: Path, recipe: Recipe, place: Workplace) -> None:
    material = prepare(images, recipe.drawn_px)
    for percent in SHARES:
        write(
            out / f"generator_{percent}.safetensors",
            train_generator(material, percent, recipe, place),
            recipe.generator,
            data_version=material.fingerprint,
            images=len(material.share(percent)),
            size_px=recipe.drawn_px,
        )


def _enhancer(images: Images, out: Path, recipe: Recipe, place: Workplace) -> None:
    material = prepare(images, recipe.repaired_px)
    write(
        out / "enhancer.safetensors",
        train_enhancer(material, recipe, place),
        recipe.enhancer,
        data_version=material.fingerprint,
        images=len(material.share(max(SHARES))),
        size_px=recipe.repaired_px,
    )


def progress_callback(bars: Bars) -> Callable[[Step], None]:
    """Return a callback that shows a training's progress."""
    return lambda step: bars.show(step.name, step.step, step.steps, f"{step.loss:.3f}")
