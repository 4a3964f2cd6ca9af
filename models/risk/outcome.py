"""What a model forecasts: the outcome, the inputs that it reads, and how its file of weights is called."""

from dataclasses import dataclass
from typing import Final

from models.risk.features import SEPSIS as SEPSIS_FEATURES
from models.risk.features import RunningFeatures


@dataclass(frozen=True)
class Outcome:
    """One outcome.

    name       as records and files call it
    features   the running features of the inputs that its model reads
    horizon_h  hours within which it is forecast; infinite where that is until the end of the stay
    file       of the weights; `format` is what its metadata must say
    """

    name: str
    features: RunningFeatures
    horizon_h: float
    file: str
    format: str


SEPSIS: Final = Outcome(
    name="sepsis",
    features=SEPSIS_FEATURES,
    horizon_h=6.0,  # the challenge's label turns to 1 six hours before onset (Reyna et al. 2020)
    file="risk.safetensors",
    format="wardwatch-risk-1",
)
