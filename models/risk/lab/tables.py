"""Tables of figures in a card's Markdown."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from models.risk.lab.metrics import Figure
from models.risk.lab.report import Columns, cell


class Measured(Protocol):
    """A result of an evaluation, as far as tables go."""

    @property
    def figures(self) -> dict[str, Figure]:
        """What was measured, by name."""


def by_figure(heads: Sequence[str], some: Sequence[Measured], columns: Columns) -> str:
    """One row for each figure, one column for each result; `heads` names the results."""
    rows = (
        (heading, *(cell(result.figures.get(name), decimals) for result in some)) for name, heading, decimals in columns
    )
    return table(("figure", *heads), rows)


def by_result(
    heads: Sequence[str], names: Iterable[tuple[str, ...]], some: Iterable[Measured], columns: Columns
) -> str:
    """One row for each result: its names, which `heads` heads, then its figures."""
    rows = (
        (*name, *(cell(result.figures.get(figure), decimals) for figure, _, decimals in columns))
        for name, result in zip(names, some, strict=True)
    )
    return table((*heads, *(heading for _, heading, _ in columns)), rows)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Any table."""
    return "".join(f"| {' | '.join(line)} |\n" for line in (heads, ("---",) * len(heads), *rows))
