"""What is said of forecasts of death at one hour of each stay: figures, definitions, intervals by resampling stays.

Shapes: P stays, R resamples, K sums.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.curve_areas import BinnedHours, areas
from models.risk.lab.metrics import ECE_BINS, RESAMPLES, SEED, Figure, figure

Floats = NDArray[np.float64]
Sums = Mapping[str, Floats]

AT_HOURS: Final = (6, 12, 24, 48)
"""Hours of the stay at which the forecasts are measured; the challenge asks at the last."""


@dataclass(frozen=True)
class Graded:
    """Forecasts at one hour beside the truth, all [P]. `alarm` is None where the forecaster has no threshold."""

    died: NDArray[np.int8]
    risk: NDArray[np.float32]
    alarm: NDArray[np.bool_] | None = None
    abstained: NDArray[np.bool_] | None = None


# fmt: off
FIGURES: Final[tuple[tuple[str, str, Callable[[Sums], Floats]], ...]] = (
    # name                   definition                                              of the sums over stays
    ("brier",                "mean squared error of the risk",
        lambda s: s["squares"] / s["stays"]),
    ("brier_skill",          "1 - Brier score / that of the share that died",
        lambda s: 1 - s["squares"] / (s["deaths"] * (1 - s["deaths"] / s["stays"]))),
    ("ece",                  f"expected calibration error, {ECE_BINS} equal-width bins",
        lambda s: np.abs(s["bins"]).sum(axis=-1) / s["stays"]),
    ("observed_to_expected", "deaths / sum of the risks",
        lambda s: s["deaths"] / s["risks"]),
    ("sensitivity",          "deaths over the threshold / deaths",
        lambda s: s["found"] / s["deaths"]),
    ("precision",            "deaths over the threshold / stays over the threshold",
        lambda s: s["found"] / s["alarms"]),
    ("event_1",              "the lesser of sensitivity and precision: the challenge's score of event 1",
        lambda s: s["found"] / np.maximum(s["deaths"], s["alarms"])),
    ("abstained",            "stays of which the model abstained / stays",
        lambda s: s["abstained"] / s["stays"]),
)
# fmt: on
RANKED: Final = (
    ("auroc", "area under the ROC curve"),
    ("auprc", "average precision"),
)
DEFINITIONS: Final = dict([*RANKED, *((name, text) for name, text, _ in FIGURES)])
_OF_ALARMS: Final = ("sensitivity", "precision", "event_1")


def measure(graded: Graded, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Figure]:
    """Compute every figure with its interval; `resamples` draws of P stays with replacement, reproducible by seed.

    What needs a threshold or an abstention is left out where there is none; what the stays don't define is NaN.
    """
    stays = len(graded.died)
    drawn = np.random.default_rng(seed).integers(0, stays, (resamples, stays))
    weight = np.stack([np.ones(stays), *(np.bincount(row, minlength=stays) for row in drawn)])  # first: as they are
    sums = {name: weight @ each for name, each in _sums(graded).items()}
    left_out = (*(_OF_ALARMS if graded.alarm is None else ()), *(("abstained",) if graded.abstained is None else ()))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {name: formula(sums) for name, _, formula in FIGURES if name not in left_out}
    binned = BinnedHours(graded.died, graded.risk, np.arange(stays))
    ranked = zip(RANKED, binned.areas(weight.astype(np.float32)), areas(graded.died, graded.risk), strict=True)
    for (name, _), drawn_values, exact in ranked:
        values[name] = drawn_values + (exact - drawn_values[0])  # what the bins cost the whole, they cost each resample
    return {name: figure(values[name]) for name in DEFINITIONS if name in values}


def _sums(graded: Graded) -> dict[str, Floats]:
    """What each stay adds to the figures: [P], and [P, bins] for the calibration."""
    died, risk = graded.died.astype(np.float64), graded.risk.astype(np.float64)
    bins = np.zeros((len(died), ECE_BINS))
    bins[np.arange(len(died)), np.clip(risk * ECE_BINS, 0, ECE_BINS - 1).astype(np.int64)] = died - risk
    sums = {
        "stays": np.ones(len(died)),
        "deaths": died,
        "risks": risk,
        "squares": (died - risk) ** 2,
        "bins": bins,
    }
    if graded.alarm is not None:
        sums |= {"alarms": graded.alarm.astype(np.float64), "found": died * graded.alarm}
    if graded.abstained is not None:
        sums["abstained"] = graded.abstained.astype(np.float64)
    return sums
