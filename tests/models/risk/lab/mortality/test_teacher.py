"""Requirements of the mortality model's teachers: they learn the outcome, from whom they may see alone."""

import dataclasses
from pathlib import Path

import numpy as np

from models.risk.lab.feature_table import feature_table
from models.risk.lab.mortality.data import HOURS, read_stays
from models.risk.lab.mortality.outcome import FEATURES
from models.risk.lab.mortality.teacher import KINDS, grow_teacher
from models.risk.lab.trees import TeacherSeed, log_odds
from tests.builders.mortality_stays import many_records

FEW = dataclasses.replace(KINDS[0], rounds=3, feature_share=1.0, smallest_leaf=20)


def test_trees_learn_the_outcome_from_the_hours_that_they_may_see(tmp_path: Path) -> None:
    stays = read_stays(many_records(tmp_path))
    table, label = feature_table(FEATURES, stays), np.asarray(stays.label)
    seen = np.arange(len(stays)) < len(stays) // 2
    unseen, seed = np.repeat(~seen, HOURS), TeacherSeed(run=0, kind=0, fold=0)
    found = log_odds(grow_teacher(FEW, table, stays, seen, seed), table)
    assert found[unseen & (label == 1)].mean() > found[unseen & (label == 0)].mean()
    spoiled = dataclasses.replace(stays, label=np.where(unseen, 1 - label, label).astype(np.int8))
    np.testing.assert_array_equal(log_odds(grow_teacher(FEW, table, spoiled, seen, seed), table), found)
