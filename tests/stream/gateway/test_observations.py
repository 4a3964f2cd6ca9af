"""Which observation counts, and that every other one is told."""

from dataclasses import replace

import pytest

from stream.gateway.profile import load
from stream.gateway.translate import Translation
from tests.builders.hl7_messages import (
    HEART_RATE,
    MONITOR_TIME,
    PERSON,
    SYSTOLIC,
    laboratory,
    message,
    observed,
    request,
)
from tests.stream.gateway.test_translate import READING, record, refusal, translated

PULSE = "OBX|3|NM|149530^MDC_PULS_OXIM_PULS_RATE^MDC|1.3.1|38|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R"
SATURATION = "OBX|4|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1|84|262688^MDC_DIM_PERCENT^MDC|||||R"
LINE = SYSTOLIC.replace("150021^MDC_PRESS_BLD_NONINV_SYS", "150037^MDC_PRESS_BLD_ART_ABP_SYS")
OFF = ("-999", "-100", "-99.9", "-1", "32767", "8388607", "-999.0", "0")


def told(said: Translation) -> list[tuple[str, str]]:
    return [(one.where, one.code) for one in said.troubles]


def valued(segment: str, value: str) -> str:
    fields = segment.split("|")
    fields[5] = value
    return "|".join(fields)


@pytest.mark.parametrize("off", OFF)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_sensor_that_is_off_hides_no_other(off: str, *, is_first: bool) -> None:
    pair = [valued(HEART_RATE, off), PULSE]
    for one in (pair, pair[::-1]) if is_first else ([PULSE, valued(HEART_RATE, off)],):
        assert record(observed(*one, SATURATION))["heart_rate_bpm"] == 38


@pytest.mark.parametrize("off", OFF[:-1])
def test_off_is_said_as_the_topic_says_it_whatever_the_unit(off: str) -> None:
    in_kpa = valued(SYSTOLIC, off).replace("266016^MDC_DIM_MMHG", "265987^MDC_DIM_KILO_PASCAL")
    assert record(observed(in_kpa))["systolic_mmhg"] == -999


def test_a_bare_zero_stays_what_it_is() -> None:
    assert record(observed(valued(HEART_RATE, "0")))["heart_rate_bpm"] == 0


def test_a_sensor_that_is_off_hides_none_of_another_request() -> None:
    sent = message(PERSON, request(), valued(HEART_RATE, "-999"), request(order="order-2"), PULSE)
    assert record(sent)["heart_rate_bpm"] == 38


@pytest.mark.parametrize("value", ["-999", "8388607", "900"])
def test_an_arterial_line_that_can_not_be_right_hides_no_cuff(value: str) -> None:
    for order in ((valued(LINE, value), SYSTOLIC), (SYSTOLIC, valued(LINE, value))):
        assert record(observed(*order))["systolic_mmhg"] == 118


def test_a_value_that_can_not_be_right_is_told_where_another_one_counts() -> None:
    warm = "OBX|1|NM|150344^MDC_TEMP^MDC|1.2.1|38.5|268192^MDC_DIM_DEGC^MDC|||||R"
    said = translated(observed(valued(warm, "384.5"), warm))
    assert b"38.5" in said.events[0].value
    assert told(said) == [("OBX^1^5", "102")]


def test_a_value_that_can_not_be_right_is_sent_where_there_is_no_other() -> None:
    assert record(observed(valued(HEART_RATE, "900")))["heart_rate_bpm"] == 900


@pytest.mark.parametrize(
    ("flag", "expected", "place"),
    [("DEMO", None, "OBX^1^8"), ("TEST", None, "OBX^1^8"), ("L~DEMO", None, "OBX^1^8"), ("INV", -999, None)],
)
def test_what_the_monitor_says_of_a_value_counts(flag: str, expected: float | None, place: str | None) -> None:
    flagged = HEART_RATE.replace("^MDC|||||R", f"^MDC||{flag}|||R")
    said = translated(observed(flagged, SATURATION))
    frame = said.events[0].record.model_dump()  # type: ignore[union-attr]
    assert (frame["heart_rate_bpm"], frame["spo2_percent"]) == (expected, 84)
    assert [one.where for one in said.troubles] == ([place] if place else [])


def test_a_value_that_the_monitor_doubts_comes_after_one_that_it_does_not() -> None:
    doubted = HEART_RATE.replace("^MDC|||||R", "^MDC||QUES|||R")
    assert record(observed(doubted, PULSE))["heart_rate_bpm"] == 38
    alone = translated(observed(doubted))
    assert b'"heart_rate_bpm":92.0' in alone.events[0].value
    assert told(alone) == [("OBX^1^8", "0")]


def test_demonstration_alone_becomes_no_record_and_is_told() -> None:
    said = translated(observed(HEART_RATE.replace("^MDC|||||R", "^MDC||DEMO|||R")))
    assert (said.events, told(said)) == ([], [("OBX^1^8", "202")])


@pytest.mark.parametrize(
    ("kind", "value", "ours"),
    [
        ("SN", "^6.9", 6.9),
        ("SN", "=^6.9", 6.9),
        ("SN", "6.9", 6.9),
        ("NM", "+6.9", 6.9),
        ("NM", " 6.9 ", 6.9),
        ("NM", ".9", 0.9),
        ("", "6.9", 6.9),
    ],
)
def test_a_number_is_read_in_every_type_that_has_one(kind: str, value: str, ours: float) -> None:
    sent = valued(laboratory("2823-3", "", "mmol/L"), value).replace("|NM|", f"|{kind}|")
    assert record(observed(sent))["potassium_mmol_per_l"] == ours


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("SN", "<^0.01"),
        ("SN", ">^20"),
        ("SN", ">=^20"),
        ("SN", "^1^-^2"),
        ("SN", "^1^:^128"),
        ("SN", "^"),
        ("NM", "<0.01"),
        ("NM", "> 20"),
        ("NM", "≥20"),
        ("ST", ">20"),
        ("ST", "6.9"),
        ("NM", "6,9"),
        ("NM", "1,234.5"),
        ("NM", "6.9 mmol/L"),
        ("NM", "6.9~7.1"),
        ("NM", "1_0"),
        ("NM", "٦"),
        ("NM", "inf"),
        ("NM", "9" * 400),
        ("CE", "6.9"),
        ("ED", "^text^plain^^6.9"),
    ],
)
def test_a_bound_a_range_or_a_text_is_no_value_and_is_told(kind: str, value: str) -> None:
    sent = valued(laboratory("2823-3", "", "mmol/L"), value).replace("|NM|", f"|{kind}|")
    assert refusal(observed(sent)) == ("OBX^1^5", "102")
    beside = translated(observed(HEART_RATE, sent))
    assert told(beside) == [("OBX^2^5", "102")]
    assert [one.why for one in beside.unused] == [beside.troubles[0].sentence]


@pytest.mark.parametrize("unit", ["10^9/L", "x10^9/L", "10\\S\\9/L", "10*9/L"])
def test_a_power_is_a_power_however_its_caret_is_written(unit: str) -> None:
    assert record(observed(laboratory("777-3", "41", unit)))["platelets_10e3_per_ul"] == 41


def test_a_vital_sign_that_is_deleted_is_none() -> None:
    said = translated(observed(valued(HEART_RATE, '""'), SATURATION))
    assert (len(said.events), said.troubles) == (1, [])
    assert refusal(observed(laboratory("777-3", '""', "10*9/L"))) == ("OBX^1^5", "102")


def test_a_vital_sign_may_come_as_text_if_it_is_a_number() -> None:
    assert record(observed(HEART_RATE.replace("|NM|", "|ST|")))["heart_rate_bpm"] == 92
    assert refusal(observed(valued(HEART_RATE, "about 92").replace("|NM|", "|ST|"))) == ("OBX^1^5", "102")


@pytest.mark.parametrize("number", ["-999", "8388607"])
def test_a_number_that_stands_for_nothing_is_no_result(number: str) -> None:
    assert refusal(observed(laboratory("2823-3", number, "mmol/L"))) == ("OBX^1^5", "102")


def test_a_base_excess_of_minus_one_is_a_result() -> None:
    assert record(observed(laboratory("1925-7", "-1", "mmol/L")))["base_excess_mmol_per_l"] == -1


@pytest.mark.parametrize(
    "code",
    [
        "HR^Heart rate^99OURS",
        "HR^Heart rate^L",
        "^Heart rate",
        "999999^MDC_NO_SUCH_TERM^MDC",
        "8867-4^Heart rate^99OURS",
        "0002-4182^HR^OTHER",
        "1^Alarm^99ALARM",
    ],
)
def test_a_code_that_is_not_known_is_told_and_no_bare_yes(code: str) -> None:
    said = translated(observed(f"OBX|1|NM|{code}||131|/min|||||F"))
    assert (said.events, told(said)) == ([], [("OBX^1^3", "103")])
    assert [one.code for one in said.unused] == [code]


def test_a_code_and_a_name_that_disagree_are_told() -> None:
    said = translated(observed(HEART_RATE, SYSTOLIC.replace("150021^", "150031^")))
    assert told(said) == [("OBX^2^3", "103")]


def test_a_message_about_devices_alone_is_no_bare_yes() -> None:
    said = translated(observed("OBX|1|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.0|B40|||||F"))
    assert (said.events, told(said)) == ([], [("MSH^1", "0")])


def test_the_parts_of_a_device_need_no_word() -> None:
    parts = "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X"
    assert translated(observed(parts, HEART_RATE)).troubles == []


def test_one_bad_observation_costs_itself_alone() -> None:
    bad = [
        valued(SYSTOLIC, "?"),
        SATURATION.replace("262688^MDC_DIM_PERCENT^MDC", "furlong"),
        PULSE + "|||notime",
        "OBX|1|NM|",
        "OBX",
    ]
    said = translated(observed(HEART_RATE, *bad))
    assert said.events[0].record.model_dump(exclude_none=True, include={"heart_rate_bpm", "spo2_percent"}) == {  # type: ignore[union-attr]
        "heart_rate_bpm": 92
    }
    assert [one.where for one in said.troubles] == ["OBX^2^5", "OBX^3^6", "OBX^4^14"]


def test_two_patients_in_one_message_stay_two() -> None:
    other = PERSON.replace("700123", "700124")
    said = translated(message(PERSON, request(), HEART_RATE, other, request(), valued(HEART_RATE, "150"), SATURATION))
    filed = [(one.filed.label, one.event.record.heart_rate_bpm) for one in said.records]  # type: ignore[union-attr]
    assert filed == [("700123", 92), ("700124", 150)]


@pytest.mark.parametrize("nobody", ["PID|||", 'PID|||""', "PID|||0000^^^HOSPITAL^MR", "pid|||UNKNOWN"])
def test_a_second_patient_who_is_nobody_is_not_the_first(nobody: str) -> None:
    said = translated(message(PERSON, request(), HEART_RATE, nobody, request(), valued(HEART_RATE, "150")))
    assert [one.event.record.heart_rate_bpm for one in said.records] == [92]  # type: ignore[union-attr]
    assert told(said) == [("PID^2^3", "101")]


def test_what_comes_before_the_first_patient_is_nobodys() -> None:
    said = translated(message(request(), valued(HEART_RATE, "150"), PERSON, request(), HEART_RATE))
    assert [one.event.record.heart_rate_bpm for one in said.records] == [92]  # type: ignore[union-attr]
    assert told(said) == [("PID^1^3", "101")]


def test_a_request_ends_with_its_patient() -> None:
    other = PERSON.replace("700123", "700124")
    said = translated(message(PERSON, request(), HEART_RATE, other, HEART_RATE))
    assert [one.filed.label for one in said.records] == ["700123"]
    assert told(said) == [("OBX^2", "100")]


def test_an_observation_with_a_moment_of_its_own_needs_no_request() -> None:
    own = HEART_RATE.replace("|||||R|||", f"|||||R|||{MONITOR_TIME}")
    assert record(message(PERSON, own))["heart_rate_bpm"] == 92


def test_a_moment_after_the_message_was_written_is_its_requests_and_told() -> None:
    later = HEART_RATE + "20261121104000+0100"
    said = translated(observed(later))
    assert said.events[0].time == translated(observed(HEART_RATE)).events[0].time
    assert told(said) == [("OBX^1^14", "102")]


def test_a_moment_after_the_message_is_kept_where_the_request_began_long_before() -> None:
    later = translated(observed(HEART_RATE + "20261121104000+0100", time="20261121080000+0100"))
    assert f"{later.events[0].time:%H%M}" == "1040"
    assert later.troubles == []


def test_a_test_stand_is_taken_where_the_site_allows_it_under_names_of_its_own() -> None:
    sent = message(PERSON, request(), HEART_RATE, processing="T")
    assert refusal(sent) == ("MSH^1^11", "202")
    (event,) = translated(sent, replace(READING, takes_tests=True)).events
    assert event.patient == f"test-{translated(observed(HEART_RATE)).events[0].patient}"


def test_what_a_code_means_is_looked_up_once_and_endless_codes_are_not_kept() -> None:
    profile = READING.profile or load("plain")
    observing = replace(READING, profile=profile)
    translated(observed(HEART_RATE), observing)
    before = dict(profile.plans)
    assert "147842^MDC_ECG_HEART_RATE^MDC" in {code for _, code, *_ in before}
    translated(observed(HEART_RATE, HEART_RATE.replace("MDC_ECG_HEART_RATE", "X" * 300)), observing)
    assert profile.plans == before
