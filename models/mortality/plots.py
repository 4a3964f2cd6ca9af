"""The plots of the mortality model's card, as PNG.

Shapes: P stays.
"""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.mortality.metrics import Graded

_BINS: Final = 10  # of equal mass
_DPI: Final = 110

Line = Callable[[Axes, str, Graded], None]


def draw(plot: str, by_name: Mapping[str, Graded]) -> bytes:
    """Return one of PLOTS as PNG, a line for each of the graded forecasts; raises KeyError for another name."""
    line, across, up, _ = PLOTS[plot]
    figure = Figure(figsize=(6.0, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for name, graded in by_name.items():
        line(axes, name, graded)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    png = BytesIO()
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
    return png.getvalue()


def _reliability(axes: Axes, name: str, graded: Graded) -> None:
    parts = np.array_split(np.argsort(graded.risk, kind="stable"), _BINS)
    forecast = [float(graded.risk[part].mean()) for part in parts]
    axes.plot(forecast, [float(graded.died[part].mean()) for part in parts], marker="o", label=name)
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


PLOTS: Final[Mapping[str, tuple[Line, str, str, str]]] = {
    "reliability": (
        _reliability,
        "mean forecast risk",
        "share that died",
        "Reliability: share that died by forecast risk, ten bins of equal mass",
    ),
    "precision": (
        _precision,
        "sensitivity",
        "precision",
        "Precision by sensitivity; the dots are the shipped threshold",
    ),
    "roc": (
        _roc,
        "1 - specificity",
        "sensitivity",
        "Receiver operating characteristic",
    ),
}
"""Each plot's line for one set of graded forecasts, its axes, and its caption."""
