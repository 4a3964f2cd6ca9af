"""The figures of the sepsis forecasts: what each is, and their estimates."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.risk.lab import metrics
from models.risk.lab.metrics import RESAMPLES, SEED, Estimate, FigureDefinition, Graded
from models.risk.lab.sepsis.episodes import count_episodes
from models.risk.lab.sepsis.utility import stay_utility

EQUAL_BURDEN: Final = "sensitivity_at_equal_burden"
OF_SETS: Final = ("coverage_septic", "coverage_others")
_UNUSED_DRAWS: Final = 1  # the intervals have always been of the draws after the first, and those published stay so

# fmt: off
DEFINITIONS: Final[Sequence[FigureDefinition]] = tuple(FigureDefinition(*row) for row in (
    # name                   heading              decimals    formula of the sums over stays, below it what it is
    ("utility",              "utility",                    3, lambda s: s["gained"] / s["possible"],
        "normalised utility of the 2019 challenge"),
    ("brier",                "Brier",                      4, metrics.brier,
        "mean squared error of the risk against the hourly label"),
    ("brier_skill",          "Brier skill",                3, metrics.brier_skill,
        "1 - Brier score / that of the label's own frequency"),
    ("ece",                  "ECE",                        4, metrics.calibration_error,
        f"expected calibration error, {metrics.ECE_BINS} equal-width bins"),
    ("observed_to_expected", "observed / expected",        2, metrics.observed_to_expected,
        "labelled hours / sum of the risks"),
    ("stay_sensitivity",     "sensitivity by stay",        3, lambda s: s["detected"] / s["septic"],
        "septic stays with an alarm in the 12 h up to onset / septic stays"),
    ("alarms_per_day",       "alarms per patient-day",     2, lambda s: 24 * s["episodes"] / s["rows"],
        "alarm episodes per patient-day"),
    ("alarm_hours_per_day",  "alarm hours per patient-day",2, lambda s: 24 * s["alarms"] / s["rows"],
        "hours with an alarm per patient-day"),
    ("episode_precision",    "true alarms",                3, lambda s: s["true"] / s["episodes"],
        "alarm episodes within 12 h before to 3 h after onset / alarm episodes"),
    ("abstained",            "abstained",                  3, metrics.share_abstained,
        "hours in which the model abstained / hours"),
    ("coverage_septic",      "coverage, labelled hours",   3, lambda s: s["kept_septic"] / s["positives"],
        "labelled hours whose conformal set holds 'sepsis' / labelled hours"),
    ("coverage_others",      "coverage, other hours",      3, lambda s: s["kept_others"] / (s["rows"] - s["positives"]),
        "other hours whose conformal set holds 'no sepsis' / other hours"),
    ("auroc",                "AUROC",                      3, None,
        "area under the ROC curve, pooled over hours"),
    ("auprc",                "AUPRC",                      3, None,
        "average precision, pooled over hours"),
    ("lead_time_h",          "lead time, h",               1, None,
        "median hours from the first alarm in the 12 h up to onset to the onset, detected stays"),
    (EQUAL_BURDEN,           "sensitivity, equal burden",  3, None,
        "stay_sensitivity at the threshold that gives as many hours with an alarm as the risk model has"),
))
# fmt: on
MAIN: Final = (
    *("utility", "auroc", "auprc", "brier", "brier_skill", "ece", "observed_to_expected", "stay_sensitivity"),
    *("lead_time_h", "alarms_per_day", "alarm_hours_per_day", "episode_precision", "abstained", *OF_SETS),
)
COMPARED: Final = ("utility", "auroc", "auprc", "stay_sensitivity", "alarm_hours_per_day", EQUAL_BURDEN)
GROUPED: Final = ("utility", "auroc", "stay_sensitivity", "alarms_per_day", "observed_to_expected")


def measure(graded: Graded, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Estimate]:
    """Estimate every figure of forecasts but that at equal burden; coverages only where there are conformal sets."""
    first = graded.start[:-1]
    utility = stay_utility(graded.label, graded.alarm, graded.start)
    episodes = count_episodes(graded.label, graded.iculos, graded.start, graded.alarm)
    sums = metrics.row_sums(graded) | {
        "gained": utility.observed - utility.inaction,
        "possible": utility.best - utility.inaction,
        "septic": episodes.septic.astype(np.float64),
        "detected": (~np.isnan(episodes.lead_h)).astype(np.float64),
        "episodes": episodes.episodes,
        "true": episodes.true,
    }
    if graded.certain:
        low, high = graded.certain
        truth, risk = graded.label.astype(np.float64), graded.risk.astype(np.float64)
        sums["kept_septic"] = np.add.reduceat(truth * (risk >= low), first)
        sums["kept_others"] = np.add.reduceat((1 - truth) * (risk <= high), first)
    return metrics.estimate_all(
        DEFINITIONS,
        graded,
        sums,
        medians={"lead_time_h": episodes.lead_h},
        left_out=() if graded.certain else OF_SETS,
        resamples=resamples,
        seed=seed,
        unused_draws=_UNUSED_DRAWS,
    )
