"""A table of measured figures with their intervals, on the terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from models.lesion.weights import Figure


def show_figures(title: str, measured: Mapping[str, Figure]) -> None:
    """Print figures, a row each."""
    table = Table("figure", "value", "95 % interval, by group", title=title)
    for name, figure in measured.items():
        table.add_row(name, f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f}")
    Console().print(table)
