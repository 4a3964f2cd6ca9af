"""Findings of variants in the life of a patient: kept as classified, the newest by its own time, withdrawn with it."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.treatment.engine import suggest
from models.watch.advance import advance_event
from models.watch.bounds import MOST_VARIANTS
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from models.watch.suggest import facts, latest_s
from schemas.suggestions import Suggestion
from schemas.wire import Wire
from tests.models.watch.test_events import NAME, an_event


def a_finding(at_s: float = 60, **fields: Any) -> Wire:
    known = {"gene": "BRCA1", "hgvs": "NM_007294.4:c.5266dup", "significance": "Pathogenic", "origin": "germline"}
    return an_event("genomics", at_s, **(known | {"source": "lab"} | fields))


def life(*events: Wire) -> tuple[PatientState, list[Suggestion]]:
    """The state after events, each stored and loaded, and the steps of all proposals."""
    state, said = PatientState(), []
    for event in events:
        state, found = advance_event(NAME, state, event)
        said += [one.record for one in found if isinstance(one.record, Suggestion)]
        state = from_fields(0, to_fields(state)).state
    return state, said


def shown(said: list[Suggestion]) -> dict[str, str]:
    latest = {one.proposal or one.id: one for one in said}
    return {one.rule: one.text for one in latest.values() if one.status in {"proposed", "updated"}}


def test_a_finding_becomes_a_proposal_with_its_evidence_and_the_same_once_more_says_nothing() -> None:
    _, said = life(a_finding(zygosity="heterozygous", clinvar="VCV000017677"), a_finding(zygosity="heterozygous",
                   clinvar="VCV000017677"))  # fmt: skip
    (one,) = said
    assert (one.rule, one.status) == ("acmg-sf-brca1", "proposed")
    told = {item.name: item.value for item in one.inputs}
    assert told["variant of BRCA1"] == "NM_007294.4:c.5266dup"
    assert told["class of a variant of BRCA1"] == "Pathogenic"
    assert told["ClinVar record of BRCA1"] == "VCV000017677"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"significance": "Uncertain significance", "status": "corrected"}, "a newer record of a variant"),
        ({"significance": "Benign"}, "a newer record of a variant"),
        ({"origin": "somatic", "status": "corrected"}, "a newer record of a variant"),
        ({"status": "entered-in-error"}, "the finding of a variant was entered in error"),
    ],
)
def test_a_finding_that_is_corrected_or_taken_back_withdraws_its_proposal(over: dict[str, Any], reason: str) -> None:
    state, said = life(a_finding(), a_finding(120, **over), a_finding(90))
    assert [one.status for one in said] == ["proposed", "withdrawn"]
    assert said[1].reason is not None
    assert said[1].reason.startswith(reason)
    assert len(state.variants) == 1
    assert state.flagged["genomics-older"] == 1


@pytest.mark.parametrize("significance", ["VUS", "Likely benign", "Benign", "Conflicting", "somehow bad"])
def test_what_says_nothing_is_kept_as_it_was_classified(significance: str) -> None:
    state, said = life(a_finding(significance=significance))
    assert said == []
    (kept,) = state.variants.values()
    assert (kept.gene, kept.hgvs) == ("BRCA1", "NM_007294.4:c.5266dup")
    assert state.flagged == ({"significance-not-understood": 1} if significance == "somehow bad" else {})


def test_an_identifier_lets_a_correction_change_the_variant_itself() -> None:
    state, said = life(a_finding(finding="f-1"), a_finding(70, finding="f-1", gene="CHEK2", hgvs="c.1100del"))
    assert [one.gene for one in state.variants.values()] == ["CHEK2"]
    assert [one.status for one in said] == ["proposed", "withdrawn"]


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_a_class_of_its_own_time_counts_in_whatever_order_records_come(arrival: tuple[int, ...]) -> None:
    records = (a_finding(1), a_finding(2, significance="VUS"), a_finding(3, significance="LP", status="corrected"))
    state, said = life(*(records[at] for at in arrival))
    assert [one.significance for one in state.variants.values()] == ["Likely pathogenic"]
    assert set(shown(said)) == {"acmg-sf-brca1"}


def test_what_nothing_follows_from_is_dropped_before_what_something_follows_from() -> None:
    many = [a_finding(100 + at, hgvs=f"c.{at}A>G", significance="VUS") for at in range(MOST_VARIANTS)]
    state, _ = life(a_finding(1), *many)
    assert len(state.variants) == MOST_VARIANTS
    assert "BRCA1 NM_007294.4:c.5266dup" in state.variants
    assert state.flagged["variants-dropped"] == 1


RECORDS = st.tuples(
    st.sampled_from(("BRCA1", "MUTYH", "HFE", "CHEK2")),
    st.sampled_from(("c.845G>A", "c.2del")),
    st.sampled_from(("Pathogenic", "LP", "VUS", "odd")),
    st.sampled_from((None, "heterozygous", "homozygous")),
    st.sampled_from(("final", "corrected", "entered-in-error")),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(RECORDS, max_size=8), st.data())
def test_the_order_of_arrival_does_not_matter_and_a_withdrawn_basis_leaves_no_proposal(
    records: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    events = [
        a_finding(at, gene=gene, hgvs=hgvs, significance=said, zygosity=copies, status=status)
        for at, (gene, hgvs, said, copies, status) in enumerate(records)
    ]
    (state, said), (_, others) = life(*events), life(*data.draw(st.permutations(events)))
    held = facts(state, state.value, state.value_ms, None)
    assert shown(said) == shown(others) == {one.rule: one.text for one in suggest(held, latest_s(state, 0.0))}
    for steps in (said, others):
        assert len({one.id for one in steps}) == len(steps)
    backs = [
        a_finding(100, gene=gene, hgvs=hgvs, status="entered-in-error", significance="P")
        for gene, hgvs in {record[:2] for record in records}
    ]
    assert shown(life(*events, *backs)[1]) == {}
