"""Requirements of the training, for every outcome: nothing leaks, a seed decides, a stopped run goes on."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lightgbm import Booster
from numpy.typing import NDArray

from models.risk import checkpoint
from models.risk.lab.mortality.data import read_stays
from models.risk.lab.recipe import CannotTeachError, train
from models.risk.lab.split import folds_of, parts_of
from models.risk.lab.stays import Stays
from models.risk.lab.studies import STUDIES
from models.risk.lab.study import Recipe, Study
from models.risk.lab.trees import TeacherSeed, Trees
from models.risk.model import RiskModel
from tests.builders.mortality_stays import many_records
from tests.builders.risk_stays import many_stays

pytestmark = pytest.mark.timeout(400)  # whole trainings


@dataclass(frozen=True)
class Case:
    """A study with small stays and a quick recipe."""

    study: Study
    stays: Stays
    recipe: Recipe


@pytest.fixture(scope="module", params=sorted(STUDIES))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    study, folder = STUDIES[request.param], tmp_path_factory.mktemp(request.param)
    stays = many_stays(folder, count=240) if study.live else read_stays(many_records(folder))
    few = replace(study.recipe.trees[0], rounds=3, feature_share=1.0, smallest_leaf=300 if study.live else 20)
    return Case(study, stays, replace(study.recipe, seed=3, epochs=1, trees=(few,), students=1))


def quiet(stage: str, done: int, total: int) -> None:
    assert stage
    assert done <= total


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_a_training_gives_a_model_that_loads_and_the_seed_decides(case: Case, tmp_path: Path) -> None:
    first, again, other = (
        train(case.study, case.stays, replace(case.recipe, seed=seed), tmp_path / name, quiet)
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    assert same(first.network.state_dict(), again.network.state_dict())
    assert not same(first.network.state_dict(), other.network.state_dict())
    assert first.decision == again.decision != other.decision
    checkpoint.save(first, tmp_path)
    model = RiskModel.load(tmp_path, "cpu", case.study.outcome)
    assert model.data_version == case.stays.fingerprint
    assert set(model.figures) == set(first.figures)


def test_a_stopped_training_goes_on_where_it_was(case: Case, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop_before_students(stage: str, done: int, total: int) -> None:
        quiet(stage, done, total)
        if stage.startswith("student"):
            raise StoppedError

    with pytest.raises(StoppedError):
        train(case.study, case.stays, case.recipe, tmp_path, stop_before_students)
    grown = (tmp_path / "teacher-0-0.npy").stat().st_mtime_ns
    stages: set[str] = set()
    resumed = train(case.study, case.stays, case.recipe, tmp_path, lambda stage, _done, _total: stages.add(stage))
    assert any(stage.startswith("student") for stage in stages)
    assert (tmp_path / "teacher-0-0.npy").stat().st_mtime_ns == grown
    stages.clear()
    finished = train(case.study, case.stays, case.recipe, tmp_path, lambda stage, _done, _total: stages.add(stage))
    assert not any(stage.startswith("student") for stage in stages)
    assert finished.decision == resumed.decision


def test_a_teacher_sees_neither_whom_it_is_asked_about_nor_who_does_not_train(case: Case, tmp_path: Path) -> None:
    asked: dict[int, NDArray[np.bool_]] = {}

    def watched(
        kind: Trees, table: NDArray[np.floating], stays: Stays, seen: NDArray[np.bool_], seed: TeacherSeed
    ) -> Booster:
        asked[seed.fold] = seen
        return case.study.grow_teacher(kind, table, stays, seen, seed)

    train(replace(case.study, grow_teacher=watched), case.stays, case.recipe, tmp_path, quiet)
    fold, trains = folds_of(case.stays.patient_id, 5), parts_of(case.stays.patient_id) == "train"
    assert sorted(asked) == list(range(5))
    for held_out, seen in asked.items():
        np.testing.assert_array_equal(seen, trains & (fold != held_out))


def spoiled(stays: Stays, part: str) -> Stays:
    """The same stays, but all of this part have other values and the other labels."""
    rows = np.repeat(parts_of(stays.patient_id) == part, stays.hours)
    columns, label = stays.columns.copy(), np.asarray(stays.label).copy()
    columns[rows, 0], label[rows] = 200.0, 1 - label[rows]
    return replace(stays, columns=columns, label=label)


def test_held_out_patients_change_figures_and_nothing_else(case: Case, tmp_path: Path) -> None:
    plain = train(case.study, case.stays, case.recipe, tmp_path / "plain", quiet)
    changed = train(case.study, spoiled(case.stays, "test"), case.recipe, tmp_path / "changed", quiet)
    assert plain.decision == changed.decision
    assert same(plain.network.state_dict(), changed.network.state_dict())
    assert plain.figures != changed.figures
    assert {name for name, value in plain.figures.items() if changed.figures[name] != value} <= {
        name for name in plain.figures if name.startswith("test/")
    }


def test_those_who_tune_change_the_decision_and_no_weight(case: Case, tmp_path: Path) -> None:
    plain = train(case.study, case.stays, case.recipe, tmp_path / "plain", quiet)
    changed = train(case.study, spoiled(case.stays, "tune"), case.recipe, tmp_path / "changed", quiet)
    assert plain.decision != changed.decision
    assert same(plain.network.state_dict(), changed.network.state_dict())


def test_what_a_training_leaves_out_moves_no_forecast(case: Case, tmp_path: Path) -> None:
    """A column that leaves no trace in other features: the sex."""
    blind = train(case.study, case.stays, replace(case.recipe, without=("sex_male",)), tmp_path, quiet)
    model = RiskModel(blind, "blind", device="cpu")
    bins, sex = case.stays.columns[:1].copy(), [one.name for one in case.stays.inputs].index("sex_male")
    found = set()
    for value in (0.0, 1.0, np.nan):
        bins[:, sex] = value
        found.add(model.step(model.blank(1), bins)[1].probability.item())
    assert len(found) == 1


def test_one_hospital_s_stays_train_a_model_of_their_own(tmp_path: Path) -> None:
    stays = many_stays(tmp_path / "stays", count=240)
    own = stays.take(np.flatnonzero(stays.hospital == "hospital_b"))
    study = STUDIES["sepsis"]
    few = replace(study.recipe.trees[0], rounds=3, feature_share=1.0)
    recipe = replace(study.recipe, epochs=1, trees=(few,), students=1)
    trained = train(study, own, recipe, tmp_path / "work", quiet)
    assert {name.split("/")[1] for name in trained.figures} == {"hospital_b", "all hospitals"}
    assert trained.data_version == own.fingerprint


def test_stays_without_labels_are_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(CannotTeachError, match=f"no {case.study.truth[0]} to learn from"):
        train(case.study, replace(case.stays, label=None), case.recipe, tmp_path, quiet)


@pytest.mark.parametrize("part", ["train", "tune"])
def test_too_few_stays_to_teach_or_to_tune_are_refused_before_any_work(case: Case, part: str, tmp_path: Path) -> None:
    stays = case.stays
    without = np.logical_or.reduceat(np.asarray(stays.label), stays.start[:-1]) == 0
    few = stays.take(np.flatnonzero(without | (parts_of(stays.patient_id) != part)))
    with pytest.raises(CannotTeachError, match=f"must both hold {case.study.truth[1]}"):
        train(case.study, few, case.recipe, tmp_path / "work", quiet)
    assert not (tmp_path / "work").exists()
