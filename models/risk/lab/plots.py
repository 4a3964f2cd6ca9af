"""The plots of the model cards, as PNG: what one is, how it is drawn, and the curves that suit any outcome.

Shapes: N rows, P stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.risk.lab.metrics import Graded

_BINS: Final = 10  # of equal mass
_DPI: Final = 110


@dataclass(frozen=True)
class Plot:
    """How to draw the curve of one set of forecasts, by name; what the axes show, and the caption."""

    curve: Callable[[Axes, str, Graded], None]
    across: str
    up: str
    caption: str
    shares: bool = False  # both axes go from 0 to 1


def draw(plot: Plot, by_name: Mapping[str, Graded]) -> bytes:
    """Return the plot as PNG, a curve for each of the graded forecasts."""
    figure = Figure(figsize=(6.0, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for name, graded in by_name.items():
        plot.curve(axes, name, graded)
    axes.set_xlabel(plot.across)
    axes.set_ylabel(plot.up)
    if plot.shares:
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    png = BytesIO()
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
    return png.getvalue()


def reliability(axes: Axes, name: str, graded: Graded, top: float | None = None) -> None:
    """Share of the outcome by mean risk, in bins of equal mass, beside the diagonal, to `top` or the largest value."""
    parts = np.array_split(np.argsort(graded.risk, kind="stable"), _BINS)
    forecast, found = ([float(values[part].mean()) for part in parts] for values in (graded.risk, graded.label))
    axes.plot(forecast, found, marker="o", label=name)
    end = top or max(*forecast, *found, *axes.get_xlim())
    axes.plot([0, end], [0, end], color="grey", linewidth=0.8, linestyle="--")


def precision(axes: Axes, name: str, graded: Graded) -> None:
    """Precision by sensitivity; a dot for the alarms as they are."""
    found = np.cumsum(graded.label[np.argsort(-graded.risk, kind="stable")])
    axes.plot(found / found[-1], found / np.arange(1, len(found) + 1), label=name)
    hits = float((graded.label * graded.alarm).sum())
    axes.plot(hits / found[-1], hits / max(int(graded.alarm.sum()), 1), "ko", markersize=4)


def roc(axes: Axes, name: str, graded: Graded) -> None:
    """Sensitivity by 1 - specificity."""
    order = np.argsort(-graded.risk, kind="stable")
    found, false = np.cumsum(graded.label[order]), np.cumsum(1 - graded.label[order])
    axes.plot(false / false[-1], found / found[-1], label=name)
