"""Measures the forecasts of what vital signs will show, on the path that the stream takes, beside baselines.

Shapes: N rows, P stays, Y heads, F features.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.deterioration.events import CARRIED_H, HEADS
from models.risk.lab import metrics, trees
from models.risk.lab.deterioration.labels import Truth, on_every_hour, truth_of
from models.risk.lab.deterioration.training import Halves, read_features
from models.risk.lab.forecasting import PATIENTS_PER_TENSOR, hour_by_hour, spans
from models.risk.lab.metrics import Estimate, FigureDefinition, Graded
from models.risk.lab.rank_regression import rank_regression
from models.risk.lab.sepsis.baselines import carry_forward, news2_scores
from models.risk.lab.split import take_part
from models.risk.lab.stays import Stays
from models.risk.lab.trees import Trees
from models.risk.model import ModelError, RiskModel
from models.risk.plausible import COLUMNS

Floats = NDArray[np.float32]

MODEL: Final = "LSTM"
# fmt: off
DEFINITIONS: Final = (
    FigureDefinition("auroc", "AUROC", 3, None, "area under the ROC curve, hours pooled"),
    FigureDefinition("auprc", "AUPRC", 3, None, "average precision, hours pooled"),
    FigureDefinition("brier_skill", "Brier skill", 3, metrics.brier_skill,
                     "1 - Brier score / that of who always says the rate"),
    FigureDefinition("ece", "ECE", 3, metrics.calibration_error, "expected calibration error, 15 bins of equal width"),
    FigureDefinition("observed_to_expected", "O/E", 2, metrics.observed_to_expected, "hours with it / sum of risks"),
)
# fmt: on
_SEED: Final = 2019
_TREES: Final = Trees(200, 31, 0.08, 0.3, 0.5, 200, 5.0)
_EVERY: Final = 3  # every third training hour is enough for a baseline
_MAP: Final = COLUMNS.index("MAP")


@dataclass(frozen=True)
class Answers:
    """Forecasts of every row and head: probability [N, Y], and whether there is one [N, Y]."""

    probability: Floats
    spoken: NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """What one forecaster achieved of one head at one hospital; `rate` is the share of asked hours in which it came."""

    head: int
    hospital: str
    forecaster: str
    stays: int
    hours: int
    rate: float
    figures: Mapping[str, Estimate]


def answer(model: RiskModel, stays: Stays, on_rows: Callable[[int], None] = lambda _: None) -> Answers:
    """Run the model over every stay from its first hour to its last, as the live path does; raises ModelError."""
    rows = len(stays.iculos)
    found = Answers(np.full((rows, len(HEADS)), np.nan, np.float32), np.zeros((rows, len(HEADS)), np.bool_))
    span = spans(stays)
    longest_first = np.argsort(-span, kind="stable")
    for begin in range(0, len(stays), PATIENTS_PER_TENSOR):
        batch = longest_first[begin : begin + PATIENTS_PER_TENSOR]
        state = model.blank(len(batch))
        for bins, due, at in hour_by_hour(stays, batch, span[batch]):
            state, output = model.step(state[: len(bins)], bins)
            if output.further is None:
                msg = "beside these weights of the risk model lie none of what the vital signs will show"
                raise ModelError(msg)
            found.probability[at] = output.further.probability[due]
            found.spoken[at] = (output.further.known & ~output.further.there)[due]
            on_rows(len(at))
    return found


def measure(
    model: RiskModel, stays: Stays, training: Stays | None, on_step: Callable[[str], None] = lambda _: None
) -> Iterator[Measured]:
    """Measure the model, rules that need no training, and with stays to train on learners, at each hospital."""
    whole = on_every_hour(stays)
    truth = truth_of(whole)
    scores = {MODEL: answer(model, whole).probability, **_rules(whole)}
    on_step("forecast")
    if training is not None:
        scores |= _learners(training, whole, on_step)
    hospitals = sorted(set(whole.hospital.tolist()))
    for hospital in hospitals:
        chosen = np.flatnonzero(whole.hospital == hospital)
        for head in range(len(HEADS)):
            for name, score in scores.items():
                on_step(f"measure {hospital}: {HEADS[head].text}: {name}")
                yield _measured(head, hospital, name, (whole, chosen), truth, score[:, head])


def graded(stays: Stays, chosen: NDArray[np.int64], truth: Truth, head: int, risk: Floats) -> Graded:
    """Lay risks [N] beside the truth, in the asked hours of the chosen stays; stays without such an hour fall out."""
    rows, start = stays.rows_of(chosen)
    asked = truth.asked[rows, head]
    hours = np.add.reduceat(asked.astype(np.int64), start[:-1])
    kept = rows[asked]
    nothing = np.zeros(len(kept), np.bool_)
    return Graded(
        label=truth.came[kept, head].astype(np.int8),
        iculos=stays.iculos[kept],
        start=np.concatenate(([0], np.cumsum(hours[hours > 0]))),
        risk=risk[kept],
        alarm=nothing,
        abstained=nothing,
    )


def _measured(
    head: int, hospital: str, name: str, stays: tuple[Stays, NDArray[np.int64]], truth: Truth, risk: Floats
) -> Measured:
    part = graded(*stays, truth, head, risk)
    rule = name in _RULES
    if rule:  # points and pressures are no probabilities
        part = Graded(part.label, part.iculos, part.start, _squeezed(part.risk), part.alarm, part.abstained)
    left_out = metrics.OF_PROBABILITIES if rule else ()
    figures = metrics.estimate_all(DEFINITIONS, part, metrics.row_sums(part), left_out=left_out)
    shown = {one: figure for one, figure in figures.items() if one not in left_out}
    return Measured(head, hospital, name, len(part.start) - 1, len(part.label), float(part.label.mean()), shown)


def _squeezed(values: Floats) -> Floats:
    """Values in their order, between 0 and 1; what is unknown comes last."""
    known = np.nan_to_num(values, nan=float(np.nanmin(values)))
    low, high = float(known.min()), float(known.max())
    return np.asarray((known - low) / max(high - low, 1e-6), np.float32)


_RULES: Final = ("last mean pressure", "NEWS2 now")


def _rules(stays: Stays) -> dict[str, Floats]:
    pressure = -carry_forward(stays, CARRIED_H)[:, _MAP]
    return {
        name: np.repeat(values[:, None], len(HEADS), axis=1)
        for name, values in zip(_RULES, (pressure, news2_scores(stays)), strict=True)
    }


def _learners(training: Stays, stays: Stays, on_step: Callable[[str], None]) -> dict[str, Floats]:
    """Learners on the same features, of the training's part of the patients: what each says of every row [N, Y]."""
    taught = on_every_hour(take_part(training, "train"))
    truth, table, asked_of = truth_of(taught), read_features(taught), read_features(stays)
    said = {
        name: np.empty((len(asked_of), len(HEADS)), np.float32) for name in ("logistic regression", "boosted trees")
    }
    for head in range(len(HEADS)):
        rows = np.flatnonzero(truth.asked[:, head])[::_EVERY]
        came = truth.came[rows, head]
        on_step(f"learn {HEADS[head].text}")
        said["logistic regression"][:, head] = _regressed(table[rows], came, asked_of)
        grown = trees.grow(_TREES, table[rows], came, _SEED)
        said["boosted trees"][:, head] = np.asarray(grown.predict(asked_of.astype(np.float32)))
    return said


def _regressed(features: Halves, came: NDArray[np.bool_], asked_of: Halves) -> NDArray[np.float64]:
    exact = features.astype(np.float64)
    fitted = rank_regression(len(exact)).fit(exact, came)
    return np.asarray(fitted.predict_proba(asked_of.astype(np.float64))[:, 1])
