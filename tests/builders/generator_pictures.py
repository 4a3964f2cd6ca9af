"""Breast ultrasound as a child would draw it: a dark disc is benign, a dark bar malignant, neither is normal."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from models.generator.material import CLASSES, SHARES
from models.generator.network import Shape
from models.generator.recipes import Recipe
from models.generator.training import Step, Workplace
from models.lesion.lab.data import Images

SIDE = 16


def pictures(count: int = 90, seed: int = 0) -> Images:
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    pixels, labels = [], []
    for number in range(count):
        label = CLASSES[number % 3]
        one = 0.7 + 0.05 * chance.standard_normal((SIDE, SIDE))
        row, column = chance.integers(5, SIDE - 5, 2)
        if label == "benign":
            one[(rows - row) ** 2 + (columns - column) ** 2 <= 12] -= 0.5
        if label == "malignant":
            one[:, column - 1 : column + 2] -= 0.5
        pixels.append(one.clip(0, 1).astype(np.float32))
        labels.append(label)
    groups = tuple(str(number // 3 // 2 * 3 + number % 3) for number in range(count))  # two of a class share one
    return Images(tuple(f"{number}.png" for number in range(count)), tuple(pixels), tuple(labels), groups)


def a_recipe() -> Recipe:
    """The recipe in miniature: everything is trained in a second or so."""
    small = Shape(patch_px=4, widths=(16,), conditions=3)
    return Recipe(
        drawn_px=SIDE,
        generator=small,
        generator_steps=dict.fromkeys(SHARES, 2),
        drawn_of_each=12,
        repaired_px=2 * SIDE,
        enhancer=replace(small, patch_px=2, conditions=2),
        enhancer_steps=2,
        classifier_steps=dict.fromkeys(SHARES, 2),
        classifier_seeds=2,
        draws=20,
    )


class Stop(Exception):  # noqa: N818 - stands for whatever ends a training early
    pass


def a_place(folder: Path, *, stops_after: int | None = None) -> Workplace:
    def tell(step: Step) -> None:
        if step.step == stops_after:
            raise Stop

    return Workplace(folder, torch.device("cpu"), tell)
