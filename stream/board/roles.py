"""Which role may see and do what at the board: one row, one role."""

from collections.abc import Mapping
from typing import Final, Literal

BoardRole = Literal["viewer", "nurse", "physician", "technician", "wall"]
May = Literal["ward", "bed", "alarms", "technical", "wall", "act"]
"""A view of the page, or to act: to acknowledge and to pause."""

# A technician sees no patient: names of beds, parts and devices, and no value. A wall is seen by whoever passes: no
# age, no forecast, no result.
# fmt: off
ROLES: Final[Mapping[BoardRole, frozenset[May]]] = {
    "viewer":     frozenset(("ward", "bed", "alarms", "wall")),
    "nurse":      frozenset(("ward", "bed", "alarms", "wall", "technical", "act")),
    "physician":  frozenset(("ward", "bed", "alarms", "wall", "technical", "act")),
    "technician": frozenset(("technical",)),
    "wall":       frozenset(("wall",)),
}
ANYBODY: Final[frozenset[May]] = frozenset(("ward", "bed", "alarms", "wall", "technical"))
"""At a board without users."""
# fmt: on
