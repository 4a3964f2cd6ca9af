"""A rehearsed feed gives what the live path gives, in a file's order of arrival, on a clock that never runs back."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from aiokafka import TopicPartition
from typer.testing import CliRunner, Result

from schemas.examples import EXAMPLES
from stream.commands.rehearse import command
from stream.feeds.simulate import Ward, simulated
from stream.rehearsal.feed import Arrival, FeedError, of_feed, of_file
from stream.rehearsal.rehearse import Rehearsal
from stream.settings import Settings
from tests.builders.ports import NOW_S, ARecord
from tests.builders.watch_frames import WELL, CountingModel
from tests.stream.watch.test_handler import Bench

START = datetime(2026, 9, 21, 14, tzinfo=UTC)
ILL = WELL | {"spo2_percent": 80.0}
NUMBERS = {name: value for name, value in ILL.items() if name not in {"on_oxygen", "consciousness"}}


def a_line(topic: str = "vitals", after_s: float = 0, arrived_s: float | None = None, **said: object) -> dict[str, Any]:
    """A line of a feed; of vital signs, a frame with a low oxygen saturation."""
    measured = NUMBERS if topic == "vitals" else {}
    record = {"patient": "p-1", "time": (START + timedelta(seconds=after_s)).isoformat()} | measured
    line: dict[str, Any] = {"topic": topic, "record": record | said}
    if arrived_s is not None:
        line["arrived"] = (START + timedelta(seconds=arrived_s)).isoformat()
    return line


@pytest.fixture
def rehearse(tmp_path: Path) -> Any:  # noqa: ANN401 - a function of lines and options
    def run(lines: Iterable[dict[str, Any] | str], *options: str) -> Result:
        file = tmp_path / "feed.jsonl"
        file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines))
        app = typer.Typer()
        app.command()(command)
        return CliRunner().invoke(app, [str(file), *options], env={"COLUMNS": "200"})

    return run


def told(done: Result, topic: str) -> list[dict[str, Any]]:
    assert done.exit_code == 0, done.output
    return [line for line in map(json.loads, done.stdout.splitlines()) if line.get("topic") == topic]


def as_records(arrivals: list[Arrival]) -> list[ARecord]:
    """What a broker would hand over, with offsets by topic."""
    counts: dict[str, int] = {}
    records = []
    for one in arrivals:
        counts[one.topic] = counts.get(one.topic, -1) + 1
        records.append(ARecord(one.topic, one.value, one.key, counts[one.topic], timestamp=one.timestamp))
    return records


async def test_a_rehearsed_ward_says_what_the_live_path_says() -> None:
    ended = datetime.fromtimestamp(NOW_S, UTC)
    feed = list(of_feed(simulated(Ward(4, ended - timedelta(hours=3), 3.0))))
    arrivals = [one for one in feed if one.topic not in {"imaging-ready", "pathology-reports"}]
    bench = Bench(CountingModel())
    for record in as_records(arrivals):
        bench.now_s = record.timestamp / 1000  # as it comes: an alert that is published later would say so
        await bench.take([record])
    caught_up = dict.fromkeys((TopicPartition(record.topic, 0) for record in as_records(arrivals)), True)
    for _ in range(100):  # an hour and more after the last record nothing is due any more
        bench.now_s += 50
        await bench.watch.tick(bench.now_s, lambda: caught_up)
    beds = {"dead-letters", "ward-status"}  # silent beds are told elsewhere on the live path
    rehearsed = [one for one in Rehearsal(CountingModel(), Settings()).play(arrivals) if one.topic not in beds]
    live = [(topic, json.loads(value or b"")) for topic, _, value in bench.producer.sent if topic not in beds]
    for _, record in live:
        record.pop("age_s", None)  # how old an alert was when it was published: a rehearsal publishes nothing
    said = [(one.topic, json.loads(one.record.model_dump_json(exclude_none=True))) for one in rehearsed]  # type: ignore[union-attr]
    assert {topic for topic, _ in live} >= {"scores", "alerts", "forecasts"}
    by_id = lambda one: (one[0], one[1]["id"])  # noqa: E731 - the key of both
    assert sorted(said, key=by_id) == sorted(live, key=by_id)


def test_each_record_that_goes_out_is_one_line_at_the_moment_of_its_cause(rehearse: Any) -> None:  # noqa: ANN401
    well = a_line(spo2_percent=98.0)
    low = [a_line(after_s=at, spo2_percent=82.0) for at in range(1, 30)]
    alerts = told(rehearse([well, *low], "--json"), "alerts")
    spo2 = next(one for one in alerts if one["record"]["condition"] == "spo2-low")
    assert spo2["at"] == (START + timedelta(seconds=16)).isoformat()
    assert spo2["record"]["priority"] == "high"


def test_a_record_without_arrival_comes_at_the_newest_time_so_far(tmp_path: Path) -> None:
    lines = [a_line(after_s=100), a_line(after_s=40), a_line(after_s=50, arrived_s=160), a_line(after_s=120)]
    file = tmp_path / "feed.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    moments = [one.timestamp / 1000 - START.timestamp() for one in of_file(file)]
    assert moments == [100, 100, 160, 160]


def test_an_acknowledgement_may_name_a_condition(rehearse: Any) -> None:  # noqa: ANN401
    lines = [a_line(after_s=at) for at in range(30)]
    lines.append(a_line("acknowledgements", after_s=31) | {"ack_condition": "spo2-low"})
    alerts = told(rehearse(lines, "--json"), "alerts")
    spo2 = [one["record"] for one in alerts if one["record"]["condition"] == "spo2-low"]
    assert [(one["phase"], one["signal"], one["recipients"]) for one in spo2] == [
        ("start", "on", 1),
        ("update", "ack", 1),
        ("update", "on", 1),  # the acknowledgement runs out after the last record...
        ("update", "on", 2),  # ...and nobody answers
    ]


def test_an_acknowledgement_of_what_never_alarmed_is_a_dead_letter(rehearse: Any) -> None:  # noqa: ANN401
    letters = told(rehearse([a_line("acknowledgements") | {"ack_condition": "spo2-low"}], "--json"), "dead-letters")
    assert [one["record"]["stage"] for one in letters] == ["validate"]


def test_a_pathology_report_is_read_and_what_it_states_counts(rehearse: Any) -> None:  # noqa: ANN401
    report = a_line(
        "pathology-reports", report="r-1", text="Colon: adenocarcinoma, pT3 pN1. MSI-high.", specimen="colon"
    )
    done = rehearse([report], "--json", "--state")
    (read,) = told(done, "pathology-findings")
    assert {one["name"] for one in read["record"]["findings"]} >= {"pt", "pn"}
    (state,) = [one for one in map(json.loads, done.stdout.splitlines()) if "state" in one]
    assert list(state["state"]["pathology"]) == ["r-1"]


def test_studies_are_left_out_with_a_word(rehearse: Any) -> None:  # noqa: ANN401
    images = [{"url": "file:///x.dcm", "instance_uid": "1.2"}]
    done = rehearse([a_line("imaging-ready", study_uid="1.1", images=images)], "--json")
    assert "1 imaging-ready or genomes-ready records were left out" in done.output


def test_of_an_imaging_order_nothing_follows(rehearse: Any) -> None:  # noqa: ANN401
    done = rehearse([a_line("imaging-orders", **EXAMPLES["imaging-orders"][0])], "--json", "--state")
    assert (done.exit_code, done.stdout) == (0, "")


def test_without_json_each_line_can_be_read(rehearse: Any) -> None:  # noqa: ANN401
    lines = rehearse([a_line(after_s=at) for at in range(30)]).stdout.splitlines()
    assert any("alerts" in line and "SpO2 80 %" in line for line in lines)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no JSON, p-secret", "line 1: no JSON"),
        ('["p-secret"]', "line 1: not of the form"),
        ('{"topic": "p-secret", "record": {}}', "line 1: the topic is none"),
        ('{"topic": "dead-letters", "record": {}}', "line 1: the topic is none"),
        ('{"topic": "labs", "record": {}, "arrived": "p-secret"}', "line 1, arrived: no time"),
    ],
)
def test_a_line_that_is_none_of_a_feed_ends_with_one_sentence_that_quotes_nothing(
    rehearse: Any,  # noqa: ANN401
    line: str,
    said: str,
) -> None:
    done = rehearse([line], "--json")
    assert done.exit_code == 1
    assert said in done.output
    assert "p-secret" not in done.output


def test_a_broken_record_is_a_dead_letter_and_the_feed_goes_on(rehearse: Any) -> None:  # noqa: ANN401
    broken = a_line() | {"record": {"patient": "p-1", "time": "never"}}
    done = rehearse([broken, *(a_line(after_s=at) for at in range(30))], "--json")
    assert [one["record"]["stage"] for one in told(done, "dead-letters")] == ["validate"]
    assert told(done, "alerts")


def test_a_feed_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(of_file(tmp_path / "none.jsonl"))
    file = tmp_path / "feed.jsonl"
    file.write_text("{}")
    with pytest.raises(FeedError, match=r"feed.jsonl, line 1"):
        list(of_file(file))


def test_a_setting_and_its_end_are_rehearsed_as_the_live_path_has_them(rehearse: Any) -> None:  # noqa: ANN401 - above
    set_at, until = START + timedelta(seconds=30), START + timedelta(seconds=150)
    setting = {"patient": "p-1", "time": set_at.isoformat(), "until": until.isoformat(), "action": "pause"}
    setting |= {"role": "nurse", "by": "nurse-1", "reason": "turning the patient"}
    lines = [a_line(after_s=after, spo2_percent=88.0) for after in range(0, 31, 5)]
    done = rehearse([*lines, {"topic": "alarm-settings", "record": setting}], "--json")
    outcomes = [
        (one["record"]["setting"]["outcome"], one["record"]["time"])
        for one in told(done, "ward-status")
        if "setting" in one["record"]
    ]
    assert outcomes == [("accepted", "2026-09-21T14:00:30Z"), ("expired", "2026-09-21T14:02:30Z")]
    signals = [
        (one["record"]["signal"], one["record"].get("inactivation"))
        for one in told(done, "alerts")
        if one["record"]["condition"] == "spo2-low" and one["record"]["recipients"] == 1
    ]
    assert signals == [("on", None), ("off", "audio-paused"), ("on", None)]
