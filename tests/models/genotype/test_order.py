"""What is said of a genome does not depend on the order in which its rows and alleles are written."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.genotype.definitions import gene
from models.genotype.genotype import genotype
from models.genotype.rows import Row
from tests.builders.genomes import rows_of

GENES = ("CYP2C19", "CYP2B6", "SLCO1B1", "DPYD", "TPMT", "UGT1A1", "NUDT15")


@st.composite
def genomes(draw: st.DrawFn) -> list[Row]:
    name = draw(st.sampled_from(GENES))
    alleles = st.sampled_from(sorted(gene(name).alleles))
    rows = rows_of(name, draw(alleles), draw(alleles))
    missing = draw(st.sets(st.integers(0, len(rows) - 1), max_size=2))
    return [row for number, row in enumerate(rows) if number not in missing]


@given(rows=genomes(), data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_rows_and_of_alleles_does_not_matter(rows: list[Row], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    turned = [replace(row, genotype=row.genotype[::-1]) if data.draw(st.booleans()) else row for row in shuffled]
    said, again = genotype(rows), genotype(turned)
    name = next(iter(said.genes))
    before, after = said.genes[name].as_json(), again.genes[name].as_json()
    del before["variants"], after["variants"]  # they show the alleles as they were written
    assert after == before


@given(rows=genomes())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_turning_both_copies_of_a_phased_genome_does_not_matter(rows: list[Row]) -> None:
    phased = [replace(row, phase_set="") for row in rows]
    turned = [replace(row, genotype=row.genotype[::-1]) for row in phased]
    name = next(iter(genotype(rows).genes))
    readings = [one.diplotype for one in genotype(phased).genes[name].readings]
    assert [one.diplotype for one in genotype(turned).genes[name].readings] == readings
    assert len(readings) >= 1


@given(rows=genomes())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_left_out_is_never_taken_for_seen(rows: list[Row]) -> None:
    whole, fewer = genotype(rows), genotype(rows[1:])
    name = next(iter(whole.genes))
    before, after = whole.genes[name], fewer.genes[name]
    told = {allele for one in after.readings for allele in one.alleles} | set(after.not_excluded)
    assert {allele for allele in before.readings[0].alleles if "[" not in allele} <= told
