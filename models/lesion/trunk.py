"""The first guess of a set's networks: another set's network, its head left behind."""

from collections.abc import Mapping
from dataclasses import replace

import torch

from models.lesion.building import prepare
from models.lesion.data import DataError, Images
from models.lesion.sets import SETS, LesionSet
from models.lesion.training import Weights, Workplace, train_member
from models.lesion.weights import read_package


def first_guess(known: LesionSet, found: Mapping[str, Images], place: Workplace) -> Weights | None:
    """Give the weights that a set's networks start from; None when they start from nothing.

    They are those that ship for the other set or, where that network has another shape, those of a smaller one that is
    taught here on the images `found` of that set, by name. Raises ModelError when the other set's model is not at the
    workplace yet, DataError when its images are needed and missing.
    """
    other = known.recipe.starts_from
    if other is None:
        return None
    if known.trunk is None:
        return read_package(place.weights / f"{other}.safetensors").networks[0].state_dict()
    if other not in found:
        message = f"{known.name} starts from a network taught on {other}, and the folder holds no {other}"
        raise DataError(message)
    teacher = replace(SETS[other], name=f"{other}_trunk", recipe=known.trunk)
    taught = train_member(teacher, prepare(teacher, found[other]), 0, place).weights
    # Rounded as a weights file would: so do those start that ship
    return {
        name: value.half().float() if value.is_floating_point() else torch.zeros_like(value)
        for name, value in taught.items()
    }
