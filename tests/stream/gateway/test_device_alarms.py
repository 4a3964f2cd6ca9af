"""Alarms of devices: ORU^R40 as IHE PCD-04 and its senders write it, and what vendors send among observations.

The forms are those of public samples, with values of our own: IHE PCD's supplement Alarm Communication Management of
2011 (OBX-3 names the event, attributes without number), the alert reporter of Draeger's sdc11073 (numbers 68165 on),
Masimo's Patient SafetyNet, Mindray's BeneVision as two public receivers show it, B. Braun's pumps, GE Mural, Philips'
Efficia CM Data Export Guide (p. 2-16) and IntelliVue Information Center, and Mindray's Patient Data Share Protocol.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.device_alarms import DeviceAlarm
from stream.gateway.profile import load
from tests.builders.hl7_messages import HEART_RATE, PERSON, message, observed, pseudonym_in
from tests.stream.gateway.test_beds import Gate, moved
from tests.stream.gateway.test_observations import told
from tests.stream.gateway.test_translate import READING, refusal, translated

AT = "20261121101500+0100"
BEGUN = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
REQUEST = f"OBR|1|op-1^MON|3^MON^0001^EUI-64|196616^MDC_EVT_ALARM^MDC|||{AT}" + "|" * 22 + "^2&MON&0001&EUI-64"
DEVICE = "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||Bed 3^^0001^EUI-64"
EVENT = f"OBX|2|ST|196674^MDC_EVT_LO_VAL_LT_LIM^MDC|1.1.0.1.1|SPO2 LOW|||L~PM~SP|||R|||{AT}"
MEASURED = "OBX|3|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.0.1.2|86|262688^MDC_DIM_PERCENT^MDC|90-100||||R"
STATES = (
    "OBX|4|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.1.0.1.3|start||||||R",
    "OBX|5|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.1.0.1.4|active||||||R",
    "OBX|6|ST|68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC|1.1.0.1.5|audio-paused||||||R",
)
WHOLE = (REQUEST, DEVICE, EVENT, MEASURED, *STATES)


def alert(*segments: str, person: str = PERSON, sent: str = AT) -> bytes:
    return message(person, "PV1||I|ICU^3^1", *segments, kind="ORU^R40^ORU_R40", sent=sent)


def alarms(sent: bytes, **more: Any) -> list[DeviceAlarm]:
    found = [event.record for event in translated(sent, **more).events if event.topic == "device-alarms"]
    assert all(isinstance(one, DeviceAlarm) for one in found)
    return [one for one in found if isinstance(one, DeviceAlarm)]


def alarm(*segments: str) -> DeviceAlarm:
    (found,) = alarms(alert(*segments))
    return found


def test_an_alarm_as_pcd_04_sends_it_comes_whole() -> None:
    said = translated(alert(*WHOLE))
    assert said.troubles == []
    (one,) = alarms(alert(*WHOLE))
    assert one.model_dump(exclude={"patient", "alarm"}) == {
        "time": BEGUN,
        "device": "Bed 3",
        "code": "196674",
        "event": "MDC_EVT_LO_VAL_LT_LIM",
        "system": "MDC",
        "text": "SPO2 LOW",
        "phase": "start",
        "state": "active",
        "inactivation": ("audio-paused",),
        "priority": "medium",
        "type": "physiological",
        "direction": "low",
        "values": ({"name": "spo2_percent", "value": 86, "unit": None, "low": 90, "high": 100},),
    }


def test_it_is_filed_under_the_patient_as_vital_signs_are() -> None:
    (record,) = translated(alert(*WHOLE)).records
    assert record.filed.label == "700123"
    assert record.event.patient == pseudonym_in(alert(*WHOLE), READING) == pseudonym_in(observed(HEART_RATE), READING)


def test_an_alarm_that_names_no_patient_is_filed_by_its_bed() -> None:
    gate = Gate()
    gate.take(moved("A01", -300, "700123", bed="ICU^3^1"))
    (record,) = gate.take(alert(*WHOLE, person="PID|||")).translation.records
    assert (record.event.topic, record.filed.label) == ("device-alarms", "700123")


def test_an_alarm_in_a_bed_of_nobody_known_makes_the_bed_known_and_is_kept() -> None:
    records = Gate().take(alert(*WHOLE, person="PID|||")).translation.records
    assert [one.event.topic for one in records] == ["patients", "device-alarms"]
    assert len({one.event.patient for one in records}) == 1


def test_all_steps_of_an_alarm_have_the_same_identifier_and_another_alarm_has_another() -> None:
    first = REQUEST.replace("3^MON^0001^EUI-64", "2^MON^0001^EUI-64").partition("|" * 23)[0]
    end = (REQUEST.replace("3^MON", "4^MON"), DEVICE, EVENT, STATES[0].replace("start", "end"))
    names = {alarm(*one).alarm for one in ((first, EVENT), WHOLE, end)}
    assert len(names) == 1
    assert "0001" not in names.copy().pop()  # an order's number may lead back to a patient
    assert alarm(REQUEST.replace("^2&MON", "^5&MON"), EVENT).alarm not in names


def test_without_any_number_an_alarm_is_the_same_where_event_and_source_are() -> None:
    bare = f"OBR|1|||196616^MDC_EVT_ALARM^MDC|||{AT}"
    assert alarm(bare, EVENT).alarm == alarm(bare, EVENT.replace("SPO2 LOW", "SpO2 Low")).alarm
    assert alarm(bare, EVENT).alarm != alarm(bare, EVENT.replace("1.1.0.1.1", "1.2.0.1.1")).alarm


@pytest.mark.parametrize(
    ("phase", "state", "expected"),
    [
        ("start", "active", ("start", "active")),
        ("continue", "latched", ("continue", "latched")),
        ("escalate", "active", ("escalate", "active")),
        ("de-escalate", "active", ("deescalate", "active")),
        ("end", "inactive", ("end", "inactive")),
        ("END", "", ("end", "inactive")),
        ("update", "", ("update", "active")),
        ("tpoint", "", ("tpoint", "inactive")),
        ("", "inactive", ("end", "inactive")),
        ("", "active", ("present", "active")),
        ("", "", ("present", "active")),
    ],
)
def test_phase_and_state_are_as_they_are_sent_and_one_says_the_other_where_it_is_missing(
    phase: str, state: str, expected: tuple[str, str]
) -> None:
    one = alarm(REQUEST, EVENT, STATES[0].replace("start", phase), STATES[1].replace("active", state))
    assert (one.phase, one.state) == expected


@pytest.mark.parametrize(
    ("flags", "priority", "kind", "direction"),
    [
        ("H~PH~SP", "high", "physiological", "high"),
        ("L~PL~ST", "low", "technical", "low"),
        ("A~PM~SA", "medium", "advisory", None),
        ("PN~SP", None, "physiological", None),
        ("", None, None, None),
    ],
)
def test_priority_and_kind_stand_in_obx_8(
    flags: str, priority: str | None, kind: str | None, direction: str | None
) -> None:
    one = alarm(REQUEST, EVENT.replace("L~PM~SP", flags))
    assert (one.priority, one.type, one.direction) == (priority, kind, direction)


def test_an_attribute_of_its_own_comes_before_obx_8() -> None:
    more = (
        "OBX|7|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1|PH||||||R",
        "OBX|8|ST|68485^MDC_ATTR_ALERT_TYPE^MDC|1|ST||||||R",
    )
    one = alarm(REQUEST, EVENT, *more)
    assert (one.priority, one.type) == ("high", "technical")


def test_pcd_04_names_the_event_in_the_value_of_the_alarm() -> None:
    coded = f"OBX|1|CWE|196616^MDC_EVT_ALARM^MDC|1.7.0.196680.1|196680^MDC_EVT_LEAD_OFF^MDC|||A~PL~ST|||R|||{AT}"
    words = "OBX|2|ST|68546^MDC_ATTR_ALERT_TEXT^MDC|1.7.0.196680.8|ECG lead off||||||R"
    one = alarm(REQUEST, coded, words)
    assert (one.code, one.event, one.text) == ("196680", "MDC_EVT_LEAD_OFF", "ECG lead off")
    assert alarm(REQUEST, coded.replace("^MDC_EVT_ALARM^", "^^")).event == "MDC_EVT_LEAD_OFF"
    assert (one.priority, one.type) == ("low", "technical")


def test_the_forms_of_the_supplements_before_it_are_understood() -> None:
    one = alarm(
        REQUEST,
        f"OBX|1|ST|196648^MDC_EVT_HI^MDC|1.1.1.1.1|PLETH PULSE HIGH|||H~PM~SP||||||{AT}",
        "OBX|2|NM|149538^MDC_PLETH_PULS_RATE^MDC|1.1.1.1.2|160|264896^MDC_DIM_PULS_PER_MIN^MDC|<130||||R",
        "OBX|3|ST|EVENT_PHASE|1.1.1.1.3|continue",
        "OBX|4|ST|ALARM_STATE^ALARM_STATE|1.1.1.1.4|latched",
        "OBX|5|ST|INACTIVATION_STATE|1.1.1.1.5|audio-paused~alert-acknowledged",
    )
    assert (one.phase, one.state, one.inactivation) == ("continue", "latched", ("audio-paused", "alert-acknowledged"))
    assert (one.direction, one.text) == ("high", "PLETH PULSE HIGH")


def test_numbers_without_names_and_names_before_numbers_are_understood() -> None:
    one = alarm(
        REQUEST,
        EVENT.replace("196674^MDC_EVT_LO_VAL_LT_LIM^MDC", "MDC_EVT_LO_VAL_LT_LIM^196674^MDC"),
        "OBX|3|ST|68481^^MDC|1.1.3.1.3|end",
        "OBX|4|ST|MDC_ATTR_ALARM_STATE^68482^MDC|1.1.3.1.4|inactive",
    )
    assert (one.code, one.event, one.phase, one.state) == ("196674", "MDC_EVT_LO_VAL_LT_LIM", "end", "inactive")


def test_value_and_limits_are_in_the_unit_of_the_field() -> None:
    pressure = "OBX|3|NM|150037^MDC_PRESS_BLD_ART_ABP_SYS^MDC|1.1|10|265987^MDC_DIM_KILO_PASCAL^MDC|12-20||||R"
    (measured,) = alarm(REQUEST, EVENT, pressure).values
    assert (measured.name, measured.unit) == ("systolic_mmhg", None)
    assert (measured.value, measured.low, measured.high) == pytest.approx((75.0, 90.0, 150.0), abs=0.1)


@pytest.mark.parametrize(("stated", "limits"), [(">90", (90, None)), ("<90", (None, 90)), ("ask", (None, None))])
def test_a_limit_on_one_side_is_one(stated: str, limits: tuple[float | None, float | None]) -> None:
    (measured,) = alarm(REQUEST, EVENT, MEASURED.replace("90-100", stated)).values
    assert (measured.low, measured.high) == limits


def test_a_measurement_without_a_field_keeps_its_name_and_unit() -> None:
    private = "OBX|3|NM|112^MNDRY_TEMP_INTR_CRAN^99MNDRY|1.1|19|266016^MDC_DIM_MMHG^MDC|5-15||||R"
    (measured,) = alarm(REQUEST, EVENT, private).values
    assert measured.model_dump() == {
        "name": "MNDRY_TEMP_INTR_CRAN", "value": 19, "unit": "MDC_DIM_MMHG", "low": 5, "high": 15,
    }  # fmt: skip


def test_a_value_that_can_not_be_read_costs_that_value_and_is_told() -> None:
    said = translated(alert(REQUEST, EVENT, MEASURED.replace("|86|", "|about 90|"), *STATES))
    assert told(said) == [("OBX^2^5", "102")]
    assert [one.values for one in alarms(alert(REQUEST, EVENT, MEASURED.replace("|86|", "|about 90|")))] == [()]


def test_a_word_that_is_not_known_costs_no_alarm_and_is_told() -> None:
    strange = STATES[0].replace("start", "begun")
    assert alarm(REQUEST, EVENT, strange).phase == "present"
    assert told(translated(alert(REQUEST, EVENT, strange))) == [("OBX^2^5", "103")]


def test_what_has_no_field_is_told() -> None:
    said = translated(alert(*WHOLE, "OBX|9|NM|67860^MDC_ATTR_CONFIRM_TIMEOUT^MDC|1.1|30|264320^MDC_DIM_SEC^MDC|||||R"))
    assert told(said) == [("OBX^7^3", "0")]
    assert len(said.records) == 1


def test_the_nearest_stamp_that_can_be_read_counts() -> None:
    later = "20261121101512+0100"
    assert alarm(REQUEST, EVENT.replace(f"|||{AT}", f"|||{later}")).time == BEGUN.replace(second=12)
    assert alarm(REQUEST, EVENT.replace(f"|||{AT}", "")).time == BEGUN
    broken = alert(REQUEST, EVENT.replace(f"|||{AT}", "|||yesterday"))
    assert [one.time for one in alarms(broken)] == [BEGUN]
    assert told(translated(broken)) == [("OBX^1^14", "102")]
    tomorrow = alert(REQUEST, EVENT.replace(f"|||{AT}", "|||20261122101500+0100"))
    assert [one.time for one in alarms(tomorrow)] == [BEGUN]
    assert alarms(alert(REQUEST.replace(AT, ""), EVENT.replace(f"|||{AT}", "")))[0].time == BEGUN  # MSH-7


def test_an_alarm_without_any_moment_is_refused() -> None:
    bare = alert(REQUEST.replace(AT, ""), EVENT.replace(f"|||{AT}", ""), sent="")
    assert refusal(bare)[0] == "OBX^1^14"


def test_several_alarms_of_one_message_are_several_records() -> None:
    second = EVENT.replace("196674^MDC_EVT_LO_VAL_LT_LIM", "199684^MDC_EVT_ECG_ASYSTOLE")
    found = alarms(alert(*WHOLE, REQUEST.replace("^2&", "^9&"), second))
    assert [one.event for one in found] == ["MDC_EVT_LO_VAL_LT_LIM", "MDC_EVT_ECG_ASYSTOLE"]
    both = alarms(alert(REQUEST, EVENT, MEASURED, second, STATES[0]))  # under one request
    assert [(one.event, one.phase, len(one.values)) for one in both] == [
        ("MDC_EVT_LO_VAL_LT_LIM", "present", 1),
        ("MDC_EVT_ECG_ASYSTOLE", "start", 0),
    ]
    assert both[0].alarm != both[1].alarm


def test_what_is_said_before_the_alarm_is_named_belongs_to_it() -> None:
    assert alarm(REQUEST, MEASURED, *STATES, EVENT) == alarm(REQUEST, EVENT, MEASURED, *STATES)


def test_a_message_of_which_nothing_is_an_alarm_is_no_bare_yes() -> None:
    assert refusal(alert(REQUEST, *STATES))[:2] == ("OBX^1^3", "101")
    assert refusal(alert(REQUEST))[0] == "OBX"


def test_a_senders_own_watchdog_is_taken_and_told() -> None:
    alive = "OBX|1|ST|258047^MDC_EVT_ACTIVE^MDC|1.0.0.0.1|alive"
    more = "OBX|8|NM|67860^MDC_ATTR_CONFIRM_TIMEOUT^MDC|1.0.0.0.8|30|264320^MDC_DIM_SEC^MDC|||||F"
    said = translated(message(REQUEST, alive, STATES[0], more, kind="ORU^R40", sent=AT))
    assert (said.records, told(said)) == ([], [("OBX^1^3", "0")])


def test_an_alarm_of_a_demonstration_or_one_taken_back_is_none() -> None:
    for changed in (EVENT.replace("L~PM~SP", "DEMO"), EVENT.replace("|||R|||", "|||W|||")):
        with_another = translated(alert(REQUEST, changed, REQUEST, EVENT))
        assert (len(with_another.records), len(with_another.troubles)) == (1, 1)
        (under_one_request,) = alarms(alert(REQUEST, EVENT, STATES[0], changed, STATES[0].replace("start", "end")))
        assert under_one_request.phase == "start"  # what is said of the other one is not said of it


def test_an_alarm_of_nobody_anywhere_is_refused() -> None:
    assert refusal(message("PID|||", *WHOLE, kind="ORU^R40"))[0] == "PID^1^3"


# Among observations


@pytest.mark.parametrize(
    ("code", "written", "priority", "kind", "direction", "value"),
    [
        ("1^Red Alarm", "*** Asystole", "high", "physiological", None, None),
        ("2^Yellow Alarm", "SpO2 High, SpO2=98 %", "medium", "physiological", "high", ("spo2_percent", 98)),
        ("2^Yellow Alarm", "HR Low, HR=55 /min", "medium", "physiological", "low", ("heart_rate_bpm", 55)),
        ("2^Yellow Alarm", "**HR 134>120", "medium", "physiological", "high", ("heart_rate_bpm", 134)),
        ("5^HardInop", "SpO2T  No Pulse", "low", "technical", None, None),
        ("9^Blue Alarm", "something new", None, None, None, None),
    ],
)
def test_an_alarm_of_philips_is_read_with_what_its_text_says(
    code: str,
    written: str,
    priority: str | None,
    kind: str | None,
    direction: str | None,
    value: tuple[str, float] | None,
) -> None:
    (one,) = alarms(observed(f"OBX||TX|{code}^MDIL-ALERT||{written}||||||F"))
    assert (one.priority, one.type, one.direction) == (priority, kind, direction)
    assert [(measured.name, measured.value) for measured in one.values] == ([value] if value else [])
    assert (one.phase, one.state, one.event) == ("present", "active", code.partition("^")[2])
    assert (one.time, one.text) == (BEGUN, written.lstrip("* "))


def test_an_alarm_beside_vital_signs_costs_neither() -> None:
    said = translated(observed("OBX||TX|5^HardInop^MDIL-ALERT||SpO2 no pulse||||||F", HEART_RATE))
    assert [event.topic for event in said.events] == ["vitals", "device-alarms"]
    assert said.troubles == []


def test_the_same_alarm_with_another_number_in_its_text_is_the_same() -> None:
    first, second, other = (
        alarms(observed(f"OBX||TX|2^Yellow Alarm^MDIL-ALERT||{written}||||||F"))[0].alarm
        for written in ("HR Low, HR=55 /min", "HR Low, HR=49 /min", "SpO2 Low, SpO2=49 %")
    )
    assert first == second != other


def test_an_alarm_of_mindrays_gateway_has_its_priority_in_marks() -> None:
    reading = READING.__class__(READING.key, profile=load("mindray-gateway"))
    sent = observed("OBX||CE|2|1|10033^**SpO2 TOO LOW||||||F", "OBX||CE|4||5^ECG Lead Off||||||F")
    low, lead = alarms(sent, reading=reading)
    assert (low.code, low.event, low.priority, low.type) == ("10033", "SpO2 TOO LOW", "medium", "physiological")
    assert ([one.name for one in low.values], low.direction) == (["spo2_percent"], "low")
    assert (lead.code, lead.event, lead.priority, lead.type) == ("5", "ECG Lead Off", None, "technical")


def test_what_a_device_says_of_itself_is_no_alarm_wherever_it_stands() -> None:
    software = "OBX|1|ST|531975^MDC_ID_PROD_SPEC_SW^MDC|1.0.0.1|Library=8.2||||||X"
    power = "OBX|2|ST|0^MDCX_POWER_STATUS^MDC|1.0.0.3|Source=AC||||||R"
    event = "OBX|3|ST|196616^MDC_EVT_ALARM^MDC|1.0.0.0.1|56^MDC_EVT_BATT_LO^MDC^^^^^^Low battery||||||R"
    sent = alert(REQUEST, software, power, event)
    (found,) = alarms(sent)
    assert (found.event, found.text) == ("MDC_EVT_BATT_LO", "Low battery")
    assert [(one.where, one.code) for one in translated(sent).troubles] == [("OBX^2^3", "0")]


def test_where_no_event_is_named_the_first_text_names_the_alarm() -> None:
    software = "OBX|1|ST|531975^MDC_ID_PROD_SPEC_SW^MDC|1.0.0.1|Library=8.2||||||X"
    phase = "OBX|2|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.0.0.3|start||||||R"
    named = "OBX|3|ST|7^Occlusion^99PUMP|1.0.0.1|Line blocked||||||R"
    found = alarm(REQUEST, software, phase, named)
    assert (found.event, found.text, found.phase) == ("Occlusion", "Line blocked", "start")
