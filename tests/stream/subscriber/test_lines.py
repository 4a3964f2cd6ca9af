"""What a line on the board and in the terminal says of a lesion report, and of alarms."""

from typing import Any
from uuid import UUID

import pytest

from schemas.alerts import Confirmation
from schemas.device_alarms import AlarmValue
from schemas.suggestions import SecondVoice
from schemas.variants import VariantFinding
from stream.subscriber.lines import content, lesion
from tests.builders.demo_records import a_device_alarm, a_setting_said, a_suggestion, an_alert
from tests.builders.lesion_reports import a_clip, a_report, a_volume, an_eye, an_image, refused


def test_a_report_on_nothing_is_not_assessed_and_says_why() -> None:
    said = lesion(a_report(refused(), refused(2), priority="not-assessed", suspicious_probability=None)).plain
    assert said == "not assessed, 0 of 2: the file holds no picture"


def test_what_is_present_beside_the_classes_is_said() -> None:
    two = a_report(an_eye(), an_eye(2, oedema=False, predicted="grade_0"), model_name="fundus")
    assert lesion(two).plain.startswith("fundus: grade_0, grade_2, macular_oedema · ")
    assert "oedema" not in lesion(a_report(an_eye(oedema=False))).plain


def test_of_many_slices_the_board_says_what_they_are_together() -> None:
    assert lesion(a_volume(300)).plain.startswith("brain_mri: glioma · suspicious 94% · 2 of 300 images carry it")
    assert "carry" not in lesion(a_volume(300, carried_by=())).plain


def test_what_was_not_judged_is_counted() -> None:
    assert " · 1 of 2 images judged" in lesion(a_report(an_image(), refused(2), frames=2, frames_judged=1)).plain
    clip = a_clip(frames=100, frames_judged=64)
    assert " · 64 of 100 frames judged" in lesion(a_report(clip, frames=100, frames_judged=64)).plain


def test_of_a_report_on_everything_nothing_is_counted() -> None:
    assert "judged" not in lesion(a_report(an_image(), frames=1, frames_judged=1)).plain


def test_a_devices_alarm_says_what_how_severe_where_and_what_is_switched_off() -> None:
    said = content(a_device_alarm(inactivation=("audio-paused",), device="monitor-4")).plain
    assert said == (
        "▲ start       medium  SpO2 LOW (monitor-4, physiological, spo2_percent 86 [90 to 100], audio-paused)"
    )


def test_a_devices_alarm_of_which_little_is_known_says_that_little() -> None:
    bare = a_device_alarm(text="", priority=None, type=None, values=(), phase="update", state="latched", device=None)
    assert content(bare).plain == "· update      MDC_EVT_LO_VAL_LT_LIM (latched)"
    private = a_device_alarm(values=(AlarmValue(name="CVP", value=19, unit="mmHg"), AlarmValue(name="ICP", high=20)))
    assert "CVP 19 mmHg; ICP [ to 20]" in content(private).plain


def test_a_variant_says_gene_change_copies_and_class() -> None:
    known = {"patient": "p-1", "time": "2026-01-02T01:15:00Z", "gene": "BRCA1", "hgvs": "c.5266dup"}
    finding = VariantFinding.model_validate(known | {"significance": "VUS", "status": "corrected"})
    assert content(finding).plain == "BRCA1 c.5266dup: VUS, corrected"
    copies = finding.model_copy(update={"zygosity": "homozygous"})
    assert content(copies).plain == "BRCA1 c.5266dup homozygous: VUS, corrected"


def test_a_suggestion_says_what_another_guideline_says_otherwise() -> None:
    said = a_suggestion().model_copy(update={"second_voices": ()})
    voice = SecondVoice(text="no action", citation=said.citation.model_copy(update={"guideline": "Another"}))
    both = said.model_copy(update={"second_voices": (voice,)})
    assert content(both).plain == f"{content(said).plain}  but Another {said.citation.edition}: no action"


def test_an_alert_says_how_many_alarms_of_devices_confirm_it() -> None:
    by = tuple(Confirmation(alarm=UUID(int=number)) for number in range(2))
    assert content(an_alert(confirmed_by=by)).plain.endswith("(a device alarms too: 2)")
    assert "device" not in content(an_alert()).plain


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


def test_what_staff_have_set_is_said_with_the_one_who_set_it_and_the_role() -> None:
    said = content(a_setting_said("accepted", text="spo2-low begins at 88.0")).plain
    assert said == "alarms set by nurse-5 (nurse): spo2-low begins at 88.0"
