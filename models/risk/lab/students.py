"""The students of a training: what they read, and the weights of each; a student trained before is not trained again.

Shapes: N rows, F features, I inputs of the network.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from models.device import find_device
from models.risk.lab import training
from models.risk.network import RiskNetwork, Shape

Report = Callable[[str, int, int], None]
"""Told stage, steps done, steps in all."""

_PIECE: Final = 50_000  # rows encoded at once


@dataclass(frozen=True)
class Plan:
    """How students are trained: `epochs` passes each, from a seed of their own, kept in the folder `work`."""

    seed: int
    epochs: int
    work: Path
    report: Report


def encode(network: RiskNetwork, table: NDArray[np.float16], report: Report) -> NDArray[np.float16]:
    """The members' inputs [N, I] for every row of the features [N, F]."""
    encoded = np.empty((len(table), network.inputs), np.float16)
    with torch.inference_mode():
        for at in range(0, len(table), _PIECE):
            piece = torch.from_numpy(table[at : at + _PIECE].astype(np.float32))
            encoded[at : at + _PIECE] = network.encode(piece).numpy()
            report("ranks", at + len(piece), len(table))
    return encoded


def weights(number: int, shape: Shape, lessons: training.Lessons, plan: Plan) -> dict[str, torch.Tensor]:
    """Weights of the member with this number, trained now or before."""
    kept = plan.work / f"member-{number}.safetensors"
    if not kept.exists():
        device = find_device("auto")
        epochs = itertools.count(1)

        def tick() -> None:
            plan.report(f"student {number + 1} of {shape.members}", next(epochs), plan.epochs)

        member = training.train_member(shape, lessons, plan.seed * 1000 + number, plan.epochs, device, tick)
        save_file(member.state_dict(), kept)
    return load_file(kept)
