"""The demo's accounts: what counts as lost, how fast it was, what the last line says."""

import io
import json
import math

from rich.console import Console

from schemas.topics import TOPICS
from stream.delivery.outputs import INPUT_TIME
from stream.demo.account import INPUTS, lost
from stream.demo.latency import Latencies
from stream.demo.summary import Summary, output_counts


def a_summary(**changed: object) -> Summary:
    latencies = Latencies()
    latencies.see("scores", 1_020, [(INPUT_TIME, b"1000")])
    values: dict[str, object] = {
        "simulated": True,
        "patients": 8,
        "seconds": 61.23,
        "inputs": {"vitals": 100, "labs": 4},
        "outputs": output_counts({"scores": 3}),
        "dead_letters": {"decode": 1},
        "lost": {},
        "latencies": latencies,
        "settled": True,
        "interrupted": False,
        "died": False,
        "alarm_settings": {},
    }
    return Summary(**(values | changed))  # type: ignore[arg-type]  # a builder of tests


def text_of(summary: Summary) -> str:
    file = io.StringIO()
    Console(file=file, width=100).print(summary.shown())
    return file.getvalue()


def test_what_is_in_a_state_or_a_dead_letter_is_not_lost() -> None:
    assert lost({"vitals": 100, "labs": 4}, {"vitals": 99, "labs": 4}, {"vitals": 1}) == {}


def test_what_is_in_neither_is_lost_and_named_by_topic() -> None:
    assert lost({"vitals": 100, "labs": 4}, {"vitals": 97}, {"vitals": 1}) == {"vitals": 2, "labs": 4}


def test_a_record_counted_twice_does_not_hide_the_loss_of_another_topic() -> None:
    assert lost({"vitals": 100, "labs": 4}, {"vitals": 105, "labs": 3}, {}) == {"labs": 1}


def test_inputs_are_the_topics_that_flow_in() -> None:
    assert set(INPUTS) == {name for name, topic in TOPICS.items() if topic.flow == "in"}


def test_latency_is_from_input_to_output_and_images_do_not_count_for_the_watch_path() -> None:
    latencies = Latencies()
    for ms in range(1, 101):
        latencies.see("scores", 1_000 + ms, [("ce_id", b"x"), (INPUT_TIME, b"1000")])
    latencies.see("lesion-reports", 9_000, [(INPUT_TIME, b"1000")])
    latencies.see("ward-status", 9_000, [])
    whole = latencies.watch_path()
    assert (whole.outputs, whole.p50_ms) == (100, 50.5)
    assert math.isclose(whole.p99_ms, 99.01)
    assert latencies.of("lesion-reports").p50_ms == 8_000
    assert latencies.of("ward-status").outputs == 0


def test_the_json_line_keeps_its_contract() -> None:
    said = json.loads(a_summary().as_json())
    assert said["frames_in"] == 100
    assert said["outputs"]["scores"] == 3
    assert set(said["outputs"]) == {n for n, t in TOPICS.items() if t.flow == "out"} - {"dead-letters"}
    assert (said["dead_letters"], said["lost"]) == (1, 0)
    assert said["latency_ms"] == {"p50": 20.0, "p99": 20.0}
    assert (said["simulated"], said["seconds"]) == (True, 61.2)
    assert "\n" not in a_summary().as_json()


def test_what_became_of_what_staff_have_set_is_counted_by_outcome() -> None:
    summary = a_summary(alarm_settings={"accepted": 2, "refused": 1})
    assert json.loads(summary.as_json())["alarm_settings"] == {"accepted": 2, "refused": 1}
    assert "alarm settings by staff: 2 accepted, 1 refused" in text_of(summary)
    assert "alarm settings" not in text_of(a_summary())


def test_latency_that_was_not_measured_is_null_and_not_a_number() -> None:
    assert json.loads(a_summary(latencies=Latencies()).as_json())["latency_ms"] == {"p50": None, "p99": None}


def test_a_loss_and_a_dead_worker_are_no_success_and_are_said() -> None:
    losing, dead = a_summary(lost={"vitals": 2}), a_summary(died=True)
    assert (a_summary().ok, losing.ok, dead.ok) == (True, False, False)
    assert json.loads(losing.as_json())["lost"] == 2
    assert "LOST 2 of 104 inputs: vitals 2" in text_of(losing)
    assert "the worker died" in text_of(dead)
    assert "lost 0: each of 104 inputs" in text_of(a_summary())
    assert "not for clinical use" in text_of(a_summary())
