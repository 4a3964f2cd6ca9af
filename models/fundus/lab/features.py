"""Features of the training photographs, kept on disk after every few of them, so that a stopped run goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.fundus.field import Field
from models.fundus.lab.data import Photographs
from models.fundus.network import FundusNetwork

KEPT_EVERY: Final = 20
Floats32 = NDArray[np.float32]


def features_of(
    network: FundusNetwork, photographs: Photographs, size_px: int, cache: Path, tell: Callable[[int, int], None]
) -> Floats32:
    """Return the features [N, F], the mean over each photograph and its mirror image."""
    identity = f"{photographs.fingerprint()} {size_px}"
    done = _kept(cache, identity)
    cache.parent.mkdir(parents=True, exist_ok=True)
    for number in range(len(done), len(photographs.files)):
        done.append(look(network, Field(photographs.read(number)), size_px))
        if (number + 1) % KEPT_EVERY == 0 or number + 1 == len(photographs.files):
            unfinished = cache.with_suffix(".part.npz")
            np.savez(unfinished, identity=identity, features=np.stack(done))
            unfinished.replace(cache)
        tell(number + 1, len(photographs.files))
    return np.stack(done)


@torch.inference_mode()
def look(network: FundusNetwork, field: Field, size_px: int) -> Floats32:
    """Return the features [F] of one photograph."""
    square = field.square(size_px)
    both = torch.cat([network.features(one) for one in (square, square.flip(3))])
    features: Floats32 = both.mean(0).numpy()
    return features


def _kept(cache: Path, identity: str) -> list[Floats32]:
    if not cache.exists():
        return []
    with np.load(cache, allow_pickle=False) as kept:
        return list(kept["features"]) if str(kept["identity"]) == identity else []
