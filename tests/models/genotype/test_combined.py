"""Genes that a guideline reads together."""

from models.genotype.genotype import genotype
from models.genotype.outside import outside
from models.genotype.result import Combination, Genotype
from tests.builders.genomes import rows_of


def of(found: Genotype, *genes: str) -> Combination:
    return next(one for one in found.combinations if one.genes == genes)


def test_thiopurines_read_tpmt_and_nudt15() -> None:
    found = genotype(rows_of("TPMT", "*1", "*3C") + rows_of("NUDT15", "*1", "*3"))
    one = of(found, "TPMT", "NUDT15")
    assert one.lookup == {"TPMT": "Intermediate Metabolizer", "NUDT15": "Intermediate Metabolizer"}
    assert one.complete
    assert "azathioprine" in one.drugs


def test_warfarin_reads_three_genes_and_cyp4f2_by_its_diplotype() -> None:
    found = genotype(
        rows_of("CYP2C9", "*1", "*3")
        + rows_of("CYP4F2", "*1", "*3")
        + rows_of("VKORC1", "rs9923231 reference (C)", "rs9923231 variant (T)")
    )
    assert of(found, "CYP2C9", "VKORC1", "CYP4F2").lookup == {
        "CYP2C9": "Intermediate Metabolizer AS 1.0",
        "VKORC1": "-1639 AG",
        "CYP4F2": "*1/*3",
    }


def test_statins_read_slco1b1_with_abcg2_or_with_cyp2c9() -> None:
    found = genotype(rows_of("SLCO1B1", "*15", "*15"))
    assert of(found, "SLCO1B1", "ABCG2").lookup == {"SLCO1B1": "Poor Function", "ABCG2": "No Result"}
    assert not of(found, "SLCO1B1", "CYP2C9").complete


def test_a_missing_key_position_leaves_a_combination_open() -> None:
    found = genotype(rows_of("TPMT", "*1", "*1", without=["rs1142345"]) + rows_of("NUDT15", "*1", "*1"))
    assert of(found, "TPMT", "NUDT15").lookup == {"TPMT": "No Result", "NUDT15": "Normal Metabolizer"}


def test_hla_alleles_are_read_as_they_stand() -> None:
    calls, _ = outside(["HLA-B\t*07:02/*15:02"])
    found = genotype(rows_of("CYP2C9", "*1", "*3"), calls)
    assert of(found, "CYP2C9", "HLA-B").lookup["HLA-B"] == "*15:02 positive/*57:01 negative/*58:01 negative"


def test_readings_of_several_phenotypes_stay_several() -> None:
    found = genotype(rows_of("TPMT", "*1", "*3A"))
    assert of(found, "TPMT", "NUDT15").lookup["TPMT"] == "Intermediate Metabolizer or Poor Metabolizer"
