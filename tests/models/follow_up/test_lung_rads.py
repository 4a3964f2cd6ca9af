"""Lung-RADS v2022 by size and kind: both sides of every edge, and what can't be said."""

import pytest

from models.follow_up.lung_rads import INF, MANAGEMENT, ROWS, advice, category, lacking
from tests.builders.plans import a_nodule


def of(kind: str, seen: str | None, diameter_mm: float, solid_mm: float | None = None, **more: str) -> str | None:
    return category(
        a_nodule(context="screening", kind=kind, seen=seen, diameter_mm=diameter_mm, solid_part_mm=solid_mm, **more)
    )


@pytest.mark.parametrize(
    ("seen", "diameter_mm", "expected"),
    [
        ("baseline", 5.9, "2"), ("baseline", 6.0, "3"), ("baseline", 7.9, "3"), ("baseline", 8.0, "4A"),
        ("baseline", 14.9, "4A"), ("baseline", 15.0, "4B"),
        ("new", 3.9, "2"), ("new", 4.0, "3"), ("new", 5.9, "3"), ("new", 6.0, "4A"), ("new", 7.9, "4A"),
        ("new", 8.0, "4B"),
        ("growing", 3.0, "4A"), ("growing", 7.9, "4A"), ("growing", 8.0, "4B"),
    ],
)  # fmt: skip
def test_solid_nodules(seen: str, diameter_mm: float, expected: str) -> None:
    assert of("solid", seen, diameter_mm) == expected


@pytest.mark.parametrize(
    ("seen", "diameter_mm", "solid_mm", "expected"),
    [
        ("baseline", 5.9, 3.0, "2"), ("baseline", 6.0, 5.9, "3"), ("baseline", 9.0, 6.0, "4A"),
        ("baseline", 9.0, 7.9, "4A"), ("baseline", 9.0, 8.0, "4B"), ("baseline", 20.0, 5.9, "3"),
        ("new", 5.9, 3.9, "3"), ("new", 6.0, 3.9, "4A"), ("new", 6.0, 4.0, "4B"), ("new", 5.9, 4.0, "4B"),
        ("growing", 9.0, 3.9, "4A"), ("growing", 9.0, 4.0, "4B"),
    ],
)  # fmt: skip
def test_part_solid_nodules(seen: str, diameter_mm: float, solid_mm: float, expected: str) -> None:
    assert of("part-solid", seen, diameter_mm, solid_mm) == expected


@pytest.mark.parametrize(
    ("seen", "diameter_mm", "expected"),
    [
        ("baseline", 29.9, "2"), ("baseline", 30.0, "3"), ("new", 29.9, "2"), ("new", 30.0, "3"),
        ("growing", 29.9, "2"), ("growing", 30.0, "2"),
    ],
)  # fmt: skip
def test_ground_glass_nodules(seen: str, diameter_mm: float, expected: str) -> None:
    assert of("ground-glass", seen, diameter_mm) == expected


def test_a_size_is_told_to_one_decimal() -> None:
    assert of("solid", "baseline", 5.94) == "2"
    assert of("solid", "baseline", 5.96) == "3"


@pytest.mark.parametrize(("before", "now"), [("4A", "3"), ("3", "2"), ("2", "2"), ("4B", None)])
def test_a_nodule_that_stayed_the_same_is_one_step_milder(before: str, now: str | None) -> None:
    assert of("solid", "stable", 9.0, earlier_category=before) == now


def test_every_row_is_reached_and_every_category_has_its_management() -> None:
    for row in ROWS:
        size_mm = max(row.from_mm, 1.0) if row.below_mm == INF else (row.from_mm + row.below_mm) / 2
        whole = size_mm if row.of == "whole" else max(size_mm, 6.0)
        assert of(row.kind, row.seen, whole, size_mm if row.of == "solid part" else 1.0) == row.category
    assert {row.category for row in ROWS} == MANAGEMENT.keys()


def test_rows_of_one_diameter_leave_no_gap_and_do_not_overlap() -> None:
    for named in {(row.kind, row.seen, row.of) for row in ROWS}:
        rows = sorted((row.from_mm, row.below_mm) for row in ROWS if (row.kind, row.seen, row.of) == named)
        assert rows[0][0] == 0
        assert [begin for begin, _ in rows[1:]] == [end for _, end in rows[:-1]]
        assert rows[-1][1] == INF or named in {("part-solid", seen, "whole") for seen in ("baseline", "new")}


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"seen": None}, ("whether the nodule is new or growing",)),
        ({"seen": "baseline", "kind": "part-solid", "diameter_mm": 9.0}, ("solid part in mm",)),
        ({"seen": "stable"}, ("earlier category below 4B",)),
    ],
)
def test_where_something_is_not_known_there_is_no_category_and_it_is_named(
    more: dict[str, object], missing: tuple[str, ...]
) -> None:
    nodule = a_nodule(context="screening", **more)
    assert category(nodule) is None
    assert advice(nodule) is None
    assert lacking(nodule) == missing


def test_it_says_category_interval_and_how_soon() -> None:
    milder = advice(a_nodule(context="screening", seen="baseline", diameter_mm=6.0))
    graver = advice(a_nodule(context="screening", seen="new", diameter_mm=8.0))
    assert milder is not None
    assert graver is not None
    assert (milder.category, milder.service, milder.urgency) == (
        "3", "low-dose CT of the chest in 6 months", "planned",
    )  # fmt: skip
    assert (graver.category, graver.urgency) == ("4B", "today")
