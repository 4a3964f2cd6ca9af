"""From the network's score to what is told: calibrated probability, alarm, and whether to abstain.

Shapes: B patients. A score is the ensemble's mean logit of "an alarm is worth more than silence".
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

KNOWN_VITALS: Final = 3  # ours: with fewer vital signs known than this, the model abstains whatever its score


@dataclass(frozen=True)
class Decision:
    """What stands between score and output; fitted on patients that trained nothing, stored as JSON with the weights.

    threshold       score over which an alarm has the best utility
    slope, offset   Platt calibration: logit of the probability = slope * score + offset
    miscoverage     conformal: share of the septic hours, and of the others, whose set may miss the truth
    surely_not      scores under this: the conformal set is "no sepsis within the horizon" alone
    surely_septic   scores over this: it is "sepsis within the horizon" alone; between the two it is both, undecided
    """

    threshold: float
    slope: float
    offset: float
    miscoverage: float
    surely_not: float
    surely_septic: float

    def probability(self, score: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the calibrated probability [B] of scores [B]."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * score + self.offset))), np.float32)

    def alarm(self, score: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Tell [B] which scores are worth an alarm."""
        return score > self.threshold

    def abstained(self, score: NDArray[np.float32], known_vitals: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell [B] for whom too few vital signs are known, or the conformal set holds both answers."""
        undecided = (score >= self.surely_not) & (score <= self.surely_septic)
        return undecided | (known_vitals < KNOWN_VITALS)
