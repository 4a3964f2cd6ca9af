"""What a line on the board and in the terminal says of a lesion report, and of an alert that is late."""

from typing import Any

import pytest

from stream.subscriber.lines import content, lesion
from tests.builders.demo_records import an_alert
from tests.builders.lesion_reports import a_clip, a_report, an_image, refused


def test_a_report_on_nothing_is_not_assessed_and_says_why() -> None:
    said = lesion(a_report(refused(), refused(2), priority="not-assessed", suspicious_probability=None)).plain
    assert said == "not assessed, 0 of 2: the file holds no picture"


def test_what_was_not_judged_is_counted() -> None:
    assert " · 1 of 2 images judged" in lesion(a_report(an_image(), refused(2), frames=2, frames_judged=1)).plain
    clip = a_clip(frames=100, frames_judged=64)
    assert " · 64 of 100 frames judged" in lesion(a_report(clip, frames=100, frames_judged=64)).plain


def test_of_a_report_on_everything_nothing_is_counted() -> None:
    assert "judged" not in lesion(a_report(an_image(), frames=1, frames_judged=1)).plain


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"age_s": 3.0}, ""),
        ({"late": True}, " (late)"),
        ({"late": True, "age_s": 3600.0}, " (60 min late)"),
        ({"late": True, "age_s": 3600.0, "history": True, "signal": "off"}, " (60 min late, for the record)"),
    ],
)
def test_an_alert_that_is_late_says_by_how_much(more: dict[str, Any], said: str) -> None:
    assert content(an_alert(**more)).plain.endswith("(limit 90 %)" + said)
