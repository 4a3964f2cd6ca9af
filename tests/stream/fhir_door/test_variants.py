"""Disease-related variants by the guide Genomics Reporting: a Variant, and what it means for a diagnosis."""

from typing import Any

import pytest

from tests.builders.fhir_resources import LOINC, TIME, Resource, an_observation, concept, made, said, told

TBD = "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"
HGVS = "http://varnomen.hgvs.org"


def a_component(code: str, *codings: tuple[str, str, str], text: str = "") -> Resource:
    coded = [{"system": system, "code": one, "display": display} for system, one, display in codings]
    value = {"coding": coded} | ({"text": text} if text else {})
    return {"code": concept((LOINC, code)), "valueCodeableConcept": value}


GENE = a_component("48018-6", ("http://www.genenames.org/geneId", "HGNC:4886", "HFE"))
CODING = a_component("48004-6", (HGVS, "NM_000410.3:c.845G>A", "NM_000410.3(HFE):c.845G>A(C282Y) heterozygote"))
CLASS = a_component("53037-8", (LOINC, "LA6668-3", "Pathogenic"))
STATE = a_component("53034-5", (LOINC, "LA6705-3", "Homozygous"))
ORIGIN = a_component("48002-0", (LOINC, "LA6683-2", "Germline"))
CONDITION = a_component("81259-4", ("http://www.orpha.net", "ORPHA:139498", ""), text="Hereditary haemochromatosis")


def a_variant(*components: Resource, **stated: Any) -> Resource:
    present = {"coding": [{"system": LOINC, "code": "LA9633-4", "display": "Present"}]}
    whole = {"component": list(components or (GENE, CODING, STATE, ORIGIN, CLASS)), "id": "v1", "issued": TIME}
    return an_observation("69548-6", **({"valueCodeableConcept": present} | whole | stated))


def an_implication(*components: Resource, **stated: Any) -> Resource:
    code = {"coding": [{"system": TBD, "code": "diagnostic-implication"}]}
    whole = {"component": list(components), "id": "i1", "derivedFrom": [{"reference": "Observation/v1"}]}
    return an_observation(code, **(whole | {"issued": TIME} | stated))


def test_a_variant_with_its_class_is_a_finding() -> None:
    (record,) = said(made(a_variant()))
    name = record.pop("finding")
    assert record == {
        "topic": "genomics",
        "gene": "HFE",
        "hgvs": "NM_000410.3:c.845G>A",
        "significance": "Pathogenic",
        "zygosity": "homozygous",
        "origin": "germline",
        "status": "final",
    }
    assert name.startswith("fhir-")
    assert said(made(a_variant(CODING, GENE, CLASS)))[0]["finding"] == name
    assert said(made(a_variant(id="v2")))[0]["finding"] != name


def test_the_laboratory_and_the_method_are_the_source_and_no_person_is() -> None:
    performers = [
        {"reference": "Practitioner/7", "display": "Dr Jane Doe"},
        {"reference": "https://ehr.example/Organization/2", "display": "Laboratory A"},
    ]
    sequencing = {"coding": [{"system": LOINC, "code": "LA26398-0", "display": "Sequencing"}]}
    (record,) = said(made(a_variant(performer=performers, method=sequencing)))
    assert record["source"] == "Laboratory A, Sequencing"


def test_a_class_that_an_implication_says_is_that_of_the_variant_behind_it() -> None:
    plain = a_variant(GENE, CODING, STATE)
    implied = an_implication(CLASS, CONDITION, subject=None)
    (record,) = said(made(implied, known={"Observation/v1": plain}))
    assert (record["gene"], record["hgvs"], record["significance"]) == ("HFE", "NM_000410.3:c.845G>A", "Pathogenic")
    assert record["condition"] == "Hereditary haemochromatosis"
    assert record["finding"] == said(made(a_variant()))[0]["finding"]
    assert told(made(plain)) == ["Observation: the variant comes without its class (clinical significance)"]


def test_an_implication_of_a_variant_that_is_not_at_hand_is_told() -> None:
    outcome = made(an_implication(CLASS))
    assert outcome.is_refused
    assert told(outcome) == ["Observation: the variant is named by no HGVS expression"]


@pytest.mark.parametrize(("status", "ours"), [("corrected", "corrected"), ("entered-in-error", "entered-in-error")])
def test_a_finding_is_corrected_or_taken_back_by_its_status(status: str, ours: str) -> None:
    (record,) = said(made(a_variant(status=status)))
    assert record["status"] == ours


def test_what_a_server_has_emptied_takes_its_finding_back_all_the_same() -> None:
    emptied = a_variant(component=None, valueCodeableConcept=None, status="entered-in-error")
    (record,) = said(made(emptied))
    assert (record["status"], record["finding"]) == ("entered-in-error", said(made(a_variant()))[0]["finding"])


@pytest.mark.parametrize("status", ["preliminary", "registered", "cancelled"])
def test_a_finding_that_is_not_final_is_told(status: str) -> None:
    outcome = made(a_variant(status=status))
    assert (said(outcome), len(outcome.troubles)) == ([], 1)


def test_a_variant_that_was_looked_for_and_not_found_is_no_finding_and_by_a_correction_takes_it_back() -> None:
    absent = {"coding": [{"system": LOINC, "code": "LA9634-2", "display": "Absent"}]}
    outcome = made(a_variant(valueCodeableConcept=absent))
    assert (said(outcome), outcome.is_refused) == ([], False)
    (record,) = said(made(a_variant(valueCodeableConcept=absent, status="corrected")))
    assert record["status"] == "entered-in-error"


def test_a_class_that_is_not_understood_wipes_nothing_out() -> None:
    odd = a_component("53037-8", text="quite bad")
    outcome = made(a_variant(GENE, CODING, odd))
    assert outcome.is_refused
    assert told(outcome) == ["Observation: the class of the variant is not understood"]
