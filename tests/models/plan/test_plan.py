"""The plan of a patient says what is known, why, and what is not."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.plan.images import MOST_IMAGES
from models.plan.plan import as_bytes, content_hash, plan_of
from models.plan.seen import Seen, latest_reports, seen_of
from models.plan.urgency import KINDS, ORDER, SERVICES, kind_of, urgency_of
from models.treatment.by_name import BY_NAME
from models.treatment.rules import Rule
from models.watch.device_alarms import LOST_S
from models.watch.state import COLUMNS, RaisedAlarm
from schemas.forecasts import FurtherRisk
from schemas.imaging import AdditionalFinding, Replaced, StudyFinding
from schemas.plan import Plan, PlanProposal
from schemas.topics import TOPICS
from schemas.vitals import NUMERICS
from tests.builders.plans import (
    AT,
    NOW_S,
    PATIENT,
    RECORDS,
    a_lesion_report,
    a_nodule,
    a_plan,
    a_risk,
    a_state,
    an_image,
)

SEEN = Seen(a_risk(), (a_lesion_report(),), (a_nodule(),))


def rule_of(plan: Plan, rule: str) -> PlanProposal:
    (found,) = [one for one in plan.proposals if one.rule.startswith(rule)]
    return found


def gaps(plan: Plan) -> dict[str, str]:
    return {one.about: one.why for one in plan.not_checked}


def test_the_same_inputs_give_the_same_bytes_and_another_input_another_hash() -> None:
    plan = a_plan(seen=SEEN)
    assert as_bytes(plan) == as_bytes(a_plan(seen=SEEN))
    assert plan.content_hash == content_hash(plan)
    assert plan.content_hash != a_plan(seen=SEEN, now_s=NOW_S + 60).content_hash
    assert plan.content_hash != a_plan().content_hash
    assert Plan.model_validate_json(as_bytes(plan)) == plan


@given(st.permutations(RECORDS))
def test_the_order_in_which_records_of_one_moment_came_does_not_change_what_is_proposed(
    records: list[tuple[str, dict[str, Any]]],
) -> None:
    said = [one.model_copy(update={"id": ""}) for one in a_plan(*records).proposals]
    assert said == [one.model_copy(update={"id": ""}) for one in a_plan().proposals]


def test_what_is_known_has_its_age_and_what_is_not_is_named() -> None:
    plan = a_plan(("labs", {"lactate_mmol_per_l": 4.5}), ("patients", {"age_years": 70}))
    (lactate,) = plan.labs
    assert (lactate.name, lactate.value, lactate.unit, lactate.age_s) == ("lactate_mmol_per_l", 4.5, "mmol/L", 600)
    assert "creatinine_mg_per_dl" in plan.labs_missing
    assert "heart_rate_bpm" in plan.vitals_missing
    assert plan.stay.missing == ("sex", "weight_kg", "is_pregnant", "allergies")
    assert gaps(plan)["allergies"] == "nobody said whether any is known"
    assert gaps(plan)["genome"] == "no genomic result is known"
    assert gaps(plan)["forecast of sepsis"] == "no forecast is at hand"


@pytest.mark.parametrize(("age_h", "old"), [(24, False), (24.01, True)])
def test_a_result_is_old_after_a_day(age_h: float, *, old: bool) -> None:
    now_s = (AT + timedelta(hours=age_h)).timestamp()
    (one,) = a_plan(("labs", {"lactate_mmol_per_l": 4.5}), now_s=now_s).labs
    assert one.old is old


def test_whether_a_man_is_pregnant_nobody_has_to_say() -> None:
    assert "is_pregnant" not in a_plan(("patients", {"sex": "male"})).stay.missing


def test_proposals_stand_by_urgency_and_each_has_source_strength_and_what_speaks_against_it() -> None:
    plan = a_plan(seen=SEEN)
    places = [(ORDER.index(one.urgency), KINDS.index(one.kind)) for one in plan.proposals]
    assert places == sorted(places)
    clopidogrel = rule_of(plan, "clopidogrel-cyp2c19-poor")
    assert clopidogrel.urgency == "before the next dose"
    assert clopidogrel.citation.strength == "Strong (ACS, PCI)"
    assert clopidogrel.alternatives == ("prasugrel",)
    assert any("allergy to ticagrelor" in line for line in clopidogrel.against)
    assert clopidogrel.drug == "clopidogrel"
    assert rule_of(plan, "fluoropyrimidine-dpyd-unknown").service is not None
    assert rule_of(plan, "lactate-remeasure").urgency == "now"
    assert rule_of(plan, "acmg-sf-brca1").service == "genetic counselling"


def test_a_proposal_has_the_id_under_which_the_topic_carries_it() -> None:
    state = a_state(*RECORDS)
    published = {one.rule: one.id for one in state.proposed.values()}
    told = {one.rule.partition("/")[0]: one.id for one in a_plan().proposals}
    assert published.items() <= told.items()
    assert len(published) > 3


def test_a_guideline_that_says_otherwise_speaks_against() -> None:
    plan = a_plan(
        ("genomics", {"gene": "CYP2D6", "phenotype": "Ultrarapid Metabolizer"}),
        ("medications", {"order": "o-1", "drug": "codeine", "status": "active"}),
    )
    codeine = rule_of(plan, "cpic-codeine")
    assert codeine.second_voices
    assert any(line.startswith("DPWG guideline") for line in codeine.against)


def test_genes_that_are_not_called_or_that_nobody_asked_are_gaps_and_never_the_reference() -> None:
    covered = {one.about: one.why for one in a_plan().genes_not_covered}
    assert covered["CYP2D6"] == "nothing was called (No Call)"
    assert covered["DPYD"] == "no result; a guideline asks for it with capecitabine"
    assert "CYP2C19" not in covered
    partial = a_plan(
        ("genomics", {"gene": "DPYD", "phenotype": "Normal Metabolizer", "coverage": "partial"})
    ).genes_not_covered
    assert [one.why for one in partial] == ["the assay looked at a part of the gene's variants"]


def test_an_order_that_was_not_understood_is_said_not_to_be_checked() -> None:
    plan = a_plan()
    (drug,) = [one for one in plan.drugs if not one.understood]
    assert drug.drug == "house mixture 7"
    assert "no check looked at the order" in gaps(plan)["house mixture 7"]
    assert not any("house mixture 7" in line for line in plan.checked)
    assert any("capecitabine, clopidogrel" in line for line in plan.checked)


def test_a_check_that_lacks_a_value_is_named_with_it() -> None:
    plan = a_plan(("medications", {"order": "o-1", "drug": "metformin", "status": "active"}))
    assert any("creatinine" in why for about, why in gaps(plan).items() if "metformin" in about)


def test_an_alarm_is_shown_under_the_id_of_its_alerts() -> None:
    (alarm,) = a_plan().alarms
    assert (alarm.condition, alarm.priority, alarm.signal, alarm.source) == (
        "lactate-high", "medium", "on", "wardwatch",
    )  # fmt: skip
    assert alarm.alert is not None
    assert UUID(alarm.alert).version == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"inactive": "audio-off"}, "; its sound is turned off"),
        ({"inactive": "alarm-paused"}, "; the patient is on standby or away"),
        ({"suppressed": True}, "; a graver alarm on the same sounds"),
        ({"doubtful": True}, "; the value is doubtful"),
        ({"signal": "latched"}, "; the condition is over and nobody has acknowledged it"),
    ],
)
def test_why_an_alarm_does_not_sound_or_still_does_is_told(change: dict[str, Any], words: str) -> None:
    state = a_state(*RECORDS)
    (name, episode), *_ = state.episodes.items()
    (alarm,) = plan_of(PATIENT, replace(state, episodes={name: episode._replace(**change)}), NOW_S).alarms
    assert alarm.text == f"lactate is critically high: 4.5 mmol/L (limit 4 mmol/L){words}"


def test_a_device_s_own_alarm_stands_beside_ours_until_it_is_over_or_forgotten() -> None:
    raised = RaisedAlarm(UUID(int=3), ("spo2-low",), "high", NOW_S - 60, None, NOW_S - 60)
    state = replace(a_state(("labs", {})), device_alarms={"a": raised})
    (alarm,) = plan_of(PATIENT, state, NOW_S).alarms
    assert (alarm.condition, alarm.priority, alarm.source, alarm.alert) == ("spo2-low", "high", "device", None)
    over = replace(state, device_alarms={"a": raised._replace(until_s=NOW_S - 1)})
    assert plan_of(PATIENT, over, NOW_S).alarms == ()
    assert plan_of(PATIENT, state, NOW_S + LOST_S).alarms == ()


@pytest.mark.parametrize(("age_years", "why"), [(15.9, "it is not offered under 16 years"),
                                                (16, "no vital sign is known that is young enough")])  # fmt: skip
def test_why_there_is_no_score_is_told(age_years: float, why: str) -> None:
    told = [one.why for one in a_plan(("patients", {"age_years": age_years})).not_checked if one.about == "NEWS2"]
    assert told == [why]


def test_a_score_is_made_of_what_is_young_enough_and_says_its_bounds() -> None:
    measured = {"respiratory_rate_per_min": 26.0, "heart_rate_bpm": 118.0}
    state = a_state(("patients", {"age_years": 70}))
    value, value_ms = state.value.copy(), state.value_ms.copy()
    for name, number in measured.items():
        value[COLUMNS.index(name)], value_ms[COLUMNS.index(name)] = number, round(NOW_S * 1000)
    state = replace(state, value=value, value_ms=value_ms)
    (score,) = plan_of(PATIENT, state, NOW_S + 600).risks
    assert score.text == "NEWS2 is 5, or up to 19 by what is missing: clinical risk medium."
    assert score.why == ("respiratory rate 26: 3 points", "heart rate 118: 2 points")
    assert "spo2_percent" in score.missing
    late = plan_of(PATIENT, state, NOW_S + 601)
    assert late.risks == ()
    assert [one.old for one in late.vitals] == [True, True]
    assert gaps(late)["NEWS2"] == "no vital sign is known that is young enough"


def test_a_number_that_no_patient_has_is_a_gap() -> None:
    fault = np.zeros(len(NUMERICS), np.int64)
    fault[NUMERICS.index("spo2_percent")] = len(NUMERICS) + 2
    plan = plan_of(PATIENT, replace(a_state(("labs", {})), fault=fault), NOW_S)
    assert gaps(plan)["vital signs"] == "SpO2 looks like a fraction, not per cent"


def test_a_forecast_is_told_with_its_reasons_its_age_and_whether_the_model_abstains() -> None:
    (risk,) = a_plan(seen=Seen(a_risk())).risks
    assert risk.value == 0.31
    assert risk.why == ("lactate 4.5 mmol/L (this hour) raises it",)
    assert "over the alarm threshold" in risk.text
    assert "is old" not in risk.text
    (late,) = a_plan(seen=Seen(a_risk()), now_s=NOW_S + 3 * 3600).risks
    assert "The forecast is old." in late.text
    (abstained,) = a_plan(seen=Seen(a_risk(abstained=True, alarm=False))).risks
    assert abstained.value is None
    assert "abstains" in abstained.text
    elsewhere = a_risk(abstained=True, alarm=False, abstained_because="The hospital is not yet known.")
    (abstained,) = a_plan(seen=Seen(elsewhere)).risks
    assert abstained.text == "The model abstains from forecasting sepsis: The hospital is not yet known."


def test_what_the_vital_signs_will_show_is_told_beside_it_and_why_where_there_is_no_forecast() -> None:
    low = FurtherRisk(outcome="spo2-at-edge", horizon_h=6, probability=0.25, abstained=False)
    there = FurtherRisk(outcome="news2-vital-signs-7", horizon_h=6, abstained=True, abstained_because="it is there now")
    _, first, second = a_plan(seen=Seen(a_risk(further=(low, there)))).risks
    assert (first.name, first.value) == ("spo2-at-edge", 0.25)
    assert first.text == "Probability of SpO2 of 91 % or less over an hour, within 6 h: 0.250."
    assert (second.value, second.text) == (
        None,
        "No forecast of 7 or more points of NEWS2 by the five measured vital signs: it is there now.",
    )


def test_of_forecasts_the_latest_counts_whatever_came_last() -> None:
    newer = a_risk(0.5, time=AT + timedelta(hours=1))
    assert seen_of([newer, a_risk(0.1)]).forecast == newer


def test_reports_say_what_was_seen_and_what_was_not_judged() -> None:
    refused = an_image(pneumonia=1.0).model_copy(
        update={"refusal": "the file holds no picture", "predicted": None, "findings": ()}
    )
    report = a_lesion_report(an_image(url="file:///m.png", pneumonia=0.9, normal=0.1), refused)
    (image,) = a_plan(seen=Seen(reports=(report,))).images
    assert image.findings == ("image 1: pneumonia (pneumonia 0.90, normal 0.10)",)
    assert image.not_judged == ("image 2: the file holds no picture",)
    assert image.maps == ("file:///m.png",)


def test_of_a_study_of_many_slices_the_whole_is_told_and_those_that_carry_it() -> None:
    whole = StudyFinding(
        model_name="chest_ct", predicted="adenocarcinoma", suspicious_probability=0.8, suspicious=True, images=40,
        carried_by=(17, 3),
    )  # fmt: skip
    slices = [an_image("chest_ct", f"file:///{at}.png", adenocarcinoma=0.7, normal=0.3) for at in range(40)]
    report = a_lesion_report(*slices, model_name="chest_ct", findings=(whole,))
    (image,) = a_plan(seen=Seen(reports=(report,))).images
    assert [one.partition(":")[0] for one in image.findings[1:]] == ["image 17", "image 3"]
    assert "adenocarcinoma" in image.findings[0]
    assert image.maps == ("file:///16.png", "file:///2.png")
    (older,) = a_plan(seen=Seen(reports=(a_lesion_report(*slices),))).images
    assert len(older.findings) == MOST_IMAGES  # of a version that said nothing of the whole


def test_the_side_is_told() -> None:
    eye = an_image("fundus", grade_2=0.9).model_copy(update={"laterality": "left"})
    (image,) = a_plan(seen=Seen(reports=(a_lesion_report(eye),))).images
    assert image.findings == ("image 1: grade_2 (grade_2 0.90), left side",)


def test_a_report_that_was_replaced_is_not_shown() -> None:
    old = a_lesion_report(id=UUID(int=1), study="1.2.9")
    new = a_lesion_report(id=UUID(int=2), replaces=(Replaced(id=UUID(int=1), dicom_sr=False),))
    assert latest_reports([old, new]) == (new,)


def test_a_suspicious_study_without_its_report_is_told_by_what_the_state_keeps() -> None:
    report = a_lesion_report(suspicious_probability=0.93).model_dump(mode="json", exclude={"patient", "time"})
    (image,) = a_plan(("lesion-reports", report)).images
    assert image.findings == ("suspicious, probability 0.93",)


@pytest.mark.parametrize(
    ("seen", "rule", "words"),
    [
        (Seen(nodules=(a_nodule(),)), "follow-up-fleischner/1", "CT at 6 to 12 months"),
        (
            Seen(nodules=(a_nodule(context="screening", seen="baseline", diameter_mm=6.0),)),
            "follow-up-lung-rads/1",
            "category 3",
        ),
        (
            Seen(reports=(a_lesion_report(an_image("fundus", grade_0=0.1, grade_3=0.9)),)),
            "follow-up-retinopathy/1",
            "severe",
        ),
        (
            Seen(reports=(a_lesion_report(an_image("breast_ultrasound", malignant=0.4, benign=0.6)),)),
            "follow-up-breast/1",
            "0.40",
        ),
    ],
)
def test_findings_in_images_are_followed_up_by_their_tables(seen: Seen, rule: str, words: str) -> None:
    found = rule_of(a_plan(seen=seen), rule)
    assert words in found.text
    assert found.kind == "follow-up"
    assert found.citation.reference


def test_a_breast_lesion_that_a_rule_speaks_of_already_is_not_spoken_of_twice() -> None:
    report = a_lesion_report(
        an_image("breast_ultrasound", malignant=0.9, benign=0.1),
        model_name="breast_ultrasound",
        suspicious_probability=0.9,
    )
    of_topic = report.model_dump(mode="json", exclude={"patient", "time"})
    seen = Seen(reports=(report,))
    here = {one.rule for one in a_plan(("lesion-reports", of_topic), seen=seen).proposals}
    assert here == {"lesion-communication/1"}
    gone = a_plan(("lesion-reports", of_topic), ("patients", {"status": "discharged"}), seen=seen)
    assert {one.rule for one in gone.proposals} == {"follow-up-breast/1"}


@pytest.mark.parametrize(
    ("grade", "rule", "urgency", "voices"),
    [
        ("grade_2", "retinopathy-moderate-referral/1", "planned", 0),
        ("grade_3", "retinopathy-severe-referral/1", "today", 1),
        ("grade_4", "retinopathy-severe-referral/1", "today", 1),
    ],
)
def test_beside_a_rule_on_the_retina_the_table_is_a_second_voice_where_it_says_otherwise(
    grade: str, rule: str, urgency: str, voices: int
) -> None:
    report = a_lesion_report(
        an_image("fundus", None, **{grade: 0.9, "grade_0": 0.1}), model_name="fundus", suspicious_probability=0.9
    )
    of_topic = report.model_dump(mode="json", exclude={"patient", "time"})
    (found,) = a_plan(("lesion-reports", of_topic), seen=Seen(reports=(report,))).proposals
    assert (found.rule, found.urgency, found.kind, len(found.second_voices)) == (rule, urgency, "image", voices)
    assert found.service == "examination by an ophthalmologist"
    assert all(voice.citation.guideline.startswith("ICO") for voice in found.second_voices)
    assert len(found.against) == voices


def test_a_retina_that_a_rule_refers_is_not_spoken_of_twice_and_what_is_beside_the_grades_is_told() -> None:
    eye = an_image("fundus", grade_2=0.2, grade_3=0.8).model_copy(
        update={
            "predicted": "grade_3",
            "additional_findings": (AdditionalFinding(label="macular_oedema", probability=0.75, present=True),),
        }
    )
    report = a_lesion_report(eye, model_name="fundus", priority="urgent", suspicious_probability=0.9)
    of_topic = report.model_dump(mode="json", exclude={"patient", "time"})
    plan = a_plan(("lesion-reports", of_topic), seen=Seen(reports=(report,)))
    assert {one.rule for one in plan.proposals} == {"retinopathy-severe-referral/1", "macular-oedema-referral/1"}
    assert {one.urgency for one in plan.proposals} == {"today"}
    assert {one.service for one in plan.proposals} == {"examination by an ophthalmologist"}
    assert "ICO" in rule_of(plan, "retinopathy").against[0]
    assert plan.images[0].findings[0].endswith("; macular_oedema present (0.75)")


def test_of_several_photographs_the_gravest_is_followed_up() -> None:
    report = a_lesion_report(an_image("fundus", grade_0=0.9, grade_1=0.1), an_image("fundus", grade_4=0.8, grade_3=0.2))
    found = rule_of(a_plan(seen=Seen(reports=(report,))), "follow-up-retinopathy")
    assert "proliferative" in found.text
    assert found.urgency == "today"


def test_a_nodule_that_no_table_is_for_is_a_gap() -> None:
    young = a_plan(("patients", {"age_years": 30}), seen=Seen(nodules=(a_nodule(),)))
    assert gaps(young)["follow-up of a lung nodule"] == "the guideline is for 35 years and more"
    unseen = a_plan(seen=Seen(nodules=(a_nodule(context="screening"),)))
    assert gaps(unseen)["Lung-RADS category"] == "not known: whether the nodule is new or growing"


@pytest.mark.parametrize(("days", "shown"), [(179, True), (181, False)])
def test_a_follow_up_is_shown_for_half_a_year(days: float, *, shown: bool) -> None:
    now_s = (AT + timedelta(days=days)).timestamp()
    plan = a_plan(("patients", {"age_years": 70}), seen=Seen(nodules=(a_nodule(),)), now_s=now_s)
    assert any(one.kind == "follow-up" for one in plan.proposals) is shown


def test_after_a_discharge_rules_are_applied_no_more_and_that_is_said() -> None:
    plan = a_plan(*RECORDS, ("patients", {"status": "discharged"}), seen=Seen(nodules=(a_nodule(),)))
    assert {one.kind for one in plan.proposals} == {"follow-up"}
    assert plan.stay.discharged == AT
    assert "discharged" in gaps(plan)["orders and results"]


def test_announced_files_that_nobody_read_here_are_told() -> None:
    assert gaps(a_plan(seen=Seen(announced=2)))["announced files"].startswith("2 announcements")


@pytest.mark.parametrize("rule", BY_NAME.values(), ids=lambda rule: rule.id)
def test_every_rule_has_a_kind_and_an_urgency(rule: Rule) -> None:
    assert kind_of(rule) in KINDS
    assert (kind_of(rule) == "order") is rule.id.startswith("order-")
    assert urgency_of(rule) in ORDER


def test_every_service_is_one_of_a_rule_that_there_is() -> None:
    assert SERVICES.keys() <= {rule.id for rule in BY_NAME.values()}


def test_what_is_written_says_that_it_is_no_order() -> None:
    said = json.loads(as_bytes(a_plan(seen=SEEN)))
    assert said["provenance"]["notice"] == "not for clinical use"
    assert said["patient"] == PATIENT
    assert "plan" not in TOPICS  # a document of its own, and no topic
