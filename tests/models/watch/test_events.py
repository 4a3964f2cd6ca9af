"""What admission, results, therapy, acknowledgements and a new stay change; both sides of every edge."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import pytest

from models.alarms import grading
from models.alarms.information import INFORMATION
from models.alarms.laboratory import CRITICAL_VALUES
from models.alarms.rules import SEPSIS_RISK
from models.pathology.record import findings_of
from models.scores.news2 import MIN_AGE_YEARS
from models.treatment.facts import Drug
from models.watch import closing, hours
from models.watch.advance import advance_event
from models.watch.events import MOST_LESIONS, MOST_REPORTS
from models.watch.outputs import moment
from models.watch.react import Reaction
from models.watch.records_out import RecordOut
from models.watch.state import PatientState, Stay
from models.watch.stored import from_fields, to_fields
from schemas.alerts import Alert
from schemas.forecasts import EarlyWarningScore
from schemas.labs import ANALYTES
from schemas.pathology import PathologyReport
from schemas.suggestions import Suggestion
from schemas.topics import TOPICS
from schemas.wire import Wire
from tests.builders.watch_frames import (
    START_MS,
    WELL,
    CountingModel,
    Frame,
    advanced,
    reacted,
)

NAME = "p-1"
ILL = WELL | {"spo2_percent": 80.0}
NEVER_S = hours.LONGEST_GAP_HOURS * 3600 + 100


def an_event(topic: str, after_s: float = 60, **fields: object) -> Wire:
    adapter = TOPICS[topic].record
    assert adapter is not None
    event: Wire = adapter.validate_python({"patient": NAME, "time": moment(START_MS + round(1000 * after_s))} | fields)
    return event


def after(state: PatientState, *events: Wire) -> tuple[PatientState, list[Alert]]:
    """The state after events, each stored and loaded, and the alerts among what was found."""
    alerts: list[Alert] = []
    for event in events:
        state, found = advance_event(NAME, state, event)
        alerts += alerts_of(found)
        state = from_fields(0, to_fields(state)).state
    return state, alerts


def alerts_of(found: list[RecordOut]) -> list[Alert]:
    return [one.record for one in found if isinstance(one.record, Alert)]


def watched(
    state: PatientState, rows: list[Frame], model: CountingModel | None = None
) -> tuple[PatientState, list[RecordOut]]:
    """The state after frames, stored and loaded, and all that goes out; with forecasts where there is a model."""
    done = advanced([state], rows, model)
    return from_fields(0, to_fields(done.states[0])).state, done.said


ALARMING: list[Frame] = [(0, 0, WELL), (0, 20, ILL), (0, 40, ILL)]


def an_admission(**fields: object) -> Wire:
    """An admission of which everything is known."""
    known: dict[str, Any] = {
        "admitted_to_icu_at": moment(START_MS),
        "hours_from_hospital_to_icu": -3.0,
        "age_years": 70,
        "sex": "male",
        "unit": "micu",
        "spo2_scale": 2,
        "allergies": ["penicillin"],
    }
    return an_event("patients", **(known | fields))


ADMITTED = Stay(START_MS, -3.0, 70, "male", "micu", 2, ("penicillin",))


def test_an_admission_begins_a_stay_in_which_nothing_of_an_earlier_one_counts() -> None:
    assert after(PatientState(), an_admission())[0].stay == ADMITTED
    state, _ = after(PatientState(), an_admission(), an_event("patients", age_years=71))
    assert to_fields(state) == to_fields(replace(state, stay=Stay(age_years=71.0)))  # NaN equals nothing but as text
    assert (state.stay.spo2_scale, state.stay.admitted_ms, state.stay.allergies) == (1, None, None)


@pytest.mark.parametrize("status", ["updated", "discharged"])
def test_what_a_record_within_a_stay_does_not_say_stays_known(status: str) -> None:
    state, _ = after(PatientState(), an_admission(), an_event("patients", status=status, bed="icu-08"))
    assert state.stay == ADMITTED
    assert after(PatientState(), an_event("patients", status=status))[0].stay.spo2_scale == 1


@pytest.mark.parametrize(
    ("said", "stay"),
    [
        ({"spo2_scale": 1}, replace(ADMITTED, spo2_scale=1)),
        ({"allergies": []}, replace(ADMITTED, allergies=())),
        ({"allergies": ["sulfa"]}, replace(ADMITTED, allergies=("sulfa",))),
        ({"allergies_added": ["sulfa"]}, replace(ADMITTED, allergies=("penicillin", "sulfa"))),
        ({"allergies_added": ["penicillin"]}, ADMITTED),
        ({"allergies_removed": ["penicillin"]}, replace(ADMITTED, allergies=())),
        ({"allergies_removed": ["sulfa"]}, ADMITTED),
        ({"age_years": 71, "sex": "female"}, replace(ADMITTED, age_years=71, sex="female")),
        ({"admitted_to_icu_at": moment(START_MS + 1000)}, replace(ADMITTED, admitted_ms=START_MS + 1000)),
        (
            {"hours_from_hospital_to_icu": 0.0, "unit": "sicu"},
            replace(ADMITTED, hours_from_hospital_to_icu=0.0, unit="sicu"),
        ),
    ],
)
def test_what_a_record_within_a_stay_says_replaces_what_was_known(said: dict[str, Any], stay: Stay) -> None:
    assert after(PatientState(), an_admission(), an_event("patients", status="updated", **said))[0].stay == stay


def test_to_remove_from_a_list_that_is_not_known_does_not_make_it_known() -> None:
    removed = an_event("patients", status="updated", allergies_removed=["sulfa"])
    assert after(PatientState(), removed)[0].stay.allergies is None
    added = an_event("patients", status="updated", allergies_added=["sulfa"])
    assert after(PatientState(), added)[0].stay.allergies == ("sulfa",)


def test_a_cancelled_discharge_brings_the_stay_back_and_the_next_admission_does_not() -> None:
    left = an_event("patients", 120, status="discharged")
    back, _ = after(PatientState(), an_admission(), left, an_event("patients", 180, status="updated"))
    assert back.stay == ADMITTED
    again, _ = after(PatientState(), an_admission(), left, an_event("patients", 180, status="admitted", sex="male"))
    assert (again.stay.sex, again.stay.spo2_scale, again.stay.admitted_ms) == ("male", 1, None)


def test_a_transfer_leaves_the_scale_that_a_prescriber_set() -> None:
    on_oxygen: list[Frame] = [(0, 0, WELL | {"spo2_percent": 90.0, "on_oxygen": True})]

    def points(*records: Wire) -> int | None:
        state, _ = after(PatientState(), *records)
        (score,) = [one.record for one in watched(state, on_oxygen)[1] if isinstance(one.record, EarlyWarningScore)]
        return next(part.points for part in score.parts if part.parameter == "spo2_percent")

    assert points(an_admission()) == points(an_admission(), an_event("patients", status="updated", bed="2")) == 0
    assert points(an_admission(spo2_scale=1)) == points(an_admission(), an_event("patients")) == 3


def test_a_result_counts_for_the_open_hour_and_an_older_one_does_not_replace_it() -> None:
    new = an_event("labs", after_s=100, lactate_mmol_per_l=2.0)
    old = an_event("labs", after_s=50, lactate_mmol_per_l=9.0, glucose_mg_per_dl=80.0)
    state, _ = after(PatientState(), new, old)
    assert state.labs["lactate_mmol_per_l"] == (2.0, START_MS + 100_000)
    assert state.open_bin.labs[ANALYTES.index("lactate_mmol_per_l")] == 2.0
    assert state.open_bin.labs[ANALYTES.index("glucose_mg_per_dl")] == 80.0
    assert np.isnan(state.open_bin.labs[ANALYTES.index("ph")])


def test_a_result_of_the_same_moment_corrects_the_one_before() -> None:
    wrong, right = (an_event("labs", lactate_mmol_per_l=value) for value in (9.0, 2.0))
    assert after(PatientState(), wrong, right)[0].labs["lactate_mmol_per_l"][0] == 2.0


def test_a_drug_is_remembered_from_its_order_until_it_is_stopped() -> None:
    ordered, active, stopped = (
        an_event("medications", at_s, order="o-1", drug="clopidogrel", status=status)
        for at_s, status in ((0, "ordered"), (60, "active"), (120, "stopped"))
    )
    other = an_event("medications", order="o-2", drug="heparin", status="active")
    state, _ = after(PatientState(), ordered, active, other)
    assert set(state.drugs) == {"o-1", "o-2"}
    assert state.drugs["o-1"] == Drug("o-1", "clopidogrel", START_MS / 1000 + 60)
    assert set(after(state, stopped)[0].drugs) == {"o-2"}


def test_the_latest_result_of_a_gene_counts() -> None:
    poor, normal = (an_event("genomics", gene="CYP2C19", phenotype=f"{how} Metabolizer") for how in ("Poor", "Normal"))
    assert after(PatientState(), poor, normal)[0].genes["CYP2C19"].phenotype == "Normal Metabolizer"


COLON = "Diagnosis: Sigmoid colon, resection: adenocarcinoma, pT3."


def a_pathology_report(text: str = COLON, after_s: float = 60, report: str = "r-1", **fields: object) -> Wire:
    """What reaches the watch path of a report."""
    written = an_event("pathology-reports", after_s, report=report, text=text, **fields)
    assert isinstance(written, PathologyReport)
    return an_event("pathology-findings", after_s, **findings_of(written, "1").model_dump(exclude={"patient", "time"}))


def proposed(state: PatientState, event: Wire) -> set[str]:
    _, found = advance_event(NAME, state, event)
    steps = [one.record for one in found if isinstance(one.record, Suggestion)]
    return {step.rule for step in steps if step.status == "proposed"}


def test_what_a_pathology_report_states_is_kept_and_not_a_word_of_it() -> None:
    state, _ = after(PatientState(), a_pathology_report(COLON + " Examined by Dr Jane Doe.", specimen="colon"))
    kept = state.pathology["r-1"]
    assert {one.name: one.value for one in kept.findings}["pt"] == "pT3"
    assert (kept.time_s, kept.sites) == (START_MS / 1000 + 60, ("colorectum",))
    assert state.flagged == {}
    assert all(word not in to_fields(state)["state"].decode() for word in ("Jane", "Examined", "Diagnosis"))


def test_an_amended_report_replaces_the_one_before_and_an_older_one_does_not() -> None:
    amended = a_pathology_report(COLON.replace("pT3", "pT4a"), after_s=120)
    for order in ((a_pathology_report(), amended), (amended, a_pathology_report())):
        state, _ = after(PatientState(), *order)
        assert [one.value for one in state.pathology["r-1"].findings if one.name == "pt"] == ["pT4a"]
    assert state.flagged == {"pathology-older": 1}


def test_an_amended_report_in_which_nothing_can_be_read_leaves_nothing_of_the_one_before() -> None:
    state, _ = after(PatientState(), a_pathology_report(), a_pathology_report("Withdrawn.", after_s=120))
    assert state.pathology["r-1"].findings == ()
    assert state.flagged == {"pathology-nothing-read": 1}


def test_reports_that_could_not_be_read_or_contradict_themselves_are_counted() -> None:
    unclear = a_pathology_report("Breast: ER positive. ER negative.", report="r-2")
    state, _ = after(PatientState(), a_pathology_report("Thank you."), a_pathology_report(" "), unclear)
    assert state.flagged == {"pathology-nothing-read": 2, "pathology-contradictory": 1}
    assert list(state.pathology) == ["r-2"]


def test_only_the_latest_reports_are_remembered_in_whatever_order_they_come() -> None:
    reports = [a_pathology_report(after_s=60.0 * number, report=f"r-{number}") for number in range(MOST_REPORTS + 2)]
    for order in (reports, reports[::-1]):
        state, _ = after(PatientState(), *order)
        assert list(state.pathology) == [f"r-{number}" for number in range(2, MOST_REPORTS + 2)]


def test_a_state_from_before_reports_were_read_can_still_be_loaded() -> None:
    state, _ = after(PatientState(), a_pathology_report(), a_lesion_report("1.1"))
    fields = to_fields(state)
    document = orjson.loads(fields["state"])
    del document["pathology"]
    for lesion in document["lesions"].values():
        del lesion["model_name"], lesion["findings"]
    loaded = from_fields(0, fields | {"state": orjson.dumps(document)}).state
    assert loaded.pathology == {}
    assert loaded.lesions["1.1"].model_name is None


def test_a_report_brings_proposals_once_and_a_gene_changes_them() -> None:
    report = a_pathology_report()
    first = proposed(PatientState(), report)
    assert first == {
        "pathology-malignancy-communication", "colorectal-mismatch-repair-unknown", "colorectal-dpyd-unknown",
    }  # fmt: skip
    state, _ = after(PatientState(), report)
    assert proposed(state, report) == set()
    gene = an_event("genomics", 90, gene="DPYD", phenotype="Poor Metabolizer")
    assert proposed(state, gene) == {"colorectal-dpyd-poor"}
    known, _ = after(PatientState(), gene)
    assert proposed(known, a_pathology_report(after_s=120)) == (first - {"colorectal-dpyd-unknown"}) | {
        "colorectal-dpyd-poor"
    }


def test_an_ordered_fluoropyrimidine_asks_for_the_gene_that_is_not_known() -> None:
    order = an_event("medications", order="o-1", drug="capecitabine", status="ordered")
    assert proposed(PatientState(), order) == {"fluoropyrimidine-dpyd-unknown", "order-checks-not-done"}
    known, _ = after(PatientState(), an_event("genomics", gene="DPYD", phenotype="Normal Metabolizer"))
    assert proposed(known, order) == {"order-checks-not-done"}


def a_lesion_report(study: str, probability: float = 0.9, **fields: Any) -> Wire:
    known: dict[str, Any] = {"status": "preliminary", "images": [], "provenance": {"software": "1", "data": "none"}}
    report: dict[str, Any] = {
        "id": str(UUID(int=7)),
        "study_uid": study,
        "priority": "urgent",
        "suspicious_probability": probability,
    }
    return an_event("lesion-reports", **(known | report | fields))


def test_suspicious_studies_are_remembered_and_a_later_report_on_one_replaces_it() -> None:
    state, _ = after(PatientState(), a_lesion_report("1.1"), a_lesion_report("1.2"), a_lesion_report("1.1", 0.95))
    assert {study: lesion.probability for study, lesion in state.lesions.items()} == {"1.1": 0.95, "1.2": 0.9}
    assert set(after(state, a_lesion_report("1.1", priority="routine"))[0].lesions) == {"1.2"}


def test_what_the_model_names_is_remembered_of_a_suspicious_study_and_brings_a_referral_by_grade() -> None:
    image = {"url": "file:///1.dcm", "model_name": "fundus", "findings": [{"label": "grade_3", "probability": 0.9}]}
    oedema = {"label": "macular_oedema", "probability": 0.8, "present": True}
    eyes = [
        image | {"predicted": "grade_3", "additional_findings": [oedema]},
        image | {"abstained": True, "additional_findings": [oedema | {"present": False}]},
        {"url": "file:///2.dcm", "refusal": "the file holds no picture"},
    ]
    report = a_lesion_report("1.1", images=eyes, model_name="fundus")
    state, made = suggestions_of(PatientState(), report)
    assert state.lesions["1.1"].findings == ("grade_3", "macular_oedema", "undecided")
    assert {one.rule for one in made} == {"retinopathy-severe-referral", "macular-oedema-referral"}
    assert from_fields(0, to_fields(state)).state.lesions == state.lesions


def test_an_eye_that_was_not_judged_and_an_oedema_that_was_not_found_refer_nobody() -> None:
    absent = {"label": "macular_oedema", "probability": 0.2, "present": False}
    grade = {"label": "grade_2", "probability": 0.9}
    eyes = [
        {"url": "file:///1.dcm", "findings": [grade], "predicted": "grade_2", "additional_findings": [absent]},
        {"url": "file:///2.dcm", "refusal": "the file holds no picture"},
    ]
    state, made = suggestions_of(PatientState(), a_lesion_report("1.1", images=eyes, model_name="fundus"))
    assert state.lesions["1.1"].findings == ("grade_2",)
    assert {one.rule for one in made} == {"retinopathy-moderate-referral"}


def test_only_the_latest_studies_are_remembered() -> None:
    state, _ = after(PatientState(), *(a_lesion_report(f"1.{number}") for number in range(MOST_LESIONS + 2)))
    assert list(state.lesions) == [f"1.{number}" for number in range(2, MOST_LESIONS + 2)]


@pytest.mark.parametrize("topic", ["vitals"])
def test_an_event_that_has_no_place_here_is_refused(topic: str) -> None:
    with pytest.raises(KeyError):
        advance_event(NAME, PatientState(), an_event(topic))


def test_an_acknowledgement_of_nothing_is_noted_and_changes_nothing() -> None:
    state, _ = watched(PatientState(), ALARMING)
    later, alerts = after(state, an_event("acknowledgements", alert=str(UUID(int=1)), by="nurse"))
    assert alerts == []
    assert later.episodes == state.episodes
    assert later.flagged == {"acknowledged-unknown": 1}


def test_a_discharge_ends_each_alarm_under_the_id_of_its_episode_and_forgets_running_delays() -> None:
    state, found = watched(PatientState(), [*ALARMING, (0, 41, ILL | {"heart_rate_bpm": 160.0})])
    assert set(state.episodes) == {
        "spo2-low",
        "news2",
        "heart-rate-high",
        "shock-index",
    }  # the last two are running delays
    left, alerts = after(state, an_event("patients", status="discharged"))
    assert left.episodes == {}
    assert left.alarms == {}
    assert {one.condition: one.alert for one in alerts} == {one.condition: one.alert for one in alerts_of(found)}
    assert {(one.phase, one.presence, one.signal) for one in alerts} == {("end", False, "off")}


# A gap so long that the next frame opens a new stay.


def test_a_new_stay_ends_the_alarms_of_the_one_before_under_their_ids() -> None:
    _, found = watched(PatientState(), [*ALARMING, (0, NEVER_S, WELL)])
    begun = {one.condition: one.alert for one in alerts_of(found) if one.phase == "start"}
    ended = [one for one in alerts_of(found) if one.phase == "end"]
    assert {one.condition: one.alert for one in ended} == begun
    assert set(begun) == {"spo2-low", "news2"}
    assert {one.time for one in ended} == {moment(START_MS + NEVER_S * 1000)}
    assert {(one.presence, one.signal) for one in ended} == {(False, "off")}
    assert [one.source for one in found if one.record in ended] == [3, 3]  # the frame that began the stay


def test_a_gap_that_a_stay_may_have_ends_no_alarm() -> None:
    state, found = watched(PatientState(), [*ALARMING, (0, 40 + hours.LONGEST_GAP_HOURS * 3600, {})])
    assert {one.phase for one in alerts_of(found)} == {"start", "update"}
    assert set(state.alarms) == {"spo2-low", "news2"}


def test_an_alarm_of_the_new_stay_is_a_new_episode() -> None:
    state, found = watched(PatientState(), [*ALARMING, *((0, NEVER_S + at_s, ILL) for at_s in (0, 20, 40))])
    spo2 = [one for one in alerts_of(found) if one.condition == "spo2-low"]
    assert [one.phase for one in spo2] == ["start", "end", "start"]
    assert spo2[0].alert == spo2[1].alert != spo2[2].alert
    assert set(state.alarms) == {"spo2-low", "news2"}


def begun_risks(found: list[RecordOut]) -> list[Alert]:
    return [one for one in alerts_of(found) if (one.condition, one.phase) == ("sepsis-risk", "start")]


def test_a_risk_alarm_ends_with_its_stay_under_its_own_id_whether_or_not_there_is_a_model() -> None:
    rows: list[Frame] = [(0, hour * 3600, WELL | {"heart_rate_bpm": 180.0}) for hour in range(6)]
    for model in (CountingModel(), None):
        state, found = watched(PatientState(), rows, CountingModel())
        (begun,) = begun_risks(found)
        assert begun.provenance.model == "risk/counting-1"
        _, later = watched(state, [(0, 6 * 3600 + NEVER_S, WELL)], model)
        (ended,) = [one for one in alerts_of(later) if one.condition == "sepsis-risk"]
        assert (ended.alert, ended.phase, ended.signal) == (begun.alert, "end", "off")


def test_a_risk_alarm_can_be_acknowledged_and_ended_while_no_model_is_there() -> None:
    rows: list[Frame] = [(0, hour * 3600, WELL | {"heart_rate_bpm": 180.0}) for hour in range(6)]
    state, found = watched(PatientState(), rows, CountingModel())
    (begun,) = begun_risks(found)
    seen = an_event("acknowledgements", 5 * 3600 + 60, alert=str(begun.alert), by="nurse")
    _, alerts = after(state, seen, an_event("patients", 5 * 3600 + 120, status="discharged"))
    assert [(one.signal, one.alert) for one in alerts if one.condition == "sepsis-risk"] == [
        ("ack", begun.alert),
        ("off", begun.alert),
    ]


# NEWS2 is not offered to patients under 16.


def scored(age_years: float) -> Reaction:
    return reacted([PatientState(stay=Stay(age_years=age_years))], ALARMING)


@pytest.mark.parametrize(
    ("age_years", "offered"),
    [(0, False), (MIN_AGE_YEARS - 0.01, False), (MIN_AGE_YEARS, True), (80, True), (float("nan"), True)],
)
def test_the_score_and_its_alarm_are_for_patients_from_16_on_or_of_unknown_age(
    age_years: float, *, offered: bool
) -> None:
    reaction = scored(age_years)
    assert bool(reaction.scored) == offered
    raised = [alarm.rule.condition for alarm in reaction.alarms]
    assert raised == (["spo2-low", "news2"] if offered else ["spo2-low"])


def test_a_child_among_adults_takes_nothing_from_them() -> None:
    states = [PatientState(), PatientState(stay=Stay(age_years=4)), PatientState()]
    rows = [(patient, at_s, measured) for _, at_s, measured in ALARMING for patient in range(3)]
    reaction = reacted(states, rows)
    assert {int(reaction.rows.patient[at]) for at in reaction.scored} == {0, 2}
    assert {alarm.patient for alarm in reaction.alarms if alarm.rule.condition == "news2"} == {0, 2}


def test_a_score_alarm_ends_when_the_patient_turns_out_too_young_for_it() -> None:
    state, found = watched(PatientState(), ALARMING)
    begun = {one.condition: one.alert for one in alerts_of(found)}
    later, alerts = after(state, an_event("patients", age_years=9))
    assert [(one.condition, one.phase, one.alert) for one in alerts] == [("news2", "end", begun["news2"])]
    assert set(later.alarms) == {"spo2-low"}
    assert after(later, an_event("patients", age_years=9))[1] == []


def test_no_rule_is_told_a_score_that_is_not_offered() -> None:
    state, found = watched(PatientState(stay=Stay(age_years=9, allergies=())), ALARMING)
    named = {used.name for one in found if one.topic == "suggestions" for used in one.record.inputs}  # type: ignore[attr-defined]  # a suggestion
    assert "news2_total" not in named
    assert set(state.alarms) == {"spo2-low"}


def suggestions_of(state: PatientState, event: Wire) -> tuple[PatientState, list[Suggestion]]:
    later, found = advance_event(NAME, state, event)
    return later, [one.record for one in found if isinstance(one.record, Suggestion)]


def test_a_result_of_the_laboratory_brings_its_proposals_once_each_with_all_that_it_rests_on() -> None:
    high = an_event("labs", 60, lactate_mmol_per_l=4.5)
    state, made = suggestions_of(PatientState(), high)
    assert [one.rule for one in made] == ["lactate-remeasure", "lactate-resuscitation"]
    first = made[0]
    assert (first.patient, first.time, first.because) == (NAME, moment(START_MS + 60_000), None)
    assert first.expires == moment(START_MS + 60_000 + 6 * 3600 * 1000)
    assert [(one.name, one.value, one.age_s) for one in first.inputs] == [("lactate_mmol_per_l", 4.5, 0.0)]
    assert first.provenance.rule is not None
    assert first.provenance.rule.startswith("lactate-remeasure/")
    assert first.provenance.data == first.citation.edition
    assert suggestions_of(state, high)[1] == []
    again, repeated = suggestions_of(PatientState(), high)
    assert [one.id for one in repeated] == [one.id for one in made]
    assert {one.expires_s for one in again.proposed.values()} == {first.expires.timestamp()}


def test_a_result_of_the_laboratory_brings_no_proposal_that_follows_from_something_else() -> None:
    state, _ = after(PatientState(), an_event("medications", 0, order="o-1", drug="capecitabine", status="ordered"))
    state = replace(state, suggested={})
    assert [one.rule for one in suggestions_of(state, an_event("labs", 60, lactate_mmol_per_l=2.5))[1]] == [
        "lactate-remeasure"
    ]


def test_a_suspicious_study_brings_its_proposal() -> None:
    _, made = suggestions_of(PatientState(), a_lesion_report("1.1"))
    assert [one.rule for one in made] == ["lesion-communication"]


def test_published_proposals_are_forgotten_when_they_have_expired_and_not_before() -> None:
    high = an_event("labs", 60, lactate_mmol_per_l=4.5)
    now_s = START_MS / 1000 + 60
    state = PatientState(suggested={"past": now_s, "running": now_s + 1})
    later, made = suggestions_of(state, high)
    assert len(made) == 2
    assert set(later.suggested) == {"running"}  # of an earlier version, which kept no more of a proposal
    assert len(later.proposed) == 2


def test_a_proposal_that_an_alarm_brought_about_names_its_episode() -> None:
    _, found = watched(PatientState(), ALARMING)
    alert = next(one for one in alerts_of(found) if (one.condition, one.phase) == ("news2", "start"))
    made = [one.record for one in found if isinstance(one.record, Suggestion)]
    assert made
    assert {one.because for one in made if one.rule.startswith("news2")} == {alert.alert}
    assert {one.time for one in made} == {alert.time}


@pytest.mark.parametrize(("scale", "scale2"), [(1, False), (2, True)])
def test_when_a_patient_leaves_the_alarms_of_the_scale_that_was_set_are_ended(scale: int, *, scale2: bool) -> None:
    rules = closing.rules_of(PatientState(stay=Stay(spo2_scale=scale)))
    assert rules == (*grading.rules_for(scale2=scale2), SEPSIS_RISK, *CRITICAL_VALUES, *INFORMATION)
