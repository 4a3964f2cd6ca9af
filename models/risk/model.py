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
from models.risk.deterioration.model import Deterioration, Further
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
    further      what the vital signs will show; None where there is no model of it beside this one
    """

    probability: NDArray[np.float32]
    alarm: NDArray[np.bool_]
    abstained: NDArray[np.bool_]
    further: Further | None = None


class RiskModel:
    """A trained risk model. It holds no patient: state comes in and goes out, and is bytes to whoever stores it.

    profile         the hospitals of its training; None where its folder does not tell
    silent_because  why it abstains for everyone here; None where it does not. Whoever judges the hospital sets it
    """

    def __init__(
        self,
        trained: Checkpoint,
        version: str,
        device: str = "auto",
        profile: SiteProfile | None = None,
        deterioration: Path | None = None,
    ) -> None:
        try:
            self._device = find_device(device)
        except DeviceError as error:
            raise ModelError(str(error)) from error
        self._network = trained.network.to(self._device)
        self.decision = trained.decision
        self._deterioration = None if deterioration is None else Deterioration.load(deterioration, self._device)
        self.version = version if self._deterioration is None else f"{version}+{self._deterioration.version}"
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
        beside = folder if outcome is SEPSIS else None
        return cls(trained, checkpoint.version_of(folder / outcome.file), device, profile, beside)

    def blank(self, patients: int) -> NDArray[np.float32]:
        """Return the state [B, S] at admission: running features, then the LSTMs' carry, then that of `further`."""
        carry = np.zeros((patients, self._carry_size), np.float32)
        return np.concatenate((self._features.blank(patients), carry), axis=1)

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], RiskOutput]:
        """Advance B patients by one hourly bin, at the same cost however long they have stayed.

        state [B, S] and bins [B, I], raw units in the order of the inputs, NaN = not measured in this hour. Neither is
        changed. Returns the next state [B, S] and the forecasts [B]. Raises ValueError on other shapes, ModelError
        when a forecast is not finite.
        """
        after, scores, logits = self._advance(state, bins)
        running = after[:, : self._features.size]
        known = self._features.known_vitals(running)
        further = None
        if self._deterioration is not None and logits is not None:
            further = self._deterioration.output(logits, running)
        output = RiskOutput(
            probability=self.decision.probability(scores),
            alarm=self.decision.alarm(scores),
            abstained=self.decision.abstained(scores, known),
            further=further,
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

    def explain_further(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> list[list[list[Driver]]]:
        """Return for each patient and each forecast of `further` the inputs that moved it most, strongest first.

        Takes the arguments of `step`; there is nothing to explain where there is no `further`.
        """
        if self._deterioration is None:
            return [[] for _ in state]
        size = self._features.size
        carry = state[:, size + self._network.carry_size :]
        return self._deterioration.explain(state[:, :size], carry, bins)

    @property
    def _carry_size(self) -> int:
        beside = 0 if self._deterioration is None else self._deterioration.carry_size
        return self._network.carry_size + beside

    def _advance(
        self, state: NDArray[np.float32], bins: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
        """Return the next state [B, S], the scores [B], and the logits of `further` [B, H], where there is one."""
        inputs, size = len(self._features.inputs), self._features.size
        if bins.shape != (len(state), inputs) or state.shape[1:] != (size + self._carry_size,):
            msg = f"state {list(state.shape)} and bins {list(bins.shape)} are not [B, S] and [B, {inputs}]"
            raise ValueError(msg)
        running = self._features.advance(state[:, :size], bins)
        own = size + self._network.carry_size
        logits_beside, carry_beside = None, state[:, own:]
        with torch.inference_mode():
            carry = torch.from_numpy(state[:, size:own].copy()).to(self._device)
            seen = torch.from_numpy(self._features.describe(running)).to(self._device)
            logits, carry = self._network(seen, carry)
            scores = logits.mean(dim=1).cpu().numpy()
            if self._deterioration is not None:
                logits_beside, carry_beside = self._deterioration.step(seen, carry_beside)
        if not np.isfinite(scores).all() or (logits_beside is not None and not np.isfinite(logits_beside).all()):
            msg = f"{self.version} gave a forecast that is not finite"
            raise ModelError(msg)
        return np.concatenate((running, carry.cpu().numpy(), carry_beside), axis=1), scores, logits_beside
