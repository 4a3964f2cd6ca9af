"""Forecasts of whole stays are causal, do not depend on the batch, and step through hours that have no row."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.risk.decision import Decision
from models.risk.lab import forecasting
from models.risk.lab.forecasting import ForecastError, Forecasts, certain, forecast
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.stays import Stays
from models.risk.plausible import COLUMNS
from tests.builders.risk_stays import MEASURED, FakeOutput, HeartRateModel, a_stay, many_stays, write_psv


class Watched(HeartRateModel):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[NDArray[np.float32]] = []

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], FakeOutput]:
        self.asked.append(bins.copy())
        return super().step(state, bins)


def same(one: Forecasts, other: Forecasts) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("risk", "alarm", "abstained"))


def rows_of(answer: Forecasts, stays: Stays, stay: int) -> Forecasts:
    rows = slice(stays.start[stay], stays.start[stay + 1])
    return Forecasts(answer.risk[rows], answer.alarm[rows], answer.abstained[rows])


def test_a_truncated_record_has_the_forecasts_of_the_whole_ones_beginning(tmp_path: Path) -> None:
    stays = many_stays(tmp_path / "whole", count=6)
    whole = forecast(HeartRateModel(), stays)
    for stay in range(len(stays)):
        for hours in (1, 3, int(stays.hours[stay]) - 1):
            alone = stays.take([stay])
            cut = Stays(
                inputs=alone.inputs,
                columns=alone.columns[:hours],
                label=None,
                iculos=alone.iculos[:hours],
                start=np.array([0, hours]),
                patient_id=alone.patient_id,
                hospital=alone.hospital,
                impossible=alone.impossible[:hours],
                digest=alone.digest,
            )
            np.testing.assert_array_equal(
                forecast(HeartRateModel(), cut).risk, rows_of(whole, stays, stay).risk[:hours]
            )


def test_each_stay_has_the_same_forecasts_alone_in_any_order_and_in_any_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = many_stays(tmp_path, count=15)
    together = forecast(HeartRateModel(), stays)
    order = np.random.default_rng(2).permutation(len(stays))
    shuffled = forecast(HeartRateModel(), stays.take(order))
    monkeypatch.setattr(forecasting, "PATIENTS_PER_TENSOR", 4)
    assert same(forecast(HeartRateModel(), stays), together)
    for place, stay in enumerate(order):
        expected = rows_of(together, stays, int(stay))
        assert same(rows_of(shuffled, stays.take(order), place), expected)
        assert same(forecast(HeartRateModel(), stays.take([int(stay)])), expected)


def test_hours_without_a_row_are_stepped_with_nothing_measured(tmp_path: Path) -> None:
    model = Watched()
    stays = read_stays(write_psv(tmp_path, p1=a_stay(3, ICULOS=[5.0, 6.0, 9.0])))
    answer = forecast(model, stays)
    assert len(answer.risk) == 3
    assert [float(bins[0, COLUMNS.index("ICULOS")]) for bins in model.asked] == [5, 6, 7, 8, 9]
    assert [bool(np.isnan(bins[0, :MEASURED]).all()) for bins in model.asked] == [False, False, True, True, False]
    assert all(bins[0, COLUMNS.index("Age")] == 60 for bins in model.asked)


def test_all_patients_of_an_hour_are_one_tensor(tmp_path: Path) -> None:
    model = Watched()
    stays = read_stays(write_psv(tmp_path, p1=a_stay(2), p2=a_stay(5), p3=a_stay(3)))
    forecast(model, stays)
    assert [len(bins) for bins in model.asked] == [3, 3, 2, 1, 1]


def test_progress_counts_every_row_once(tmp_path: Path) -> None:
    told: list[int] = []
    stays = many_stays(tmp_path, count=9)
    forecast(HeartRateModel(), stays, told.append)
    assert sum(told) == len(stays.iculos)


@pytest.mark.parametrize("number", [np.nan, np.inf, -0.1, 1.1])
def test_an_answer_that_is_no_probability_is_refused(tmp_path: Path, number: float) -> None:
    class Broken(HeartRateModel):
        def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], FakeOutput]:
            risk = np.full(len(bins), number, dtype=np.float32)
            return state, FakeOutput(risk, risk > 1, risk > 1)

    with pytest.raises(ForecastError, match="no probability"):
        forecast(Broken(), read_stays(write_psv(tmp_path, p1=a_stay())))


def test_an_answer_of_another_shape_is_refused(tmp_path: Path) -> None:
    class Broken(HeartRateModel):
        def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], FakeOutput]:
            after, output = super().step(state, bins)
            return after, FakeOutput(output.probability[:1], output.alarm[:1], output.abstained[:1])

    with pytest.raises(ForecastError, match=r"shape \(1,\) for 2 patients"):
        forecast(Broken(), read_stays(write_psv(tmp_path, p1=a_stay(), p2=a_stay())))


def test_the_bounds_of_the_conformal_sets_are_told_as_probabilities() -> None:
    decision = Decision(threshold=0, slope=1, offset=0, miscoverage=0.1, surely_not=-1.0, surely_septic=2.0)
    assert certain(decision) == pytest.approx((1 / (1 + np.e), 1 / (1 + np.exp(-2))))
