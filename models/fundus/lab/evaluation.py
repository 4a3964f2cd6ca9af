"""Performance on graded photographs, with bootstrap intervals over groups."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.fundus.grades import FundusScores
from models.lesion.calibration import Floats
from models.lesion.lab.evaluation import INTERVAL, area
from models.lesion.weights import Figure

DRAWS: Final = 500
REFERABLE_FROM: Final = 2
BINS: Final = 10


def figures(
    scores: FundusScores,
    grades: NDArray[np.intp],
    oedema: NDArray[np.bool_] | None,
    groups: tuple[str, ...],
    thresholds: tuple[float, float],
    draws: int = DRAWS,
) -> dict[str, Figure]:
    """Measure N photographs; the thresholds are those of referable retinopathy and of oedema."""
    _, numbers = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(numbers == group) for group in range(numbers.max() + 1)]
    chance = np.random.default_rng(0)
    whole = _measure(scores, grades, oedema, thresholds, np.arange(len(grades)))
    drawn = [
        _measure(
            scores,
            grades,
            oedema,
            thresholds,
            np.concatenate([members[group] for group in chance.integers(len(members), size=len(members))]),
        )
        for _ in range(draws)
    ]
    out = {}
    for name, value in whole.items():
        known = [one[name] for one in drawn if not np.isnan(one[name])]
        low, high = np.percentile(known, INTERVAL) if known else (np.nan, np.nan)
        out[name] = Figure(value, float(low), float(high))
    return out


def quadratic_kappa(truth: NDArray[np.intp], given: NDArray[np.intp]) -> float:
    """Agreement of two gradings beyond chance, disagreements weighted by their square (Cohen 1968), or NaN."""
    by_chance = truth.var() + given.var() + (truth.mean() - given.mean()) ** 2
    return float(1 - np.mean((truth - given) ** 2) / by_chance) if by_chance > 0 else float("nan")


def _measure(
    scores: FundusScores,
    grades: NDArray[np.intp],
    oedema: NDArray[np.bool_] | None,
    thresholds: tuple[float, float],
    rows: NDArray[np.intp],
) -> dict[str, float]:
    truth, referable = grades[rows], grades[rows] >= REFERABLE_FROM
    given, named = scores.referable[rows], np.rint(scores.expected_grade()[rows]).astype(int)
    out = {
        "auc_referable": area(given, referable),
        "sensitivity_referable": _share((given >= thresholds[0])[referable]),
        "specificity_referable": _share((given < thresholds[0])[~referable]),
        "calibration_error_referable": _calibration_error(given, referable),
        "kappa_quadratic": quadratic_kappa(truth, named),
        "accuracy_of_grade": float((truth == named).mean()),
        "within_one_grade": float((np.abs(truth - named) <= 1).mean()),
    }
    if oedema is not None:
        present, given = oedema[rows], scores.oedema[rows]
        out |= {
            "auc_oedema": area(given, present),
            "sensitivity_oedema": _share((given >= thresholds[1])[present]),
            "specificity_oedema": _share((given < thresholds[1])[~present]),
            "calibration_error_oedema": _calibration_error(given, present),
        }
    return out


def _calibration_error(given: Floats, true: NDArray[np.bool_]) -> float:
    """Expected calibration error of a probability, 10 equal bins."""
    bins = np.minimum((given * BINS).astype(int), BINS - 1)
    gap = np.bincount(bins, given - true, minlength=BINS)
    return float(np.abs(gap).sum() / len(given))


def _share(of: NDArray[np.bool_]) -> float:
    return float(of.mean()) if len(of) else float("nan")
