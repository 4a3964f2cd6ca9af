"""Requirements of the sepsis model's teachers: they learn from whom they may see alone, and know others."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from models.risk.lab.sepsis.teacher import KINDS, grow_teacher
from models.risk.lab.sepsis.utility import alarm_gain
from models.risk.lab.stays import Stays
from models.risk.lab.trees import TeacherSeed, log_odds
from tests.builders.risk_stays import many_stays

FEW = dataclasses.replace(KINDS[0], rounds=3, feature_share=1.0)
SEED = TeacherSeed(run=0, kind=1, fold=2)


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> Stays:
    return many_stays(tmp_path_factory.mktemp("stays"), count=240)


def a_table(stays: Stays) -> NDArray[np.float32]:
    """Features [N, 5], of which the first tells whether an alarm gains."""
    features = np.random.default_rng(0).normal(size=(len(stays.columns), 5)).astype(np.float32)
    features[:, 0] += 3 * (alarm_gain(np.asarray(stays.label), stays.start) > 0)
    return features


def some(stays: Stays) -> NDArray[np.bool_]:
    """Every fourth stay is not to be seen."""
    return np.asarray(np.arange(len(stays)) % 4 != 0)


def answers(stays: Stays, table: NDArray[np.float32], label: NDArray[np.int8] | None = None) -> NDArray[np.float32]:
    """What trees that have seen some of the stays, with other labels if given, say of all of them."""
    taught = stays if label is None else dataclasses.replace(stays, label=label)
    return log_odds(grow_teacher(FEW, table, taught, some(stays), SEED), table)


def test_the_teacher_learns_nothing_from_whom_it_may_not_see(stays: Stays) -> None:
    table, label = a_table(stays), np.asarray(stays.label)
    hidden, plain = np.repeat(~some(stays), stays.hours), answers(stays, table)
    np.testing.assert_array_equal(answers(stays, table, np.where(hidden, 0, label).astype(np.int8)), plain)
    assert not np.array_equal(answers(stays, table, np.where(hidden, label, 0).astype(np.int8)), plain)


def test_the_teacher_knows_the_patients_it_has_not_seen(stays: Stays) -> None:
    gain, hidden = alarm_gain(np.asarray(stays.label), stays.start) > 0, np.repeat(~some(stays), stays.hours)
    found = answers(stays, a_table(stays))
    assert found[hidden & gain].mean() > found[hidden & ~gain].mean() + 0.3


def test_run_kind_and_fold_decide_which_quiet_stays_it_sees(stays: Stays) -> None:
    table = a_table(stays)
    seeds = (SEED, SEED, SEED._replace(fold=3))
    first, again, other = (log_odds(grow_teacher(FEW, table, stays, some(stays), seed), table) for seed in seeds)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
