"""Fleischner 2017: every row of the table, and both sides of every edge."""

import pytest

from models.follow_up.fleischner import INF, ROWS, Row, advice, nearest_mm, row_of, why_not
from tests.builders.plans import a_nodule


@pytest.mark.parametrize(
    ("kind", "number", "risk", "diameter_mm", "says"),
    [
        ("solid", "single", "low", 5.4, "no routine follow-up"),
        ("solid", "single", "high", 5.4, "optional CT at 12 months"),
        ("solid", "single", "low", 5.5, "CT at 6 to 12 months, then consider CT at 18 to 24 months"),
        ("solid", "single", "high", 5.5, "CT at 6 to 12 months, then CT at 18 to 24 months"),
        ("solid", "single", "low", 8.4, "CT at 6 to 12 months, then consider CT at 18 to 24 months"),
        ("solid", "single", "high", 8.4, "CT at 6 to 12 months, then CT at 18 to 24 months"),
        ("solid", "single", "low", 8.5, "consider CT at 3 months, PET/CT or tissue sampling"),
        ("solid", "single", "high", 8.5, "consider CT at 3 months, PET/CT or tissue sampling"),
        ("solid", "multiple", "low", 5.4, "no routine follow-up"),
        ("solid", "multiple", "high", 5.4, "optional CT at 12 months"),
        ("solid", "multiple", "low", 5.5, "CT at 3 to 6 months, then consider CT at 18 to 24 months"),
        ("solid", "multiple", "high", 5.5, "CT at 3 to 6 months, then CT at 18 to 24 months"),
        ("solid", "multiple", "low", 8.5, "CT at 3 to 6 months, then consider CT at 18 to 24 months"),
        ("solid", "multiple", "high", 8.5, "CT at 3 to 6 months, then CT at 18 to 24 months"),
        ("ground-glass", "single", "high", 5.4, "no routine follow-up"),
        ("ground-glass", "single", "low", 5.5, "CT at 6 to 12 months to confirm that it persists, then CT every 2"),
        ("part-solid", "single", "high", 5.4, "no routine follow-up"),
        ("part-solid", "single", "low", 5.5, "CT at 3 to 6 months to confirm that it persists; if unchanged"),
        ("part-solid", "multiple", "low", 5.4, "CT at 3 to 6 months; if stable, consider CT at 2 and 4 years"),
        ("ground-glass", "multiple", "high", 5.5, "CT at 3 to 6 months; then as the most suspicious nodule asks"),
    ],
)
def test_each_row_says_what_the_table_says_up_to_its_edge(
    kind: str, number: str, risk: str, diameter_mm: float, says: str
) -> None:
    said = advice(a_nodule(kind=kind, number=number, risk=risk, diameter_mm=diameter_mm), 60)
    assert said is not None
    assert f"the guideline says {says}" in said.text
    assert (said.service == "") is (says == "no routine follow-up")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind}-{row.number}-{row.from_mm}")
def test_every_row_is_reached_at_both_its_ends(row: Row) -> None:
    kind = "part-solid" if row.kind == "subsolid" else row.kind
    for size_mm in (max(row.from_mm, 1), 30 if row.to_mm == INF else row.to_mm):
        assert row_of(a_nodule(kind=kind, number=row.number, diameter_mm=size_mm)) == row


def test_rows_leave_no_gap_and_do_not_overlap() -> None:
    for kind, number in {(row.kind, row.number) for row in ROWS}:
        rows = [row for row in ROWS if (row.kind, row.number) == (kind, number)]
        assert rows[0].from_mm == 0
        assert rows[-1].to_mm == INF
        assert [row.from_mm for row in rows[1:]] == [row.to_mm + 1 for row in rows[:-1]]


@pytest.mark.parametrize(("diameter_mm", "whole"), [(5.49, 5), (5.5, 6), (6.0, 6), (8.49, 8), (8.5, 9), (0.4, 0)])
def test_a_size_is_told_to_the_nearest_millimetre(diameter_mm: float, whole: int) -> None:
    assert nearest_mm(diameter_mm) == whole


@pytest.mark.parametrize(
    ("more", "age_years", "speaks"),
    [
        ({}, 35, True),
        ({}, 34.9, False),
        ({}, None, True),
        ({"known_cancer": True}, 60, False),
        ({"immunosuppressed": True}, 60, False),
    ],
)
def test_it_is_silent_for_whom_it_is_not_made(more: dict[str, bool], age_years: float | None, *, speaks: bool) -> None:
    nodule = a_nodule(**more)
    assert (advice(nodule, age_years) is not None) is speaks
    assert (why_not(nodule, age_years) is None) is speaks


def test_what_nobody_said_is_named_and_both_columns_are_told() -> None:
    said = advice(a_nodule(risk=None, known_cancer=None, immunosuppressed=None), None)
    assert said is not None
    assert said.lacking == ("risk of lung cancer", "age_years", "known cancer", "immune system")
    assert "at low risk CT at 6 to 12 months, then consider" in said.text
    assert "at high risk CT at 6 to 12 months, then CT" in said.text
    same = advice(a_nodule(risk=None, diameter_mm=20), 60)
    assert same is not None
    assert same.lacking == ()
