"""These forecasts as the live path uses them: beside the sepsis forecast, on the same running features.

Shapes: B patients, S floats of running features, F features, C floats of carry, H heads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from models.risk.decision import KNOWN_VITALS
from models.risk.deterioration import weights
from models.risk.deterioration.events import CARRIED_H, HEADS, Present, present
from models.risk.deterioration.network import INPUT_NAMES
from models.risk.deterioration.weights import Trained
from models.risk.explanation import Driver
from models.risk.features import SEPSIS
from models.risk.inputs import INPUTS, NAMES

Floats = NDArray[np.float32]
_EVENTS: Final = [head.event for head in HEADS]
_OCCLUDED: Final = [NAMES.index(name) for name in INPUT_NAMES]


@dataclass(frozen=True)
class Further:
    """Forecasts of every head, all [B, H].

    probability  calibrated probability that the event comes within the head's horizon
    there        the event is there now, so that nothing is forecast
    known        whether it is there can be told, and enough vital signs are known
    notable      the probability is one of the highest, and worth an explanation
    """

    probability: Floats
    there: NDArray[np.bool_]
    known: NDArray[np.bool_]
    notable: NDArray[np.bool_]


class Deterioration:
    """A trained model of the vital signs' events. It holds no patient."""

    def __init__(self, trained: Trained, version: str, device: torch.device) -> None:
        self._network = trained.network.to(device).eval()
        self._device = device
        self._slopes, self._offsets = (np.array(one, np.float32) for one in (trained.slopes, trained.offsets))
        self._notable = np.array(trained.notable, np.float32)
        self.carry_size = trained.network.carry_size
        self.version = version
        self.data_version = trained.data_version

    @classmethod
    def load(cls, folder: Path, device: torch.device) -> Self | None:
        """Read the weights in a folder, None where there are none; raises ModelError with the reason."""
        trained = weights.load(folder)
        return None if trained is None else cls(trained, weights.version_of(folder / weights.FILE), device)

    def step(self, described: torch.Tensor, carry: Floats) -> tuple[Floats, Floats]:
        """Advance by one bin: all running features [B, F] and carry [B, C] give logits [B, H] and the next carry.

        Call it under `torch.inference_mode`.
        """
        logits, after = self._network(
            described.index_select(1, self._network.read), torch.from_numpy(carry.copy()).to(self._device)
        )
        return logits.cpu().numpy(), after.cpu().numpy()

    def output(self, logits: Floats, running: Floats) -> Further:
        """Say what logits [B, H] mean for patients with these running features [B, S]."""
        probability = np.asarray(1 / (1 + np.exp(-(self._slopes * logits + self._offsets))), np.float32)
        now = present_of(running)
        enough = (SEPSIS.known_vitals(running) >= KNOWN_VITALS)[:, None]
        there, known = now.there[:, _EVENTS], now.known[:, _EVENTS] & enough
        return Further(probability, there & known, known, (probability >= self._notable) & known & ~there)

    def explain(self, running: Floats, carry: Floats, bins: Floats, top: int = 3) -> list[list[list[Driver]]]:
        """Return for each patient and head the inputs that moved the risk most: states before the bin, and the bins.

        Occlusion, as of the sepsis forecast: each known input is never measured in turn.
        """
        value, age_h = SEPSIS.known(SEPSIS.advance(running, bins))
        asked = [(row, at) for row in range(len(bins)) for at in _OCCLUDED if not np.isnan(value[row, at])]
        rows = [*range(len(bins)), *(row for row, _ in asked)]
        before, now = running[rows].copy(), bins[rows].copy()
        for copy, (_, at) in enumerate(asked, start=len(bins)):
            SEPSIS.forget(before[copy], at)
            now[copy, at] = np.nan
        described = torch.from_numpy(SEPSIS.describe(SEPSIS.advance(before, now))).to(self._device)
        with torch.inference_mode():
            logits, _ = self.step(described, carry[rows])
        logits = logits * self._slopes
        found: list[list[list[Driver]]] = [[[] for _ in HEADS] for _ in bins]
        for copy, (row, at) in enumerate(asked, start=len(bins)):
            part = logits[row] - logits[copy]
            one = INPUTS[at]
            for head in range(len(HEADS)):
                moved = Driver(one.name, one.unit, float(value[row, at]), float(age_h[row, at]), float(part[head]))
                found[row][head].append(moved)
        return [[_strongest(drivers, top) for drivers in heads] for heads in found]


def present_of(running: Floats) -> Present:
    """Tell which events are there, by running features [B, S]."""
    last, age_h = SEPSIS.known(running)
    return present(np.where(age_h <= CARRIED_H, last, np.float32(np.nan)))


def _strongest(drivers: Sequence[Driver], top: int) -> list[Driver]:
    return sorted(drivers, key=lambda one: -abs(one.contribution))[:top]
