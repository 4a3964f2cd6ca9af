"""The life of proposals: once for each cause, updated, withdrawn with a reason, expired, and the same in a replay."""

from dataclasses import replace
from typing import Any, get_args

import orjson
import pytest

from models.treatment.facts import ActiveAlarm
from models.watch import suggest
from models.watch.advance import advance_event
from models.watch.basis import changed_by
from models.watch.records_out import RecordOut
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from models.watch.suggest import Happened
from schemas.identity import output_id
from schemas.imaging import LesionReport
from schemas.pathology import PathologyFindings
from schemas.patients import PatientRecord
from schemas.suggestions import Suggestion
from schemas.therapy import GenomicResult, Medication
from schemas.wire import Wire
from tests.builders.watch_frames import START_MS, WELL
from tests.models.watch.test_events import ALARMING, ILL, NAME, a_lesion_report, a_pathology_report, an_event, watched

DAY_S = 86_400.0


def a_result(at_s: float = 10, phenotype: str = "Poor Metabolizer", **fields: Any) -> Wire:
    known = {"gene": "CYP2C19", "phenotype": phenotype, "source": "lab", "coverage": "full"}
    return an_event("genomics", at_s, **(known | fields))


def an_order(at_s: float = 20, status: str = "active", order: str = "o-1", drug: str = "clopidogrel") -> Wire:
    return an_event("medications", at_s, order=order, drug=drug, status=status)


def a_patient(at_s: float, **fields: Any) -> Wire:
    return an_event("patients", at_s, **fields)


def steps(found: list[RecordOut]) -> list[Suggestion]:
    """The steps but those of the checks of orders, which tests/models/watch/test_order_checks.py holds."""
    said = [one.record for one in found if isinstance(one.record, Suggestion)]
    return [one for one in said if not one.rule.startswith("order-")]


def life(*events: Wire, state: PatientState | None = None) -> tuple[PatientState, list[Suggestion]]:
    """The state after events, each stored and loaded, and the steps of proposals."""
    state, said = state or PatientState(), []
    for event in events:
        state, found = advance_event(NAME, state, event)
        said += steps(found)
        state = from_fields(0, to_fields(state)).state
    return state, said


def told(said: list[Suggestion]) -> list[tuple[str, str]]:
    return [(one.rule.removeprefix("clopidogrel-cyp2c19-"), one.status) for one in said]


ONCE = (a_result(), an_order())
PROPOSED = ("poor", "proposed")
WITHDRAWN = ("poor", "withdrawn")


@pytest.mark.parametrize(
    "again",
    [
        a_result(),
        a_result(30),
        an_order(30),
        an_order(30, order="o-2"),
        an_order(30, order="o-2", drug="Plavix 75 mg"),
        an_order(5, order="o-2"),
        a_patient(30, status="updated", bed="7"),
        a_result(30, gene="CYP2D6"),
    ],
)
def test_the_same_cause_and_content_are_proposed_once(again: Wire) -> None:
    assert told(life(*ONCE, again)[1]) == [PROPOSED]
    assert told(life(*reversed(ONCE), again, again)[1]) == [PROPOSED]


def test_a_proposal_whose_text_or_evidence_changes_is_updated_under_its_identifier() -> None:
    allergic = a_patient(30, status="updated", allergies=["ticagrelor"])
    _, (first, second, third) = life(*ONCE, allergic, a_result(40, coverage="partial"))
    assert told([first, second, third]) == [PROPOSED, ("poor", "updated"), ("poor", "updated")]
    assert (first.proposal, first.status, first.reason) == (None, "proposed", None)
    assert second.proposal == third.proposal == first.id
    assert len({first.id, second.id, third.id}) == 3
    assert "ticagrelor" in first.text
    assert "ticagrelor" not in second.text
    assert any("in part" in line for line in third.to_check)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (a_result(30, "Normal Metabolizer", status="corrected"), "a newer genomic result no longer supports it"),
        (a_result(30, "Indeterminate"), "a newer genomic result no longer supports it"),
        (a_result(30, status="entered-in-error"), "the genomic result was entered in error"),
        (an_order(30, "stopped"), "the order was stopped"),
        (an_order(30, "entered-in-error"), "the order was entered in error"),
        (an_order(30, drug="heparin"), "the order was changed"),
        (a_patient(30, status="discharged"), "the patient was discharged"),
        (a_patient(30, status="updated", age_years=17), "what is known of the patient has changed"),
    ],
)
def test_a_proposal_whose_basis_goes_is_withdrawn_with_the_reason(event: Wire, reason: str) -> None:
    state, (first, last) = life(*ONCE, event)
    assert told([first, last]) == [PROPOSED, WITHDRAWN]
    assert (last.proposal, last.reason) == (first.id, reason)
    assert last.text == f"Withdrawn, since {reason}: {first.text}"
    assert last.expires <= last.time  # so that a reader who knows no status shows it no longer
    assert last.citation == first.citation
    assert not [one for one in state.proposed.values() if one.status == "open" and not one.rule.startswith("order-")]
    assert told(life(event, state=state)[1]) == []


def test_a_proposal_stands_until_the_last_order_of_its_drug_is_stopped() -> None:
    second = an_order(25, order="o-2")
    assert told(life(*ONCE, second, an_order(30, "stopped"))[1]) == [PROPOSED]
    _, said = life(*ONCE, second, an_order(30, "stopped"), an_order(31, "stopped", order="o-2"))
    assert told(said) == [PROPOSED, WITHDRAWN]


def test_what_comes_back_after_its_basis_was_gone_is_a_new_proposal() -> None:
    _, said = life(*ONCE, an_order(30, "stopped"), an_order(40))
    assert told(said) == [PROPOSED, WITHDRAWN, PROPOSED]
    assert len({one.id for one in said}) == 3


def test_what_comes_back_with_the_moment_at_which_it_held_before_is_a_new_proposal_all_the_same() -> None:
    changed = an_order(11, drug="heparin"), an_order(12)
    _, said = life(an_order(5), a_result(20), *changed)
    assert told(said) == [PROPOSED, WITHDRAWN, PROPOSED]
    assert len({one.id for one in said}) == 3


def test_a_correction_replaces_the_proposal_by_the_one_that_now_holds_and_the_old_goes_first() -> None:
    _, said = life(*ONCE, a_result(30, "Intermediate Metabolizer"))
    assert told(said) == [PROPOSED, WITHDRAWN, ("intermediate", "proposed")]


def test_after_a_discharge_nothing_comes_back_until_the_patient_does() -> None:
    left = (*ONCE, a_patient(30, status="discharged"))
    late = (an_order(40, "stopped", order="o-9"), a_result(41, gene="CYP2D6"), a_result(42))
    assert told(life(*left, *late)[1]) == [PROPOSED, WITHDRAWN]
    assert told(life(*left, a_patient(50, status="updated"))[1]) == [PROPOSED, WITHDRAWN, ("poor", "updated")]
    assert told(life(*left, an_order(40, "stopped"), a_patient(50))[1]) == [PROPOSED, WITHDRAWN]


def test_a_proposal_whose_time_is_over_is_said_to_be_and_not_made_again_by_the_same_cause() -> None:
    later = [an_order(8 * DAY_S, order="o-2"), a_result(9 * DAY_S), an_order(10 * DAY_S, order="o-3")]
    state, said = life(*ONCE, *later)
    assert told(said) == [PROPOSED, ("poor", "expired")]
    assert (said[1].proposal, said[1].expires) == (said[0].id, said[0].expires)
    assert told(life(a_result(11 * DAY_S, coverage="partial"), state=state)[1]) == [("poor", "updated")]
    gone = [an_order(11 * DAY_S, "stopped", order=order) for order in ("o-1", "o-2", "o-3")]
    assert told(life(*gone, an_order(12 * DAY_S), state=state)[1]) == [PROPOSED]


def test_a_second_pathology_report_and_a_study_change_what_follows_from_reports() -> None:
    _, said = life(a_pathology_report(), an_order(70, drug="capecitabine"), an_order(80, "stopped"))
    rules = [(one.rule, one.status) for one in said if one.rule.endswith("dpyd-unknown")]
    assert rules == [
        ("colorectal-dpyd-unknown", "proposed"),
        ("colorectal-dpyd-unknown", "withdrawn"),
        ("fluoropyrimidine-dpyd-unknown", "proposed"),
        ("fluoropyrimidine-dpyd-unknown", "withdrawn"),
        ("colorectal-dpyd-unknown", "proposed"),
    ]
    _, said = life(a_lesion_report("1.1"), a_lesion_report("1.1", priority="routine"))
    assert [(one.rule, one.status) for one in said] == [
        ("lesion-communication", "proposed"),
        ("lesion-communication", "withdrawn"),
    ]


# What rests on alarms and values -------------------------------------------------------------------------------------


def test_what_rests_on_an_alarm_goes_with_it() -> None:
    state, found = watched(PatientState(), ALARMING)
    (first,) = [one for one in steps(found) if one.rule.startswith("news2")]
    well = [(0, 40.0 + 20 * at, WELL) for at in range(1, 60)]
    over = [one for one in steps(watched(state, well)[1]) if one.proposal == first.id]
    assert [(one.status, one.reason) for one in over] == [("withdrawn", "the alarm is over")]


def test_an_alarm_that_grows_worse_replaces_the_response_that_it_asked_for() -> None:
    worse = ILL | {"systolic_mmhg": 85.0, "respiratory_rate_per_min": 26.0, "heart_rate_bpm": 135.0}
    state, found = watched(PatientState(), ALARMING)
    _, more = watched(state, [(0, 60.0 + 20 * at, worse) for at in range(6)])
    responses = [(one.rule, one.status) for one in steps([*found, *more]) if one.rule.startswith("news2")]
    assert responses[-2:] == [(responses[0][0], "withdrawn"), ("news2-response-high", "proposed")]


def test_a_lactate_that_was_asked_for_withdraws_the_question() -> None:
    since_s = START_MS / 1000
    state = PatientState(alarms={"sepsis-risk": ActiveAlarm(since_s, "high", since_s)})
    known = suggest.facts(state, state.value, state.value_ms, None)
    state, said = suggest.proposals(NAME, state, known, since_s, Happened({"sepsis-risk"}, "the alarm is over"))
    assert "sepsis-lactate" in {one.rule for one in said}
    _, said = life(an_event("labs", glucose_mg_per_dl=90.0), an_event("labs", lactate_mmol_per_l=1.0), state=state)
    assert [(one.rule, one.status, one.reason) for one in said] == [
        ("sepsis-lactate", "withdrawn", "a newer result is known")
    ]


def test_a_lactate_below_the_limit_withdraws_what_one_above_it_proposed() -> None:
    high, low = (an_event("labs", at_s, lactate_mmol_per_l=value) for at_s, value in ((60, 4.5), (120, 1.0)))
    _, said = life(high, high, low)
    assert [(one.rule, one.status) for one in said] == [
        ("lactate-remeasure", "proposed"),
        ("lactate-resuscitation", "proposed"),
        ("lactate-remeasure", "withdrawn"),
        ("lactate-resuscitation", "withdrawn"),
    ]


# Identifiers and states of earlier versions --------------------------------------------------------------------------


def test_a_replay_makes_the_same_steps_under_the_same_identifiers() -> None:
    events = (*ONCE, a_patient(30, status="updated", allergies=["ticagrelor"]), an_order(40, "stopped"), an_order(50))
    assert life(*events)[1] == life(*events)[1]
    assert len({one.id for one in life(*events)[1]}) == 4


def of_earlier_version(state: PatientState) -> PatientState:
    """The state as the version before stored it: the keys of what it had published, and nothing of their lives."""
    fields = to_fields(state)
    document = orjson.loads(fields["state"])
    del document["proposed"], document["stopped"]
    at_s = START_MS / 1000 + 10
    key = f"clopidogrel-cyp2c19-poor/1|CYP2C19@{at_s!r}+o-1"
    document["suggested"] = {key: at_s + 7 * DAY_S}
    return from_fields(0, fields | {"state": orjson.dumps(document)}).state


def test_what_an_earlier_version_proposed_is_not_proposed_again_and_can_be_withdrawn() -> None:
    state = of_earlier_version(life(*ONCE)[0])
    assert told(life(an_order(25), a_result(), state=state)[1]) == []
    state, said = life(an_order(25), an_order(30, "stopped"), state=state)
    assert told(said) == [WITHDRAWN]
    key = f"clopidogrel-cyp2c19-poor/1|CYP2C19@{START_MS / 1000 + 10!r}+o-1"
    assert said[0].proposal == output_id("suggestion", NAME, "clopidogrel-cyp2c19-poor/1", key)


def test_a_proposal_of_a_rule_that_is_no_more_is_withdrawn_when_something_concerns_it() -> None:
    state, _ = life(*ONCE)
    ((key, one),) = [item for item in state.proposed.items() if not item[1].rule.startswith("order-")]
    state = replace(state, proposed={key.replace("/1|", "/0|"): one._replace(version="0")})
    _, (last, first) = life(a_result(30, gene="CYP2D6"), state=state)
    assert (last.status, last.reason, first.status) == ("withdrawn", "its rule has been replaced", "proposed")


def test_every_kind_of_record_says_why_it_took_a_basis() -> None:
    models: tuple[Any, ...] = (GenomicResult, Medication, PatientRecord, LesionReport, PathologyFindings)
    for model in models:
        field = model.model_fields.get("status")
        for status in get_args(field.annotation) if field else [None]:
            event = model.model_construct(status=status) if field else model.model_construct()
            happened = changed_by(event)
            assert happened is not None
            assert happened.reason


@pytest.mark.parametrize("frames_first", [True, False])
def test_what_stands_is_the_same_whether_frames_of_the_moment_came_first_or_not(*, frames_first: bool) -> None:
    later = [(0, 8 * DAY_S + at, ILL) for at in (0.0, 20.0, 40.0)]
    state, _ = life(*ONCE)
    if frames_first:
        state, _ = watched(state, later)
    state, said = life(a_result(7 * DAY_S, coverage="partial"), state=state)
    assert told(said) == [("poor", "updated")]
