"""Are the explanations true? What they name is deleted from the record, and the model is asked again.

The drivers of an alarm are found by forgetting one input at a time, in the present hour alone. Here several are
forgotten together and in the whole stay, which no explanation looks at; and as many random ones beside them.
Shapes: P alarms, one of a stay; V versions of each; S floats of state; I inputs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.risk.explanation import Driver
from models.risk.lab.forecasting import Forecaster, Forecasts, hour_by_hour, spans
from models.risk.lab.metrics import Estimate, ratio
from models.risk.lab.stays import Stays

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

FORGOTTEN: Final = (1, 3, 5)
ALARMS: Final = 300  # the first of so many stays, drawn where there are more
_DRAWS: Final = 8  # of random inputs for each alarm
_SEED: Final = 2019


class Explainer(Forecaster, Protocol):
    """A forecaster that says why."""

    def explain(self, state: Floats, bins: Floats, top: int = 5) -> list[list[Driver]]:
        """The inputs that moved each forecast most."""


@dataclass(frozen=True)
class Deletion:
    """Mean risk of the alarms when so many of their known inputs are forgotten: the strongest drivers, or random ones.

    Drivers are the inputs that raised the risk, strongest first. Intervals are by resampling the alarms.
    """

    inputs: int
    alarms: int
    drivers: Estimate
    random: Estimate


def check(model: Explainer, stays: Stays, forecasts: Forecasts) -> Iterator[Deletion]:
    """Yield what forgetting 0 and FORGOTTEN inputs does to the first alarm of each stay; nothing without an alarm."""
    alarms = _first_alarms(forecasts.alarm & ~forecasts.abstained, stays.start)
    if not len(alarms):
        return
    cut = _up_to(stays, alarms)
    inputs = [one.name for one in cut.inputs]
    nothing = np.zeros((len(cut), 1, len(inputs)), dtype=bool)
    state, bins, _ = _play(model, cut, nothing)
    explained = [model.explain(state[at : at + 1], bins[at : at + 1], len(inputs))[0] for at in range(len(cut))]
    _, _, risk = _play(model, cut, _versions(explained, inputs))
    risk = risk.reshape(len(cut), 1 + len(FORGOTTEN), 1 + _DRAWS)
    for number, count in enumerate((0, *FORGOTTEN)):
        drivers, random = risk[:, number, 0], risk[:, number, 1:].mean(axis=1)
        yield Deletion(count, len(cut), _mean(drivers), _mean(random))


def _mean(risk: Floats) -> Estimate:
    return ratio(risk.astype(np.float64), np.ones(len(risk)))


def _first_alarms(alarm: Mask, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of the first alarm of each stay that has one, at most ALARMS of them."""
    rows = np.flatnonzero(alarm)
    _, first = np.unique(np.searchsorted(start, rows, side="right"), return_index=True)
    chosen = rows[first]
    if len(chosen) > ALARMS:
        chosen = np.sort(np.random.default_rng(_SEED).choice(chosen, ALARMS, replace=False))
    return chosen


def _up_to(stays: Stays, rows: NDArray[np.int64]) -> Stays:
    """The stays of these rows, each of which is the last that is left of its stay."""
    own = stays.stay_of_row[rows]
    whole, hours = stays.take(own), rows - stays.start[own] + 1
    kept = np.arange(whole.start[-1]) - np.repeat(whole.start[:-1], whole.hours) < np.repeat(hours, whole.hours)
    return replace(
        whole,
        columns=whole.columns[kept],
        label=None,
        iculos=whole.iculos[kept],
        start=np.concatenate(([0], np.cumsum(hours))),
        impossible=whole.impossible[kept],
    )


def _versions(explained: list[list[Driver]], inputs: list[str]) -> Mask:
    """What is forgotten of each alarm, [P, V, I]: for 0 and each of FORGOTTEN the drivers, then the random draws."""
    random = np.random.default_rng(_SEED)
    counts = (0, *FORGOTTEN)
    forgotten = np.zeros((len(explained), len(counts), 1 + _DRAWS, len(inputs)), dtype=bool)
    for mask, drivers in zip(forgotten, explained, strict=True):
        known = np.array([inputs.index(driver.name) for driver in drivers])
        part = np.array([driver.contribution for driver in drivers])
        raising = known[np.argsort(-part, kind="stable")][: int((part > 0).sum())]
        for number, count in enumerate(counts):
            mask[number, 0, raising[:count]] = True
            for draw in range(1, 1 + _DRAWS):
                mask[number, draw, random.permutation(known)[:count]] = True
    return forgotten.reshape(len(explained), -1, len(inputs))


def _play(model: Forecaster, stays: Stays, forgotten: Mask) -> tuple[Floats, Floats, Floats]:
    """Run versions of each stay, inputs forgotten [P, V, I] in all hours.

    Returns of its last hour the state before it [P, S] and the bin [P, I], of the first version; and the risks [P, V].
    """
    versions = forgotten.shape[1]
    span = spans(stays)
    order = np.argsort(-span, kind="stable")
    state = model.blank(len(order) * versions)
    before = np.empty((len(order), state.shape[1]), np.float32)
    last, risk = np.empty((len(order), len(stays.inputs)), np.float32), np.empty((len(order), versions), np.float32)
    for hour, (bins, _, _) in enumerate(hour_by_hour(stays, order, span[order])):
        running = len(bins)
        ending = span[order[:running]] == hour + 1
        shown = np.where(forgotten[order[:running]], np.float32(np.nan), bins[:, None])
        was = state[: running * versions]
        state, output = model.step(was, shown.reshape(running * versions, -1))
        done = order[:running][ending]
        before[done] = was[::versions][ending]
        last[done] = bins[ending]
        risk[done] = output.probability.reshape(running, versions)[ending]
    return before, last, risk
