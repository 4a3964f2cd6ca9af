"""Requirements of what is fitted between score and output: a threshold that gains, calibration, coverage."""

import math

import numpy as np

from models.risk.lab.fitting import MISCOVERAGE
from models.risk.lab.sepsis.fitting import best_threshold, covering, fit_decision


def test_the_threshold_takes_the_alarms_that_gain() -> None:
    generator = np.random.default_rng(0)
    score = generator.normal(size=20_000).astype(np.float32)
    gain = np.where(generator.random(20_000) < 1 / (1 + np.exp(-(score - 1) * 4)), 1.0, -1.0)
    assert abs(best_threshold(score, gain) - 1.0) < 0.1


def test_calibration_and_coverage_hold_on_other_hours() -> None:
    generator = np.random.default_rng(0)
    score = generator.normal(size=80_000).astype(np.float32)
    truth = 1 / (1 + np.exp(-(1.5 * score - 2)))
    label = (generator.random(80_000) < truth).astype(np.int8)
    fitted = fit_decision(score[::2], label[::2], np.where(label[::2] == 1, 1.0, -0.05), np.arange(40_000))
    fresh, answer = score[1::2], label[1::2]
    assert np.abs(fitted.probability(fresh) - truth[1::2]).max() < 0.02
    assert (fresh[answer == 1] >= fitted.surely_not).mean() > 1 - MISCOVERAGE - 0.02
    assert (fresh[answer == 0] <= fitted.surely_septic).mean() > 1 - MISCOVERAGE - 0.02


def test_coverage_holds_for_new_patients_whichever_patients_calibrated() -> None:
    """Every stay scores round a level of its own: forty stays know its spread badly, however many hours they have."""
    held = []
    for seed in range(100):
        generator = np.random.default_rng(seed)
        score = (generator.normal(size=(40, 1)) + generator.normal(0, 0.1, (40, 30))).astype(np.float32).ravel()
        stay = np.repeat(np.arange(40), 30)
        missed = 0.5 * (1 + math.erf(covering(score, stay) / math.sqrt(2 * 1.01)))  # of new stays drawn the same way
        held.append(missed <= MISCOVERAGE)
    assert 0.8 < np.mean(held) < 0.98
