"""Genetic results (ORU^R01): which gene, what it means, and what is not understood is told and wipes nothing out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.therapy import GenomicResult
from stream.gateway.segments import split
from stream.gateway.translate import Translation, translate
from stream.gateway.trouble import Unusable
from tests.builders.hl7_messages import PERSON, laboratory, message, pseudonym_in
from tests.builders.hl7_orders import gene, genetic, genotype, phenotype
from tests.stream.gateway.test_server import READING

METABOLIC = "79719-1^{} gene product metabolic activity interpretation^LN"


def read(sent: bytes | str) -> Translation:
    (one,) = split(sent.decode() if isinstance(sent, bytes) else sent.strip().replace("\n", "\r"))
    return translate(one, READING)


def results_in(sent: bytes | str) -> list[GenomicResult]:
    events = read(sent).events
    assert {event.topic for event in events} <= {"genomics"}
    return [event.record for event in events if isinstance(event.record, GenomicResult)]


def result_in(sent: bytes | str) -> GenomicResult:
    (result,) = results_in(sent)
    return result


def test_a_result_arrives_whole() -> None:
    sent = genetic()
    assert result_in(sent) == GenomicResult(
        patient=pseudonym_in(sent, READING),
        time=datetime(2026, 11, 20, 15, tzinfo=UTC),
        gene="CYP2C19",
        diplotype="*2/*2",
        phenotype="Poor metabolizer",
        source="PGX LAB",
    )
    assert read(sent).troubles == []


# PharmCAT's HL7 format (HL7Format.java): all genes share one sub-id and only their order holds them together, the
# status stands a field too early, and drugs and advice follow.
PHARMCAT = r"""
MSH|^~\&|PharmCAT|UPHS|||20261121101501+0100||ORU^R01|1647354000|P|2.3
PID|1||700123^^^HOSPITAL^MR||X^Y||20000915|M
OBR|1|620941|1647354000|PCAT^PharmCAT Generic Order|||20261121101500+0100|||||||||||||||20261121101500+0100|||F
OBX|1|ST|47998-0^Variant Display Name^LN|sub-id|CYP2C19|||||F
OBX|2|CWE|48018-6^Gene studied^LN|sub-id|CYP2C19|||||F
OBX|3|ST|84413-4^Genotype display name^LN|sub-id|*2/*2|||||F
OBX|4|ST|53040-2^Genetic Variation's Effect on Drug Metabolism^LN|sub-id|Poor Metabolizer|||||F
OBX|5|CWE|51963-7^Medication Assessed^LN|sub-id|clopidogrel|||||F
OBX|6|TX|83010-9^Medication Usage Suggestion [Narrative]^LN|sub-id|Avoid clopidogrel if possible|||||F
OBX|7|ST|47998-0^Variant Display Name^LN|sub-id|SLCO1B1|||||F
OBX|8|CWE|48018-6^Gene studied^LN|sub-id|SLCO1B1|||||F
OBX|9|ST|84413-4^Genotype display name^LN|sub-id|*1/*5|||||F
OBX|10|ST|51961-1^Genetic Variation's Effect on Drug Transport^LN|sub-id|Decreased Function|||||F
OBX|11|CWE|48018-6^Gene studied^LN|sub-id|HLA-B|||||F
OBX|12|ST|84413-4^Genotype display name^LN|sub-id|*57:01 positive|||||F
OBX|13|ST|83009-1^Genetic Variation's Effect on High-Risk^LN|sub-id|High Risk|||||F
"""


def test_pharmcats_report_is_read_gene_by_gene_and_the_rest_told() -> None:
    translation = read(PHARMCAT)
    found = [(one.gene, one.diplotype, one.phenotype) for one in results_in(PHARMCAT)]
    assert found == [("CYP2C19", "*2/*2", "Poor Metabolizer"), ("SLCO1B1", "*1/*5", "Decreased Function")]
    assert [one.where for one in translation.troubles if one.weight == "fault"] == ["OBX^13^5"]
    left_out = {one.where: one.code for one in translation.troubles if one.weight == "left out"}
    assert left_out == dict.fromkeys(["OBX^1^3", "OBX^5^3", "OBX^6^3", "OBX^7^3"], "0")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("LA9657-3^Poor metabolizer^LN", "Poor metabolizer"),
        ("LA9657-3^^LN", "LA9657-3"),
        ("LA10315-2^Ultrarapid metabolizer^LN", "Ultrarapid metabolizer"),
        ("^Intermediate Metabolizer", "Intermediate Metabolizer"),
        ("Indeterminate", "Indeterminate"),
    ],
)
def test_answers_by_code_and_by_words_are_read(value: str, said: str) -> None:
    assert result_in(genetic(gene(), phenotype(value))).phenotype == said


@pytest.mark.parametrize(
    ("term", "value", "of"),
    [
        ("79713-4^TPMT gene product metabolic activity interpretation^LN", "LA10317-8", "TPMT"),
        ("79716-7^^LN", "LA9657-3^Poor metabolizer^LN", "CYP2C9"),
        ("79719-1^DPYD gene product metabolic activity interpretation in Blood or Tissue Qualitative^LN",
         "LA25391-6^Normal metabolizer^LN", "DPYD"),
        ("0000-0^NUDT15 gene product metabolic activity interpretation^LN", "Poor metabolizer", "NUDT15"),
        ("50956-2^HLA-B*57:01 [Presence]^LN", "LA6576-8^Positive^LN", "HLA-B*57:01"),
        ("50956-2", "Negative", "HLA-B*57:01"),
        ("0000-0^HLA-B*58:01 [Presence] by Molecular method^LN", "Positive", "HLA-B*58:01"),
        ("B57^HLA B57^L^50956-2^HLA-B*57:01 [Presence]^LN", "Positive", "HLA-B*57:01"),
    ],
)  # fmt: skip
def test_a_term_that_names_its_gene_is_a_result_of_it(term: str, value: str, of: str) -> None:
    assert result_in(genetic(f"OBX|1|CWE|{term}||{value}||||||F")).gene == of


def test_a_code_that_is_not_known_without_a_name_is_no_result() -> None:
    assert [one.where for one in read(genetic("OBX|1|CWE|79714-2^^LN||LA9657-3||||||F")).unused] == ["OBX^1^3"]


def test_a_genotype_is_shown_without_its_gene() -> None:
    assert result_in(genetic(gene(), genotype("CYP2C19*2/*2"), phenotype())).diplotype == "*2/*2"


def test_a_score_beside_the_phenotype_is_carried() -> None:
    score = "OBX|2|NM|0000-0^DPYD activity score^LN||0.5||||||F"
    term = f"OBX|1|CWE|{METABOLIC.format('DPYD')}||LA9657-3^Poor metabolizer^LN||||||F"
    assert result_in(genetic(term, score)).activity_score == 0.5


@pytest.mark.parametrize(
    ("status", "said"), [("F", "final"), ("C", "corrected"), ("W", "entered-in-error"), ("D", "entered-in-error")]
)
def test_a_correction_and_a_result_that_is_taken_back_are_such(status: str, said: str) -> None:
    assert result_in(genetic(gene(), phenotype(status=status))).status == said


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (genetic(gene(), phenotype(status="P")), "OBX^2^11"),
        (genetic(gene(), phenotype(status="X")), "OBX^2^11"),
        (genetic(status="P"), "OBR^1^25"),
        (genetic(status="X"), "OBR^1^25"),
        (genetic(gene("HGNC:2621^CYP2C19^HGNC~HGNC:2625^CYP2D6^HGNC")), "OBX^1^5"),
    ],
)
def test_what_is_not_final_is_accepted_and_told(sent: bytes, place: str) -> None:
    translation = read(sent)
    assert translation.events == []
    assert [(one.where, one.weight) for one in translation.troubles] == [(place, "left out")]


@pytest.mark.parametrize(
    ("observations", "place"),
    [
        ((gene(), genotype()), "OBX^2^5"),
        ((phenotype(),), "OBX^1^4"),
        ((gene(), phenotype(group="1b")), "OBX^2^4"),
        ((gene(), phenotype("LA19541-4^High Risk^LN")), "OBX^2^5"),
        ((gene("HGNC:1^NOSUCHGENE^HGNC"), phenotype()), "OBX^2^5"),
        ((gene(), phenotype("LA9657-3^Normal metabolizer^LN")), "OBX^2^5"),
        ((gene(), phenotype(), phenotype("^Normal Metabolizer")), "OBX^2^5"),
        (("OBX|1|CWE|79713-4^CYP2D6 gene product metabolic activity interpretation^LN||Poor metabolizer",), "OBX^1^3"),
    ],
)
def test_what_is_not_certain_is_refused_and_listed(observations: tuple[str, ...], place: str) -> None:
    with pytest.raises(Unusable) as refused:
        read(genetic(*observations))
    assert place in [one.where for one in refused.value.troubles]
    assert place in [one.where for one in refused.value.unused]


def test_of_two_results_of_one_gene_neither_is_taken() -> None:
    sent = genetic(gene(), phenotype(), gene(group="1b"), phenotype("^Normal Metabolizer", group="1b"),
                   gene("HGNC:2625^CYP2D6^HGNC", "1c"), phenotype(group="1c"))  # fmt: skip
    assert [one.gene for one in results_in(sent)] == ["CYP2D6"]
    assert [one.where for one in read(sent).troubles] == ["OBX^2^5", "OBX^4^5"]
    twice = genetic(gene(), phenotype(), gene(group="1b"), phenotype("^PM", group="1b"))
    assert [one.gene for one in results_in(twice)] == ["CYP2C19", "CYP2C19"]


def test_results_of_two_patients_stay_apart() -> None:
    other = "PID|||700124^^^HOSPITAL^MR"
    request = "OBR|2||GEN-8|x|||20261120080000+0100"
    sent = genetic(gene(), phenotype(), other, request, gene(), phenotype("^Normal Metabolizer"))
    found = {one.phenotype: one.patient for one in results_in(sent)}
    assert found == {
        "Poor metabolizer": pseudonym_in(genetic(), READING),
        "Normal Metabolizer": pseudonym_in(genetic(person=other), READING),
    }


def test_a_result_of_nobody_is_refused_though_a_bed_is_named() -> None:
    with pytest.raises(Unusable, match="names no patient"):
        read(message('PID|||""', "PV1||I|ICU^2^1", "OBR|1||GEN-7", gene(), phenotype()))


def test_a_laboratory_value_beside_it_is_one_all_the_same() -> None:
    topics = [event.topic for event in read(genetic(gene(), phenotype(), laboratory("2160-0", "1.2", "mg/dL"))).events]
    assert topics == ["labs", "genomics"]


def test_the_moment_is_that_of_the_report_or_else_another() -> None:
    unread: Any = genetic(issued="2026")
    assert result_in(unread).time == datetime(2026, 11, 19, 7, tzinfo=UTC)
    assert [one.where for one in read(unread).troubles] == ["OBR^1^22"]
    ahead = genetic(issued="20271120160000+0100")
    assert result_in(ahead).time == datetime(2026, 11, 19, 7, tzinfo=UTC)
    bare = message(PERSON, "OBR|1||GEN-7", gene(), phenotype())
    assert result_in(bare).time == datetime(2026, 11, 21, 9, 15, 1, tzinfo=UTC)
