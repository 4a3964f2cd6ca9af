"""What is said of forecasts: how a figure is defined, and estimates with their intervals by resampling stays.

Shapes: N rows, P stays, R resamples. Every figure but the areas and the medians is made of sums over stays, so that a
resample is a weighted sum of P rows and not another look at N hours.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.curve_areas import BinnedHours, areas_under_curves

Floats = NDArray[np.float64]
Sums = Mapping[str, Floats]

ECE_BINS: Final = 15  # equal-width, weighted by rows, absolute difference
RESAMPLES: Final = 1000
SEED: Final = 2019
INTERVAL: Final = f"95 %, percentiles of {RESAMPLES} resamples of patients"
_BLOCK: Final = 50  # resamples weighed in one product
_AREAS: Final = ("auroc", "auprc")
OF_PROBABILITIES: Final = ("brier", "brier_skill", "ece", "observed_to_expected")  # not of points or hours


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval by resampling stays (percentiles); NaN where the data do not define it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Graded:
    """Forecasts beside their truth: label, iculos, risk, alarm, abstained are [N], start [P + 1].

    certain  as in `models.risk.lab.forecasting.Forecasts`
    """

    label: NDArray[np.int8]
    iculos: NDArray[np.float32]
    start: NDArray[np.int64]
    risk: NDArray[np.float32]
    alarm: NDArray[np.bool_]
    abstained: NDArray[np.bool_]
    certain: tuple[float, float] | None = None


class FigureDefinition(NamedTuple):
    """A figure: its name in JSON, its heading and decimals in tables, and what it is.

    formula  of the sums over stays; None of the areas, the medians, and what is made of other figures
    """

    name: str
    heading: str
    decimals: int
    formula: Callable[[Sums], Floats] | None
    text: str


def row_sums(graded: Graded) -> dict[str, Floats]:
    """What the rows of each stay add to figures of any outcome: [P], and [P, bins] for the calibration."""
    first = graded.start[:-1]
    truth, risk = graded.label.astype(np.float64), graded.risk.astype(np.float64)
    bins = np.clip(risk * ECE_BINS, 0, ECE_BINS - 1).astype(np.int64)
    stay_of_row = np.repeat(np.arange(len(first)), np.diff(graded.start))
    surplus = np.bincount(stay_of_row * ECE_BINS + bins, weights=truth - risk, minlength=len(first) * ECE_BINS)
    return {
        "rows": np.diff(graded.start).astype(np.float64),
        "positives": np.add.reduceat(truth, first),
        "risks": np.add.reduceat(risk, first),
        "squares": np.add.reduceat((truth - risk) ** 2, first),
        "bins": surplus.reshape(len(first), ECE_BINS),
        "alarms": np.add.reduceat(graded.alarm.astype(np.float64), first),
        "hits": np.add.reduceat(truth * graded.alarm, first),
        "abstained": np.add.reduceat(graded.abstained.astype(np.float64), first),
    }


def brier(sums: Sums) -> Floats:
    """Mean squared error of the risk."""
    return sums["squares"] / sums["rows"]


def brier_skill(sums: Sums) -> Floats:
    """1 - Brier score / that of a forecaster who always says the label's own frequency."""
    return 1 - sums["squares"] / (sums["positives"] * (1 - sums["positives"] / sums["rows"]))


def calibration_error(sums: Sums) -> Floats:
    """Expected calibration error over ECE_BINS bins."""
    return np.asarray(np.abs(sums["bins"]).sum(axis=-1) / sums["rows"])


def observed_to_expected(sums: Sums) -> Floats:
    """Labelled rows / sum of the risks."""
    return sums["positives"] / sums["risks"]


def share_abstained(sums: Sums) -> Floats:
    """Rows in which the model abstained / rows."""
    return sums["abstained"] / sums["rows"]


def estimate_all(
    definitions: Collection[FigureDefinition],
    graded: Graded,
    sums: Sums,
    medians: Mapping[str, Floats] | None = None,
    left_out: Collection[str] = (),
    resamples: int = RESAMPLES,
    seed: int = SEED,
    unused_draws: int = 0,
) -> dict[str, Estimate]:
    """Estimate every defined figure by `resamples` draws of P stays with replacement, reproducible by seed.

    sums     what each stay adds [P, ...], of which the formulas are made
    medians  by the figure's name what some stays have [P], NaN where one has none
    """
    stays = len(graded.start) - 1
    formulas = {one.name: one.formula for one in definitions if one.formula and one.name not in left_out}
    binned = BinnedHours(graded.label, graded.risk, np.repeat(np.arange(stays), np.diff(graded.start)))
    blocks: list[dict[str, Floats]] = []
    for weight in _weights(stays, resamples, seed, unused_draws):
        counts = weight.astype(np.float64)
        weighed = {name: counts @ each for name, each in sums.items()}
        with np.errstate(divide="ignore", invalid="ignore"):
            block = {name: formula(weighed) for name, formula in formulas.items()}
        block |= dict(zip(_AREAS, binned.areas_under_curves(weight), strict=True))
        blocks.append(block | {name: _medians(each, weight) for name, each in (medians or {}).items()})
    values = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    for name, exact in zip(_AREAS, areas_under_curves(graded.label, graded.risk), strict=True):
        values[name] += exact - values[name][0]  # what the bins cost the whole, they cost each resample
    return {one.name: _estimate(values[one.name]) for one in definitions if one.name in values}


def ratio(above: Floats, below: Floats) -> Estimate:
    """Return the quotient of two sums over stays, of which each adds above[p] and below[p] [P], with its interval."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = np.concatenate([(weight @ above) / (weight @ below) for weight in _weights(len(above))])
    return _estimate(quotients)


def median(values: Floats) -> Estimate:
    """Return the median of what some stays have [P], NaN where one has none, with its interval."""
    return _estimate(np.concatenate([_medians(values, weight) for weight in _weights(len(values))]))


def _weights(
    stays: int, resamples: int = RESAMPLES, seed: int = SEED, unused_draws: int = 0
) -> Iterator[NDArray[np.float32]]:
    """How often each stay counts, [R, P] in blocks: first once each, then as drawn after so many unused draws."""
    generator = np.random.default_rng(seed)
    generator.integers(0, stays, unused_draws * stays)
    for begin in range(0, resamples + 1, _BLOCK):
        whole = [np.ones(stays)] if begin == 0 else []
        drawn = generator.integers(0, stays, (min(_BLOCK, resamples + 1 - begin) - len(whole), stays))
        yield np.stack([*whole, *(np.bincount(row, minlength=stays) for row in drawn)]).astype(np.float32)


def _medians(values: Floats, weight: NDArray[np.float32]) -> Floats:
    """Median of the known values [P] when each counts weight[r, p] times, for each r, [R]."""
    there = np.flatnonzero(~np.isnan(values))
    repeated = (np.repeat(values[there], row.astype(np.int64)) for row in weight[:, there])
    return np.array([np.median(each) if len(each) else np.nan for each in repeated])


def _estimate(values: Floats) -> Estimate:
    """The first value with the percentiles of the others, of which those that are not finite are left out."""
    value, resampled = float(values[0]), values[1:][np.isfinite(values[1:])]
    if not np.isfinite(value) or not len(resampled):
        return Estimate(value if np.isfinite(value) else float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(resampled, (2.5, 97.5))
    return Estimate(value, float(low), float(high))
