"""Hyperparameters and training of generators, enhancer, and the small classifiers that evaluate the generators."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Generator, Tensor
from torch.nn import functional

from models.generator.damage import KINDS, damage
from models.generator.flow import velocity_loss
from models.generator.material import CLASSES, SHARES, Material, window
from models.generator.measures import DRAWS
from models.generator.network import EnhancerNetwork, FlowNetwork, Shape
from models.generator.training import Plan, Workplace, train
from models.lesion.lab.augment import vary
from models.lesion.network import LesionNetwork
from models.lesion.network import Shape as LesionShape
from models.lesion.preparation import standardise

GENERATOR: Final = Shape(patch_px=4, widths=(64, 128), conditions=len(CLASSES))
ENHANCER: Final = Shape(patch_px=2, widths=(32, 64), conditions=len(KINDS))
CLASSIFIER: Final = LesionShape(stem_stride=2, widths=(16, 32, 64), blocks=1, classes=len(CLASSES))
GENERATOR_STEPS: Final = dict(zip(SHARES, (1000, 1600, 2800), strict=True))  # fewer images need fewer steps
CLASSIFIER_STEPS: Final = dict(zip(SHARES, (150, 240, 400), strict=True))
STRENGTH: Final = (0.25, 1.5)  # range of the noise that the enhancer is trained on; it is evaluated at 1


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters; with the images they determine the result of training. All numbers are our own choice."""

    drawn_px: int = 64  # side of the generated images
    generator: Shape = GENERATOR
    generator_steps: Mapping[int, int] = field(default_factory=GENERATOR_STEPS.copy)  # by share
    drawn_of_each: int = 100  # images of a class that each generator draws for the evaluation
    repaired_px: int = 128  # side of the images for evaluating the enhancer; it is trained on crops of half
    enhancer: Shape = ENHANCER
    enhancer_steps: int = 1000
    classifier: LesionShape = CLASSIFIER
    classifier_steps: Mapping[int, int] = field(
        default_factory=CLASSIFIER_STEPS.copy
    )  # by share, the same in both arms
    classifier_seeds: int = 3
    draws: int = DRAWS  # of the bootstrap behind each interval


@dataclass(frozen=True)
class Drawn:
    """The images that one generator drew."""

    squares: Mapping[int, Tensor]  # by class number [M, 1, S, S], 0..1
    version: str  # of the generator


def train_generator(material: Material, percent: int, recipe: Recipe, place: Workplace) -> FlowNetwork:
    """Train a generator on this share of the training images alone."""
    plan = Plan(f"generator_{percent}", steps=recipe.generator_steps[percent], batch=16, rate=1e-3)
    rows = torch.from_numpy(material.share(percent))

    def loss(network: FlowNetwork, generator: Generator) -> Tensor:
        drawn = rows[torch.randint(len(rows), (plan.batch,), generator=generator)]
        squares = window(material.squares[drawn], generator).to(place.device)
        return velocity_loss(network, squares, material.targets[drawn].to(place.device), generator)

    torch.manual_seed(plan.seed)
    network = FlowNetwork(recipe.generator)
    return train(plan, network, loss, f"{recipe.generator} {material.fingerprint}", place)


def train_enhancer(material: Material, recipe: Recipe, place: Workplace) -> EnhancerNetwork:
    """Train an enhancer on crops of all training images, half of them noisy and half of reduced resolution."""
    plan = Plan("enhancer", steps=recipe.enhancer_steps, batch=8, rate=1e-3)
    rows = torch.from_numpy(material.share(max(SHARES)))
    part = material.squares.shape[-1] // 2

    def loss(network: EnhancerNetwork, generator: Generator) -> Tensor:
        drawn = rows[torch.randint(len(rows), (plan.batch,), generator=generator)]
        top, left = torch.randint(part + 1, (2,), generator=generator).tolist()
        truth = material.squares[drawn, :, top : top + part, left : left + part]
        kinds = torch.arange(plan.batch) % len(KINDS)
        strength = STRENGTH[0] + (STRENGTH[1] - STRENGTH[0]) * torch.rand(plan.batch, generator=generator)
        repaired = network(damage(truth, kinds, strength, generator).to(place.device), kinds.to(place.device))
        return functional.l1_loss(repaired, truth.to(place.device))

    torch.manual_seed(plan.seed)
    network = EnhancerNetwork(recipe.enhancer)
    return train(plan, network, loss, f"{recipe.enhancer} {material.fingerprint}", place)


def train_classifier(
    material: Material, percent: int, drawn: Drawn | None, seed: int, recipe: Recipe, place: Workplace
) -> LesionNetwork:
    """Train a small classifier on a share of the images, with the usual augmentation, with or without generated images.

    With them, half of each batch is generated, of the classes that the real images would have had: only the images
    differ.
    """
    name = f"classifier_{percent}_{'plain' if drawn is None else 'drawn'}_{seed}"
    plan = Plan(name, steps=recipe.classifier_steps[percent], batch=32, rate=3e-3, seed=seed)
    real = torch.from_numpy(material.share(percent))

    def loss(network: LesionNetwork, generator: Generator) -> Tensor:
        rows = real[torch.randint(len(real), (plan.batch,), generator=generator)]
        targets, squares = material.targets[rows], material.squares[rows]
        if drawn is not None:
            for number in range(plan.batch // 2):
                own = drawn.squares[int(targets[number])]
                squares[number] = own[int(torch.randint(len(own), (), generator=generator))]
        seen = standardise(vary(squares, generator)).to(place.device)
        return functional.cross_entropy(network(seen), targets.to(place.device))

    torch.manual_seed(plan.seed)
    network = LesionNetwork(recipe.classifier)
    of = f"{recipe.classifier} {material.fingerprint} {drawn.version if drawn else ''}"
    return train(plan, network, loss, of, place)
