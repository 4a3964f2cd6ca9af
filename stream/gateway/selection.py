"""Which of several sources of one value counts: one that measures before one that is off, then the better one. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from models.vitals import PLAUSIBLE
from stream.gateway.trouble import Trouble, Unused

_LIMITS: Final = {row.field: (row.hard_low, row.hard_high) for row in PLAUSIBLE}

Value = float | bool | str

SOUND: Final = 0
DOUBTFUL: Final = 1
"""The monitor itself doubts it, or it can't be (models/vitals.py)."""
ZERO: Final = 2
"""By the topic's contract never a value, and yet perhaps a heart that stopped."""
OFF: Final = 3


class Source(NamedTuple):
    """One observation of a field at an instant."""

    time: datetime
    field: str
    validity: int
    rank: int
    is_corrected: bool
    number: int  # of its OBX in the message
    code: str
    value: Value

    @property
    def order(self) -> tuple[int, int, bool, int]:
        """What counts first: validity, the way of measuring, a correction, the order in the message."""
        return self.validity, self.rank, not self.is_corrected, self.number


class Chosen(NamedTuple):
    """What counts, by instant and field, and what is told of the rest."""

    values: dict[datetime, dict[str, Value]]
    troubles: list[Trouble]
    unused: list[Unused]


def is_plausible(topic: str, field: str, value: Value) -> bool:
    """Whether a vital sign can have this value at all; of results no limits are stated here."""
    if topic != "vitals" or field not in _LIMITS or isinstance(value, str):
        return True
    low, high = _LIMITS[field]
    return low <= value <= high


def choose(sources: Iterable[Source]) -> Chosen:
    """Choose one source of each field at each instant."""
    alike: dict[tuple[datetime, str], list[Source]] = defaultdict(list)
    for one in sources:
        alike[one.time, one.field].append(one)
    chosen = Chosen(defaultdict(dict), [], [])
    for (time, field), found in alike.items():
        best = found[0] if len(found) == 1 else min(found, key=lambda one: one.order)
        chosen.values[time][field] = best.value
        for one in found if len(found) > 1 else ():
            if one is not best:
                _tell(one, best, chosen)
    return chosen


def _tell(one: Source, best: Source, chosen: Chosen) -> None:
    """A sensor that is off, and the same value once more, need no word."""
    if one.validity >= ZERO or one.value == best.value:
        return
    where = f"OBX^{one.number}^5"
    chosen.unused.append(Unused(where, one.code, "another source counts"))
    if one.validity > best.validity:
        chosen.troubles.append(Trouble(where, "102", "the value is doubtful, and another one counts"))
    elif one.rank == best.rank and not best.is_corrected:
        sentence = "one observation has two values at one moment; the first counts, or the corrected one"
        chosen.troubles.append(Trouble(where, "205", sentence))
