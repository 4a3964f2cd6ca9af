"""Nobody's state grows without end, and what a treatment rule may need is dropped last."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from models.treatment.facts import Drug, Gene
from models.watch import bounds
from models.watch.advance import advance_event
from models.watch.bounds import (
    MOST_ALLERGIES,
    MOST_DRUGS,
    MOST_GENES,
    MOST_PROPOSED,
    allergies_within,
    drugs_within,
    genes_within,
    proposed_within,
    stopped_within,
)
from models.watch.state import PatientState, Proposed
from models.watch.stored import to_fields
from schemas.wire import Wire
from tests.models.watch.test_events import NAME, after, an_event

KNOWN_DRUG, KNOWN_GENE = "clopidogrel", "CYP2C19"
Made = Callable[[int], Wire]


def an_order(number: int, drug: str | None = None) -> Wire:
    return an_event("medications", number, order=f"o-{number}", drug=drug or f"heparin {number}", status="active")


def a_result(number: int) -> Wire:
    return an_event("genomics", number, gene=f"GENE{number}", phenotype="Normal Metabolizer")


def an_allergic(count: int) -> Wire:
    return an_event("patients", allergies=[f"substance {number}" for number in range(count)])


def all_after(state: PatientState, made: Made, count: int) -> PatientState:
    return after(state, *(made(number) for number in range(count)))[0]


@pytest.mark.parametrize(
    ("made", "most", "flag", "held"),
    [
        (an_order, MOST_DRUGS, "drugs-dropped", lambda state: state.drugs),
        (a_result, MOST_GENES, "genes-dropped", lambda state: state.genes),
    ],
)
def test_up_to_the_bound_all_is_known_and_beyond_it_the_oldest_is_dropped_and_flagged(
    made: Made, most: int, flag: str, held: Callable[[PatientState], dict[str, Any]]
) -> None:
    state = all_after(PatientState(), made, most)
    assert (len(held(state)), state.flagged.get(flag)) == (most, None)
    first, *others = held(state)
    state, _ = after(state, made(most))
    assert state.flagged[flag] == 1
    assert first not in held(state)
    assert set(others) < set(held(state))
    assert len(held(state)) == most


def test_allergies_beyond_the_bound_are_dropped_and_flagged() -> None:
    assert after(PatientState(), an_allergic(MOST_ALLERGIES))[0].flagged == {}
    state, _ = after(PatientState(), an_allergic(MOST_ALLERGIES + 1))
    assert state.flagged == {"allergies-dropped": 1}
    assert len(state.stay.allergies or ()) == MOST_ALLERGIES


def test_what_a_rule_names_is_dropped_last() -> None:
    orders = {"0": Drug("0", KNOWN_DRUG, 0.0)} | {str(at): Drug(str(at), "other", float(at)) for at in range(1, 200)}
    assert "0" in drugs_within(orders)
    genes = {KNOWN_GENE: Gene("x", 0.0)} | {str(at): Gene("x", float(at)) for at in range(1, 200)}
    assert KNOWN_GENE in genes_within(genes)
    allergies = allergies_within([*(f"substance {number}" for number in range(200)), "Clopidogrel "])
    assert allergies[0] == "Clopidogrel "


def a_proposed(until_s: float, **fields: Any) -> Proposed:
    return Proposed("id", "rule", "1", "text", ("title", "2020", "doi:10.1/1", "Strong"), until_s, **fields)


def test_of_proposals_those_that_expire_first_are_forgotten_first_and_before_them_those_that_are_over() -> None:
    proposed = {str(at): a_proposed(float(at)) for at in range(MOST_PROPOSED + 2)}
    proposed["over"] = a_proposed(1e9, status="expired")
    assert set(proposed_within(proposed)) == {str(at) for at in range(2, MOST_PROPOSED + 2)}


def test_of_stopped_orders_the_latest_are_remembered() -> None:
    stopped = {str(at): float(at) for at in range(MOST_DRUGS + 3)}
    assert set(stopped_within(stopped)) == {str(at) for at in range(3, MOST_DRUGS + 3)}


def test_a_stopped_order_makes_room() -> None:
    state = all_after(PatientState(), an_order, MOST_DRUGS)
    stopped = an_event("medications", 500, order="o-3", drug="heparin 3", status="stopped")
    state, _ = after(state, stopped, an_order(MOST_DRUGS))
    assert state.flagged == {}


@dataclass
class Looked:
    """How many drugs were looked at, over all events."""

    drugs: int = 0
    sizes: list[int] = field(default_factory=list)


def looked_at(count: int, monkeypatch: pytest.MonkeyPatch) -> Looked:
    """The work of so many orders of one patient, in drugs that were looked at, and the state that it left."""
    looked = Looked()
    within = bounds._within  # noqa: SLF001 - the place that every drug passes once for each event

    def counting(items: Any, most: int, worth: Any) -> Any:  # noqa: ANN401 - passed through
        looked.drugs += len(items)
        return within(items, most, worth)

    monkeypatch.setattr(bounds, "_within", counting)
    state = PatientState()
    for number in range(count):
        state, _ = advance_event(NAME, state, an_order(number, KNOWN_DRUG if number % 3 == 0 else None))
    looked.sizes.append(len(to_fields(state)["state"]))
    monkeypatch.undo()
    return looked


def test_ten_times_the_orders_are_ten_times_the_work_and_no_larger_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    some, many = looked_at(2_000, monkeypatch), looked_at(20_000, monkeypatch)
    assert many.drugs < 10.5 * some.drugs
    assert many.sizes[0] < 1.1 * some.sizes[0]
