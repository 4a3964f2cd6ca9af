"""Evidence on the generators and the enhancer, measured on images that nothing was fitted to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from models.generator.flow import draw
from models.generator.image_quality import ImageQuality, Memorisation, like_held_out, measure_quality, memorisation
from models.generator.material import CLASSES, SET, SHARES, Material
from models.generator.recipes import Drawn, Recipe, train_classifier
from models.generator.restoration import Repair, TestFoldFigures, readings, repairs
from models.generator.scarcity import MEASURES, Gain, gains, probabilities, run_arm
from models.generator.training import Workplace
from models.generator.weights import Configuration, read_enhancer, read_generator
from models.lesion.model import LesionModel

SPACES: Final = ("brain_mri", SET)  # lesion models whose features are compared; the first never saw ultrasound


@dataclass(frozen=True)
class Consistency:
    """Share of images that small classifiers, trained on real images only, assign to the right class."""

    drawn: dict[int, float]  # generated images, by share of the training images
    held_out: float


@dataclass(frozen=True)
class Evidence:
    """Everything that the card is written from."""

    held_out: dict[str, int]  # images of each class
    seeds: int  # of the classifiers
    drawn_of_each: int
    generators: dict[int, Configuration]  # by share of the training images
    enhancer: Configuration
    spaces: dict[str, str]  # lesion model and its version
    worth: dict[str, dict[str, ImageQuality]]  # by space, then by set of images
    memory: dict[int, Memorisation]  # by share
    consistency: Consistency
    gains: dict[int, dict[str, Gain]]  # by share, then by measure
    repairs: dict[str, dict[str, Repair]]  # by damage, then by way to repair it
    readings: dict[str, TestFoldFigures]  # by treatment of the images


def gather(
    small: Material,
    large: Material,
    weights: Path,
    recipe: Recipe,
    place: Workplace,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Evidence, dict[int, Drawn]]:
    """Measure everything; return the evidence and the generated images by share.

    `small` is what the generators were trained on, `large` what the enhancer was: the same images at different sizes.
    Raises GeneratorError or ModelError when weights are missing.
    """
    enhancer, of_enhancer = read_enhancer(weights / "enhancer.safetensors", place.device)
    models = {name: LesionModel.load(name, device=place.device.type) for name in SPACES}
    drawn, generators, measured = {}, {}, {}
    for percent in SHARES:
        say(f"the generator of {percent} % draws")
        path = weights / f"generator_{percent}.safetensors"
        drawn[percent], generators[percent] = _draw(path, percent, recipe.drawn_of_each, place.device)
        arm = run_arm(small, percent, drawn[percent], recipe, place)
        measured[percent] = {name: gains(arm, small, score, recipe.draws) for name, score in MEASURES.items()}
    say("all images are compared")
    squares = {percent: one.squares for percent, one in drawn.items()}
    counts = np.bincount(small.targets[small.held_out].numpy(), minlength=len(CLASSES)).tolist()
    evidence = Evidence(
        held_out=dict(zip(CLASSES, counts, strict=True)),
        seeds=recipe.classifier_seeds,
        drawn_of_each=recipe.drawn_of_each,
        generators=generators,
        enhancer=of_enhancer,
        spaces={name: model.version for name, model in models.items()},
        worth={name: measure_quality(model, small, squares, recipe.draws) for name, model in models.items()},
        memory={percent: memorisation(small, percent, squares[percent], recipe.draws) for percent in SHARES},
        consistency=_consistency(small, squares, recipe, place),
        gains=measured,
        repairs=repairs(enhancer, large, recipe.draws),
        readings=readings(enhancer, large, models[SET], recipe.draws),
    )
    return evidence, drawn


def _draw(path: Path, seed: int, of_each: int, device: torch.device) -> tuple[Drawn, Configuration]:
    network, configuration = read_generator(path, device)
    labels = torch.arange(len(CLASSES)).repeat_interleave(of_each)
    squares = draw(network, labels, configuration.size_px, seed)
    return Drawn(dict(enumerate(torch.split(squares, of_each))), configuration.version), configuration


def _consistency(
    material: Material, drawn: Mapping[int, Mapping[int, Tensor]], recipe: Recipe, place: Workplace
) -> Consistency:
    seeds = range(recipe.classifier_seeds)
    networks = [train_classifier(material, max(SHARES), None, seed, recipe, place) for seed in seeds]

    def right(squares: Tensor, targets: Tensor) -> float:
        said = np.mean([probabilities(network, squares) for network in networks], axis=0)
        return float((said.argmax(1) == targets.numpy()).mean())

    held = material.targets[material.held_out]
    return Consistency(
        drawn={
            percent: right(like_held_out(images, material), held.sort().values) for percent, images in drawn.items()
        },
        held_out=right(material.squares[material.held_out], held),
    )
