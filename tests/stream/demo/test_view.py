"""The screen says what it is, shows every bed legibly, and colours by points and priority."""

import io
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType
from rich.text import Text

from stream.demo.latency import Latency
from stream.demo.view import Progress, bars, bed_table, screen
from stream.subscriber.lines import PRIORITY_STYLE
from stream.subscriber.ward import Ward
from tests.builders.demo_records import (
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
    lines = shown(screen(a_ward(), progress()), width, height).splitlines()
    assert len(lines) == height
    assert max(len(line) for line in lines) <= width
    text = "\n".join(lines)
    for words in ("simulated patients", "nothing is kept", "not for clinical use", "1,234", "p50 21 ms, p99 88 ms"):
        assert words in text
    for bed in range(1, 9):
        assert f" {60 + bed} " in text


def test_the_screen_names_the_page_that_shows_the_ward_too() -> None:
    board = "http://127.0.0.1:8800/"
    assert board in shown(screen(a_ward(), replace(progress(), board=board)), 100, 30)
    assert "also at" not in shown(screen(a_ward(), progress()))


def test_recorded_stays_are_not_called_simulated() -> None:
    text = shown(screen(a_ward(), progress(simulated=False)))
    assert "recorded stays" in text
    assert "simulated" not in text


def test_alarms_suggestions_and_reports_are_on_the_screen() -> None:
    ward = a_ward()
    ward.apply("alerts", an_alert("start", priority="high"))
    ward.apply("suggestions", a_suggestion())
    ward.apply("lesion-reports", a_report(predicted="pneumonia"))
    text = shown(screen(ward, progress()))
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
    assert "⚙" not in shown(screen(ward, progress()))
    ward.apply("alerts", an_alert("start"))
    ward.apply("ward-status", a_setting_said("refused", state="restored", text="refused to set limit", minutes=1))
    ward.apply("ward-status", a_setting_said("accepted", text="spo2-low begins at 88.0", minutes=2))
    text = shown(screen(ward, progress()))
    assert "⚙ limit SpO2-low" in shown(bed_table(ward, list(ward.beds.values())))
    assert text.index("nurse-5: spo2-low begins at 88.0") < text.index("nurse-5: refused to set limit")
    ward.apply("ward-status", a_setting_said("expired", state="restored", text="over", minutes=240))
    assert "⚙" not in shown(bed_table(ward, list(ward.beds.values())))


def test_a_refused_image_shows_the_reason_and_no_finding() -> None:
    ward = a_ward()
    ward.apply("lesion-reports", a_report(refusal="not a chest picture"))
    text = shown(screen(ward, progress()))
    assert "not assessed, 0 of 1: not a chest picture" in " ".join(text.split())
    assert "93%" not in text


def test_a_sensor_that_is_off_reads_off_and_what_was_never_measured_is_a_dot() -> None:
    ward = Ward()
    ward.apply("vitals", a_frame(0, heart_rate_bpm=0.0))
    row = next(line for line in shown(bed_table(ward, list(ward.beds.values()))).splitlines() if "sim-01" in line)
    assert row.split()[2:5] == ["off", "·", "·"]


def test_a_number_has_the_colour_of_its_points() -> None:
    ward = a_ward(1)
    ward.apply("scores", a_score({"heart_rate_bpm": 3, "systolic_mmhg": 0}))
    file = io.StringIO()
    console = Console(file=file, width=120, force_terminal=True, color_system="truecolor")
    console.print(bed_table(ward, list(ward.beds.values())))
    spans = Text.from_ansi(file.getvalue())
    heart = spans.plain.index(" 61 ") + 1
    coloured = {str(span.style) for span in spans.spans if span.start <= heart < span.end}
    assert any("bold" in style for style in coloured), coloured


def test_an_incomplete_score_shows_the_most_that_it_could_be() -> None:
    ward = a_ward(1)
    ward.apply("scores", a_score({"heart_rate_bpm": 2}))
    assert "2 -5" in shown(bed_table(ward, list(ward.beds.values())))


def test_an_abstaining_forecast_shows_no_number() -> None:
    ward = a_ward(1)
    ward.apply("forecasts", a_forecast(0.42, abstained=True))
    text = shown(bed_table(ward, list(ward.beds.values())))
    assert "knows too little" in text
    assert "42" not in text


@pytest.mark.parametrize(("now", "arrow"), [(0.025, "↑"), (0.024, "→"), (0.017, "→"), (0.016, "↓")])
def test_the_arrow_says_where_the_risk_goes(now: float, arrow: str) -> None:
    ward = a_ward(1)
    for hour, probability in enumerate((0.02, now), start=1):
        ward.apply("forecasts", a_forecast(probability, hour))
    assert arrow in shown(bed_table(ward, list(ward.beds.values())))


def test_bars_grow_with_the_risk_and_never_overflow() -> None:
    assert bars([0.0, 0.08, 0.16, 1.0]) == "▁▅██"


def test_of_too_many_beds_the_worst_are_shown_and_the_rest_is_said() -> None:
    ward = a_ward(30)
    ward.apply("scores", a_score({"heart_rate_bpm": 3, "spo2_percent": 3, "systolic_mmhg": 3}, "sim-30"))
    text = shown(screen(ward, progress()))
    assert "12 worst of 30 beds" in text
    assert " 30 71f" in text


def test_each_priority_looks_different() -> None:
    assert len(set(PRIORITY_STYLE.values())) == 3
