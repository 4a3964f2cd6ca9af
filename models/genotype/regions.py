"""Regions in which a caller vouches for the reference where its file has no row, as a table in BED says it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from models.genotype.assembly import chromosome
from models.genotype.definitions import Position

_REMARKS: Final = ("#", "track", "browser")
_FIELDS: Final = 3  # chromosome, start counted from 0, end


class RegionsRefusal(Exception):  # noqa: N818 - an expected result
    """A line of the table cannot be read."""


class Regions:
    """The regions of a table, joined where they touch. Raises RegionsRefusal."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.startswith(_REMARKS):
                name, first, last = _span(number, line)
                spans[name].append((first, last))
        self._joined = {name: _joined(sorted(found)) for name, found in spans.items()}

    def cover(self, position: Position) -> bool:
        """Return whether all bases of a position lie in one region."""
        joined = self._joined.get(position.chromosome, [])
        at = bisect_right(joined, (position.position, float("inf"))) - 1
        return at >= 0 and position.position + len(position.ref) - 1 <= joined[at][1]


def _span(number: int, line: str) -> tuple[str, int, int]:
    """Return chromosome, first and last position, counted from 1."""
    fields = line.split()
    try:
        name, start, end = fields[:_FIELDS]
        first, last = int(start) + 1, int(end)
    except ValueError:
        message = f"line {number} of the regions has no chromosome, start and end"
        raise RegionsRefusal(message) from None
    return chromosome(name), first, last


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in spans:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined
