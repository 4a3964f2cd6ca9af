"""The truth of forecasts is made from the stays: within the horizon, where it is not so now, and never across stays."""

from pathlib import Path

import numpy as np

from models.risk.deterioration.events import HEADS
from models.risk.lab.deterioration.labels import on_every_hour, truth_of
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.stays import Stays
from tests.builders.risk_stays import a_stay, write_psv

FOUR_H, EIGHT_H = 0, 1
WELL = {"O2Sat": 98.0, "SBP": 120.0, "Resp": 16.0}


def stays(folder: Path, *pressures: list[float]) -> Stays:
    made = {f"p{at}": a_stay(len(one), onset_label=None, MAP=one, **WELL) for at, one in enumerate(pressures)}
    return read_stays(write_psv(folder, **made))


def test_an_event_counts_for_the_hours_before_it_within_the_horizon(tmp_path: Path) -> None:
    falls = [80.0] * 10 + [60.0] + [80.0] * 9
    truth = truth_of(stays(tmp_path, falls))
    assert HEADS[FOUR_H].horizon_h == 4
    came = np.flatnonzero(truth.asked[:, FOUR_H] & truth.came[:, FOUR_H])
    assert came.tolist() == [6, 7, 8, 9]
    asked = np.flatnonzero(truth.asked[:, FOUR_H])
    assert asked.tolist() == [*range(10), *range(11, 16)]  # not while it is there, nor where the record ends too early
    assert np.flatnonzero(truth.asked[:, EIGHT_H] & truth.came[:, EIGHT_H]).tolist() == [*range(2, 10)]


def test_nothing_is_asked_where_the_sign_is_not_known_and_nothing_comes_from_the_next_stay(tmp_path: Path) -> None:
    unknown = [float("nan")] * 20
    truth = truth_of(stays(tmp_path, [80.0] * 12, [60.0] * 12, unknown))
    assert not truth.came[:12, FOUR_H].any()
    assert not truth.asked[12:, FOUR_H].any()
    assert truth.asked[:8, FOUR_H].all()


def test_an_hour_without_a_row_counts_as_an_hour_in_which_nothing_was_measured(tmp_path: Path) -> None:
    gap = a_stay(
        6, onset_label=None, MAP=[80.0, 80.0, 60.0, 80.0, 80.0, 80.0], ICULOS=[1.0, 2.0, 8.0, 9.0, 10.0, 11.0], **WELL
    )
    whole = on_every_hour(read_stays(write_psv(tmp_path, p1=gap)))
    assert whole.iculos.tolist() == [*range(1, 12)]
    assert np.isnan(whole.columns[2:7, :34]).all()
    assert (whole.columns[:, 34] == 60).all()  # the age
    truth = truth_of(whole)
    assert not truth.came[1, FOUR_H]  # six hours before it
    assert truth.came[1, EIGHT_H]
