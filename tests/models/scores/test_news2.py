"""NEWS2 against a copy of the Royal College's chart that the product does not read."""

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scores import news2
from schemas.vitals import NUMERICS

# Typed from chart 1 of RCP NEWS2 (2017, ISBN 978-1-86016-682-2): columns 3 2 1 0 1 2 3, cells divided by |.
COLUMNS = (3, 2, 1, 0, 1, 2, 3)
PAPER = {
    "respiratory_rate_per_min": "..8      |       | 9..11     | 12..20     |           | 21..24   | 25..",
    "spo2_percent": "..91                  | 92..93| 94..95    | 96..       |           |          |",
    "scale 2 on oxygen": "..83             | 84..85| 86..87    | 88..92     | 93..94    | 95..96   | 97..",
    "scale 2 on air": "..83                | 84..85| 86..87    | 88..       |           |          |",
    "systolic_mmhg": "..90                 | 91..100| 101..110 | 111..219   |           |          | 220..",
    "heart_rate_bpm": "..40                |       | 41..50    | 51..90     | 91..110   | 111..130 | 131..",
    "temperature_celsius": "..35.0          |       | 35.1..36.0| 36.1..38.0 | 38.1..39.0| 39.1..   |",
}


def on_paper(line: str, value: Decimal) -> int:
    """Read the chart as a nurse does: find the one cell that holds the (rounded) value."""
    found = []
    for points, cell in zip(COLUMNS, PAPER[line].split("|"), strict=True):
        if not cell.strip():
            continue
        low, high = cell.strip().split("..")
        if (not low or Decimal(low) <= value) and (not high or value <= Decimal(high)):
            found.append(points)
    (points,) = found
    return points


def score(
    measured: Mapping[str, float], *, on_oxygen: int = -1, consciousness: int = -1, scale2: bool = False
) -> dict[str, int]:
    """The points of one frame, by parameter."""
    points = news2.points(
        np.array([[measured.get(name, math.nan) for name in NUMERICS]]),
        np.array([on_oxygen], dtype=np.int8),
        np.array([consciousness], dtype=np.int8),
        np.array([scale2]),
    )
    return dict(zip(news2.PARAMETERS, points[0].tolist(), strict=True))


def whole_numbers(low: int, high: int) -> list[float]:
    return [float(value) for value in range(low, high)]


EVERY_VALUE = [
    *(("respiratory_rate_per_min", value) for value in whole_numbers(1, 101)),
    *(("spo2_percent", value) for value in whole_numbers(10, 101)),
    *(("systolic_mmhg", value) for value in whole_numbers(10, 301)),
    *(("heart_rate_bpm", value) for value in whole_numbers(1, 301)),
    *(("temperature_celsius", tenths / 10) for tenths in range(250, 451)),
]


def test_every_value_that_the_chart_can_hold_scores_as_on_paper() -> None:
    wrong = [
        (name, value)
        for name, value in EVERY_VALUE
        if score({name: value})[name] != on_paper(name, Decimal(str(value)))
    ]
    assert wrong == []


# Both sides of every edge, typed from the same chart.
EDGES: dict[str, dict[float, int]] = {
    "respiratory_rate_per_min": {8: 3, 9: 1, 11: 1, 12: 0, 20: 0, 21: 2, 24: 2, 25: 3},
    "spo2_percent": {91: 3, 92: 2, 93: 2, 94: 1, 95: 1, 96: 0},
    "systolic_mmhg": {90: 3, 91: 2, 100: 2, 101: 1, 110: 1, 111: 0, 219: 0, 220: 3},
    "heart_rate_bpm": {40: 3, 41: 1, 50: 1, 51: 0, 90: 0, 91: 1, 110: 1, 111: 2, 130: 2, 131: 3},
    "temperature_celsius": {35.0: 3, 35.1: 1, 36.0: 1, 36.1: 0, 38.0: 0, 38.1: 1, 39.0: 1, 39.1: 2},
}


@pytest.mark.parametrize(
    ("name", "value", "points"), [(name, *edge) for name, edges in EDGES.items() for edge in edges.items()]
)
def test_both_sides_of_every_edge_score_as_the_chart_says(name: str, value: float, points: int) -> None:
    assert score({name: value})[name] == points


@pytest.mark.parametrize(("oxygen", "line"), [(0, "scale 2 on air"), (1, "scale 2 on oxygen")])
def test_every_saturation_on_scale_2_scores_as_on_paper(oxygen: int, line: str) -> None:
    wrong = [
        spo2
        for spo2 in range(10, 101)
        if score({"spo2_percent": spo2}, on_oxygen=oxygen, scale2=True)["spo2_percent"] != on_paper(line, Decimal(spo2))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("spo2", "points"),
    [(83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0), (93, -1), (94, -1), (95, -1), (97, -1)],
)
def test_on_scale_2_a_high_saturation_says_nothing_until_oxygen_is_known(spo2: int, points: int) -> None:
    assert score({"spo2_percent": spo2}, scale2=True)["spo2_percent"] == points


def test_scale_2_never_reaches_another_patient_of_the_batch() -> None:
    values = np.full((3, 9), math.nan)
    values[:, NUMERICS.index("spo2_percent")] = 90
    unknown = np.full(3, -1, dtype=np.int8)
    points = news2.points(values, unknown, unknown, np.array([False, True, False]))
    assert points[:, news2.PARAMETERS.index("spo2_percent")].tolist() == [3, 0, 3]


@pytest.mark.parametrize(("on_oxygen", "points"), [(-1, -1), (0, 0), (1, 2)])
def test_supplemental_oxygen_scores_two(on_oxygen: int, points: int) -> None:
    assert score({}, on_oxygen=on_oxygen)["on_oxygen"] == points


def test_anything_but_alert_scores_three() -> None:
    assert news2.LEVELS == ("alert", "confusion", "voice", "pain", "unresponsive")
    assert [score({}, consciousness=level)["consciousness"] for level in range(-1, 5)] == [-1, 0, 3, 3, 3, 3]


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [
        ("respiratory_rate_per_min", 8.49, 3),
        ("respiratory_rate_per_min", 8.5, 1),
        ("respiratory_rate_per_min", 20.5, 2),
        ("respiratory_rate_per_min", 24.4, 2),
        ("respiratory_rate_per_min", 24.5, 3),
        ("spo2_percent", 91.4, 3),
        ("spo2_percent", 91.5, 2),
        ("spo2_percent", 95.5, 0),
        ("systolic_mmhg", 90.5, 2),
        ("systolic_mmhg", 219.5, 3),
        ("heart_rate_bpm", 40.5, 1),
        ("heart_rate_bpm", 130.5, 3),
        ("temperature_celsius", 35.04, 3),
        ("temperature_celsius", 35.05, 1),
        ("temperature_celsius", 36.05, 0),
        ("temperature_celsius", 38.05, 1),
        ("temperature_celsius", 39.05, 2),
        ("temperature_celsius", 39.049, 1),
    ],
)
def test_a_value_between_two_cells_is_rounded_half_up_before_it_is_looked_up(
    name: str, value: float, points: int
) -> None:
    assert score({name: value})[name] == points


RESOLUTION = {name: Decimal("0.1") if name == "temperature_celsius" else Decimal(1) for name in EDGES}


@settings(deadline=None)
@given(st.sampled_from(sorted(EDGES)), st.integers(1_000, 300_000))
def test_rounding_is_that_of_decimal_arithmetic(name: str, thousandths: int) -> None:
    value = Decimal(thousandths) / 1000
    rounded = (value / RESOLUTION[name]).quantize(Decimal(1), ROUND_HALF_UP) * RESOLUTION[name]
    assert score({name: float(value)})[name] == on_paper(name, rounded)


def test_nothing_measured_scores_nothing_and_may_be_twenty() -> None:
    nothing = np.full((1, 7), news2.MISSING, dtype=np.int8)
    totals = news2.total(nothing)
    assert (totals.total[0], totals.upper[0], bool(totals.complete[0])) == (0, 20, False)
    assert news2.BANDS[totals.band[0]] == "low"


def test_the_worst_patient_scores_twenty() -> None:
    points = score(
        {
            "respiratory_rate_per_min": 30,
            "spo2_percent": 80,
            "systolic_mmhg": 80,
            "heart_rate_bpm": 150,
            "temperature_celsius": 34,
        },
        on_oxygen=1,
        consciousness=4,
    )
    totals = news2.total(np.array([list(points.values())], dtype=np.int8))
    assert (totals.total[0], totals.upper[0], bool(totals.complete[0])) == (20, 20, True)


def band_on_paper(points: tuple[int, ...]) -> str:
    """The response table of the RCP: 7 or more high, 5-6 medium, a 3 in any parameter low-medium, else low."""
    known = [value for value in points if value >= 0]
    if sum(known) >= 7:
        return "high"
    if sum(known) in (5, 6):
        return "medium"
    return "low-medium" if 3 in known else "low"


ALL_POINTS = np.array(
    list(product((-1, 0, 1, 2, 3), (-1, 0, 1, 2, 3), (-1, 0, 2), (-1, 0, 1, 2, 3), (-1, 1, 2), (-1, 0, 3), (-1, 2))),
    dtype=np.int8,
)


def test_the_band_is_that_of_the_known_points_for_every_combination() -> None:
    totals = news2.total(ALL_POINTS)
    for points, band in zip(ALL_POINTS.tolist(), totals.band.tolist(), strict=True):
        assert news2.BANDS[band] == band_on_paper(tuple(points))


@pytest.mark.parametrize(
    ("points", "total", "band"),
    [
        ((1, 1, 0, 1, 1, 0, 0), 4, "low"),
        ((2, 0, 0, 2, 1, 0, 0), 5, "medium"),
        ((2, 0, 0, 2, 2, 0, 0), 6, "medium"),
        ((2, 1, 0, 2, 2, 0, 0), 7, "high"),
        ((3, 0, 0, 0, 0, 0, 0), 3, "low-medium"),
        ((0, 0, 0, 0, 0, 3, 1), 4, "low-medium"),
        ((0, 0, 0, 0, 0, 3, 2), 5, "medium"),
        ((0, 2, 0, 0, 0, 0, 1), 3, "low"),
    ],
)
def test_both_sides_of_every_band_edge(points: tuple[int, ...], total: int, band: str) -> None:
    totals = news2.total(np.array([points], dtype=np.int8))
    assert totals.total[0] == total
    assert news2.BANDS[totals.band[0]] == band


MOST = {
    "respiratory_rate_per_min": 3,
    "spo2_percent": 3,
    "on_oxygen": 2,
    "systolic_mmhg": 3,
    "heart_rate_bpm": 3,
    "consciousness": 3,
    "temperature_celsius": 3,
}


@settings(deadline=None)
@given(
    st.tuples(*(st.integers(0, MOST[name]) for name in news2.PARAMETERS)),
    st.lists(st.booleans(), min_size=7, max_size=7),
)
def test_a_partial_score_bounds_whatever_the_missing_parameters_turn_out_to_be(
    truth: tuple[int, ...], hidden: list[bool]
) -> None:
    partial = [-1 if hide else points for points, hide in zip(truth, hidden, strict=True)]
    totals = news2.total(np.array([partial, truth], dtype=np.int8))
    assert totals.total[0] <= sum(truth) <= totals.upper[0]
    assert totals.complete[0] == (not any(hidden))
    assert totals.band[0] <= totals.band[1]
    assert totals.upper[0] == totals.total[0] + sum(
        MOST[name] for name, hide in zip(news2.PARAMETERS, hidden, strict=True) if hide
    )


def test_a_frame_scores_the_same_alone_and_in_a_batch() -> None:
    rng = np.random.default_rng(3)
    values = rng.uniform(0, 250, (200, 9))
    values[rng.random((200, 9)) < 0.2] = math.nan
    oxygen, level = rng.integers(-1, 2, 200).astype(np.int8), rng.integers(-1, 5, 200).astype(np.int8)
    scale2 = rng.random(200) < 0.3
    batch = news2.points(values, oxygen, level, scale2)
    for row in range(200):
        one = slice(row, row + 1)
        alone = news2.points(values[one], oxygen[one], level[one], scale2[one])
        np.testing.assert_array_equal(alone[0], batch[row])


def test_an_empty_batch_scores_nothing() -> None:
    none = np.empty(0, dtype=np.int8)
    points = news2.points(np.empty((0, 9)), none, none, np.empty(0, dtype=np.bool_))
    assert points.shape == (0, 7)
    assert news2.total(points).total.shape == (0,)


def test_every_band_has_its_row_in_the_response_table_and_every_parameter_its_age() -> None:
    assert tuple(row.band for row in news2.RESPONSES) == news2.BANDS
    assert set(news2.MAX_AGE_S) == set(news2.MAX_POINTS) == set(news2.PARAMETERS)
    assert news2.MAX_POINTS == MOST


@pytest.mark.parametrize(
    ("cells", "step"),
    [
        *((cells, 0.1 if name == "temperature_celsius" else 1) for name, cells in news2.CHART.items()),
        (news2.SPO2_SCALE2_ON_OXYGEN, 1),
        (news2.SPO2_SCALE2_ON_AIR, 1),
    ],
)
def test_the_cells_of_a_row_of_the_chart_follow_each_other_without_gap_or_overlap(
    cells: tuple[news2.Cell, ...], step: float
) -> None:
    assert (cells[0].low, cells[-1].high) == (-math.inf, math.inf)
    for cell, following in pairwise(cells):
        assert cell.low < cell.high
        assert following.low == pytest.approx(cell.high + step)
        assert cell.points != following.points


def test_a_measurement_counts_for_as_long_as_it_is_said() -> None:
    assert news2.MAX_AGE_S == {
        "respiratory_rate_per_min": 600,
        "spo2_percent": 600,
        "heart_rate_bpm": 600,
        "systolic_mmhg": 3600,
        "on_oxygen": 21_600,
        "consciousness": 21_600,
        "temperature_celsius": 21_600,
    }


def test_how_often_a_patient_is_to_be_seen_is_that_of_the_table_of_responses() -> None:
    assert [(row.band, row.score, row.monitoring) for row in news2.RESPONSES] == [
        ("low", "0-4", "at least every 12 hours at 0, every 4 to 6 hours at 1 to 4"),
        ("low-medium", "3 in any single parameter", "at least every hour"),
        ("medium", "5-6", "at least every hour"),
        ("high", "7 or more", "continuously"),
    ]


def test_the_score_is_that_of_2017_for_patients_from_16_on() -> None:
    assert (news2.EDITION, news2.MIN_AGE_YEARS) == ("RCP NEWS2 2017", 16)


def test_what_was_not_measured_has_no_points_beside_what_was() -> None:
    values = np.full((2, 9), np.nan)
    values[1, NUMERICS.index("respiratory_rate_per_min")] = 8.0
    unknown = np.full(2, -1, np.int8)
    points = news2.points(values, unknown, unknown, np.array([False, False]))
    assert points.tolist() == [[-1] * 7, [3, -1, -1, -1, -1, -1, -1]]


@pytest.mark.parametrize(("spo2", "points"), [(87.4, 1), (87.5, 0), (83.4, 3), (83.5, 2)])
def test_a_saturation_on_scale_2_is_rounded_half_up_as_well(spo2: float, points: int) -> None:
    values = np.full((1, 9), np.nan)
    values[0, NUMERICS.index("spo2_percent")] = spo2
    air, alert = np.zeros(1, np.int8), np.zeros(1, np.int8)
    assert news2.points(values, air, alert, np.array([True]))[0, news2.PARAMETERS.index("spo2_percent")] == points
