"""Forecasts of whole stays through the streaming path: one step per hour, the state carried, nothing looked ahead.

Shapes: N rows, P stays, B patients in one tensor, S floats of state, I inputs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.risk.decision import Decision
from models.risk.lab.stays import Stays

PATIENTS_PER_TENSOR: Final = 4096  # bounds the memory of the carried states, not the result
_HOURS_IN_ICU: Final = -1  # the place of the clock among the inputs


class ForecastError(Exception):
    """A model's answer that is no forecast: of another shape, not finite, or no probability."""


class Output(Protocol):
    """One hour's forecasts: probability, alarm, abstained, all [B]."""

    @property
    def probability(self) -> NDArray[np.float32]:
        """Probability of the outcome within the model's horizon, 0 to 1."""

    @property
    def alarm(self) -> NDArray[np.bool_]:
        """Whether to alarm."""

    @property
    def abstained(self) -> NDArray[np.bool_]:
        """Whether the model knows too little to say."""


class Forecaster(Protocol):
    """The part of the risk model that the streaming path uses."""

    def blank(self, patients: int) -> NDArray[np.float32]:
        """State at admission, [B, S]."""

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], Output]:
        """Advance B patients by one hour; bins [B, I] in raw units, NaN = not measured."""


@dataclass(frozen=True)
class Forecasts:
    """One forecast per row of the stays, in their order, all [N].

    certain  where the forecaster has conformal sets: risks under the first hold "no sepsis" alone, over the second
             "sepsis" alone, between them both
    """

    risk: NDArray[np.float32]
    alarm: NDArray[np.bool_]
    abstained: NDArray[np.bool_]
    certain: tuple[float, float] | None = None


def forecast(model: Forecaster, stays: Stays, on_rows: Callable[[int], None] = lambda _: None) -> Forecasts:
    """Run the model over every stay from its first hour to its last, as the live path does.

    Hours without a row inside a stay are stepped too: nothing measured, what is known of the patient kept. `on_rows` is
    told how many rows each step has answered. Raises ForecastError when an answer is no forecast.
    """
    rows = stays.start[-1]
    answer = Forecasts(np.empty(rows, np.float32), np.empty(rows, np.bool_), np.empty(rows, np.bool_))
    span = spans(stays)
    longest_first = np.argsort(-span, kind="stable")  # so that the stays still running are always the first B
    for begin in range(0, len(stays), PATIENTS_PER_TENSOR):
        batch = longest_first[begin : begin + PATIENTS_PER_TENSOR]
        state = model.blank(len(batch))
        for bins, due, at in hour_by_hour(stays, batch, span[batch]):
            state, output = model.step(state[: len(bins)], bins)
            _check(output, len(bins))
            answer.risk[at] = output.probability[due]
            answer.alarm[at] = output.alarm[due]
            answer.abstained[at] = output.abstained[due]
            on_rows(len(at))
    return answer


def certain(decision: Decision) -> tuple[float, float]:
    """Return the probabilities under and over which a decision's conformal set holds one answer alone."""
    low, high = decision.probability(np.array([decision.surely_not, decision.surely_septic], np.float32)).tolist()
    return low, high


def spans(stays: Stays) -> NDArray[np.int64]:
    """Hours from each stay's first row to its last, both counted, [P]."""
    first, last = stays.start[:-1], stays.start[1:] - 1
    return (stays.iculos[last] - stays.iculos[first]).astype(np.int64) + 1


def hour_by_hour(
    stays: Stays, batch: NDArray[np.int64], span: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]]:
    """Yield hour by hour: the bins of the running stays [B, I], which of them have a row [B], and those rows.

    `batch` are stays with the longest first, `span` their hours, both [B]; running are always the first of them. What
    is known of a patient, the statics, is known in an hour without a row too.
    """
    series = sum(one.kind != "static" for one in stays.inputs)  # they come first
    first = stays.start[:-1][batch]
    admitted = stays.iculos[first]
    row = first.copy()  # the next row of each stay
    for hour in range(int(span[0])):
        running = int(np.searchsorted(-span, -hour))  # span falls; a stay runs while hour < span
        now = admitted[:running] + np.float32(hour)
        due = stays.iculos[row[:running]] == now
        bins = stays.columns[np.where(due, row[:running], row[:running] - 1)]
        bins[~due, :series] = np.nan
        bins[:, _HOURS_IN_ICU] = now
        yield bins, due, row[:running][due]
        row[:running] += due


def _check(output: Output, patients: int) -> None:
    """Raise ForecastError unless every patient has a probability."""
    if output.probability.shape != (patients,):
        msg = f"the model answered with shape {output.probability.shape} for {patients} patients"
        raise ForecastError(msg)
    if not ((output.probability >= 0) & (output.probability <= 1)).all():
        msg = "the model answered with a number that is no probability"
        raise ForecastError(msg)
