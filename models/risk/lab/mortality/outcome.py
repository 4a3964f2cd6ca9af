"""What the mortality model forecasts."""

import math
from typing import Final

from models.risk.features import RunningFeatures
from models.risk.lab.mortality.inputs import INPUTS, LIMITS
from models.risk.outcome import Outcome

FEATURES: Final = RunningFeatures(INPUTS, LIMITS)
MORTALITY: Final = Outcome(
    name="mortality",
    features=FEATURES,
    horizon_h=math.inf,
    file="mortality.safetensors",
    format="wardwatch-mortality-1",
)
