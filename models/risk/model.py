"""The risk model as the live path uses it: one hourly bin for B patients in, forecasts and the next state out.

Shapes: B patients, I inputs, S floats of state, F features, M members of the ensemble.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from models.device import DeviceError, find_device
from models.risk import checkpoint
from models.risk.checkpoint import Checkpoint, ModelError
from models.risk.explanation import Driver, drivers
from models.risk.outcome import SEPSIS, Outcome
from models.risk.seen import Seen
from models.risk.site import SiteProfile

__all__ = ["SHIPPED", "Driver", "ModelError", "RiskModel", "RiskOutput"]

SHIPPED: Final = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class RiskOutput:
    """One forecast per patient, all [B].

    probability  calibrated probability of the outcome: sepsis sets in within the horizon, or has set in
    alarm        the score is over the threshold that has the best utility
    abstained    too little is known, or the conformal set holds both answers
    """

    probability: NDArray[np.float32]
    alarm: NDArray[np.bool_]
    abstained: NDArray[np.bool_]


class RiskModel:
    """A trained risk model. It holds no patient: state comes in and goes out, and is bytes to whoever stores it.

    profile         the hospitals of its training; None where its folder does not tell
    silent_because  why it abstains for everyone here; None where it does not. Whoever judges the hospital sets it
    """

    def __init__(
        self, trained: Checkpoint, version: str, device: str = "auto", profile: SiteProfile | None = None
    ) -> None:
        try:
            self._device = find_device(device)
        except DeviceError as error:
            raise ModelError(str(error)) from error
        self._network = trained.network.to(self._device)
        self.decision = trained.decision
        self.version = version
        self.data_version = trained.data_version
        self.figures = trained.figures
        self.horizon_h = trained.outcome.horizon_h
        self.profile = profile
        self.silent_because: str | None = None
        self._features = trained.outcome.features

    @classmethod
    def load(cls, folder: Path = SHIPPED, device: str = "auto", outcome: Outcome = SEPSIS) -> Self:
        """Read the weights in a folder; "auto" is a GPU where there is one. Raises ModelError with the reason."""
        trained = checkpoint.load(folder, outcome)
        profile = checkpoint.load_profile(folder, outcome) if outcome is SEPSIS else None
        return cls(trained, checkpoint.version_of(folder / outcome.file), device, profile)

    def blank(self, patients: int) -> NDArray[np.float32]:
        """Return the state [B, S] at admission: running features, then the LSTMs' carry."""
        carry = np.zeros((patients, self._network.carry_size), np.float32)
        return np.concatenate((self._features.blank(patients), carry), axis=1)

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], RiskOutput]:
        """Advance B patients by one hourly bin, at the same cost however long they have stayed.

        state [B, S] and bins [B, I], raw units in the order of the inputs, NaN = not measured in this hour. Neither is
        changed. Returns the next state [B, S] and the forecasts [B]. Raises ValueError on other shapes, ModelError
        when a forecast is not finite.
        """
        after, scores = self._advance(state, bins)
        known = self._features.known_vitals(after[:, : self._features.size])
        output = RiskOutput(
            probability=self.decision.probability(scores),
            alarm=self.decision.alarm(scores),
            abstained=self.decision.abstained(scores, known),
        )
        return after, output

    def seen(self, states: Sequence[NDArray[np.float32]]) -> Seen:
        """Return what was measured of the patients with these states [S] so far."""
        return self._features.seen(np.stack(states)[:, : self._features.size])

    def explain(self, state: NDArray[np.float32], bins: NDArray[np.float32], top: int = 5) -> list[list[Driver]]:
        """Return for each patient the `top` inputs that moved this bin's score most, strongest first.

        Takes the arguments of `step`: the state before the bin. Only inputs with a known value are listed.
        """
        score = lambda before, values: self._advance(before, values)[1]  # noqa: E731
        return [drivers(self._features, score, state[at : at + 1], bins[at : at + 1], top) for at in range(len(state))]

    def _advance(
        self, state: NDArray[np.float32], bins: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the next state [B, S] and the scores [B]."""
        inputs, size = len(self._features.inputs), self._features.size
        if bins.shape != (len(state), inputs) or state.shape[1:] != (size + self._network.carry_size,):
            msg = f"state {list(state.shape)} and bins {list(bins.shape)} are not [B, S] and [B, {inputs}]"
            raise ValueError(msg)
        running = self._features.advance(state[:, :size], bins)
        with torch.inference_mode():
            carry = torch.from_numpy(state[:, size:].copy()).to(self._device)
            seen = torch.from_numpy(self._features.describe(running)).to(self._device)
            logits, carry = self._network(seen, carry)
            scores = logits.mean(dim=1).cpu().numpy()
        if not np.isfinite(scores).all():
            msg = f"{self.version} gave a forecast that is not finite"
            raise ModelError(msg)
        return np.concatenate((running, carry.cpu().numpy()), axis=1), scores
