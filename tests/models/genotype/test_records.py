"""What follows from a genome for the stream: only what is determined, with what is left open beside it."""

import pytest

from models.genotype.definitions import FROM_A_VCF, gene
from models.genotype.genotype import genotype
from models.genotype.outside import outside
from models.genotype.phenotype import BY_RULE
from models.genotype.records import results_of
from models.genotype.rows import Row
from models.treatment.gene_terms import read_result
from schemas.examples import EXAMPLES
from schemas.genomes import GenomeReady
from schemas.therapy import GenomicResult
from tests.builders.genomes import rows_of

READY = GenomeReady.model_validate(EXAMPLES["genomes-ready"][0])


def results(rows: list[Row], *calls: str, ready: GenomeReady = READY) -> dict[str, GenomicResult]:
    known, warnings = outside([line.replace(" ", "\t", 1) for line in calls])
    return {one.gene: one for one in results_of(genotype(rows, known, warnings), ready)}


def test_a_gene_that_was_looked_at_throughout_is_said_with_its_diplotype_and_full_coverage() -> None:
    (one,) = results(rows_of("CYP2C19", "*2", "*2")).values()
    assert (one.patient, one.time, one.status) == (READY.patient, READY.time, "final")
    assert (one.gene, one.diplotype, one.phenotype, one.coverage) == ("CYP2C19", "*2/*2", "Poor Metabolizer", "full")
    assert one.source == "genome, laboratory A; CPIC 2025-11-05"
    assert results(rows_of("DPYD", "Reference", "c.2846A>T"))["DPYD"].activity_score == 1.5


def test_a_gene_whose_deciding_position_is_missing_says_nothing() -> None:
    assert results(rows_of("CYP2C19", "*1", "*1", without=["rs4244285", "rs12769205"])) == {}


def test_a_rare_allele_that_could_not_be_excluded_is_named_and_the_coverage_is_partial() -> None:
    one = results(rows_of("CYP2C19", "*1", "*1", without=["rs57700608"]))["CYP2C19"]
    assert (one.phenotype, one.coverage) == ("Normal Metabolizer", "partial")
    assert one.source is not None
    assert one.source.endswith("not excluded: *41")


def test_no_reading_is_chosen_in_silence() -> None:
    one = results(rows_of("TPMT", "*1", "*3A"))["TPMT"]
    assert (one.diplotype, one.phenotype) == ("*1/*3A or *3B/*3C", "Intermediate Metabolizer")
    assert one.source == "genome, laboratory A; CPIC 2025-11-05; phase not known, or Poor Metabolizer"


def test_calls_of_another_method_are_said_allele_by_allele() -> None:
    said = results([], "CYP2D6 *4/*4", "HLA-B *57:01/*08:01", "MT-RNR1 1555A>G")
    assert said["CYP2D6"].phenotype == "Poor Metabolizer"
    assert said["CYP2D6"].activity_score == 0
    assert said["CYP2D6"].coverage is None
    assert said["HLA-B*57:01"].phenotype == "positive"
    assert said["HLA-B*58:01"].phenotype == "negative"


def test_a_correction_says_that_it_is_one_and_a_long_source_is_cut() -> None:
    ready = READY.model_copy(update={"status": "corrected", "source": "x" * 128})
    one = results(rows_of("CYP2C19", "*1", "*1", without=["rs57700608"]), ready=ready)["CYP2C19"]
    assert one.status == "corrected"
    assert one.source == f"{'x' * 48}; CPIC 2025-11-05; not excluded: *41"


@pytest.mark.parametrize("name", FROM_A_VCF)
def test_every_phenotype_of_the_tables_is_one_that_the_rules_understand(name: str) -> None:
    known = gene(name)
    every = set(known.phenotypes.values())
    if name in BY_RULE:
        words = sorted({*known.functions.values()})
        every |= {BY_RULE[name](tuple(pair)) for pair in ((one, two) for one in words for two in words)}
    for phenotype in every:
        assert read_result(name, phenotype)[1] == (), phenotype
