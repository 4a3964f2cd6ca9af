"""Pretraining: train a smaller network on another set and reuse all its weights but the head."""

from collections.abc import Mapping
from dataclasses import replace

import torch

from models.lesion.lab.building import prepare
from models.lesion.lab.data import DataError, Images
from models.lesion.lab.training import Weights, Workplace, train_member
from models.lesion.sets import SETS, LesionSet


def pretrained_weights(known: LesionSet, found: Mapping[str, Images], place: Workplace) -> Weights | None:
    """Return the pretrained weights that a set's networks start from; None for those that start at random.

    They are trained here, on the other set's images in `found`. Raises DataError when those are missing.
    """
    other, recipe = known.recipe.starts_from, known.trunk
    if other is None or recipe is None:
        return None
    if other not in found:
        message = f"{known.name} starts from a network taught on {other}, and the folder holds no {other}"
        raise DataError(message)
    teacher = replace(SETS[other], name=f"{other}_trunk", recipe=recipe)
    taught = train_member(teacher, prepare(teacher, found[other]), 0, place).weights
    # Rounded to half precision, as if read from a shipped file
    return {
        name: value.half().float() if value.is_floating_point() else torch.zeros_like(value)
        for name, value in taught.items()
    }
