"""The shipped tables: each allele is found again in a genome that carries it, and every pair has a phenotype."""

from itertools import combinations_with_replacement

import pytest

from models.genotype.definitions import FROM_A_VCF, gene
from models.genotype.each_variant import HAPB3_CAUSE
from models.genotype.genotype import genotype
from models.genotype.naming import core
from models.genotype.observed import WIDEST_SHIFT
from models.genotype.phenotype import BY_RULE, meaning
from models.genotype.same_variant import defined_as, smallest
from tests.builders.genomes import rows_of

MOST_PAIRS = 100
"""Of genes with more alleles than this, every twelfth is paired with the default: the test above has all of them."""
WITHOUT_PHENOTYPES = {"CYP4F2", "IFNL3"}


@pytest.mark.parametrize("name", FROM_A_VCF)
def test_every_allele_on_both_copies_is_named(name: str) -> None:
    for allele in gene(name).alleles:
        result = genotype(rows_of(name, allele, allele)).genes[name]
        assert result.missing_positions == ()
        assert result.not_excluded == ()
        assert {(core(allele), core(allele))} <= {one.alleles for one in result.readings}, allele


@pytest.mark.parametrize("name", FROM_A_VCF)
def test_every_allele_beside_the_default_is_among_the_readings(name: str) -> None:
    known = gene(name)
    for allele in list(known.alleles)[:: 12 if len(known.alleles) > MOST_PAIRS else 1]:
        result = genotype(rows_of(name, known.default, allele)).genes[name]
        pairs = {frozenset(one.alleles) for one in result.readings}
        assert frozenset({core(allele), known.default}) in pairs, allele


@pytest.mark.parametrize("name", sorted(set(FROM_A_VCF) - WITHOUT_PHENOTYPES))
def test_every_pair_of_functions_has_a_phenotype(name: str) -> None:
    known = gene(name)
    assigned = known.activity or known.functions
    representatives = list({function: allele for allele, function in assigned.items()}.values())
    for pair in combinations_with_replacement(representatives, 2):
        assert meaning(known, pair).phenotype


def test_a_gene_has_a_table_of_pairs_or_a_rule_or_no_phenotype_at_all() -> None:
    without = {name for name in FROM_A_VCF if not gene(name).phenotypes and name not in BY_RULE}
    assert without == WITHOUT_PHENOTYPES


@pytest.mark.parametrize("name", FROM_A_VCF)
def test_positions_lie_within_the_reach_of_the_reader_and_know_their_own_variants(name: str) -> None:
    for position in gene(name).positions.values():
        assert max(position.shifts) <= WIDEST_SHIFT
        for alt in position.alts:
            assert defined_as(position, smallest(position.position, position.ref, alt)) == alt


@pytest.mark.parametrize("name", FROM_A_VCF)
def test_alleles_and_key_alleles_are_of_defined_positions(name: str) -> None:
    known = gene(name)
    assert set(known.key_alleles) <= known.alleles.keys()
    for differences in known.alleles.values():
        assert differences.keys() <= known.positions.keys()
    assert known.alleles[known.reference] == {}


def test_the_cause_of_hapb3_has_a_name_of_its_own() -> None:
    assert HAPB3_CAUSE in gene("DPYD").alleles
