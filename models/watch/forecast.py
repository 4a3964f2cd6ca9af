"""Forecasts for all patients who are due, one tensor a step; what a failing model leaves undone is kept for later.

A patient may be due several times in one micro-batch (a fast replay): the k-th forecasts of all patients are made
together, round by round, since each closed hour starts from the state that the one before left. Shapes: B patients in a
round, S floats of the risk model's state.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import starmap
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.risk.deterioration.events import HEADS, Head
from models.watch.hours import Due
from models.watch.state import PatientState

if TYPE_CHECKING:  # who only looks at a patient needs no torch
    from models.risk.deterioration.model import Further
    from models.risk.model import Driver, RiskOutput

MOST_WAITING: Final = 72
"""Closed hours that are kept for a model that is away; older ones are given up and counted."""
_TRIES_ALONE: Final = 3
"""After a failed batch, so many failures one after the other mean that the model is broken, not a patient's input."""


class Forecaster(Protocol):
    """What the watch path needs of a risk model; see models.risk.model.RiskModel."""

    version: str
    data_version: str
    horizon_h: float

    @property
    def silent_because(self) -> str | None:
        """Why it abstains for everyone here, in one sentence; None where it does not."""

    def blank(self, patients: int) -> NDArray[np.float32]:
        """State at admission, [B, S]."""

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> "tuple[NDArray[np.float32], RiskOutput]":
        """One hour on: state [B, S], bins [B, 40]."""

    def explain_further(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> "list[list[list[Driver]]]":
        """The inputs that drove what is forecast beside the outcome, by patient and forecast."""

    def explain(self, state: NDArray[np.float32], bins: NDArray[np.float32], top: int = 5) -> "list[list[Driver]]":
        """The inputs that drove each forecast."""


class FurtherForecast(NamedTuple):
    """One forecast of what the vital signs will show; without a probability where `because` says why there is none."""

    head: Head
    probability: float | None
    because: str | None
    drivers: "list[Driver]"


class Forecast(NamedTuple):
    """One forecast that was made; `because` is why the model abstained for everyone, where it did."""

    patient: int
    due: Due
    probability: float
    alarm: bool
    abstained: bool
    drivers: "list[Driver]"
    because: str | None = None
    further: Sequence[FurtherForecast] = ()


class Forecasts(NamedTuple):
    """The next states, and what was made, in rounds (a patient's own are in order).

    failed  how many patients the model failed; error: the class of the last error
    """

    states: list[PatientState]
    made: list[Forecast]
    failed: int = 0
    error: str | None = None


def catch_up(state: PatientState, at: int) -> list[Due]:
    """The closed hours that a failing model left behind."""
    return [
        Due(closed=True, hour=hour, time_ms=end_ms, row=np.array(row, np.float32), at=at)
        for hour, end_ms, row in state.waiting
    ]


def postpone(states: Sequence[PatientState], due: Sequence[Sequence[Due]]) -> list[PatientState]:
    """Keep what is due for a model that isn't there."""
    return [_put_aside(state, dues) if dues else state for state, dues in zip(states, due, strict=True)]


def forecast(model: Forecaster, states: Sequence[PatientState], due: Sequence[Sequence[Due]]) -> Forecasts:
    """Make every forecast that is due; the next states hold the risk model's state after each closed hour.

    A model that raises leaves its closed hours in `waiting` of the state, to be made up for when it works again; a
    provisional forecast is not made up for.
    """
    queues = {index: deque(dues) for index, dues in enumerate(due) if dues}
    after = list(states)
    for index in queues:
        own = states[index].risk_version == model.version
        risk = states[index].risk if own else None
        after[index] = replace(states[index], waiting=[], risk=risk, risk_version=model.version)
    made: list[Forecast] = []
    failed: set[int] = set()
    last_error = None
    while queues:
        batch = [(index, queue.popleft()) for index, queue in queues.items()]
        done, error = _round(model, after, batch)
        made.extend(done)
        last_error = error or last_error
        served = {one.patient for one in done}
        for index, asked in batch:
            if index not in served:
                failed.add(index)
                after[index] = _put_aside(after[index], [asked, *queues.pop(index)])
        queues = {index: queue for index, queue in queues.items() if queue}
    return Forecasts(after, made, len(failed), last_error)


def _round(
    model: Forecaster, states: Sequence[PatientState], batch: list[tuple[int, Due]]
) -> tuple[list[Forecast], str | None]:
    """One step for all; if that fails, one by one, so that one patient's input can't take the others' forecasts away.

    Writes the risk model's state into `states`, which are copies of `forecast`'s own. Returns what was made, and the
    class of the last error.
    """
    try:
        return _step(model, states, batch), None
    except Exception as error:  # noqa: BLE001 - whatever a model or its driver raises, scores and alarms go on without it
        name = type(error).__name__
    done: list[Forecast] = []
    failures = 0
    for one in batch if len(batch) > 1 else []:
        try:
            done += _step(model, states, [one])
            failures = 0
        except Exception as error:  # noqa: BLE001 - as above
            name = type(error).__name__
            failures += 1
            if failures == _TRIES_ALONE:
                break
    return done, name


def _step(model: Forecaster, states: Sequence[PatientState], batch: list[tuple[int, Due]]) -> list[Forecast]:
    blank = model.blank(1)[0]
    before = np.stack([blank if (risk := states[index].risk) is None else risk for index, _ in batch])
    bins = np.stack([due.row for _, due in batch])
    after, output = model.step(before, bins)
    because = model.silent_because
    abstained = output.abstained | (because is not None)
    speaking = np.flatnonzero(output.alarm & ~abstained).tolist()
    further = _further(model, before, bins, batch, output.further)
    reasons = dict(zip(speaking, model.explain(before[speaking], bins[speaking]) if speaking else [], strict=True))

    def made(at: int, one: tuple[int, Due]) -> Forecast:
        index, due = one
        if due.closed:
            states[index].risk = after[at].copy()
        return Forecast(
            patient=index,
            due=due,
            probability=float(output.probability[at]),
            alarm=bool(output.alarm[at]),
            abstained=bool(abstained[at]),
            drivers=reasons.get(at, []),
            because=because,
            further=further[at],
        )

    return list(starmap(made, enumerate(batch)))


def _further(
    model: Forecaster,
    before: NDArray[np.float32],
    bins: NDArray[np.float32],
    batch: Sequence[tuple[int, Due]],
    output: "Further | None",
) -> list[list[FurtherForecast]]:
    """What is forecast beside the outcome, of each patient; notable risks of a closed hour are explained."""
    if output is None:
        return [[] for _ in batch]
    explained = [at for at, (_, due) in enumerate(batch) if due.closed and output.notable[at].any()]
    drivers = dict(zip(explained, model.explain_further(before[explained], bins[explained]), strict=True))

    def said(at: int, place: int, head: Head) -> FurtherForecast:
        if not output.known[at, place]:
            return FurtherForecast(head, None, "too few vital signs are known", [])
        if output.there[at, place]:
            return FurtherForecast(head, None, "it is there now", [])
        notable = at in drivers and bool(output.notable[at, place])
        return FurtherForecast(head, float(output.probability[at, place]), None, drivers[at][place] if notable else [])

    return [[said(at, place, head) for place, head in enumerate(HEADS)] for at in range(len(batch))]


def _put_aside(state: PatientState, undone: Sequence[Due]) -> PatientState:
    kept = [(due.hour, due.time_ms, _row(due)) for due in undone if due.closed]
    given_up = max(0, len(kept) - MOST_WAITING)
    flagged = state.flagged
    if given_up:
        flagged = {**flagged, "hours-without-forecast": flagged.get("hours-without-forecast", 0) + given_up}
    return replace(state, waiting=kept[given_up:], flagged=flagged)


def _row(due: Due) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in due.row]
