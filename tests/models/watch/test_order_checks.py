"""Checks of orders in the life of a patient: in any order of arrival, once for each cause, withdrawn with it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.treatment.cpic_rules import CPIC_RULES
from models.treatment.engine import suggest
from models.treatment.rules import RULES
from models.treatment.safety.check import CHECK_RULES, NOT_DONE, of_drug
from models.treatment.safety.conditions import DrugsMeet
from models.watch.advance import advance_event
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from models.watch.suggest import facts, latest_s
from schemas.suggestions import Suggestion
from schemas.wire import Wire
from tests.builders.watch_frames import WELL
from tests.models.watch.test_events import NAME, an_event, watched

DRUGS = ("metformin", "simvastatin", "clarithromycin", "ticagrelor", "voriconazole", "clopidogrel", "amoxicillin",
         "cefalexin", "ibuprofen", "diclofenac", "co-trimoxazole", "dofetilide", "eplerenone", "mixture")  # fmt: skip
ALLERGIES = ("penicillin", "amoxicillin", "aspirin", "sulfa", "ticagrelor", "prasugrel", "posaconazole", "latex")


def an_order(drug: str, at_s: float = 10, order: str = "o-1", status: str = "active", **fields: Any) -> Wire:
    return an_event("medications", at_s, order=order, drug=drug, status=status, **fields)


def labs(at_s: float, **values: float) -> Wire:
    return an_event("labs", at_s, **values)


def a_patient(at_s: float = 0, **fields: Any) -> Wire:
    known: dict[str, Any] = {"age_years": 70, "sex": "female", "weight_kg": 60.0, "is_pregnant": False, "allergies": []}
    return an_event("patients", at_s, status="updated", **(known | fields))


def life(*events: Wire, state: PatientState | None = None) -> tuple[PatientState, list[Suggestion]]:
    """The state after events, each stored and loaded, and the steps of all proposals."""
    state, said = state or PatientState(), []
    for event in events:
        state, found = advance_event(NAME, state, event)
        said += [one.record for one in found if isinstance(one.record, Suggestion)]
        state = from_fields(0, to_fields(state)).state
    return state, said


def told(said: list[Suggestion]) -> list[tuple[str, str]]:
    return [(one.rule.removeprefix("order-"), one.status) for one in said]


def shown(said: list[Suggestion]) -> list[tuple[str, str]]:
    """What is left on a board after all steps."""
    latest = {one.proposal or one.id: one for one in said}
    return sorted((one.rule, one.text) for one in latest.values() if one.status in {"proposed", "updated"})


def test_an_order_against_the_kidney_becomes_a_proposal_and_goes_with_a_better_result() -> None:
    _, said = life(
        a_patient(), labs(5, creatinine_mg_per_dl=3.0), an_order("metformin"), labs(20, creatinine_mg_per_dl=0.8)
    )
    assert told(said) == [("metformin-kidney", "proposed"), ("metformin-kidney", "withdrawn")]
    assert said[1].reason == "a newer result is known"
    assert {one.name: one.value for one in said[0].inputs}["creatinine_mg_per_dl"] == 3.0
    assert all(one.age_s is None or one.age_s >= 0 for one in said[0].inputs)


def test_a_result_that_comes_after_the_order_is_checked_and_a_worse_one_updates_the_proposal() -> None:
    _, said = life(
        a_patient(), an_order("metformin"), labs(20, creatinine_mg_per_dl=3.0), labs(30, creatinine_mg_per_dl=4.0)
    )
    assert told(said) == [
        ("checks-not-done", "proposed"),
        ("checks-not-done", "withdrawn"),
        ("metformin-kidney", "proposed"),
        ("metformin-kidney", "updated"),
    ]


CHANGED = "what is known of the patient has changed"
STOPPED = "the order was stopped"


@pytest.mark.parametrize(
    ("basis", "over", "reason"),
    [
        (
            (an_order("simvastatin"), an_order("clarithromycin", 11, "o-2")),
            an_order("clarithromycin", 12, "o-2", "stopped"),
            STOPPED,
        ),
        ((a_patient(allergies=["penicillin"]), an_order("amoxicillin")), a_patient(20, allergies=[]), CHANGED),
        (
            (an_order("amoxicillin"), a_patient(5, allergies=["penicillin"])),
            an_order("amoxicillin", 20, status="stopped"),
            STOPPED,
        ),
        ((a_patient(is_pregnant=True), an_order("ibuprofen")), a_patient(20, is_pregnant=False), CHANGED),
    ],
)
def test_a_basis_that_is_withdrawn_leaves_no_proposal(basis: tuple[Wire, ...], over: Wire, reason: str) -> None:
    state, said = life(a_patient(), *basis)
    assert [one for one in said if one.rule != NOT_DONE.id]
    state, more = life(over, state=state)
    assert {one.reason for one in more if one.status == "withdrawn"} == {reason}
    assert shown(said + more) == []
    assert not [one for one in state.proposed.values() if one.status == "open"]


DAY_S = 86_400.0


def test_what_becomes_known_long_after_an_order_is_said_of_it_and_stands_as_long_as_the_order() -> None:
    long_after = a_patient(20 * DAY_S, allergies=["amoxicillin"])
    state, said = life(a_patient(), an_order("amoxicillin"), long_after)
    assert told(said) == [("allergy-recorded", "proposed")]
    _, said = life(an_order("heparin", 60 * DAY_S, "o-2"), state=state)
    assert ("allergy-recorded", "expired") not in told(said)


def test_what_could_not_be_checked_is_said_once_and_withdrawn_when_it_is_known() -> None:
    state, said = life(an_order("metformin"), an_order("metformin", 12))
    assert told(said) == [("checks-not-done", "proposed")]
    assert {"allergies", "creatinine_mg_per_dl", "age_years", "sex"} == set(said[0].missing)
    state, said = life(a_patient(20), labs(21, creatinine_mg_per_dl=0.8), state=state)
    assert told(said) == [("checks-not-done", "updated"), ("checks-not-done", "withdrawn")]


def test_weight_route_and_pregnancy_are_kept_with_the_state() -> None:
    state, _ = life(a_patient(weight_kg=61.5, is_pregnant=True), an_order("ibuprofen", route="PO"))
    assert (state.stay.weight_kg, state.stay.is_pregnant, state.drugs["o-1"].route) == (61.5, True, "PO")


def test_frames_propose_nothing_about_orders() -> None:
    state, _ = life(a_patient(), an_order("simvastatin"), an_order("clarithromycin", 11, "o-2"))
    before = dict(state.proposed)
    state, said = watched(state, [(0, 40.0 + at, WELL) for at in range(0, 60, 10)])
    assert [one for one in said if isinstance(one.record, Suggestion)] == []
    assert state.proposed == before


RECORDS = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(DRUGS), st.sampled_from(("o-1", "o-2", "o-3", "o-4")),
              st.sampled_from(("active", "active", "active", "stopped"))),
    st.tuples(st.just("creatinine_mg_per_dl"), st.sampled_from((0.7, 2.5, 4.0))),
    st.tuples(st.just("potassium_mmol_per_l"), st.sampled_from((4.0, 5.2, 6.0))),
    st.tuples(st.just("gene"), st.sampled_from(("Poor Metabolizer", "Normal Metabolizer"))),
)  # fmt: skip
PATIENTS = st.fixed_dictionaries(
    {"allergies": st.lists(st.sampled_from(ALLERGIES), max_size=2, unique=True), "is_pregnant": st.booleans()},
    optional={"weight_kg": st.sampled_from((50.0, 90.0))},
)


def a_record(at_s: int, what: tuple[Any, ...]) -> Wire:
    match what:
        case ("order", drug, order, status):
            return an_order(drug, at_s, order, status)
        case ("gene", phenotype):
            return an_event(
                "genomics", at_s, gene="CYP2C19", phenotype=phenotype, source="lab", coverage="full", status="final"
            )
        case (name, value):
            return labs(at_s, **{name: value})
    raise AssertionError


@settings(deadline=None, max_examples=150)
@given(st.lists(RECORDS, max_size=9), PATIENTS, st.data())
def test_what_is_shown_does_not_depend_on_the_order_of_arrival_and_nothing_is_proposed_twice(
    records: list[tuple[Any, ...]], patient: dict[str, Any], data: st.DataObject
) -> None:
    events = [a_record(at_s + 1, what) for at_s, what in enumerate(records)]
    events.append(an_event("patients", 0, status="updated", age_years=70, sex="female", **patient))
    (state, said), (_, others) = life(*events), life(*data.draw(st.permutations(events)))
    assert shown(said) == shown(others)
    held = facts(state, state.value, state.value_ms, None)
    assert shown(said) == sorted((one.rule, one.text) for one in suggest(held, latest_s(state, 0.0)))
    for steps in (said, others):
        assert len({one.id for one in steps}) == len(steps)
    texts = [text for _, text in shown(said)]
    assert len(texts) == len(set(texts))


@settings(deadline=None, max_examples=150)
@given(st.lists(RECORDS, max_size=9), PATIENTS)
def test_nothing_is_named_against_a_recorded_allergy_or_a_contraindicated_pair(
    records: list[tuple[Any, ...]], patient: dict[str, Any]
) -> None:
    events = [a_record(at_s + 1, what) for at_s, what in enumerate(records)]
    state, said = life(an_event("patients", 0, status="updated", age_years=70, sex="female", **patient), *events)
    held = facts(state, state.value, state.value_ms, None)
    ordered = {name for drug in held.drugs for name in drug.ingredients}
    rules = {rule.id: rule for rule in (*RULES, *CPIC_RULES.values())}
    pairs = [rule.when for rule in CHECK_RULES if isinstance(rule.when, DrugsMeet) and rule.when.bars]
    for rule, text in shown(said):
        for drug in rules[rule].alternatives if rule in rules else ():
            if drug in text:
                assert drug not in patient["allergies"]
                assert not of_drug(drug, held).barred
                assert not any(drug in pair.drugs and ordered & set(pair.others) for pair in pairs)
                assert not any(drug in pair.others and ordered & set(pair.drugs) for pair in pairs)


@settings(deadline=None, max_examples=60)
@given(st.lists(RECORDS, max_size=7), PATIENTS)
def test_when_every_order_is_stopped_no_check_of_an_order_is_left(
    records: list[tuple[Any, ...]], patient: dict[str, Any]
) -> None:
    events = [a_record(at_s + 1, what) for at_s, what in enumerate(records)]
    stops = [an_order("x", 100, order, "stopped") for order in ("o-1", "o-2", "o-3", "o-4")]
    _, said = life(an_event("patients", 0, status="updated", age_years=70, sex="female", **patient), *events, *stops)
    assert [one for one in shown(said) if one[0].startswith("order-")] == []
