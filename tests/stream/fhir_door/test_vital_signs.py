"""Vital signs as FHIR R4 has them: those of the specification come in whole or are told."""

import pytest

from stream.fhir_door.translate import Outcome
from stream.gateway.trouble import Unused
from tests.builders.fhir_resources import (
    LOINC,
    MDC,
    PATIENT,
    SNOMED,
    TIME,
    Resource,
    a_pressure,
    a_reading,
    an_observation,
    concept,
    made,
    quantity,
    said,
    told,
)

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
NO_VALUE = "there is no value, and the sender says why"


def value(outcome: Outcome, field: str) -> object:
    (record,) = said(outcome)
    return record[field]


# The forms of the specification's own examples: heart-rate, respiratory-rate, satO2, body-temperature, blood-pressure.
@pytest.mark.parametrize(
    ("code", "measured", "field", "ours"),
    [
        ("8867-4", quantity(44, "/min", unit="beats/minute"), "heart_rate_bpm", 44),
        ("9279-1", quantity(26, "/min", unit="breaths/minute"), "respiratory_rate_per_min", 26),
        ("2708-6", quantity(95, "%"), "spo2_percent", 95),
        ("8310-5", quantity(36.5, "Cel", unit="C"), "temperature_celsius", 36.5),
        ("8310-5", quantity(98.6, "[degF]", unit="degF"), "temperature_celsius", 37),
        ("3150-0", quantity(40, "%"), "fio2_fraction", 0.4),
        ("19889-5", quantity(5, "kPa"), "etco2_mmhg", pytest.approx(37.5, abs=0.01)),
    ],
)
def test_a_vital_sign_comes_in_our_unit(code: str, measured: Resource, field: str, ours: float) -> None:
    outcome = made(an_observation(code, valueQuantity=measured))
    (record,) = outcome.records
    assert (record.event.topic, record.event.patient, record.event.time.isoformat()) == ("vitals", PATIENT, TIME)
    assert value(outcome, field) == ours
    assert not outcome.troubles


@pytest.mark.parametrize(
    ("code", "system", "field"),
    [
        ("364075005", SNOMED, "heart_rate_bpm"),
        ("86290005", SNOMED, "respiratory_rate_per_min"),
        ("147842", MDC, "heart_rate_bpm"),
        ("151562", MDC, "respiratory_rate_per_min"),
    ],
)
def test_codes_of_snomed_ct_and_of_devices_are_known(code: str, system: str, field: str) -> None:
    assert value(made(an_observation(code, system)), field) == 92


def test_several_codings_of_one_thing_are_one_value() -> None:
    codings = ((LOINC, "2708-6"), (LOINC, "59408-5"), (MDC, "150456"), ("http://acme.org", "o2"))
    outcome = made(an_observation(code=concept(*codings), valueQuantity=quantity(95, "%")))
    assert value(outcome, "spo2_percent") == 95


def test_codings_of_two_things_are_neither() -> None:
    outcome = made(an_observation(code=concept((LOINC, "8867-4"), (LOINC, "9279-1"))))
    assert said(outcome) == []
    assert told(outcome) == ["Observation.code: the codings are of two things"]


def test_the_more_exact_coding_that_has_no_place_counts() -> None:
    skin = an_observation(code=concept((LOINC, "8310-5"), (LOINC, "39106-0")), valueQuantity=quantity(33, "Cel"))
    assert told(made(skin)) == ["Observation.code: the temperature of the skin is not the body's"]


def test_both_pressures_of_one_observation_are_one_frame() -> None:
    (record,) = said(made(a_pressure()))
    assert (record["systolic_mmhg"], record["diastolic_mmhg"]) == (107, 60)


def test_a_component_that_is_missing_is_told_and_hides_no_other() -> None:
    reason = concept((ABSENT, "not-performed"))
    outcome = made(
        a_pressure(
            {"code": concept((LOINC, "8480-6")), "valueQuantity": quantity(107, "mm[Hg]")},
            {"code": concept((LOINC, "8462-4")), "dataAbsentReason": reason},
        )
    )
    assert value(outcome, "systolic_mmhg") == 107
    assert "diastolic_mmhg" not in said(outcome)[0]
    assert told(outcome) == [f"Observation.component[1].dataAbsentReason: {NO_VALUE}"]
    assert not outcome.is_refused


def test_a_cancelled_pressure_is_told_and_no_value() -> None:
    outcome = made(a_pressure(status="cancelled"))
    assert (said(outcome), outcome.is_refused) == ([], False)
    assert told(outcome) == ["Observation.status: the observation was cancelled: there is no value"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("registered", "there is no result yet"),
        ("entered-in-error", "the observation is withdrawn and left out; a value that was sent before still counts"),
        ("unknown", "whether the observation counts is not known"),
    ],
)
def test_what_does_not_count_by_its_status_is_told(status: str, sentence: str) -> None:
    outcome = made(an_observation(status=status))
    assert (said(outcome), told(outcome)) == ([], [f"Observation.status: {sentence}"])


@pytest.mark.parametrize("status", ["preliminary", "final", "amended", "corrected"])
def test_what_counts_by_its_status_is_a_value(status: str) -> None:
    assert value(made(an_observation(status=status)), "heart_rate_bpm") == 92


@pytest.mark.parametrize("status", [None, "done"])
def test_a_status_that_r4_does_not_have_is_a_fault(status: str | None) -> None:
    assert made(an_observation(status=status)).is_refused


@pytest.mark.parametrize("comparator", ["<", "<=", ">=", ">"])
def test_a_bound_is_never_a_value(comparator: str) -> None:
    bound = an_observation("2160-0", valueQuantity=quantity(0.2, "mg/dL", comparator=comparator))
    outcome = made(bound)
    assert said(outcome) == []
    assert told(outcome) == ["Observation.valueQuantity.comparator: the value is only a bound, which is left out"]
    assert outcome.unused == (
        Unused(
            "Observation.valueQuantity.comparator", f"2160-0^{LOINC}", "the value is only a bound, which is left out"
        ),
    )


def test_a_value_that_its_sender_doubts_is_told() -> None:
    doubted = an_observation(interpretation=[concept((INTERPRETATION, ">"))])
    assert told(made(doubted)) == ["Observation: the value is doubtful"]
    assert told(made(an_observation(interpretation=[concept((INTERPRETATION, "H"))]))) == []


def test_a_panel_only_groups_what_counts_by_itself() -> None:
    panel = an_observation("85353-1", valueQuantity=None, hasMember=[{"reference": "Observation/heart-1"}])
    sentence = "it only groups other observations, which count by themselves"
    assert told(made(panel)) == [f"Observation.hasMember: {sentence}"]


def test_oxygen_saturation_with_flow_and_concentration_is_one_frame() -> None:
    # US Core's pulse oximetry
    parts = [
        {"code": concept((LOINC, "3151-8")), "valueQuantity": quantity(6, "L/min")},
        {"code": concept((LOINC, "3150-0")), "valueQuantity": quantity(40, "%")},
    ]
    (record,) = said(made(an_observation("59408-5", valueQuantity=quantity(92, "%"), component=parts)))
    assert (record["spo2_percent"], record["on_oxygen"], record["fio2_fraction"]) == (92, True, 0.4)


@pytest.mark.parametrize(
    ("code", "system", "stated", "level"),
    [
        ("67775-7", LOINC, concept((LOINC, "LA9340-6")), "alert"),
        ("67775-7", LOINC, {"text": "Confused"}, "confusion"),
        ("1104441000000107", SNOMED, concept((SNOMED, "300202002")), "voice"),
        ("1104441000000107", SNOMED, concept((SNOMED, "450847001")), "pain"),
        ("1104441000000107", SNOMED, concept((SNOMED, "422768004")), "unresponsive"),
    ],
)
def test_a_level_of_consciousness_is_one_of_acvpu(code: str, system: str, stated: Resource, level: str) -> None:
    assert value(made(an_observation(code, system, valueCodeableConcept=stated)), "consciousness") == level


def test_a_word_that_is_not_known_is_left_out() -> None:
    outcome = made(an_observation("67775-7", valueCodeableConcept={"text": "sleepy"}))
    assert told(outcome) == ["Observation.valueCodeableConcept: the word is none that is known here"]


def test_a_glasgow_coma_score_has_no_field_and_is_told() -> None:
    outcome = made(an_observation("9269-2", valueQuantity=quantity(13, "{score}")))
    assert (told(outcome), outcome.is_refused) == (["Observation.code: the record has no field for it"], False)


def test_what_a_body_weighs_and_measures_is_known_of_the_patient() -> None:
    weight = said(made(an_observation("29463-7", valueQuantity=quantity(185, "[lb_av]", unit="lbs"))))
    height = said(made(an_observation("8302-2", valueQuantity=quantity(66.89, "[in_i]", unit="in"))))
    assert weight == [{"topic": "patients", "status": "updated", "weight_kg": 83.915}]
    assert height == [{"topic": "patients", "status": "updated", "height_cm": 169.901}]


def test_pregnancy_is_an_answer() -> None:
    (yes,) = said(made(an_observation("82810-3", valueCodeableConcept=concept((SNOMED, "77386006")))))
    assert yes["is_pregnant"] is True


@pytest.mark.parametrize(("unit", "is_refused"), [("mg/dL", False), ("parsec", True), ("kPa", True)])
def test_a_unit_that_is_not_of_what_the_code_names_is_a_fault(unit: str, is_refused: bool) -> None:  # noqa: FBT001 - of a table
    assert made(an_observation("2160-0", valueQuantity=quantity(1, unit))).is_refused is is_refused


def test_a_result_of_the_laboratory_is_converted() -> None:
    (record,) = said(made(an_observation("2160-0", valueQuantity=quantity(88.4, "umol/L"))))
    assert (record["topic"], record["creatinine_mg_per_dl"]) == ("labs", pytest.approx(1, abs=1e-4))


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ("1999-07-02", "a time-stamp to the minute or better is needed"),
        ("2012-09", "a time-stamp to the minute or better is needed"),
        ("1999-07-02T10:00:00Z", "the moment lies before the year 2000"),
    ],
)
def test_a_date_without_a_time_is_told_and_no_fault(stated: str, sentence: str) -> None:
    outcome = made(an_observation(effectiveDateTime=stated))
    assert (told(outcome), outcome.is_refused) == ([f"Observation.effectiveDateTime: {sentence}"], False)


def test_a_moment_in_the_future_is_a_fault() -> None:
    arrived = a_reading().moment(TIME, "")
    late = an_observation(effectiveDateTime="2026-11-21T10:03:00+01:00")
    assert made(late, arrived=arrived).is_refused
    assert not made(an_observation(effectiveDateTime="2026-11-21T10:01:00+01:00"), arrived=arrived).is_refused


def test_a_period_counts_from_its_end_and_without_any_moment_the_issue_does() -> None:
    period = {"start": "2026-11-21T09:00:00Z", "end": "2026-11-21T09:10:00Z"}
    (first,) = made(an_observation(effectiveDateTime=None, effectivePeriod=period)).records
    issued = made(an_observation(effectiveDateTime=None, issued=TIME))
    assert first.event.time.isoformat() == "2026-11-21T09:10:00+00:00"
    assert issued.records[0].event.time.isoformat() == TIME
    assert len(issued.troubles) == 1
    assert made(an_observation(effectiveDateTime=None)).is_refused


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"valueQuantity": {"value": "92", "code": "/min"}}, "Observation.valueQuantity.value"),
        ({"valueQuantity": {"value": True, "code": "/min"}}, "Observation.valueQuantity.value"),
        ({"code": []}, "Observation.code"),
        ({"code": {"coding": "8867-4"}}, "Observation.code.coding"),
        ({"subject": "Patient/1"}, "Observation.subject"),
        ({"component": [5]}, "Observation.component[0]"),
        ({"status": 5}, "Observation.status"),
    ],
)
def test_an_element_of_another_type_is_a_fault_and_nothing_is_guessed(changed: Resource, where: str) -> None:
    outcome = made(an_observation() | changed)
    assert outcome.is_refused
    assert told(outcome) == [f"{where}: the element is not of the type that FHIR R4 has for it"]


def test_what_is_about_an_unborn_child_is_not_the_mothers() -> None:
    outcome = made(an_observation(focus=[{"reference": "Patient/child"}]))
    assert (said(outcome), len(outcome.troubles)) == ([], 1)


def test_a_resource_that_is_nested_without_end_is_a_fault() -> None:
    nested: Resource = {}
    for _ in range(400):
        nested = {"extension": [nested]}
    outcome = made(an_observation(extension=[nested]))
    assert told(outcome) == ["Observation: the resource is nested deeper than any that FHIR R4 has"]
    assert outcome.is_refused


def test_a_modifier_extension_changes_what_is_said_and_is_never_passed_over() -> None:
    assert made(an_observation(modifierExtension=[{"url": "http://acme.org/not"}])).is_refused
    piece = {"code": concept((LOINC, "8480-6")), "valueQuantity": quantity(107, "mm[Hg]"), "modifierExtension": [{}]}
    assert said(made(a_pressure(piece))) == []


@pytest.mark.parametrize("name", ["security", "tag"])
def test_test_data_is_taken_only_where_the_site_says_so(name: str) -> None:
    marked = an_observation(meta={name: [{"code": "HTEST"}]})
    assert made(marked).is_refused
    site = a_reading().conventions
    taken = made(marked, conventions=type(site)(site.key, takes_tests=True))
    assert taken.records[0].event.patient == f"test-{PATIENT}"


def test_what_is_sent_again_has_the_same_ids_and_another_content_has_others() -> None:
    def ids(resource: Resource) -> list[bytes]:
        return [dict(one.event.headers)["ce_id"] for one in made(resource).records]

    again = dict(reversed(list(an_observation().items())))
    assert ids(an_observation()) == ids(again)
    assert ids(an_observation()) != ids(an_observation(valueQuantity=quantity(93, "/min")))
