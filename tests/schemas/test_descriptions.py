"""What the exported documents tell others: every field is described, in sentences, and the examples are true."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from models.alarms import rules
from models.alarms.information import INFORMATION
from models.alarms.laboratory import CRITICAL_VALUES
from models.pathology.record import findings_of
from models.risk.explanation import Driver
from models.risk.wording import reasons
from models.scores import news2
from models.treatment.engine import suggest
from models.treatment.facts import Drug, Facts, Gene
from schemas import codes, dead_letters
from schemas.alerts import Alert
from schemas.examples import EXAMPLES
from schemas.export import Document, json_schemas
from schemas.forecasts import EarlyWarningScore, RiskForecast
from schemas.labs import ANALYTES
from schemas.pathology import PathologyFindings, PathologyReport
from schemas.patients import PatientRecord
from schemas.suggestions import Suggestion
from schemas.therapy import GenomicResult, Medication
from schemas.topics import TOPICS
from schemas.vitals import NUMERICS
from stream.gateway.codes import Meaning, look_up
from stream.gateway.profile import load

SENTENCE = re.compile(r"[A-Z`].*[.)]", re.DOTALL)


def fields() -> Iterator[tuple[str, Document, Document]]:
    """Every field of every model of every topic: topic.Model.field, what stands with it, and the whole schema."""
    for topic, schema in json_schemas().items():
        for model in (schema, *schema.get("$defs", {}).values()):
            for name, field in model.get("properties", {}).items():
                yield f"{topic}.{model['title']}.{name}", field, schema


def told(field: Document, schema: Document) -> str:
    """A field's own description, or else that of what it holds: its entries, or the model that it refers to."""
    if "description" in field:
        return str(field["description"])
    if "$ref" in field:
        return str(schema["$defs"][field["$ref"].rpartition("/")[2]]["description"])
    inner = [*field.get("anyOf", ()), *([field["items"]] if "items" in field else [])]
    return next((found for one in inner if (found := told(one, schema))), "")


FIELDS = {where: told(field, schema) for where, field, schema in fields()}


@pytest.mark.parametrize("where", FIELDS)
def test_every_field_says_in_sentences_what_it_means(where: str) -> None:
    assert SENTENCE.fullmatch(FIELDS[where]), FIELDS[where]


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
def test_every_topic_says_in_a_sentence_what_it_carries(topic: Any) -> None:  # noqa: ANN401 - a topic
    assert SENTENCE.fullmatch(topic.text)


def test_every_header_of_a_dead_letter_says_in_a_sentence_what_it_means() -> None:
    assert all(SENTENCE.fullmatch(text) for text in dead_letters.HEADERS.values())


@pytest.mark.parametrize("vital", codes.VITALS, ids=lambda vital: vital.field)
def test_a_vital_sign_is_described_with_its_codes(vital: codes.VitalCode) -> None:
    for model in ("VitalsFrame", "VitalsBlock"):
        said = FIELDS[f"vitals.{model}.{vital.field}"]
        named = f"(UCUM {vital.ucum}, LOINC {vital.loinc}" + (f", MDC {vital.mdc})" if vital.mdc else ")")
        assert named in said


def test_every_vital_sign_has_codes() -> None:
    assert {vital.field for vital in codes.VITALS} == set(NUMERICS)


@pytest.mark.parametrize("analyte", ANALYTES)
def test_the_code_of_an_analyte_is_one_that_the_gateway_reads_as_it(analyte: str) -> None:
    said = FIELDS[f"labs.labs.{analyte}"]
    assert "(UCUM " in said
    loinc = load("loinc")
    known = any((row.topic or "labs", row.field) == ("labs", analyte) for row in loinc.codes)
    named = re.findall(r"LOINC ([\d-]+)", said)
    assert bool(named) == known
    for code in named:
        meaning = look_up(loinc, code, "", "", "", "LN", "")
        assert isinstance(meaning, Meaning)
        assert (meaning.topic, meaning.field) == ("labs", analyte)


def test_the_conditions_of_alarms_are_those_that_are_named() -> None:
    said = FIELDS["alerts.alerts.condition"]
    for rule in (*rules.FRAME_RULES, rules.SEPSIS_RISK, *CRITICAL_VALUES, *INFORMATION):
        assert all(part in said for part in rule.condition.split(":"))


def example(topic: str, model: Any, number: int = 0) -> Any:  # noqa: ANN401 - a wire model, and one of it
    return model.model_validate(EXAMPLES[topic][number])


def test_the_example_of_a_score_adds_up() -> None:
    score = example("scores", EarlyWarningScore)
    assert tuple(part.parameter for part in score.parts) == news2.PARAMETERS
    assert score.total == score.lower == sum(part.points or 0 for part in score.parts)
    assert score.missing == tuple(part.parameter for part in score.parts if part.points is None)
    assert score.upper == score.total + sum(news2.MAX_POINTS[name] for name in score.missing)
    assert score.provenance.rule == news2.RULE
    assert score.provenance.data == news2.EDITION


def test_the_example_of_an_alert_is_what_its_rule_says() -> None:
    alert = example("alerts", Alert)
    (evidence,) = alert.evidence
    assert alert.condition == rules.NEWS2.condition
    assert alert.text == rules.NEWS2.sentence(evidence.value, evidence.limit)
    assert (evidence.name, evidence.unit) == (rules.NEWS2.input, rules.NEWS2.unit)
    assert (alert.provenance.rule, alert.provenance.data) == (f"news2/{rules.VERSION}", rules.EDITION)


def test_the_example_of_a_forecast_gives_its_reasons_as_the_model_does() -> None:
    forecast = example("forecasts", RiskForecast)
    drivers = [Driver(one.name, one.unit, one.value, one.age_h, one.contribution) for one in forecast.drivers]
    assert reasons(drivers) in forecast.sentence


def test_the_example_of_findings_is_what_is_read_of_the_example_of_a_report() -> None:
    read = findings_of(example("pathology-reports", PathologyReport), "0.1.0")
    assert example("pathology-findings", PathologyFindings) == read.model_copy(
        update={"id": example("pathology-findings", PathologyFindings).id}
    )


def test_the_example_of_a_suggestion_follows_from_the_other_examples() -> None:
    gene, drug = example("genomics", GenomicResult), example("medications", Medication)
    patient, said = example("patients", PatientRecord), example("suggestions", Suggestion)
    known = Facts(
        genes={gene.gene: Gene(gene.phenotype, gene.time.timestamp(), gene.source, gene.coverage)},
        drugs=(Drug(drug.order, drug.drug, drug.time.timestamp()),),
        allergies=patient.allergies,
        age_years=patient.age_years,
    )
    (made,) = suggest(known, said.time.timestamp())
    assert (said.rule, said.text, said.citation.model_dump()) == (made.rule, made.text, made.citation._asdict())
    assert [(one.name, one.value, one.age_s) for one in said.inputs] == [tuple(one) for one in made.inputs]
    assert (said.missing, said.to_check) == (made.missing, made.to_check)
    assert said.contraindications_checked == made.contraindications_checked
    assert said.expires.timestamp() == made.expires_s
    assert said.provenance.rule == f"{made.rule}/{made.version}"
