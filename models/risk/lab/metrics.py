"""What is said of a set of forecasts: the figures, their definitions, and their intervals by resampling stays.

Shapes: N rows, P stays, R resamples, K sums. Every figure but the ranked ones and the median is made of sums over
stays, so that a resample is a weighted sum of P rows and not another look at N hours.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.curve_areas import BinnedHours, areas
from models.risk.lab.episodes import Episodes, count_episodes
from models.risk.lab.utility import stay_utility

Floats = NDArray[np.float64]
Sums = Mapping[str, Floats]

ECE_BINS: Final = 15  # equal-width, weighted by hours, absolute difference
RESAMPLES: Final = 1000
SEED: Final = 2019
_BLOCK: Final = 50  # resamples weighed in one product


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval by resampling stays (percentiles); NaN where the data do not define it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Graded:
    """Forecasts beside their truth: label, iculos, risk, alarm, abstained are [N], start [P + 1].

    certain  as in `models.risk.lab.evaluation.Forecasts`
    """

    label: NDArray[np.int8]
    iculos: NDArray[np.float32]
    start: NDArray[np.int64]
    risk: NDArray[np.float32]
    alarm: NDArray[np.bool_]
    abstained: NDArray[np.bool_]
    certain: tuple[float, float] | None = None


# fmt: off
FIGURES: Final[tuple[tuple[str, str, Callable[[Sums], Floats]], ...]] = (
    # name                   definition                                                       of the sums over stays
    ("utility",              "normalised utility of the 2019 challenge",
        lambda s: s["gained"] / s["possible"]),
    ("brier",                "mean squared error of the risk against the hourly label",
        lambda s: s["squares"] / s["hours"]),
    ("brier_skill",          "1 - Brier score / that of the label's own frequency",
        lambda s: 1 - s["squares"] / (s["positives"] * (1 - s["positives"] / s["hours"]))),
    ("ece",                  f"expected calibration error, {ECE_BINS} equal-width bins",
        lambda s: np.abs(s["bins"]).sum(axis=-1) / s["hours"]),
    ("observed_to_expected", "labelled hours / sum of the risks",
        lambda s: s["positives"] / s["risks"]),
    ("stay_sensitivity",     "septic stays with an alarm in the 12 h up to onset / septic stays",
        lambda s: s["detected"] / s["septic"]),
    ("alarms_per_day",       "alarm episodes per patient-day",
        lambda s: 24 * s["episodes"] / s["hours"]),
    ("alarm_hours_per_day",  "hours with an alarm per patient-day",
        lambda s: 24 * s["alarm_hours"] / s["hours"]),
    ("episode_precision",    "alarm episodes within 12 h before to 3 h after onset / alarm episodes",
        lambda s: s["true"] / s["episodes"]),
    ("abstained",            "hours in which the model abstained / hours",
        lambda s: s["abstained"] / s["hours"]),
    ("coverage_septic",      "labelled hours whose conformal set holds 'sepsis' / labelled hours",
        lambda s: s["kept_septic"] / s["positives"]),
    ("coverage_others",      "other hours whose conformal set holds 'no sepsis' / other hours",
        lambda s: s["kept_others"] / (s["hours"] - s["positives"])),
)
# fmt: on
RANKED: Final = (
    ("auroc", "area under the ROC curve, pooled over hours"),
    ("auprc", "average precision, pooled over hours"),
)
OF_PROBABILITIES: Final = ("brier", "brier_skill", "ece", "observed_to_expected")  # not of points or hours
OF_SETS: Final = ("coverage_septic", "coverage_others")
LEAD: Final = ("lead_time_h", "median hours from the first alarm in the 12 h up to onset to the onset, detected stays")
DEFINITIONS: Final = dict([(name, text) for name, text, _ in FIGURES] + [*RANKED, LEAD])


def measure(graded: Graded, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Figure]:
    """Compute every figure with its interval; `resamples` draws of P stays with replacement, reproducible by seed.

    The coverages are left out where there are no conformal sets.
    """
    stays = len(graded.start) - 1
    sums, episodes = _sums(graded)
    stay_of_row = np.repeat(np.arange(stays), np.diff(graded.start))
    binned = BinnedHours(graded.label, graded.risk, stay_of_row)
    detected = np.flatnonzero(~np.isnan(episodes.lead_h))
    rng = np.random.default_rng(seed)
    blocks: list[dict[str, Floats]] = []
    for begin in range(0, resamples + 1, _BLOCK):
        weight = _draw(rng, stays, min(_BLOCK, resamples + 1 - begin))
        if begin == 0:
            weight[0] = 1.0  # the first is the data as they are
        auroc, auprc = binned.areas(weight)
        lead_h = _medians(episodes.lead_h[detected], weight[:, detected])
        blocks.append(_figures(sums, weight) | {"auroc": auroc, "auprc": auprc, "lead_time_h": lead_h})
    values = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    for name, exact in zip(("auroc", "auprc"), areas(graded.label, graded.risk), strict=True):
        values[name] += exact - values[name][0]  # what the bins cost the whole, they cost each resample
    return {name: figure(values[name]) for name in DEFINITIONS if name in values}


def ratio(above: Floats, below: Floats) -> Figure:
    """Return the quotient of two sums over stays, of which each adds above[p] and below[p] [P], with its interval."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = np.concatenate([(weight @ above) / (weight @ below) for weight in _weights(len(above))])
    return figure(quotients)


def median(values: Floats) -> Figure:
    """Return the median of what some stays have [P], NaN where one has none, with its interval."""
    there = np.flatnonzero(~np.isnan(values))
    return figure(np.concatenate([_medians(values[there], weight[:, there]) for weight in _weights(len(values))]))


def _weights(stays: int) -> Iterator[NDArray[np.float32]]:
    """How often each stay counts, [R, P] in blocks: first once each, then as drawn."""
    rng = np.random.default_rng(SEED)
    yield np.ones((1, stays), np.float32)
    for begin in range(0, RESAMPLES, _BLOCK):
        yield _draw(rng, stays, min(_BLOCK, RESAMPLES - begin))


def _draw(rng: np.random.Generator, stays: int, resamples: int) -> NDArray[np.float32]:
    """How often each stay is drawn, [R, P]."""
    drawn = rng.integers(0, stays, (resamples, stays))
    return np.stack([np.bincount(row, minlength=stays) for row in drawn]).astype(np.float32)


def _sums(graded: Graded) -> tuple[dict[str, Floats], Episodes]:
    """What each stay adds to the figures: [P], and [P, bins] for the calibration."""
    first = graded.start[:-1]
    truth, risk = graded.label.astype(np.float64), graded.risk.astype(np.float64)
    utility = stay_utility(graded.label, graded.alarm, graded.start)
    episodes = count_episodes(graded.label, graded.iculos, graded.start, graded.alarm)
    bins = np.minimum((risk * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    stay_of_row = np.repeat(np.arange(len(first)), np.diff(graded.start))
    surplus = np.bincount(stay_of_row * ECE_BINS + bins, weights=truth - risk, minlength=len(first) * ECE_BINS)
    sums = {
        "gained": utility.observed - utility.inaction,
        "possible": utility.best - utility.inaction,
        "squares": np.add.reduceat((truth - risk) ** 2, first),
        "positives": np.add.reduceat(truth, first),
        "risks": np.add.reduceat(risk, first),
        "bins": surplus.reshape(len(first), ECE_BINS),
        "abstained": np.add.reduceat(graded.abstained.astype(np.float64), first),
        "septic": episodes.septic.astype(np.float64),
        "detected": (~np.isnan(episodes.lead_h)).astype(np.float64),
        "episodes": episodes.episodes,
        "true": episodes.true,
        "alarm_hours": episodes.alarm_hours,
        "hours": episodes.hours,
    }
    if graded.certain:
        low, high = graded.certain
        sums["kept_septic"] = np.add.reduceat(truth * (risk >= low), first)
        sums["kept_others"] = np.add.reduceat((1 - truth) * (risk <= high), first)
    return sums, episodes


def _figures(sums: dict[str, Floats], weights: NDArray[np.float32]) -> dict[str, Floats]:
    """The figures of sums for each weighting, [R]; not finite where the sums don't define one."""
    defined = {name for name, *_ in FIGURES} - (set() if "kept_septic" in sums else set(OF_SETS))
    counts = weights.astype(np.float64)
    weighed = {name: counts @ each for name, each in sums.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: formula(weighed) for name, _, formula in FIGURES if name in defined}


def _medians(values: Floats, weights: NDArray[np.float32]) -> Floats:
    """Median of the values when each counts weights[r] times, for each r, [R]."""
    repeated = (np.repeat(values, row.astype(np.int64)) for row in weights)
    return np.array([np.median(each) if len(each) else np.nan for each in repeated])


def figure(values: Floats) -> Figure:
    """The first value with the percentiles of the others, of which those that are not finite are left out."""
    value, resampled = float(values[0]), values[1:][np.isfinite(values[1:])]
    if not np.isfinite(value) or not len(resampled):
        return Figure(value if np.isfinite(value) else float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(resampled, (2.5, 97.5))
    return Figure(value, float(low), float(high))
