"""Precision and recall of findings against what the reports state."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.pathology.finding import NAMES as ALL_NAMES
from models.pathology.lab.writing import GeneratedReport, Statement
from models.pathology.reader import read

DRAWS: Final = 1000
"""Bootstrap samples of reports for each interval."""


UNWRITTEN: Final = frozenset(
    {"laterality", "primary", "size_mm", "focality", "nodes", "er_h_score", "pr_h_score", "pm", "pdl1_cps"}
)
"""Names that no generated report states, so that neither precision nor recall can be measured here."""
NAMES: Final = tuple(name for name in ALL_NAMES if name not in UNWRITTEN)


class Figure(NamedTuple):
    """A share with its 95 % interval; NaN where there was nothing to count."""

    value: float
    low: float
    high: float


class Score(NamedTuple):
    """Precision and recall for one name, and how often it is stated."""

    name: str
    stated: int
    precision: Figure
    recall: Figure


class Result(NamedTuple):
    """Scores of every name and overall, and the share of reports that were read without any error."""

    scores: tuple[Score, ...]
    overall: Score
    error_free: Figure


def reader(text: str) -> frozenset[Statement]:
    """Return the reader's findings without their spans."""
    return frozenset((one.name, one.value, one.certainty) for one in read(text).findings if one.name not in UNWRITTEN)


def score(reports: Sequence[GeneratedReport], finds: Callable[[str], frozenset[Statement]], seed: int = 0) -> Result:
    """Return precision and recall of each name, with intervals by bootstrap over reports."""
    found = [finds(report.text) for report in reports]
    # [reports, names, 3]: found and stated, found, stated
    counts = np.array(
        [
            [
                [sum(one[0] == name for one in group) for group in (mine & theirs.statements, mine, theirs.statements)]
                for name in NAMES
            ]
            for mine, theirs in zip(found, reports, strict=True)
        ]
    )
    drawn = np.random.default_rng(seed).integers(0, len(reports), (DRAWS, len(reports)))
    weights = np.stack([np.bincount(one, minlength=len(reports)) for one in drawn])  # [draws, reports]
    scores = tuple(_score(name, counts[:, at], weights) for at, name in enumerate(NAMES) if counts[:, at, 1:].any())
    whole = np.array([mine == theirs.statements for mine, theirs in zip(found, reports, strict=True)], float)
    return Result(scores, _score("all", counts.sum(1), weights), _figure(whole, np.ones(len(reports)), weights))


def _score(name: str, counts: NDArray[np.int64], weights: NDArray[np.int64]) -> Score:
    both, found, stated = counts.T
    return Score(name, int(stated.sum()), _figure(both, found, weights), _figure(both, stated, weights))


def _figure(
    part: NDArray[np.float64] | NDArray[np.int64],
    whole: NDArray[np.float64] | NDArray[np.int64],
    weights: NDArray[np.int64],
) -> Figure:
    if not whole.sum():
        return Figure(float("nan"), float("nan"), float("nan"))
    parts, wholes = weights @ part, weights @ whole
    shares = parts[wholes > 0] / wholes[wholes > 0]
    low, high = np.quantile(shares, (0.025, 0.975))
    return Figure(float(part.sum() / whole.sum()), float(low), float(high))
