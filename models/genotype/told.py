"""What one row tells of one position of a definition."""

from dataclasses import dataclass
from typing import Final, Literal

from models.genotype.definitions import Position
from models.genotype.rows import Call, Row
from models.genotype.same_variant import Change, defined_as, smallest, touches

Weight = Literal["site", "block", "aside"]
"""The row is about the position; a block of reference calls covers it; a row about another variant has its base."""
DELETED: Final = "*"


@dataclass(frozen=True, slots=True)
class Told:
    """A call of a position by one row, with the ALTs that the row could have told there."""

    call: Call
    alts: frozenset[str]
    weight: Weight


class RefMismatch(Exception):  # noqa: N818 - a finding, not a fault
    """The REF of a row is not the base of GRCh38 at the position."""


def told(row: Row, defined: Position) -> Told | None:
    """Return what a row tells of a position, None where it tells nothing. Raises RefMismatch."""
    if row.is_block:
        return _by_block(row, defined)
    if row.is_structural:
        return None  # even its 0/0 says nothing of single bases
    values = _single_base(row, defined) if defined.is_single_base else _longer(row, defined)
    if values is None:
        return None
    # A number without an ALT, as a broken row has it, is no call.
    alleles = tuple(None if number is None or number >= len(values) else values[number] for number in row.genotype)
    alts = frozenset(value for value in values[1:] if value not in (None, defined.ref, DELETED))
    about_it = row.position == defined.position and (bool(alts) or not row.variants)
    weight: Weight = "site" if about_it or alts else "aside"
    call = Call(tuple(None if one == DELETED else one for one in alleles), row.phase_set)
    return Told(call, alts, weight)


def _by_block(row: Row, defined: Position) -> Told | None:
    if not (row.position <= defined.position and defined.position + len(defined.ref) - 1 <= (row.end or 0)):
        return None
    alleles = tuple(defined.ref if number == 0 else None for number in row.genotype)
    return Told(Call(alleles, row.phase_set), frozenset(), "block")


def _single_base(row: Row, defined: Position) -> list[str | None] | None:
    """Return the base of each allele of the row at the position: REF first; None where the row leaves it open."""
    offset = defined.position - row.position
    same_length = all(len(alt) == len(row.ref) for alt in row.variants)
    if not (0 <= offset < len(row.ref) and (offset == 0 or (same_length and row.variants))):
        return None
    if row.ref[offset].upper() != defined.ref:
        raise RefMismatch
    return [defined.ref, *(_base(row, alt, defined) for alt in row.alts)]


def _base(row: Row, alt: str, defined: Position) -> str | None:
    if alt == DELETED:
        return DELETED
    if alt not in row.variants:
        return None
    change = smallest(row.position, row.ref, alt)
    if not change.start <= defined.position < change.end:
        return defined.ref
    if len(change.put) == len(change.removed):
        return change.put[defined.position - change.start]
    return f"{change.removed}>{change.put or '-'}"


def _longer(row: Row, defined: Position) -> list[str | None] | None:
    """Return each allele of the row in the terms of an indel's definition: REF first."""
    changes = {alt: smallest(row.position, row.ref, alt) for alt in row.variants}
    meant = {alt: defined_as(defined, change) for alt, change in changes.items()}
    here = row.position == defined.position
    if here and not defined.ref.startswith(row.ref.upper()) and not row.ref.upper().startswith(defined.ref):
        raise RefMismatch
    beside = here and any(_is_indel(change) and touches(defined, change) for change in changes.values())
    about_it = any(meant.values()) or (here and not row.variants) or beside
    if not about_it:
        return None
    values: list[str | None] = [defined.ref]
    for alt in row.alts:
        if alt not in changes:
            values.append(DELETED if alt == DELETED else None)
        elif touches(defined, changes[alt]):
            values.append(meant[alt] or f"{changes[alt].removed or '-'}>{changes[alt].put or '-'}")
        else:
            values.append(defined.ref)
    return values


def _is_indel(change: Change) -> bool:
    return len(change.removed) != len(change.put)
