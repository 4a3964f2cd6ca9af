"""Requirements of the network."""

import numpy as np
import torch

from models.risk.features import SEPSIS
from models.risk.lab.ranks import KNOTS, fit_ranks
from models.risk.network import Member, RiskNetwork, Shape

SHAPE = Shape(features=len(SEPSIS.names), knots=KNOTS, embedding=6, hidden=5, members=3)


def a_network() -> RiskNetwork:
    torch.manual_seed(0)
    network = RiskNetwork(SHAPE, SEPSIS.flagged).eval()
    network.set_ranks(fit_ranks(np.random.default_rng(0).normal(size=(200, len(SEPSIS.names))).astype(np.float32)))
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
