"""Disease-related variants in result messages (ORU^R01): the laboratory's class with the name, or told and left out."""

from datetime import UTC, datetime

import pytest

from schemas.variants import VariantFinding
from stream.gateway.segments import split
from stream.gateway.translate import Translation, translate
from stream.gateway.trouble import Unusable
from stream.gateway.variant_terms import NotRead, Role, Value, read_variant
from tests.builders.hl7_messages import pseudonym_in
from tests.builders.hl7_orders import gene, genetic, genotype, phenotype
from tests.stream.gateway.test_server import READING

GENE = "48018-6", "HGNC:1100^BRCA1^HGNC"
TRANSCRIPT = "51958-7", "NM_007294.4^NM_007294.4^RefSeq-T"
CODING = "48004-6", "c.5266dup^^HGVS.c"
PROTEIN = "48005-3", "p.Gln1756Profs*74^^HGVS.p"
CLASS = "53037-8", "LA6668-3^Pathogenic^LN"
WHOLE = (
    *(GENE, TRANSCRIPT, CODING, PROTEIN, CLASS),
    ("53034-5", "LA6706-1^Heterozygous^LN"),
    ("48002-0", "LA6683-2^Germline^LN"),
    ("81252-9", "17677^NM_007294.4(BRCA1):c.5266dup^ClinVar-V"),
)


def observed(*said: tuple[str, str], group: str = "2a", status: str = "F") -> list[str]:
    return [f"OBX|1|CWE|{code}^^LN|{group}|{value}||||||{status}||||||||||||LAB" for code, value in said]


def read(*observations: str) -> Translation:
    (one,) = split(genetic(*observations).decode())
    return translate(one, READING)


def findings(*observations: str) -> list[VariantFinding]:
    return [one.record for one in read(*observations).events if isinstance(one.record, VariantFinding)]


def why_not(*observations: str) -> str:
    with pytest.raises(Unusable) as refused:
        read(*observations)
    return refused.value.trouble.sentence


def test_a_variant_arrives_whole() -> None:
    (found,) = findings(*observed(*WHOLE))
    assert found == VariantFinding(
        patient=pseudonym_in(genetic(), READING),
        time=datetime(2026, 11, 20, 15, tzinfo=UTC),
        gene="BRCA1",
        hgvs="NM_007294.4:c.5266dup p.Gln1756Profs*74",
        significance="Pathogenic",
        zygosity="heterozygous",
        origin="germline",
        clinvar="VCV000017677",
        source="LAB",
    )
    assert read(*observed(*WHOLE)).troubles == []


def test_variants_are_held_together_by_their_sub_id_or_by_their_order() -> None:
    second = ("48018-6", "TP53"), ("48004-6", "c.743G>A"), ("53037-8", "LA26333-7^Uncertain significance^LN")
    apart = [*observed(*WHOLE), *observed(*second, group="2b")]
    for sent in (apart, [one.replace("|2b|", "|2a|") for one in apart]):
        assert [(one.gene, one.significance) for one in findings(*sent)] == [
            ("BRCA1", "Pathogenic"),
            ("TP53", "Uncertain significance"),
        ]


def test_results_on_drugs_stand_beside_variants() -> None:
    records = [one.record for one in read(gene(), genotype(), phenotype(), *observed(*WHOLE)).events]
    assert [type(one).__name__ for one in records] == ["GenomicResult", "VariantFinding"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ([GENE, CLASS], "the variant is named by no HGVS expression"),
        ([CODING, CLASS], "the variant names no gene (48018-6)"),
        ([GENE, CODING, ("53037-8", "quite bad")], "the class of the variant is not understood"),
        ([GENE, CODING, CLASS, ("48002-0", "LA6685-7^Prenatal^LN")],
         "the variant is of an unborn child, not of its subject"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_and_wipes_nothing_out(said: list[tuple[str, str]], sentence: str) -> None:
    assert why_not(*observed(*said)) == sentence


def test_a_variant_without_a_class_is_told_and_no_fault_of_its_sender() -> None:
    outcome = read(*observed(GENE, CODING))
    assert list(outcome.events) == []
    (told,) = outcome.troubles
    assert told.sentence == "the variant comes without its class (clinical significance)"
    assert (told.code, told.weight) == ("0", "left out")


def test_a_variant_that_was_looked_for_and_not_found_is_no_finding() -> None:
    absent = ("69548-6", "LA9634-2^Absent^LN"), GENE, CODING
    outcome = read(*observed(*absent))
    assert list(outcome.events) == []
    assert [one.sentence for one in outcome.troubles] == ["the variant was looked for and is not there"]
    (found,) = findings(*observed(*absent, status="C"))  # by a correction it is taken back
    assert (found.gene, found.status) == ("BRCA1", "entered-in-error")


@pytest.mark.parametrize(("stated", "status"), [("C", "corrected"), ("D", "entered-in-error")])
def test_a_finding_is_corrected_or_taken_back_by_its_status(stated: str, status: str) -> None:
    (found,) = findings(*observed(*WHOLE, status=stated))
    assert (found.status, found.hgvs) == (status, "NM_007294.4:c.5266dup p.Gln1756Profs*74")


def test_what_is_not_final_is_left_out() -> None:
    assert list(read(*observed(*WHOLE, status="P")).events) == []


def test_of_two_classes_of_one_variant_neither_is_taken() -> None:
    benign = [GENE, TRANSCRIPT, CODING, PROTEIN, ("53037-8", "LA6675-8^Benign^LN")]
    assert why_not(*observed(*WHOLE), *observed(*benign, group="2b")) == "the message has two classes of one variant"


def said(**values: str) -> dict[Role, list[Value]]:
    return {role: [Value((text,))] for role, text in values.items()}  # type: ignore[misc]  # by name


def test_the_gene_and_the_name_may_stand_in_one_expression() -> None:
    found = read_variant(said(variation="NM_000410.3(HFE):c.845G>A (p.Cys282Tyr)", significance="Pathogenic"))
    assert (found.gene, found.hgvs, found.clinvar) == ("HFE", "NM_000410.3(HFE):c.845G>A", None)


def test_of_two_genes_none_is_chosen() -> None:
    with pytest.raises(NotRead, match="two genes"):
        read_variant(said(coding="c.1A>G", significance="Benign") | {"gene": [Value(("BRCA1",)), Value(("BRCA2",))]})
