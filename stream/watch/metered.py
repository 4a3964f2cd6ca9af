"""A risk model whose steps are timed."""

import numpy as np
from numpy.typing import NDArray

from models.risk.model import Driver, RiskOutput
from models.watch.forecast import Forecaster
from stream.observability.metrics import Metrics


class MeteredForecaster:
    """A forecaster that does what another one does and notes how long it takes; see models.watch.forecast."""

    def __init__(self, model: Forecaster, metrics: Metrics) -> None:
        self.version = model.version
        self.data_version = model.data_version
        self.horizon_h = model.horizon_h
        self._model = model
        self._inference_s = metrics.inference_s

    @property
    def silent_because(self) -> str | None:
        """Why it abstains for everyone here; None where it does not."""
        return self._model.silent_because

    def blank(self, patients: int) -> NDArray[np.float32]:
        """State at admission, [B, S]."""
        return self._model.blank(patients)

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], RiskOutput]:
        """One hour on: state [B, S], bins [B, 40]."""
        with self._inference_s.time():
            return self._model.step(state, bins)

    def explain_further(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> list[list[list[Driver]]]:
        """The inputs that drove what is forecast beside the outcome."""
        with self._inference_s.time():
            return self._model.explain_further(state, bins)

    def explain(self, state: NDArray[np.float32], bins: NDArray[np.float32], top: int = 5) -> list[list[Driver]]:
        """The inputs that drove each forecast."""
        with self._inference_s.time():
            return self._model.explain(state, bins, top)
