"""Fits what stands between score and output, on patients that trained nothing: the calibration that all outcomes share.

Shapes: n scores.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.risk.decision import Decision

MISCOVERAGE: Final = 0.2  # ours: at 0.1 the sepsis model would abstain in every other hour


def calibrated(
    score: NDArray[np.float32],
    label: NDArray[np.int8],
    threshold: float,
    surely_not: float,
    surely_septic: float,
) -> Decision:
    """Return the decision with this threshold and these conformal sets, its calibration fitted to scores [n]."""
    platt = LogisticRegression(C=np.inf).fit(score[:, None], label)
    return Decision(
        threshold=threshold,
        slope=float(platt.coef_[0, 0]),
        offset=float(platt.intercept_[0]),
        miscoverage=MISCOVERAGE,
        surely_not=surely_not,
        surely_septic=surely_septic,
    )
