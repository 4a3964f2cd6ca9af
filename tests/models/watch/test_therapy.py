"""Genes and orders in a patient's state: a status for each allele, the newest by its own time, however it came."""

from itertools import permutations
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.treatment.engine import suggest
from models.treatment.facts import TAKEN_BACK, Drug, Gene
from models.watch.advance import advance_event
from models.watch.bounds import MOST_DRUGS
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from models.watch.suggest import facts, latest_s
from schemas.suggestions import Suggestion
from schemas.wire import Wire
from tests.models.watch.test_events import NAME, after, an_event


def a_result(gene: str, phenotype: str, at_s: float = 60, **fields: Any) -> Wire:
    return an_event("genomics", at_s, gene=gene, phenotype=phenotype, **fields)


def an_order(order: str = "o-1", drug: str = "clopidogrel", at_s: float = 60, status: str = "active") -> Wire:
    return an_event("medications", at_s, order=order, drug=drug, status=status)


def phenotypes(state: PatientState) -> dict[str, str]:
    return {name: gene.phenotype for name, gene in state.genes.items()}


def open_rules(state: PatientState) -> set[str]:
    """Without the checks of orders, which have tests of their own."""
    is_open = [one.rule for one in state.proposed.values() if one.status == "open"]
    return {rule for rule in is_open if not rule.startswith("order-")}


def test_each_allele_has_its_own_status_and_a_newer_result_on_it_replaces_it() -> None:
    state, _ = after(PatientState(), a_result("HLA-B", "*57:01 positive", 1), a_result("HLA-B", "*58:01 negative", 2))
    assert phenotypes(state) == {"HLA-B*57:01": "positive", "HLA-B*58:01": "negative"}
    state, _ = after(state, a_result("HLA-A", "*31:01 positive", 3), a_result("HLA-B*5701", "not detected", 4))
    assert phenotypes(state) == {"HLA-B*57:01": "negative", "HLA-B*58:01": "negative", "HLA-A*31:01": "positive"}


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_what_was_taken_back_of_a_gene_stays_so_when_a_result_without_a_call_follows(arrival: tuple[int, ...]) -> None:
    records = (
        a_result("HLA-B", "*15:02 positive", 1),
        a_result("HLA-B", "n/a", 2, status="entered-in-error"),
        a_result("HLA-B", "n/a", 3),
    )
    state, _ = after(PatientState(), *(records[at] for at in arrival), an_order(drug="carbamazepine", at_s=4))
    assert open_rules(state) == set()


def test_a_negative_result_on_another_allele_does_not_silence_abacavir() -> None:
    state, _ = after(
        PatientState(),
        a_result("HLA-B", "*57:01 positive", 1),
        a_result("HLA-B", "*58:01 negative", 2),
        an_order(drug="abacavir", at_s=3),
    )
    assert open_rules(state) == {"abacavir-hla-b-57-01"}
    negative, _ = after(state, a_result("HLA-B*57:01", "negative", 4))
    assert open_rules(negative) == set()


def test_an_older_result_that_arrives_late_changes_nothing() -> None:
    newer = a_result("CYP2C19", "Poor Metabolizer", 100)
    state, _ = after(PatientState(), newer, a_result("CYP2C19", "Normal Metabolizer", 99))
    assert phenotypes(state) == {"CYP2C19": "Poor Metabolizer"}
    assert state.flagged == {"genomics-older": 1}
    state, _ = after(state, a_result("CYP2C19", "Normal Metabolizer", 100))  # of the same time: the later arrival
    assert phenotypes(state) == {"CYP2C19": "Normal Metabolizer"}


def test_an_older_end_of_an_order_does_not_end_it_and_an_older_beginning_does_not_begin_it() -> None:
    state, _ = after(PatientState(), an_order(at_s=100), an_order(at_s=99, status="stopped"))
    assert set(state.drugs) == {"o-1"}
    state, _ = after(state, an_order(at_s=100, status="stopped"))  # of the same time: the later arrival
    assert (state.drugs, set(state.stopped)) == ({}, {"o-1"})
    state, _ = after(state, an_order(at_s=99))
    assert state.drugs == {}
    assert state.flagged == {"medications-older": 2}
    state, _ = after(state, an_order(at_s=101))
    assert (set(state.drugs), state.stopped) == ({"o-1"}, {})


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_a_dose_that_names_the_houses_code_alone_leaves_the_understood_name_of_its_order(
    arrival: tuple[int, ...],
) -> None:
    records = (an_order(at_s=1), an_order(drug="Xeloda", at_s=2, status="ordered"), an_order(drug="HX-4711", at_s=3))
    state, _ = after(PatientState(), *(records[at] for at in arrival), a_result("DPYD", "PM", 4, activity_score=0))
    assert state.drugs["o-1"].name == "capecitabine"
    assert "fluoropyrimidine-dpyd-poor" in open_rules(state)
    stopped, _ = after(state, an_order(at_s=5, drug="HX-4711", status="stopped"))
    again, _ = after(from_fields(0, to_fields(stopped)).state, an_order(at_s=6, drug="HX-4711"))
    assert again.drugs["o-1"].name == "capecitabine"
    assert state.flagged.get("drug-not-understood", 0) == (arrival[0] == 2)


def test_an_order_that_an_earlier_version_stored_keeps_its_name_when_a_dose_names_the_houses_code_alone() -> None:
    document = orjson.loads(to_fields(PatientState(drugs={"o-1": Drug("o-1", "clopidogrel", 1.0)}))["state"])
    del document["named"]
    loaded, _ = from_fields(0, {"state": orjson.dumps(document), "risk": b""})
    state, _ = after(loaded, an_order(drug="HX-4711"))
    assert state.drugs["o-1"].name == "clopidogrel"


def test_a_result_that_was_entered_in_error_leaves_nothing_known_and_an_older_one_does_not_return() -> None:
    poor = a_result("CYP2C19", "Poor Metabolizer", 100)
    back = a_result("CYP2C19", "Poor Metabolizer", 100, status="entered-in-error")
    state, _ = after(PatientState(), poor, back, a_result("CYP2C19", "Poor Metabolizer", 90))
    assert phenotypes(state) == {"CYP2C19": "Entered In Error"}
    hla = a_result("HLA-B", "*57:01 positive", 100)
    state, _ = after(PatientState(), hla, a_result("HLA-B", "No Result", 101, status="entered-in-error"))
    assert phenotypes(state) == {"HLA-B*57:01": "Entered In Error", "HLA-B": "Entered In Error"}
    other, _ = after(PatientState(), a_result("HLA-B", "No Result", 101, status="entered-in-error"), hla)
    assert phenotypes(other) == {"HLA-B": "Entered In Error"}


@pytest.mark.parametrize("score", ["≥3.75", "n/a", "about two", None, True, -1, "NaN", 1e9])
def test_no_activity_score_refuses_a_record(score: object) -> None:
    state, _ = after(PatientState(), a_result("CYP2D6", "UM", activity_score=score))
    gene = state.genes["CYP2D6"]
    assert (gene.phenotype, gene.activity) == ("Ultrarapid Metabolizer", "≥3.75" if score == "≥3.75" else None)


@pytest.mark.parametrize(("score", "known"), [(1, "1.0"), ("1.5", "1.5"), (0.0, "0.0"), (">= 3", "≥3.0")])
def test_an_activity_score_is_known_as_cpic_writes_it(score: object, known: str) -> None:
    state, _ = after(PatientState(), a_result("DPYD", "IM", activity_score=score))
    assert state.genes["DPYD"].activity == known


@pytest.mark.parametrize(
    ("event", "flag"),
    [
        (an_order(drug="house preparation"), "drug-not-understood"),
        (a_result("CYP2C19", "somewhat slow"), "phenotype-not-understood"),
        (a_result("P450", "PM"), "gene-not-understood"),
    ],
)
def test_what_is_not_understood_is_counted_and_its_free_text_is_not_taken_for_a_result(event: Wire, flag: str) -> None:
    state, _ = after(PatientState(), event)
    assert state.flagged == {flag: 1}
    assert "somewhat" not in to_fields(state)["state"].decode()


def test_so_many_stopped_orders_are_remembered_as_orders_can_be() -> None:
    stops = [an_order(f"o-{number}", at_s=number, status="stopped") for number in range(MOST_DRUGS + 5)]
    state, _ = after(PatientState(), *stops)
    assert list(state.stopped) == [f"o-{number}" for number in range(5, MOST_DRUGS + 5)]


def test_genes_and_drugs_of_a_state_of_an_earlier_version_are_read_in_the_terms_of_the_rules() -> None:
    state = PatientState(
        genes={"HLA-B": Gene("*57:01 positive", 1.0), "cyp2c19": Gene("poor metabolizer", 1.0, "lab", "full")},
        drugs={"o-1": Drug("o-1", "Plavix 75 mg", 1.0)},
    )
    document = orjson.loads(to_fields(state)["state"])
    for part in ("stopped", "proposed"):
        del document[part]
    for gene in document["genes"].values():
        del gene["activity"]
    loaded, unread = from_fields(0, {"state": orjson.dumps(document), "risk": b""})
    assert unread == ()
    assert loaded.genes == {
        "HLA-B*57:01": Gene("positive", 1.0),
        "CYP2C19": Gene("Poor Metabolizer", 1.0, "lab", "full"),
    }
    assert loaded.drugs == {"o-1": Drug("o-1", "clopidogrel", 1.0)}


# In whatever order things arrive -------------------------------------------------------------------------------------

GENES = (("CYP2C19", "PM"), ("CYP2C19", "NM"), ("CYP2C19", "n/a"), ("HLA-B", "*15:02 positive"), ("HLA-B", "*15:02 no"),
         ("HLA-B*57:01", "detected"), ("DPYD", "IM"), ("DPYD", "n/a"), ("HLA-B", "n/a"))  # fmt: skip
ORDERS = (("o-1", "clopidogrel"), ("o-1", "Xeloda"), ("o-1", "HX-4711"), ("o-2", "phenytoin"), ("o-2", "HX-1"),
          ("o-2", "abacavir"), ("o-3", "Plavix"))  # fmt: skip
STATUSES = ("active", "ordered", "stopped", "entered-in-error")
RECORDS = st.one_of(
    st.tuples(st.sampled_from(GENES), st.sampled_from(("final", "corrected", "entered-in-error"))),
    st.tuples(st.sampled_from(ORDERS), st.sampled_from(STATUSES)),
)


def a_record(at_s: int, what: tuple[tuple[str, str], str]) -> Wire:
    (first, second), status = what
    if first.startswith("o-"):
        return an_order(first, second, at_s, status)
    return a_result(first, second, at_s, status=status, source="lab", coverage="full")


def stand(events: list[Wire]) -> tuple[PatientState, list[Suggestion]]:
    state, said = PatientState(), []
    for event in events:
        state, found = advance_event(NAME, state, event)
        said += [one.record for one in found if isinstance(one.record, Suggestion)]
    return state, said


def shown(said: list[Suggestion]) -> dict[str, str]:
    """What is left on a board after all steps."""
    latest = {one.proposal or one.id: one for one in said}
    return {one.rule: one.text for one in latest.values() if one.status in {"proposed", "updated"}}


@settings(deadline=None, max_examples=150)
@given(st.lists(RECORDS, max_size=9), st.data())
def test_the_order_of_arrival_does_not_matter_and_what_is_shown_is_what_holds(
    records: list[tuple[tuple[str, str], str]], data: st.DataObject
) -> None:
    events = [a_record(at_s, what) for at_s, what in enumerate(records)]
    shuffled = data.draw(st.permutations(events))
    (state, said), (other, others) = stand(events), stand(shuffled)
    called = [{name: one for name, one in held.genes.items() if one.phenotype != TAKEN_BACK} for held in (state, other)]
    assert called[0] == called[1]
    assert (state.drugs, state.stopped) == (other.drugs, other.stopped)
    known = facts(state, state.value, state.value_ms, None)
    assert shown(said) == {one.rule: one.text for one in suggest(known, latest_s(state, 0.0))}
    assert shown(said) == shown(others)
    assert {key: one.text for key, one in state.proposed.items()} == {
        key: one.text for key, one in other.proposed.items()
    }
    assert len({one.id for one in others}) == len(others)
    assert stand(shuffled)[1] == others  # the same steps under the same ids in a replay
