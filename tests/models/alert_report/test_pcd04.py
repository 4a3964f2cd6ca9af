"""Our alerts as alert reports of IHE PCD-04, as a library of the field and our own gateway read them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hl7apy.parser import parse_message

from models.alarms.rules import FRAME_RULES, SEPSIS_RISK
from models.alert_report.pcd04 import alert_report
from schemas.alerts import Alert, Evidence
from schemas.device_alarms import DeviceAlarm
from tests.builders.demo_records import NOW, an_alert
from tests.stream.gateway.test_translate import translated

LOW = (Evidence(name="spo2_percent", value=84, unit="%", limit=85),)


def read_again(alert: Alert) -> DeviceAlarm:
    """The alarm that a gateway makes of the message."""
    said = translated(alert_report(alert).encode())
    assert said.troubles == []
    (event,) = said.events
    assert isinstance(event.record, DeviceAlarm)
    return event.record


def fields_of(alert: Alert, name: str) -> list[list[str]]:
    """The fields of the segments of a name; `[n]` is field n, but of MSH."""
    lines = [line.split("|") for line in alert_report(alert).split("\r")]
    return [line for line in lines if line[0] == name]


@pytest.mark.parametrize("condition", [rule.condition for rule in (*FRAME_RULES, SEPSIS_RISK)])
@pytest.mark.parametrize("phase", ["start", "escalate", "end"])
def test_every_alert_is_a_message_that_hl7_2_6_allows(condition: str, phase: str) -> None:
    """The structure of R40 is that of R01 (PCD TF-2), which the library knows."""
    alert = an_alert(phase, condition=condition, evidence=LOW, text="SpO2 84 % | a & b ^ c ~ d \\ e\nf")
    message = parse_message(alert_report(alert).replace("ORU_R40", "ORU_R01"), find_groups=True)
    message.validate()


def test_it_says_what_the_alert_says() -> None:
    one = read_again(an_alert(evidence=LOW, priority="high"))
    assert (one.code, one.event, one.system) == ("196670", "MDC_EVT_LO", "MDC")
    assert (one.phase, one.state, one.inactivation) == ("start", "active", ("enabled",))
    assert (one.priority, one.type, one.direction, one.time) == ("high", "physiological", "low", NOW)
    assert one.text == "SpO2 88 % (limit 90 %)"
    assert [value.model_dump(exclude_none=True) for value in one.values] == [
        {"name": "spo2_percent", "value": 84, "low": 85}
    ]


def test_a_condition_without_a_term_of_the_nomenclature_goes_by_ours() -> None:
    (event, *_) = fields_of(an_alert(condition="news2"), "OBX")
    assert event[5] == "news2^news2^99WARDWATCH"
    named = {"asystole": "199684^MDC_EVT_ECG_ASYSTOLE", "apnoea": "199680^MDC_EVT_APNEA"}
    for condition, term in named.items():
        (event, *_) = fields_of(an_alert(condition=condition), "OBX")
        assert event[5] == f"{term}^MDC^{condition}^{condition}^99WARDWATCH"


@pytest.mark.parametrize(
    ("fields", "state", "inactivation"),
    [
        ({}, "active", ("enabled",)),
        ({"signal": "ack"}, "active", ("alert-acknowledged",)),
        ({"signal": "off", "suppressed_by": UUID(int=9)}, "active", ("audio-paused",)),
        ({"signal": "off", "inactivation": "alarm-paused"}, "active", ("alarm-paused",)),
        ({"signal": "off", "inactivation": "audio-off"}, "active", ("audio-off",)),
        ({"signal": "off", "history": True}, "active", ("audio-paused",)),
        ({"signal": "latched", "presence": False}, "latched", ("enabled",)),
        ({"signal": "off", "presence": False}, "inactive", ("enabled",)),
    ],
)
def test_state_and_inactivation_follow_from_condition_and_signal(
    fields: dict[str, Any], state: str, inactivation: tuple[str, ...]
) -> None:
    one = read_again(an_alert("update", **fields))
    assert (one.phase, one.state, one.inactivation) == ("update", state, inactivation)


def test_all_steps_of_an_episode_are_one_alarm_and_another_episode_is_another() -> None:
    later = NOW + timedelta(minutes=1)
    steps = [an_alert(), an_alert("escalate", id=UUID(int=7), time=later), an_alert("end", id=UUID(int=8), time=later)]
    assert len({read_again(step).alarm for step in steps}) == 1
    assert read_again(an_alert(episode=2)).alarm != read_again(steps[0]).alarm
    numbers = [fields_of(step, "OBR")[0][3] for step in steps]
    assert len(set(numbers)) == 3
    assert [len(fields_of(step, "OBR")[0]) for step in steps] == [8, 30, 30]


def test_the_patient_goes_by_the_pseudonym_and_the_message_says_what_it_is_not_for() -> None:
    ((*_, pid3, _, pid5),) = fields_of(an_alert(), "PID")
    assert (pid3, pid5) == ("sim-01^^^WARDWATCH^PI", "^^^^^^S")  # S, HL7 table 0200: a pseudonym
    assert "not for clinical use" in fields_of(an_alert(), "NTE")[0][3]


def test_delimiters_in_a_text_come_back_as_they_were() -> None:
    assert read_again(an_alert(text="a|b^c&d~e\\f\ng")).text == "a|b^c&d~e\\f g"
