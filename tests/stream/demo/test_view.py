"""The screen says what it is, shows every bed legibly, and colours by points and priority."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType
from rich.text import Text

from schemas.alerts import WardStatus
from stream.demo.latency import Latency
from stream.demo.view import Progress, bars, bed_table, screen
from stream.subscriber.lines import PRIORITY_STYLE
from stream.subscriber.ward import Ward
from tests.builders.demo_records import (
    BY,
    NOW,
    a_forecast,
    a_frame,
    a_report,
    a_score,
    a_setting_said,
    a_suggestion,
    an_admission,
    an_alert,
)


def progress(*, simulated: bool = True) -> Progress:
    return Progress(simulated, 12, 60, 576, "playing", 1234, Latency(40, 21.0, 88.0))


def shown(what: RenderableType, width: int = 120, height: int = 40) -> str:
    file = io.StringIO()
    Console(file=file, width=width, height=height, force_terminal=True, color_system=None).print(what)
    return file.getvalue()


def a_ward(beds: int = 8) -> Ward:
    ward = Ward()
    for bed in range(1, beds + 1):
        patient = f"sim-{bed:02d}"
        ward.apply("patients", an_admission(patient, str(bed)))
        ward.apply("vitals", a_frame(bed, patient, heart_rate_bpm=60.0 + bed, systolic_mmhg=120.0, diastolic_mmhg=70.0))
    return ward


@pytest.mark.parametrize(("width", "height"), [(120, 40), (100, 30)])
def test_the_screen_fits_the_terminal_and_says_what_it_is_and_is_not(width: int, height: int) -> None:
    lines = shown(screen(a_ward(), progress(), width, height), width, height).splitlines()
    assert len(lines) == height
    assert max(len(line) for line in lines) <= width
    text = "\n".join(lines)
    for words in ("simulated patients", "nothing is kept", "not for clinical use", "1,234", "p50 21 ms, p99 88 ms"):
        assert words in text
    for bed in range(1, 9):
        assert f" {60 + bed} " in text


def test_the_screen_names_the_page_that_shows_the_ward_too() -> None:
    board = "http://127.0.0.1:8800/"
    assert board in shown(screen(a_ward(), replace(progress(), board=board), 100, 30), 100, 30)
    assert "also at" not in shown(screen(a_ward(), progress(), 120, 40))


def test_recorded_stays_are_not_called_simulated() -> None:
    text = shown(screen(a_ward(), progress(simulated=False), 120, 40))
    assert "recorded stays" in text
    assert "simulated" not in text


def test_alarms_suggestions_and_reports_are_on_the_screen() -> None:
    ward = a_ward()
    ward.apply("alerts", an_alert("start", priority="high"))
    ward.apply("suggestions", a_suggestion())
    ward.apply("lesion-reports", a_report(predicted="pneumonia"))
    text = shown(screen(ward, progress(), 120, 40))
    for words in (
        "SpO2-low",
        "SpO2 88 % (limit 90 %)",
        "Consider another drug",
        "CPIC",
        "pneumonia",
        "93%",
    ):
        assert words in text


def test_what_a_nurse_has_set_is_on_the_screen_with_the_one_who_set_it_and_as_long_as_it_holds() -> None:
    ward = a_ward()
    assert "⚙" not in shown(screen(ward, progress(), 120, 40))
    ward.apply("alerts", an_alert("start"))
    ward.apply("ward-status", a_setting_said("refused", state="restored", text="refused to set limit", minutes=1))
    ward.apply("ward-status", a_setting_said("accepted", text="spo2-low begins at 88.0", minutes=2))
    text = shown(screen(ward, progress(), 120, 40))
    assert "⚙ limit SpO2-low" in shown(bed_table(ward, list(ward.beds.values()), 120))
    assert text.index("nurse-5: spo2-low begins at 88.0") < text.index("nurse-5: refused to set limit")
    ward.apply("ward-status", a_setting_said("expired", state="restored", text="over", minutes=240))
    assert "⚙" not in shown(bed_table(ward, list(ward.beds.values()), 120))


def test_a_refused_image_shows_the_reason_and_no_finding() -> None:
    ward = a_ward()
    ward.apply("lesion-reports", a_report(refusal="not a chest picture"))
    text = shown(screen(ward, progress(), 120, 40))
    assert "not assessed, 0 of 1: not a chest picture" in " ".join(text.split())
    assert "93%" not in text


def test_a_sensor_that_is_off_reads_off_and_what_was_never_measured_is_a_dot() -> None:
    ward = Ward()
    ward.apply("vitals", a_frame(0, heart_rate_bpm=0.0))
    row = next(line for line in shown(bed_table(ward, list(ward.beds.values()), 120)).splitlines() if "sim-01" in line)
    assert row.split()[2:5] == ["off", "·", "·"]


def test_a_number_has_the_colour_of_its_points() -> None:
    ward = a_ward(1)
    ward.apply("scores", a_score({"heart_rate_bpm": 3, "systolic_mmhg": 0}))
    file = io.StringIO()
    console = Console(file=file, width=120, force_terminal=True, color_system="truecolor")
    console.print(bed_table(ward, list(ward.beds.values()), 120))
    spans = Text.from_ansi(file.getvalue())
    heart = spans.plain.index(" 61 ") + 1
    coloured = {str(span.style) for span in spans.spans if span.start <= heart < span.end}
    assert any("bold" in style for style in coloured), coloured


def test_an_incomplete_score_shows_the_most_that_it_could_be() -> None:
    ward = a_ward(1)
    ward.apply("scores", a_score({"heart_rate_bpm": 2}))
    assert " 2-5 " in shown(bed_table(ward, list(ward.beds.values()), 120))


def test_an_abstaining_forecast_shows_no_number() -> None:
    ward = a_ward(1)
    ward.apply("forecasts", a_forecast(0.42, abstained=True))
    text = shown(bed_table(ward, list(ward.beds.values()), 120))
    assert "not known" in text
    assert "42" not in text


@pytest.mark.parametrize(("now", "arrow"), [(0.025, "↑"), (0.024, "→"), (0.017, "→"), (0.016, "↓")])
def test_the_arrow_says_where_the_risk_goes(now: float, arrow: str) -> None:
    ward = a_ward(1)
    for hour, probability in enumerate((0.02, now), start=1):
        ward.apply("forecasts", a_forecast(probability, hour))
    assert arrow in shown(bed_table(ward, list(ward.beds.values()), 120))


def test_bars_grow_with_the_risk_and_never_overflow() -> None:
    assert bars([0.0, 0.08, 0.16, 1.0]) == "▁▅██"


def test_of_too_many_beds_the_worst_are_shown_and_the_rest_is_said() -> None:
    ward = a_ward(30)
    ward.apply("scores", a_score({"heart_rate_bpm": 3, "spo2_percent": 3, "systolic_mmhg": 3}, "sim-30"))
    text = shown(screen(ward, progress(), 120, 40))
    assert "12 worst of 30 beds" in text
    assert " 30 71f" in text


@pytest.mark.parametrize("width", [30, 50, 60, 70, 80, 81, 90, 100, 120])
@pytest.mark.parametrize("height", [12, 24])
def test_no_number_is_ever_cut_and_the_headers_stay(width: int, height: int) -> None:
    ward = a_ward(14)
    numbers = {"heart_rate_bpm": 147.0, "respiratory_rate_per_min": 28.0, "spo2_percent": 100.0}
    numbers |= {
        "systolic_mmhg": 213.0,
        "diastolic_mmhg": 104.0,
        "mean_arterial_mmhg": 139.0,
        "temperature_celsius": 39.4,
    }
    for bed in range(1, 15):
        ward.apply("vitals", a_frame(20, f"sim-{bed:02d}", **numbers, on_oxygen=True, consciousness="alert"))
        ward.apply("scores", a_score({"heart_rate_bpm": 3}, f"sim-{bed:02d}"))
        ward.apply("alerts", an_alert(episode=bed, patient=f"sim-{bed:02d}"))
    for topic, many in (("vitals", 123_456), ("labs", 7890), ("patients", 12_345), ("alerts", 54_321)):
        ward.counts[topic] = many
    lines = shown(screen(ward, progress(), width, height), width, height).splitlines()
    text = "\n".join(lines)
    assert len(lines) == height
    assert "Wardwatch" in text
    assert "alarms" in text
    whole = {"147", "28", "100", "213", "104", "139", "39.4", "3-6", "12.0", "123,456", "7,890", "12,345", "54,321"}
    rows = [line for line in lines if " 71f" in line]
    assert rows
    for row in rows:
        found = re.findall(r"(?<!O)\d[\d.,-]*", row.partition("71f")[2].partition("!")[0])
        assert found[0] == "147"
        assert set(found) <= whole, row
    told = [line for line in lines if re.match(r"│ (in|out) ", line)]
    assert {number for line in told for number in re.findall(r"\d[\d,]*", line)} <= whole | {"1,234", "14"}


def test_a_silent_bed_is_grey_and_says_since_when() -> None:
    ward = a_ward(1)
    said = {"id": an_alert().id, "time": NOW, "worker": "w", "component": "feed", "patient": "sim-01", "text": "silent"}
    said |= {"state": "degraded", "provenance": BY}
    ward.apply("ward-status", WardStatus.model_validate(said))
    assert "silent since 14:31" in shown(bed_table(ward, list(ward.beds.values()), 120))


def test_each_priority_looks_different() -> None:
    assert len(set(PRIORITY_STYLE.values())) == 3
