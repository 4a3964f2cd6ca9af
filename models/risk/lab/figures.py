"""How a card's plots are drawn, as PNG."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Generic, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

_BINS: Final = 10  # of equal mass
_DPI: Final = 110

Graded = TypeVar("Graded")
"""Forecasts beside their truth."""


@dataclass(frozen=True)
class Plot(Generic[Graded]):
    """How to draw the line for one set of forecasts, by name; what the axes show, and the caption."""

    line: Callable[[Axes, str, Graded], None]
    across: str
    up: str
    caption: str
    shares: bool = False  # both axes go from 0 to 1


def draw(plot: Plot[Graded], by_name: Mapping[str, Graded]) -> bytes:
    """Return the plot as PNG, a line for each of the graded forecasts."""
    figure = Figure(figsize=(6.0, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for name, graded in by_name.items():
        plot.line(axes, name, graded)
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


def reliability(risk: NDArray[np.float32], truth: NDArray[np.int8]) -> tuple[list[float], list[float]]:
    """Mean risk and share of the outcome in ten bins of equal mass, both of N forecasts."""
    parts = np.array_split(np.argsort(risk, kind="stable"), _BINS)
    return [float(risk[part].mean()) for part in parts], [float(truth[part].mean()) for part in parts]
