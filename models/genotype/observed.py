"""From the rows of a VCF to one call for each position that defines an allele, and what could not be used."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from models.genotype.definitions import FROM_A_VCF, Position, gene
from models.genotype.rows import CHROMOSOMES, Call, Row
from models.genotype.told import RefMismatch, Told, told

LOW_QUALITY: Final = 20
"""Below this GQ, on the Phred scale, a genotype is wrong more often than 1 in 100. Told, not discarded; ours."""
LOW_DEPTH: Final = 10
"""Below this number of reads a caller easily misses one of two alleles; ours. Told, not discarded."""
MOST_COPIES: Final = 2
"""Copies of a gene that a genotype may have; where a caller saw more, no pair of alleles is told."""
WIDEST_SHIFT: Final = 24
"""No indel of the definitions slides further; a test holds it."""
Place = tuple[str, int]


@dataclass(slots=True)
class Observed:
    """The calls of a sample at positions that define alleles, by chromosome and position."""

    calls: dict[Place, Call] = field(default_factory=dict)
    filtered: set[Place] = field(default_factory=set)
    """There is a row, and it did not pass the caller's filters."""
    contradicted: set[Place] = field(default_factory=set)
    weak: set[Place] = field(default_factory=set)
    """Called with a low quality or from few reads."""
    structural: list[tuple[str, int, int]] = field(default_factory=list)
    """Chromosome, first and last position of the structural variants that the sample carries."""
    other_ref: set[Place] = field(default_factory=set)
    """REF is not what GRCh38 has there."""
    moved: int = 0
    """Rows with a known rsID at another position than on GRCh38."""
    told_of: set[Place] = field(default_factory=set)
    """A row tells of it, or means to: what a table of regions says of the reference does not count there."""
    vouched_for: set[Place] = field(default_factory=set)
    """No row tells of it, and the caller vouches for the reference there."""
    rows_met: int = 0
    """Rows that are about a position of a definition."""

    def has_structural(self, chromosome: str, first: int, last: int) -> bool:
        """Return whether the sample carries a structural variant that reaches into a range."""
        return any(name == chromosome and start <= last and end >= first for name, start, end in self.structural)


class Places:
    """Every position of the definitions, found by chromosome and range."""

    def __init__(self) -> None:
        by_place = {
            (one.chromosome, one.position): one
            for name in FROM_A_VCF
            for one in (*gene(name).positions.values(), *gene(name).also_shown)
        }
        self._by_chromosome: dict[str, list[Position]] = defaultdict(list)
        for _, one in sorted(by_place.items()):
            self._by_chromosome[one.chromosome].append(one)
        self._starts = {name: [one.position for one in ones] for name, ones in self._by_chromosome.items()}
        self.by_rsid: Mapping[str, Place] = {one.rsid: place for place, one in by_place.items() if one.rsid}

    def __iter__(self) -> Iterator[Position]:
        """Return every position once."""
        return (one for ones in self._by_chromosome.values() for one in ones)

    @property
    def ranges(self) -> dict[str, list[tuple[int, int]]]:
        """First and last position (counted from 1) that a reader has to look at, by chromosome; one for each gene."""
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for name in FROM_A_VCF:
            one = gene(name)
            places = [*one.positions, *(more.position for more in one.also_shown)]
            found[one.chromosome].append((min(places) - WIDEST_SHIFT, max(places) + WIDEST_SHIFT))
        return dict(found)

    def is_elsewhere(self, row: Row) -> bool:
        """Return whether a variant known by its rsID lies further from its place on GRCh38 than repeats explain."""
        known = [self.by_rsid[rsid] for rsid in (row.rsid or "").split(";") if rsid in self.by_rsid]
        return (
            bool(known)
            and row.chromosome in CHROMOSOMES
            and not any(
                chromosome == row.chromosome and abs(position - row.position) <= WIDEST_SHIFT
                for chromosome, position in known
            )
        )

    def near(self, row: Row) -> list[Position]:
        """Return the positions that a row may tell of."""
        starts = self._starts.get(row.chromosome)
        if starts is None:
            return []
        wide = row.end is not None and not row.variants
        last = row.end if row.end is not None and wide else row.position + len(row.ref) - 1
        first = row.position if wide else row.position - WIDEST_SHIFT
        return self._by_chromosome[row.chromosome][bisect_left(starts, first) : bisect_right(starts, last)]


def nowhere(_position: Position) -> bool:
    """Return that nobody vouches for the reference at a position without a row."""
    return False


def observe(rows: Iterable[Row], places: Places, vouched_for: Callable[[Position], bool] = nowhere) -> Observed:
    """Return the calls of the rows. A filtered, contradicted or unread position has none: it is never the reference.

    `vouched_for` says of a position of which no row tells whether the caller has seen the reference there. That counts
    only where some row meets a position: regions alone do not tell of which assembly they are.
    """
    observed, found = Observed(), defaultdict[Place, list[Told]](list)
    for row in rows:
        observed.moved += places.is_elsewhere(row)
        if row.is_structural and row.passed and any(row.genotype):
            observed.structural.append((row.chromosome, row.position, row.end or row.position))
        for defined in places.near(row):
            _note(observed, found, row, defined)
    for place, ones in found.items():
        merged = _merged(ones)
        if merged is None:
            observed.contradicted.add(place)
        elif any(one is not None for one in merged.alleles):
            observed.calls[place] = merged
    for one in places:
        place = (one.chromosome, one.position)
        if observed.rows_met and place not in observed.told_of and vouched_for(one):
            observed.calls[place] = Call((one.ref, one.ref))
            observed.vouched_for.add(place)
    observed.filtered -= observed.calls.keys()
    observed.weak &= observed.calls.keys()
    return observed


def _note(observed: Observed, found: dict[Place, list[Told]], row: Row, defined: Position) -> None:
    place = (defined.chromosome, defined.position)
    try:
        one = told(row, defined)
    except RefMismatch:
        observed.other_ref.add(place)
        observed.told_of.add(place)
        return
    if one is not None or _lies_over(row, defined):
        observed.told_of.add(place)
    if one is None:
        return
    observed.rows_met += one.weight != "aside"
    if not row.passed:
        observed.filtered.add(place)
        return
    if row.depth == 0 or row.quality == 0:  # the caller says that it saw nothing
        return
    if (row.quality is not None and row.quality < LOW_QUALITY) or (row.depth is not None and row.depth < LOW_DEPTH):
        observed.weak.add(place)
    if len(row.genotype) > MOST_COPIES:
        observed.contradicted.add(place)
        return
    found[place].append(one)


def _lies_over(row: Row, defined: Position) -> bool:
    """Return whether a row is of other bases than the reference where a position lies, as a longer deletion is."""
    last = max(row.position + len(row.ref) - 1, row.end or 0)
    return (
        set(row.genotype) != {0}
        and row.position <= defined.position + len(defined.ref) - 1
        and last >= defined.position
    )


def _merged(ones: list[Told]) -> Call | None:
    """Return the call that all rows of a position make together; None where they contradict each other."""
    for weight in ("site", "block", "aside"):
        chosen = [one for one in ones if one.weight == weight]
        if chosen:
            return _together(chosen)
    return None


def _together(ones: list[Told]) -> Call | None:
    first = min(ones, key=lambda one: (one.call.phase_set is None, str(one.call.alleles)))
    said = {_unordered(one.call) for one in ones}
    if len(said) == 1:
        return first.call
    seen: set[str] = set()
    for one in ones:  # rows split by ALT tell of one ALT each; rows that tell of the same, or of none, contradict
        if not one.alts or seen & one.alts or len(one.call.alleles) != len(first.call.alleles):
            return None
        seen |= one.alts
    carried = sorted(str(base) for one in ones for base in one.call.alleles if base in one.alts)
    copies = len(first.call.alleles)
    if len(carried) > copies:
        return None
    sets = {one.call.phase_set for one in ones}
    if len(sets) == 1 and None not in sets:
        return _by_strand(ones, copies)
    left = [base for one in ones for base in one.call.alleles if base not in one.alts]
    rest = left[0] if len(set(left)) == 1 else None  # `1/.` beside `./1`: where a row tells no base, another does
    return Call((*carried, *(rest for _ in range(copies - len(carried)))))


def _by_strand(ones: list[Told], copies: int) -> Call | None:
    strands: list[str | None] = []
    for strand in range(copies):
        carried = [one.call.alleles[strand] for one in ones if one.call.alleles[strand] in one.alts]
        if len(carried) > 1:
            return None
        strands.append(carried[0] if carried else ones[0].call.alleles[strand])
    return Call(tuple(strands), ones[0].call.phase_set)


def _unordered(call: Call) -> tuple[str, ...]:
    return tuple(sorted(str(one) for one in call.alleles))
