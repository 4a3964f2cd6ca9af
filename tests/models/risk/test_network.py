"""Requirements of the network and its rank transform."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.risk import ranks
from models.risk.features import SEPSIS
from models.risk.network import Member, RiskNetwork, Shape

SHAPE = Shape(features=len(SEPSIS.names), knots=ranks.KNOTS, embedding=6, hidden=5, members=3)


def a_network() -> RiskNetwork:
    torch.manual_seed(0)
    network = RiskNetwork(SHAPE, SEPSIS.flagged).eval()
    network.set_ranks(
        ranks.fit_ranks(np.random.default_rng(0).normal(size=(200, len(SEPSIS.names))).astype(np.float32))
    )
    return network


def test_single_steps_equal_one_pass() -> None:
    torch.manual_seed(1)
    member = Member(SHAPE, inputs=8).eval()
    x = torch.randn(17, 4, 8)
    with torch.inference_mode():
        whole, _ = member(x, member.blank(4))
        carry, steps = member.blank(4), []
        for one in x:
            logit, carry = member(one[None], carry)
            steps.append(logit[0])
    torch.testing.assert_close(torch.stack(steps), whole, atol=1e-6, rtol=0)


def test_the_ensemble_carries_each_member_s_own_memory() -> None:
    network = a_network()
    features = torch.randn(9, 2, SHAPE.features)
    with torch.inference_mode():
        carry = torch.zeros(2, network.carry_size)
        for one in features:
            logits, carry = network(one, carry)
        encoded = torch.stack([network.encode(one) for one in features])
        for at, member in enumerate(network.ensemble()):
            alone, _ = member(encoded, member.blank(2))
            torch.testing.assert_close(logits[:, at], alone[-1], atol=1e-6, rtol=0)


def test_unknown_values_score_zero_and_are_flagged() -> None:
    network = a_network()
    features = torch.zeros(1, SHAPE.features)
    known = network.encode(features)
    features[0, SEPSIS.flagged[0]] = torch.nan
    unknown = network.encode(features)
    assert unknown[0, SEPSIS.flagged[0]] == 0
    assert unknown[0, SHAPE.features] == 1
    assert known[0, SHAPE.features] == 0
    assert torch.isfinite(unknown).all()


def scored(fitted: ranks.Ranks, values: NDArray[np.float32]) -> NDArray[np.float32]:
    tables = (torch.from_numpy(one) for one in (fitted.knots, fitted.intercepts, fitted.slopes))
    return np.asarray(ranks.to_scores(torch.from_numpy(values), *tables).numpy(), np.float32)


def test_ranks_turn_any_rising_scale_into_normal_scores() -> None:
    drawn = np.random.default_rng(1).normal(size=(20_000, 1)).astype(np.float32)
    told = scored(ranks.fit_ranks(np.exp(drawn)), np.exp(drawn))
    inner = np.abs(drawn) < 1.5
    assert np.abs(told - drawn)[inner].max() < 0.1


def test_ranks_do_not_go_beyond_the_training_data() -> None:
    fitted = ranks.fit_ranks(np.arange(100, dtype=np.float32)[:, None])
    told = scored(fitted, np.array([[-1e9], [0.0], [50.0], [99.0], [1e9]], np.float32))[:, 0]
    assert told[0] == pytest.approx(told[1], abs=1e-5)
    assert told[4] == pytest.approx(told[3], abs=1e-5)
    assert told[1] < told[2] < told[3]


@pytest.mark.parametrize("values", [[3.0], [0.0, 1.0], [np.nan]])
def test_ranks_of_few_distinct_values_are_finite_and_ordered(values: list[float]) -> None:
    column = np.array(values * 10, np.float32)[:, None]
    told = scored(ranks.fit_ranks(column), np.array([[-1.0], [0.0], [1.0], [3.0], [9.0]], np.float32))[:, 0]
    assert np.isfinite(told).all()
    assert (np.diff(told) >= 0).all()
