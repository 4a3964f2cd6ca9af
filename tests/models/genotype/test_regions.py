"""Regions in which a position without a row is the reference: there, nowhere else, and never against a row."""

from dataclasses import replace

import pytest

from models.genotype.definitions import Position
from models.genotype.genotype import WrongAssembly, genotype
from models.genotype.regions import Regions, RegionsRefusal
from models.genotype.result import GeneResult
from models.genotype.rows import Row
from tests.builders.genomes import changed, rows_of

WHOLE = "chr10\t94760000\t94860000"
"""All positions of CYP2C19."""
TWO = 94781859
"""rs4244285, counted from 1."""


def position(at: int, ref: str = "A") -> Position:
    return Position("chr10", at, None, ref, ("T",), (0,))


def said(rows: list[Row], *lines: str) -> GeneResult:
    return genotype(rows, covered=Regions(lines)).genes["CYP2C19"]


def variants(*alleles: str) -> list[Row]:
    """What a file holds that has rows of variants alone."""
    return [row for row in rows_of("CYP2C19", *alleles) if any(row.genotype)]


@pytest.mark.parametrize(("at", "inside"), [(10, False), (11, True), (20, True), (21, False)])
def test_a_region_counts_from_0_and_ends_before_its_end(at: int, inside: bool) -> None:  # noqa: FBT001 - what is expected
    assert Regions(["10 10 20"]).cover(position(at)) is inside


def test_regions_that_touch_or_overlap_are_one_and_an_indel_must_lie_in_one() -> None:
    regions = Regions(
        ["#a remark", "track x", "", "chr10\t10\t15\tname", "NC_000010.11 15 20", "chr10 12 14", "1 0 99"]
    )
    assert regions.cover(position(14, "AAA"))
    assert not regions.cover(position(19, "AAA"))
    assert not regions.cover(position(5))


def test_a_file_of_variants_alone_determines_a_gene_that_its_regions_cover() -> None:
    assert genotype(variants("*1", "*2")).genes["CYP2C19"].missing_positions
    result = said(variants("*1", "*2"), WHOLE)
    assert (result.readings[0].diplotype, result.phenotype) == ("*1/*2", "Intermediate Metabolizer")
    assert (result.missing_positions, result.not_excluded) == ((), ())
    assert "are the reference by the regions that were given" in result.warnings[0]


def test_outside_the_regions_a_position_without_a_row_stays_open() -> None:
    hole = said(variants("*1", "*17"), f"chr10 94760000 {TWO - 10000}", f"chr10 {TWO} 94860000")
    assert "rs4244285" in hole.missing_positions
    assert "*2" in hole.not_excluded


@pytest.mark.parametrize("said_of_it", [{"passed": False}, {"depth": 0}, {"genotype": (None, None)}, {"ref": "C"}])
def test_regions_say_nothing_against_a_row(said_of_it: dict[str, object]) -> None:
    rows = changed(rows_of("CYP2C19", "*1", "*1"), "rs4244285", **said_of_it)
    assert "rs4244285" in said(rows, WHOLE).missing_positions


@pytest.mark.parametrize("alt", ["A", "<DEL>"])
def test_a_deletion_that_takes_a_position_along_is_not_the_reference(alt: str) -> None:
    deletion = Row("chr10", TWO - 3, None, "ACGTG", (alt,), (0, 1), end=TWO + 1)
    result = said([*variants("*1", "*17"), deletion], WHOLE)
    assert "rs4244285" in result.missing_positions


def test_regions_alone_tell_nothing_and_do_not_hide_another_assembly() -> None:
    assert genotype([], covered=Regions([WHOLE])).genes == {}
    moved = [replace(row, position=row.position + 1_700_000) for row in variants("*2", "*17")]
    with pytest.raises(WrongAssembly):
        genotype([*moved, *variants("*1", "*28")[:1]], covered=Regions([WHOLE]))


@pytest.mark.parametrize("line", ["chr10 5", "chr10 a b", "chr10"])
def test_a_line_that_is_no_region_is_refused(line: str) -> None:
    with pytest.raises(RegionsRefusal, match="line 2 of the regions"):
        Regions([WHOLE, line])
