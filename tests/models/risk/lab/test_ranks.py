"""Requirements of the rank transform, as fitted and as the network applies it."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.risk.lab.ranks import fit_ranks
from models.risk.ranks import Ranks, to_scores


def scored(fitted: Ranks, values: NDArray[np.float32]) -> NDArray[np.float32]:
    tables = (torch.from_numpy(one) for one in (fitted.knots, fitted.intercepts, fitted.slopes))
    return np.asarray(to_scores(torch.from_numpy(values), *tables).numpy(), np.float32)


def test_ranks_turn_any_rising_scale_into_normal_scores() -> None:
    drawn = np.random.default_rng(1).normal(size=(20_000, 1)).astype(np.float32)
    told = scored(fit_ranks(np.exp(drawn)), np.exp(drawn))
    inner = np.abs(drawn) < 1.5
    assert np.abs(told - drawn)[inner].max() < 0.1


def test_ranks_do_not_go_beyond_the_training_data() -> None:
    fitted = fit_ranks(np.arange(100, dtype=np.float32)[:, None])
    told = scored(fitted, np.array([[-1e9], [0.0], [50.0], [99.0], [1e9]], np.float32))[:, 0]
    assert told[0] == pytest.approx(told[1], abs=1e-5)
    assert told[4] == pytest.approx(told[3], abs=1e-5)
    assert told[1] < told[2] < told[3]


@pytest.mark.parametrize("values", [[3.0], [0.0, 1.0], [np.nan]])
def test_ranks_of_few_distinct_values_are_finite_and_ordered(values: list[float]) -> None:
    column = np.array(values * 10, np.float32)[:, None]
    told = scored(fit_ranks(column), np.array([[-1.0], [0.0], [1.0], [3.0], [9.0]], np.float32))[:, 0]
    assert np.isfinite(told).all()
    assert (np.diff(told) >= 0).all()
