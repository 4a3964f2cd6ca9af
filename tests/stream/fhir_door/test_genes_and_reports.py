"""Genetic results by the guide Genomics Reporting, and pathology reports with their text."""

import base64
from typing import Any

import pytest

from tests.builders.fhir_resources import LOINC, TIME, Resource, an_observation, concept, made, quantity, said, told

TBD = "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"


def a_component(code: str, **value: object) -> Resource:
    return {"code": concept((LOINC, code))} | value


GENE = a_component("48018-6", valueCodeableConcept={"coding": [{"code": "HGNC:2623", "display": "CYP2C9"}]})
RAPID = a_component(
    "53040-2", valueCodeableConcept={"coding": [{"system": LOINC, "code": "LA9657-3", "display": "Poor metabolizer"}]}
)


def an_implication(*components: Resource, **stated: Any) -> Resource:
    code = {"coding": [{"system": TBD, "code": "therapeutic-implication"}]}
    return an_observation(code, component=list(components), issued=TIME, **stated)


def a_genotype(**stated: Any) -> Resource:
    value = {"coding": [{"code": "CYP2C9*2/*2", "display": "CYP2C9 *2/*2"}]}
    return an_observation("84413-4", component=[GENE], valueCodeableConcept=value, issued=TIME, **stated)


def test_what_a_gene_means_for_drugs_is_a_result() -> None:
    (record,) = said(made(an_implication(GENE, RAPID)))
    assert (record["topic"], record["gene"], record["status"]) == ("genomics", "CYP2C9", "final")
    assert record["phenotype"] == "Poor metabolizer"


def test_the_gene_may_stand_in_the_genotype_that_it_follows_from() -> None:
    follows = an_implication(RAPID, derivedFrom=[{"reference": "Observation/g"}])
    (record,) = said(made(follows, known={"Observation/g": a_genotype()}))
    assert (record["gene"], record["diplotype"]) == ("CYP2C9", "*2/*2")
    assert made(follows).is_refused  # of no gene


def test_a_genotype_alone_says_nothing_of_what_it_means_and_is_told() -> None:
    outcome = made(a_genotype())
    assert told(outcome) == ["Observation: the genotype comes without what it means (phenotype)"]
    assert not outcome.is_refused


def test_a_term_may_name_the_gene() -> None:
    allele = an_observation("50956-2", valueCodeableConcept={"text": "Positive"}, issued=TIME)
    (record,) = said(made(allele))
    assert (record["gene"], record["phenotype"]) == ("HLA-B*57:01", "Positive")


@pytest.mark.parametrize(
    ("status", "ours", "phenotype"),
    [("corrected", "corrected", "Poor metabolizer"), ("entered-in-error", "entered-in-error", "Unknown")],
)
def test_a_result_is_corrected_or_taken_back_by_its_status(status: str, ours: str, phenotype: str) -> None:
    (record,) = said(made(an_implication(GENE, RAPID, status=status)))
    assert (record["status"], record["phenotype"]) == (ours, phenotype)


@pytest.mark.parametrize("status", ["preliminary", "registered", "cancelled"])
def test_a_result_that_is_not_final_is_told(status: str) -> None:
    outcome = made(an_implication(GENE, RAPID, status=status))
    assert (said(outcome), len(outcome.troubles)) == ([], 1)


def test_what_the_rules_can_not_read_wipes_nothing_out() -> None:
    odd = a_component("53040-2", valueCodeableConcept={"text": "quite fast"})
    assert said(made(an_implication(GENE, odd))) == []
    two = a_component("53040-2", valueCodeableConcept={"text": "Normal Metabolizer"})
    assert made(an_implication(GENE, RAPID, two)).is_refused


WRITTEN = "FINAL DIAGNOSIS:\nInvasive ductal carcinoma."


def a_report(status: str = "final", **stated: object) -> Resource:
    return {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "identifier": [{"value": "S26-1"}],
        "status": status,
        "code": concept((LOINC, "11529-5")),
        "subject": an_observation()["subject"],
        "issued": TIME,
        "presentedForm": [attached(WRITTEN)],
    } | stated


def attached(written: str, kind: str = "text/plain", codec: str = "utf-8") -> Resource:
    return {"contentType": kind, "data": base64.b64encode(written.encode(codec)).decode()}


def test_the_text_of_a_pathology_report_is_as_it_was_written() -> None:
    (record,) = said(made(a_report()))
    assert (record["topic"], record["text"]) == ("pathology-reports", WRITTEN)


@pytest.mark.parametrize(
    ("stated", "written"),
    [
        ({"presentedForm": [attached("Tumorgröße", "text/plain; charset=iso-8859-1", "latin-1")]}, "Tumorgröße"),
        (
            {"presentedForm": [attached("<p>FINAL DIAGNOSIS:</p><p>A &amp; B</p>", "text/html")]},
            "FINAL DIAGNOSIS:\nA & B",
        ),
        ({"presentedForm": [attached("<![if !lists]>A<![endif]><![x[ ]]>B", "text/html")]}, "AB"),
        ({"presentedForm": None, "conclusion": "Carcinoma."}, "Carcinoma."),
        (
            {"presentedForm": None, "text": {"div": "<div><h1>Diagnosis</h1><p>Carcinoma.</p></div>"}},
            "Diagnosis\nCarcinoma.",
        ),
    ],
)
def test_the_text_is_found_where_senders_put_it(stated: Resource, written: str) -> None:
    assert said(made(a_report(**stated)))[0]["text"] == written


def test_what_is_attached_and_no_text_is_told() -> None:
    outcome = made(a_report(presentedForm=[{"contentType": "application/pdf", "data": "JVBERi0="}]))
    assert len(outcome.troubles) == 2
    assert not outcome.is_refused


@pytest.mark.parametrize("data", ["%%%", "\ufeffQQ==", "/w=="])
def test_a_text_that_can_not_be_decoded_is_refused_in_words(data: str) -> None:
    outcome = made(a_report(presentedForm=[{"contentType": "text/plain", "data": data}]))
    assert outcome.is_refused
    assert told(outcome) == ["DiagnosticReport.presentedForm[0].data: the attached text can't be decoded"]


def test_the_versions_of_a_report_go_by_one_name_that_names_nobody() -> None:
    (first,), (second,) = said(made(a_report())), said(made(a_report("amended", id="r2")))
    assert first["report"] == second["report"] != "S26-1"


@pytest.mark.parametrize("status", ["preliminary", "partial", "registered", "cancelled", "entered-in-error"])
def test_a_report_that_is_not_signed_or_is_taken_back_is_told(status: str) -> None:
    outcome = made(a_report(status))
    assert (said(outcome), len(outcome.troubles), outcome.is_refused) == ([], 1, False)


def test_results_that_lie_inside_a_report_are_read_of_its_patient_and_moment() -> None:
    inside = [
        an_observation("2160-0", id="c", subject=None, effectiveDateTime=None, valueQuantity=quantity(1, "mg/dL")),
        an_observation("2160-0", id="o", status="registered"),
    ]
    results = [{"reference": "#c"}, {"reference": "#o"}, {"reference": "Observation/elsewhere"}]
    panel = a_report(code=concept((LOINC, "51990-0")), contained=inside, result=results, effectiveDateTime=TIME)
    outcome = made(panel)
    assert said(outcome) == [{"topic": "labs", "creatinine_mg_per_dl": 1}]
    assert told(outcome) == ["DiagnosticReport.result[1].status: there is no result yet"]
    assert said(made(panel | {"status": "entered-in-error"})) == []


def test_a_report_of_another_kind_is_told() -> None:
    assert said(made(a_report(code=concept((LOINC, "58410-2"))))) == []
    by_section = a_report(
        code={"text": "x"}, category=[concept(("http://terminology.hl7.org/CodeSystem/v2-0074", "SP"))]
    )
    assert len(said(made(by_section))) == 1
