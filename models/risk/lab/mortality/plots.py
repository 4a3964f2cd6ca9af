"""The plots of the mortality model's card, as PNG.

Shapes: P stays.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from models.risk.lab.figures import Plot, reliability
from models.risk.lab.mortality.metrics import Graded


def _reliability(axes: Axes, name: str, graded: Graded) -> None:
    axes.plot(*reliability(graded.risk, graded.died), marker="o", label=name)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")


def _precision(axes: Axes, name: str, graded: Graded) -> None:
    found = np.cumsum(graded.died[np.argsort(-graded.risk, kind="stable")])
    axes.plot(found / found[-1], found / np.arange(1, len(found) + 1), label=name)
    if graded.alarm is not None:
        hits = float((graded.died * graded.alarm).sum())
        axes.plot(hits / found[-1], hits / max(int(graded.alarm.sum()), 1), "ko", markersize=4)


def _roc(axes: Axes, name: str, graded: Graded) -> None:
    order = np.argsort(-graded.risk, kind="stable")
    found, false = np.cumsum(graded.died[order]), np.cumsum(1 - graded.died[order])
    axes.plot(false / false[-1], found / found[-1], label=name)


PLOTS: Final[Mapping[str, Plot[Graded]]] = {
    "reliability": Plot(
        _reliability,
        "mean forecast risk",
        "share that died",
        "Reliability: share that died by forecast risk, ten bins of equal mass",
        shares=True,
    ),
    "precision": Plot(
        _precision,
        "sensitivity",
        "precision",
        "Precision by sensitivity; the dots are the shipped threshold",
        shares=True,
    ),
    "roc": Plot(
        _roc,
        "1 - specificity",
        "sensitivity",
        "Receiver operating characteristic",
        shares=True,
    ),
}
