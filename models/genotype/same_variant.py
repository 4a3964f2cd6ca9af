"""Whether what a row writes is the variant that a definition means, however either is anchored, trimmed or placed."""

from typing import NamedTuple

from models.genotype.definitions import Position


class Change(NamedTuple):
    """A change with nothing in it that stays the same: `removed` from `start` on, `put` in its place."""

    start: int
    removed: str
    put: str

    @property
    def end(self) -> int:
        """The first base behind what is removed."""
        return self.start + len(self.removed)


def smallest(position: int, ref: str, alt: str) -> Change:
    """Return a change without the bases that REF and ALT have in common at their ends."""
    ref, alt = ref.upper(), alt.upper()
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    return Change(position, ref, alt)


def defined_as(defined: Position, change: Change) -> str | None:
    """Return the ALT of the definition that a change is, None where it is none of them."""
    for alt, shift in zip(defined.alts, defined.shifts, strict=True):
        if _same(smallest(defined.position, defined.ref, alt), shift, change):
            return alt
    return None


def touches(defined: Position, change: Change) -> bool:
    """Return whether a change lies where an indel of the definition lies or may be placed."""
    first = defined.position + 1
    last = defined.position + max(len(defined.ref) - 1, 1) + max(defined.shifts)
    return change.start <= last and max(change.end, change.start + 1) > first


def _same(wanted: Change, shift: int, change: Change) -> bool:
    if change == wanted:
        return True
    moved = change.start - wanted.start
    pure_wanted, pure_change = wanted.removed or wanted.put, change.removed or change.put
    is_indel = not (wanted.removed and wanted.put) and not (change.removed and change.put)
    same_kind = bool(wanted.removed) == bool(change.removed) and len(pure_wanted) == len(pure_change)
    if not (is_indel and same_kind and 0 <= moved <= shift):
        return False
    turn = moved % len(pure_wanted)  # in a repeat, an indel further right is the same bases, turned
    return pure_change == pure_wanted[turn:] + pure_wanted[:turn]
