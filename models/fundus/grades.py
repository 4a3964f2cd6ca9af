"""Calibrated probabilities of the grades and of oedema, from the log odds of the network's questions.

The grades are those of the International Clinical Diabetic Retinopathy scale (Wilkinson et al. 2003, doi
10.1016/S0161-6420(03)00475-5): 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative. From 2 on it is referable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.fundus.network import QUESTIONS, REFERABLE
from models.fundus.weights import Curve
from models.lesion.calibration import Floats

GRADES: Final = ("grade_0", "grade_1", "grade_2", "grade_3", "grade_4")


@dataclass(frozen=True)
class FundusScores:
    """Calibrated probabilities for N photographs."""

    grades: Floats  # [N, 5], each row sums to 1
    referable: Floats  # [N]: grade 2 or more, the sum of these grades
    oedema: Floats  # [N]

    def expected_grade(self) -> Floats:
        """Return the mean grade [N], 0 to 4."""
        expected: Floats = self.grades @ np.arange(len(GRADES))
        return expected


def calibrated(log_odds: Floats, curves: Sequence[Curve]) -> FundusScores:
    """Return the scores of log odds [N, Q].

    A higher grade is never likelier than a lower one is to be passed: where the curves cross, the lower one counts.
    """
    slopes, offsets = (np.array([getattr(curve, name) for curve in curves]) for name in ("slope", "offset"))
    probabilities = 1 / (1 + np.exp(-np.clip(log_odds * slopes + offsets, -50, 50)))
    above = np.minimum.accumulate(probabilities[:, : len(GRADES) - 1], axis=1)  # [N, 4], P(grade > k)
    edges = np.column_stack([np.ones(len(above)), above, np.zeros(len(above))])
    oedema = probabilities[:, QUESTIONS.index("oedema")]
    return FundusScores(edges[:, :-1] - edges[:, 1:], above[:, REFERABLE], oedema)
