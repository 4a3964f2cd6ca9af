"""What HL7 v2 messages become, and what is refused with which reason."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deidentify.keyed import Keyed
from schemas.labs import ANALYTES
from schemas.vitals import NUMERICS
from stream.gateway.conventions import Conventions
from stream.gateway.profile import load
from stream.gateway.segments import split
from stream.gateway.translate import Translation, translate
from stream.gateway.trouble import Unusable
from tests.builders.hl7_messages import (
    HEART_RATE,
    MONITOR_TIME,
    PERSON,
    SYSTOLIC,
    admission,
    laboratory,
    message,
    observed,
    pseudonym_in,
    request,
)

READING = Conventions(Keyed(b"a key of sixteen bytes or more"))


def translated(sent: bytes, reading: Conventions = READING) -> Translation:
    (message,) = split(sent.decode())
    return translate(message, reading)


def record(sent: bytes, reading: Conventions = READING) -> dict[str, object]:
    """The one record of a message, without the patient."""
    (event,) = translated(sent, reading).events
    assert not isinstance(event.record, bytes)
    return event.record.model_dump(exclude_none=True, exclude={"patient"})


def refusal(sent: bytes, reading: Conventions = READING) -> tuple[str, str]:
    with pytest.raises(Unusable) as raised:
        translated(sent, reading)
    return raised.value.trouble.where, raised.value.trouble.code


def test_what_a_monitor_measured_at_one_moment_is_one_frame() -> None:
    assert record(observed(SYSTOLIC, HEART_RATE)) == {
        "time": datetime(2026, 11, 21, 9, 15, tzinfo=UTC),
        "device": "MONITORS",
        "systolic_mmhg": 118.0,
        "heart_rate_bpm": 92.0,
    }


def test_an_observations_own_moment_comes_before_its_requests() -> None:
    later = translated(observed(SYSTOLIC, HEART_RATE + "20261121101530+0100")).events
    assert [event.time.second for event in later] == [0, 30]


def test_a_sensor_that_is_off_is_told_as_the_monitor_tells_it() -> None:
    assert record(observed(SYSTOLIC.replace("|118|", "|-999|")))["systolic_mmhg"] == -999


@pytest.mark.parametrize("status", ["X", "I", "N"])
def test_a_status_without_a_value_is_no_value(status: str) -> None:
    off = SYSTOLIC.replace("|118|", "|8388607|").replace("|R|", f"|{status}|")
    assert "systolic_mmhg" not in record(observed(off, HEART_RATE))


def test_an_arterial_line_counts_before_a_cuff_in_any_order() -> None:
    line = SYSTOLIC.replace("150021^MDC_PRESS_BLD_NONINV_SYS", "150037^MDC_PRESS_BLD_ART_ABP_SYS").replace("118", "104")
    for order in ((SYSTOLIC, line), (line, SYSTOLIC)):
        both = translated(observed(*order))
        assert both.events[0].value == translated(observed(line)).events[0].value
        assert both.troubles == []


@pytest.mark.parametrize(
    ("code", "value", "unit", "field", "ours"),
    [
        ("150033^MDC_PRESS_BLD_ART_SYS", "112", "266016^MDC_DIM_MMHG", "systolic_mmhg", 112),
        ("150034^MDC_PRESS_BLD_ART_DIA", "10", "265987^MDC_DIM_KILO_PASCAL", "diastolic_mmhg", 75.006151),
        ("150344^MDC_TEMP", "98.6", "268160^MDC_DIM_FAHR", "temperature_celsius", 37),
        ("151728^MDC_AWAY_CO2_ET", "38", "266016^MDC_DIM_MMHG", "etco2_mmhg", 38),
    ],
)
def test_what_monitors_send_by_their_nomenclature_is_taken(
    code: str, value: str, unit: str, field: str, ours: float
) -> None:
    sent = observed(f"OBX|1|NM|{code}^MDC|1.1.1.1|{value}|{unit}^MDC|||||R")
    assert record(sent)[field] == pytest.approx(ours, abs=1e-6)


def test_a_concentration_is_no_partial_pressure() -> None:
    percent = "OBX|1|NM|151708^MDC_CONC_AWAY_CO2_ET^MDC|1.1.1.1|5|262688^MDC_DIM_PERCENT^MDC|||||R"
    assert refusal(observed(percent)) == ("OBX^1^6", "103")


def test_two_values_from_one_source_at_one_moment_are_told() -> None:
    twice = translated(observed(SYSTOLIC, SYSTOLIC.replace("|118|", "|90|").replace("OBX|1", "OBX|2")))
    assert [(one.where, one.code) for one in twice.troubles] == [("OBX^2^5", "205")]
    assert b'"systolic_mmhg":118.0' in twice.events[0].value


def test_an_observation_that_nothing_is_made_of_is_told() -> None:
    known = "OBX|3|NM|150488^MDC_BLD_PERF_INDEX^MDC||1.7|262688^MDC_DIM_PERCENT^MDC|||||R"
    unknown = "OBX|4|NM|PI^Perfusion^99OURS||1.7|%|||||R"
    said = translated(observed(SYSTOLIC, known, unknown))
    assert [(one.where, one.code) for one in said.troubles] == [("OBX^2^3", "0"), ("OBX^3^3", "103")]
    assert [one.code for one in said.unused] == ["150488^MDC_BLD_PERF_INDEX^MDC", "PI^Perfusion^99OURS"]


@pytest.mark.parametrize(
    ("code", "value", "unit", "field", "ours"),
    [
        ("2708-6", "97", "%", "spo2_percent", 97),
        ("8480-6", "13.33224", "kPa", "systolic_mmhg", 100),
        ("8310-5", "98.6", "[degF]", "temperature_celsius", 37.0),
        ("8310-5", "32", "[degF]", "temperature_celsius", 0.0),
        ("19889-5", "5.332896", "kPa", "etco2_mmhg", 40),
        ("3150-0", "40", "%", "fio2_fraction", 0.4),
        ("3150-0", "0.4", "1", "fio2_fraction", 0.4),
        ("2524-7", "2.1", "mmol/L", "lactate_mmol_per_l", 2.1),
        ("718-7", "123", "g/L", "hemoglobin_g_per_dl", 12.3),
        ("3255-7", "3.1", "g/L", "fibrinogen_mg_per_dl", 310),
        ("777-3", "210", "10*9/L", "platelets_10e3_per_ul", 210),
        ("2744-1", "7.31", "", "ph", 7.31),
    ],
)
def test_a_number_comes_into_our_unit(code: str, value: str, unit: str, field: str, ours: float) -> None:
    assert record(observed(laboratory(code, value, unit)))[field] == pytest.approx(ours, abs=1e-6)


@pytest.mark.parametrize(
    ("observation", "where", "code"),
    [
        (laboratory("2160-0", "88", "kPa"), "OBX^2^6", "103"),
        (laboratory("2160-0", "1.2", ""), "OBX^2^6", "103"),
        (laboratory("2160-0", "high", "mg/dL"), "OBX^2^5", "102"),
        (laboratory("2160-0", "nan", "mg/dL"), "OBX^2^5", "102"),
        (laboratory("2160-0", "1.2", "mg/dL").replace("|NM|", "|ST|"), "OBX^2^5", "102"),
        (laboratory("2160-0", "1.2", "mg/dL", status="D"), "OBX^2^11", "207"),
        (laboratory("2160-0", "1.2", "mg/dL", status="W"), "OBX^2^11", "207"),
        (laboratory("2160-0", "", "mg/dL", status="D"), "OBX^2^11", "207"),
        (SYSTOLIC.replace("|R|", "|W|"), "OBX^2^11", "207"),
        (laboratory("2160-0", "1.2", "mg/dL", status="E"), "OBX^2^11", "103"),
    ],
)
def test_what_could_only_be_guessed_is_left_out_and_told(observation: str, where: str, code: str) -> None:
    beside = translated(observed(HEART_RATE, observation))
    assert [(one.where, one.code) for one in beside.troubles] == [(where, code)]
    assert [event.topic for event in beside.events] == ["vitals"]
    alone = refusal(observed(observation))
    assert alone == (where.replace("^2^", "^1^"), code)


@pytest.mark.parametrize("status", ["", "A", "B", "C", "F", "P", "R", "S", "U", "V"])
def test_a_status_of_a_value_is_a_value(status: str) -> None:
    assert record(observed(laboratory("2160-0", "1.2", "mg/dL", status)))["creatinine_mg_per_dl"] == 1.2


@pytest.mark.parametrize("value", ["1.2", "", '""'])
def test_a_result_that_could_not_be_obtained_is_told_and_no_fault(value: str) -> None:
    told = translated(observed(laboratory("2160-0", value, "mg/dL", status="X")))
    assert told.events == []
    assert [(one.where, one.code) for one in told.troubles] == [("OBX^1^11", "0")]


def test_a_sensor_that_is_off_is_not_told_each_time() -> None:
    assert translated(observed(SYSTOLIC.replace("|R|", "|X|"), HEART_RATE)).troubles == []


@pytest.mark.parametrize(
    "observation", [SYSTOLIC.replace("|R|", "|X|"), SYSTOLIC.replace("|118|", "||"), "OBX|1|NM|HR"]
)
def test_a_message_of_which_nothing_is_used_is_never_answered_with_a_bare_yes(observation: str) -> None:
    told = translated(observed(observation))
    assert told.events == []
    assert [(one.where, one.code) for one in told.troubles] == [("MSH^1", "0")]


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_value_that_its_own_message_withdraws_never_enters(status: str) -> None:
    right = laboratory("2160-0", "1.2", "mg/dL")
    arterial, blood = laboratory("2518-9", "2.1", "mmol/L"), laboratory("32693-4", "2.4", "mmol/L")
    gone = laboratory("2518-9", "2.1", "mmol/L", status)
    told = translated(observed(right, arterial, gone))
    assert [(one.where, one.code) for one in told.troubles] == [("OBX^3^11", "207")]
    assert b"lactate" not in told.events[0].value
    assert refusal(observed(arterial, gone)) == ("OBX^2^11", "207")
    assert record(observed(blood, gone))["lactate_mmol_per_l"] == 2.4
    assert record(observed(gone, arterial))["lactate_mmol_per_l"] == 2.1


def test_a_correction_counts_before_what_it_corrects_in_any_order() -> None:
    wrong, right = laboratory("2160-0", "12", "mg/dL"), laboratory("2160-0", "1.2", "mg/dL", status="C")
    for order in ((wrong, right), (right, wrong)):
        assert record(observed(*order))["creatinine_mg_per_dl"] == 1.2
    assert translated(observed(wrong, right)).troubles == []


@pytest.mark.parametrize(
    ("status", "counts"),
    [("", True), ("P", True), ("F", True), ("C", True), ("X", False), ("Y", False), ("Z", False)],
)
def test_of_a_request_without_results_nothing_is_a_result(status: str, *, counts: bool) -> None:
    sent = message(PERSON, request() + "|" * 18 + status, laboratory("2160-0", "1.2", "mg/dL"))
    if counts:
        assert record(sent)["creatinine_mg_per_dl"] == 1.2
    else:
        assert refusal(sent) == ("OBR^1^25", "207")


def test_results_of_two_requests_are_two_reports_under_names_that_give_nothing_away() -> None:
    sent = message(
        PERSON,
        request(order="A-1"),
        laboratory("2524-7", "2.1", "mmol/L"),
        request(order="A-2"),
        laboratory("2160-0", "1.2", "mg/dL"),
    )
    reports = [event.record.report for event in translated(sent).events]  # type: ignore[union-attr]
    assert len(set(reports)) == 2
    assert not any("A-" in report for report in reports)


def test_an_alternative_code_does_where_the_first_is_the_senders_own() -> None:
    own = "OBX|1|NM|LACT^Lactate^99LAB^2524-7^^LN||2.1|mmol/L|||||F"
    assert record(observed(own))["lactate_mmol_per_l"] == 2.1


def test_a_code_counts_in_its_own_vocabulary_only() -> None:
    assert translated(observed(laboratory("2524-7", "2.1", "mmol/L").replace("^LN|", "^99LAB|"))).events == []


def test_admission_says_who_lies_in_the_bed() -> None:
    told = record(admission("A01", "AL1||DA|7980^PENICILLIN^RXNORM", "AL1||DA|SULFA"))
    assert told == {
        "time": datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
        "status": "admitted",
        "age_years": 66.0,
        "sex": "female",
        "bed": "MICU-3-B",
        "allergies": ("penicillin", "sulfa"),
    }


@pytest.mark.parametrize(
    ("born", "age"), [("20101121", 16.0), ("20101122", 15.0), ("2010", None), ("", None), ("17000101", None)]
)
def test_an_age_is_whole_years_and_only_from_a_full_date(born: str, age: float | None) -> None:
    assert record(admission("A08", person=f"PID|||7^^^H^MR||||{born}")).get("age_years") == age


@pytest.mark.parametrize(
    ("trigger", "status"),
    [
        ("A01", "admitted"),
        ("A02", "updated"),
        ("A03", "discharged"),
        ("A08", "updated"),
        ("A11", "discharged"),
        ("A13", "updated"),
    ],
)
def test_only_an_admission_begins_a_stay(trigger: str, status: str) -> None:
    assert record(admission(trigger))["status"] == status


def test_what_an_adt_message_does_not_say_is_not_in_its_record() -> None:
    bare = message("EVN||20261121100000+0100", 'PID|||7^^^H^MR||||""|U', 'PV1||I|""', kind="ADT^A08")
    assert record(bare) == {"time": datetime(2026, 11, 21, 9, 0, tzinfo=UTC), "status": "updated"}


@pytest.mark.parametrize(
    ("segments", "allergies"),
    [
        ((), None),
        (("AL1|1",), None),
        (('AL1|""|""|""',), ()),
        (("AL1|1||SULFA", "AL1|2||"), ("sulfa",)),
    ],
)
def test_allergies_that_are_not_mentioned_are_not_known_to_be_none(
    segments: tuple[str, ...], allergies: tuple[str, ...] | None
) -> None:
    assert record(admission("A08", *segments)).get("allergies") == allergies


def test_one_patient_has_one_pseudonym_from_every_sender_and_none_tells_the_id() -> None:
    other = PERSON.replace("700123^^^HOSPITAL^MR", "99^^^INSURER^NI~700123^^^HOSPITAL^MR")
    here, there = (translated(observed(SYSTOLIC, person=person)).events[0].patient for person in (PERSON, other))
    assert here == there
    assert "700123" not in here


def test_the_same_number_from_another_authority_is_another_patient() -> None:
    sent = [observed(person=PERSON.replace("HOSPITAL", name)) for name in ("A", "B", "")]
    names = [pseudonym_in(one, READING) for one in sent]
    assert len(set(names)) == 3
    assert pseudonym_in(sent[2], Conventions(READING.key, authority="A")) == names[0]


def test_a_stamp_without_a_zone_is_refused_unless_the_gateway_was_told_one() -> None:
    bare = observed(SYSTOLIC, time="20260701120000", sent="20260701120001")
    assert refusal(bare) == ("OBR^1^7", "102")
    summer = record(bare, Conventions(READING.key, ZoneInfo("Europe/Berlin")))["time"]
    assert summer == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("stamp", ["", "20261121", "2026112110", "20261399101500+0100", "yesterday"])
def test_a_stamp_that_names_no_minute_is_refused(stamp: str) -> None:
    assert refusal(observed(SYSTOLIC, time=stamp)) == ("OBR^1^7", "102")


@pytest.mark.parametrize(
    ("sent", "where", "code"),
    [
        (message(PERSON, request(), SYSTOLIC, processing="T"), "MSH^1^11", "202"),
        (message(PERSON, request(), SYSTOLIC, kind="ORU^R42"), "MSH^1^9", "201"),
        (message(PERSON, kind="SIU^S12"), "MSH^1^9", "200"),
        (admission("A24"), "MSH^1^9", "201"),
        (message(request(), SYSTOLIC), "PID^1^3", "101"),
        (observed(SYSTOLIC, person="PID|||^^^HOSPITAL^MR"), "PID^1^3", "101"),
        (message(PERSON, SYSTOLIC), "OBX^1", "100"),
        (admission("A01", zone=""), "EVN^1^2", "102"),
    ],
)
def test_a_message_of_which_nothing_can_be_used_is_refused_with_its_reason(sent: bytes, where: str, code: str) -> None:
    assert refusal(sent) == (where, code)


def test_a_refusal_repeats_nothing_of_the_patient() -> None:
    with pytest.raises(Unusable) as raised:
        translated(observed(SYSTOLIC.replace("|118|", "|JANE DOE|")))
    assert not {"JANE", "DOE", "700123"} & set(str(raised.value).replace("^", " ").split())


def test_every_vital_sign_and_nearly_every_analyte_has_a_code() -> None:
    reached = {row.field for row in load("plain").codes}
    assert set(NUMERICS) <= reached
    assert set(ANALYTES) - reached == {"sao2_percent"}  # its code is the one that FHIR gives to SpO2


@given(st.lists(st.text(alphabet="|^~&\\OBXRPIDMSH0159.+\r", max_size=60), max_size=6))
def test_no_message_makes_it_fail(segments: list[str]) -> None:
    sent = message(*segments).decode() + f"\r{PERSON}\r{request(MONITOR_TIME)}\r{SYSTOLIC}\r"
    try:
        events = translated(sent.encode()).events
    except Unusable:
        return
    assert all(event.topic in {"vitals", "labs"} for event in events)
