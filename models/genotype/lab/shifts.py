"""How far an indel may slide along the reference and still be the same variant, read from its HGVS name.

A VCF anchors an indel leftmost by convention, HGVS names it rightmost; what lies between repeats. A caller may place it
anywhere there, so the distance is stored with each position and no reference genome is needed to compare.
"""

import re
from typing import Final

_REPEAT: Final = re.compile(r"g\.(\d+)([ACGT]+)\[(\d+)\]")
_NAMED_REPEAT: Final = re.compile(r"[ACGT]+\((\d+)\)")
_FIRST: Final = re.compile(r"g\.(\d+)(?:_(\d+))?(del|dup|ins)")


def most_to_the_right(position: int, hgvs: str, reference_name: str, length: int) -> int:
    """Return by how many bases an indel of `length` bases may be placed right of its leftmost place.

    Args:
        position: of the base left of the indel, as a VCF anchors it.
        hgvs: names of the variants at the position, `g.233760235TA[7]; g.233760235TA[8]`.
        reference_name: how CPIC names the reference allele: `TA(7)` where it is a number of repeats.
        length: bases that are inserted (positive) or deleted (negative).
    """
    if repeat := _REPEAT.search(hgvs):
        start, unit, copies = int(repeat[1]), repeat[2], _NAMED_REPEAT.fullmatch(reference_name)
        # Where CPIC does not name the copies of the reference, they are those named and the ones that are deleted.
        reference_copies = int(copies[1]) if copies else int(repeat[3]) - length // len(unit)
        last = start + reference_copies * len(unit) - 1
        return last - position + min(length, 0)
    named = _FIRST.match(hgvs)
    if named is None:
        return 0
    first, last, kind = int(named[1]), int(named[2] or named[1]), named[3]
    return {"del": first - position - 1, "dup": last - position, "ins": first - position}[kind]
