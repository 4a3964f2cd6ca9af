"""The figures of forecasts of death, at one hour of each stay: what each is, and their estimates.

Shapes: P stays.
"""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab import metrics
from models.risk.lab.metrics import RESAMPLES, SEED, Estimate, FigureDefinition, Graded

AT_HOURS: Final = (6, 12, 24, 48)
"""Hours of the stay at which the forecasts are measured; the challenge asks at the last."""


def _event_1(sums: metrics.Sums) -> metrics.Floats:
    return sums["hits"] / np.maximum(sums["positives"], sums["alarms"])


# fmt: off
DEFINITIONS: Final[Sequence[FigureDefinition]] = tuple(FigureDefinition(*row) for row in (
    # name                   heading                decimals    formula of the sums over stays, below it what it is
    ("auroc",                "AUROC",                        3, None,
        "area under the ROC curve"),
    ("auprc",                "AUPRC",                        3, None,
        "average precision"),
    ("brier",                "Brier",                        4, metrics.brier,
        "mean squared error of the risk"),
    ("brier_skill",          "Brier skill",                  3, metrics.brier_skill,
        "1 - Brier score / that of the share that died"),
    ("ece",                  "ECE",                          3, metrics.calibration_error,
        f"expected calibration error, {metrics.ECE_BINS} equal-width bins"),
    ("observed_to_expected", "observed / expected",          2, metrics.observed_to_expected,
        "deaths / sum of the risks"),
    ("sensitivity",          "sensitivity",                  3, lambda s: s["hits"] / s["positives"],
        "deaths over the threshold / deaths"),
    ("precision",            "precision",                    3, lambda s: s["hits"] / s["alarms"],
        "deaths over the threshold / stays over the threshold"),
    ("event_1",              "min(sensitivity, precision)",  3, _event_1,
        "the lesser of sensitivity and precision: the challenge's score of event 1"),
    ("abstained",            "abstained",                    3, metrics.share_abstained,
        "stays of which the model abstained / stays"),
))
# fmt: on
MAIN: Final = (
    *("auroc", "auprc", "event_1", "sensitivity", "precision", "brier", "brier_skill", "ece", "observed_to_expected"),
    "abstained",
)
COMPARED: Final = ("auroc", "auprc", "event_1", "brier", "ece")
GROUPED: Final = ("auroc", "auprc", "observed_to_expected", "abstained")
OF_ABSTENTION: Final = ("abstained",)  # not of who never abstains
NOT_OF_POINTS: Final = (*metrics.OF_PROBABILITIES, *OF_ABSTENTION, "sensitivity", "precision", "event_1")


def graded_stays(
    died: NDArray[np.int8],
    risk: NDArray[np.float32],
    alarm: NDArray[np.bool_] | None = None,
    abstained: NDArray[np.bool_] | None = None,
) -> Graded:
    """Lay forecasts at one hour beside the outcome, all [P]: each stay has one row."""
    none = np.zeros(len(died), dtype=bool)
    return Graded(
        label=died,
        iculos=np.ones(len(died), np.float32),
        start=np.arange(len(died) + 1),
        risk=risk,
        alarm=none if alarm is None else alarm,
        abstained=none if abstained is None else abstained,
    )


def measure(
    graded: Graded, left_out: Collection[str] = (), resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Estimate]:
    """Estimate every figure of forecasts at one hour but those left out; what the stays don't define is NaN."""
    return metrics.estimate_all(
        DEFINITIONS, graded, metrics.row_sums(graded), left_out=left_out, resamples=resamples, seed=seed
    )
