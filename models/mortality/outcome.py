"""What the mortality model forecasts, and where its shipped weights lie."""

import math
from pathlib import Path
from typing import Final

from models.mortality.inputs import INPUTS, LIMITS
from models.risk.features import RunningFeatures
from models.risk.outcome import Outcome

SHIPPED: Final = Path(__file__).parent / "weights"
FEATURES: Final = RunningFeatures(INPUTS, LIMITS)
MORTALITY: Final = Outcome(
    name="mortality",
    features=FEATURES,
    horizon_h=math.inf,
    file="mortality.safetensors",
    format="wardwatch-mortality-1",
)
