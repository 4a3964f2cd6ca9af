"""Requirements of the training: nothing leaks, a seed decides, a stopped run goes on, what was fitted holds."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from numpy.typing import NDArray
from typer.testing import CliRunner

from models.risk import checkpoint
from models.risk.checkpoint import Checkpoint
from models.risk.features import CLOCKS
from models.risk.lab import teacher, training
from models.risk.lab.data import COLUMNS, Stays
from models.risk.lab.fitting import MISCOVERAGE, best_threshold, covering, fit_decision
from models.risk.lab.recipe import CannotTeachError, Recipe, train
from models.risk.lab.split import folds_of, parts_of
from models.risk.lab.students import Report
from models.risk.model import RiskModel
from models.risk.network import Shape
from models.risk.outcome import SEPSIS
from stream.commands.train import risk as command
from tests.builders.risk_stays import a_stay, many_stays, write_psv

FEW = dataclasses.replace(teacher.KINDS[0], rounds=3, feature_share=1.0)
QUICK = Recipe(seed=3, epochs=1, trees=(FEW,), students=1)


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> Stays:
    return many_stays(tmp_path_factory.mktemp("stays"), count=240)


def quiet(stage: str, done: int, total: int) -> None:
    assert stage
    assert done <= total


def test_a_patient_s_part_depends_on_the_patient_alone() -> None:
    patients = [f"p{number:06d}" for number in range(4000)]
    part = parts_of(patients)
    np.testing.assert_array_equal(parts_of(patients[::-1]), part[::-1])
    assert parts_of(["p000002"]) == parts_of(patients)[2]
    assert abs((part == "test").mean() - 0.15) < 0.02
    assert abs((part == "tune").mean() - 0.10) < 0.02


def test_folds_are_even() -> None:
    counts = np.bincount(folds_of([f"p{number}" for number in range(5000)], 5))
    assert counts.min() > 900
    assert len(counts) == 5


def a_class(seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Features, gain, start, fold of 400 stays; the gain follows from the first feature; every 8th stay is out."""
    start = np.arange(0, 8001, 20)
    features = np.random.default_rng(seed).normal(size=(8000, 5)).astype(np.float32)
    fold = np.where(np.arange(400) % 8 == 7, -1, np.arange(400) % teacher.FOLDS)
    return features, np.where(features[:, 0] > 0.5, 1.0, -0.05), start, fold


@pytest.mark.parametrize("unseen", [2, -1])
def test_the_teacher_learns_nothing_from_whom_it_is_asked_about_and_from_who_is_in_no_fold(unseen: int) -> None:
    features, gain, start, fold = a_class(0)
    spoiled = np.where(np.repeat(fold == unseen, 20), -gain / 2, gain)
    plain = teacher.ask(FEW, 2, features, gain, start, fold, 1)
    np.testing.assert_array_equal(teacher.ask(FEW, 2, features, spoiled, start, fold, 1), plain)
    seen = np.where(np.repeat(fold == 3, 20), -gain / 2, gain)
    assert not np.array_equal(teacher.ask(FEW, 2, features, seen, start, fold, 1), plain)


def test_the_teacher_knows_the_patients_it_has_not_seen() -> None:
    features, gain, start, fold = a_class(0)
    told = teacher.ask(FEW, 2, features, gain, start, fold, 1)
    right = gain[np.repeat(fold == 2, 20)] > 0
    assert told[right].mean() > told[~right].mean() + 0.3


def test_batches_hold_every_hour_of_the_chosen_stays_once() -> None:
    start = np.cumsum([0, *np.random.default_rng(0).integers(1, 40, 300)])
    chosen = np.arange(0, 300, 2)
    for generator in (None, np.random.default_rng(1)):
        rows = np.concatenate([rows[real] for rows, real in training.bundle(start, chosen, generator)])
        expected = np.concatenate([np.arange(start[stay], start[stay + 1]) for stay in chosen])
        np.testing.assert_array_equal(np.sort(rows), expected)


def test_a_student_learns_what_the_teacher_tells_of_others() -> None:
    encoded = np.random.default_rng(5).normal(size=(3000, 6)).astype(np.float32)
    encoded[:, 4:] = 0
    taught = np.where(encoded[:, 0] > 0, 0.9, 0.1).astype(np.float32)
    lessons = training.Lessons(encoded, np.arange(0, 3001, 10), taught, np.arange(256))
    shape = Shape(features=4, knots=2, embedding=16, hidden=8, members=1)
    member = training.train_member(shape, lessons, 0, 60, torch.device("cpu"), lambda: None)
    told = training.score(member, encoded, lessons.start, np.arange(256, 300))
    right = taught[2560:] > 0.5
    assert np.isnan(told[:2560]).all()
    assert told[2560:][right].mean() > told[2560:][~right].mean() + 0.3


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


def test_a_training_gives_a_model_that_loads_and_the_seed_decides(stays: Stays, tmp_path: Path) -> None:
    first, again, other = (
        train(stays, dataclasses.replace(QUICK, seed=seed), tmp_path / name, quiet)
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    for name, tensor in first.network.state_dict().items():
        torch.testing.assert_close(again.network.state_dict()[name], tensor, rtol=0, atol=0)
    assert first.decision == again.decision != other.decision
    checkpoint.save(first, tmp_path)
    model = RiskModel.load(tmp_path, device="cpu")
    assert model.data_version == stays.fingerprint
    assert set(model.figures) == set(first.figures)


def test_a_stopped_training_goes_on_where_it_was(stays: Stays, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop_before_students(stage: str, done: int, total: int) -> None:
        quiet(stage, done, total)
        if stage.startswith("student"):
            raise StoppedError

    with pytest.raises(StoppedError):
        train(stays, QUICK, tmp_path, stop_before_students)
    grown = (tmp_path / "teacher-0-0.npy").stat().st_mtime_ns
    stages: set[str] = set()
    resumed = train(stays, QUICK, tmp_path, lambda stage, _done, _total: stages.add(stage))
    assert any(stage.startswith("student") for stage in stages)
    assert (tmp_path / "teacher-0-0.npy").stat().st_mtime_ns == grown
    stages.clear()
    finished = train(stays, QUICK, tmp_path, lambda stage, _done, _total: stages.add(stage))
    assert not any(stage.startswith("student") for stage in stages)
    assert finished.decision == resumed.decision


def test_held_out_patients_change_figures_and_nothing_else(stays: Stays, tmp_path: Path) -> None:
    plain = train(stays, QUICK, tmp_path / "plain", quiet)
    held_out = np.repeat(parts_of(stays.patient_id) == "test", stays.hours)
    columns = stays.columns.copy()
    columns[held_out, 0] = 200.0
    changed = train(dataclasses.replace(stays, columns=columns), QUICK, tmp_path / "changed", quiet)
    assert plain.decision == changed.decision
    for name, tensor in plain.network.state_dict().items():
        torch.testing.assert_close(changed.network.state_dict()[name], tensor, rtol=0, atol=0)
    assert plain.figures != changed.figures


def test_what_a_training_leaves_out_moves_no_forecast(stays: Stays, tmp_path: Path) -> None:
    """A column that leaves no trace in other features: the sex."""
    blind = train(stays, dataclasses.replace(QUICK, without=("sex_male",)), tmp_path, quiet)
    model = RiskModel(blind, "blind", device="cpu")
    sexes = (0.0, 1.0, np.nan)
    bins = np.repeat(stays.columns[:1], len(sexes), axis=0)
    bins[:, COLUMNS.index("Gender")] = sexes
    told = model.step(model.blank(len(sexes)), bins)[1].probability
    assert told[0] == told[1] == told[2]


def test_one_hospital_s_stays_train_a_model_of_their_own(stays: Stays, tmp_path: Path) -> None:
    own = stays.take(np.flatnonzero(stays.hospital == "hospital_b"))
    trained = train(own, QUICK, tmp_path, quiet)
    assert {name.split("/")[1] for name in trained.figures} == {"hospital_b", "all hospitals"}
    assert trained.data_version == own.fingerprint


def test_stays_without_labels_are_refused(stays: Stays, tmp_path: Path) -> None:
    with pytest.raises(CannotTeachError, match="no SepsisLabel to learn from"):
        train(dataclasses.replace(stays, label=None), QUICK, tmp_path, quiet)


def test_too_few_stays_are_refused(stays: Stays, tmp_path: Path) -> None:
    quiet_stays = np.flatnonzero(np.logical_or.reduceat(np.asarray(stays.label), stays.start[:-1]) == 0)
    trained = np.flatnonzero(parts_of(stays.patient_id) == "train")
    few = stays.take(np.union1d(quiet_stays, trained))
    with pytest.raises(CannotTeachError, match="do not hold both septic and other hours"):
        train(few, QUICK, tmp_path, quiet)


def an_app() -> typer.Typer:
    app = typer.Typer()
    app.command()(command)
    return app


@pytest.mark.timeout(120)  # the whole recipe at its own size, on few stays
def test_the_command_trains_from_raw_data_to_weights(tmp_path: Path) -> None:
    many_stays(tmp_path / "data", count=120)
    out = tmp_path / "out"
    ran = CliRunner().invoke(an_app(), ["--data", str(tmp_path / "data"), "--out", str(out), "--epochs", "1"])
    assert ran.exit_code == 0, ran.output
    assert "test/hospital_a/utility" in ran.output
    assert [file.name for file in out.iterdir()] == [SEPSIS.file]
    assert RiskModel.load(out, device="cpu").version in ran.output


def test_the_command_says_in_one_sentence_what_it_cannot_read(tmp_path: Path) -> None:
    ran = CliRunner().invoke(an_app(), ["--data", str(tmp_path / "nowhere")])
    assert ran.exit_code == 2
    assert "nowhere" in ran.output
    assert isinstance(ran.exception, SystemExit)


def test_the_command_refuses_stays_without_labels(tmp_path: Path) -> None:
    write_psv(tmp_path / "data", p1=a_stay(9).drop(columns="SepsisLabel"))
    ran = CliRunner().invoke(an_app(), ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")])
    assert ran.exit_code == 2
    assert "no SepsisLabel to learn from" in ran.output


def test_the_command_trains_on_one_hospital_and_without_clocks_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[set[str], tuple[str, ...], Path]] = []

    def train_nothing(stays: Stays, recipe: Recipe, work: Path, report: Report) -> Checkpoint:
        del report
        asked.append((set(stays.hospital.tolist()), recipe.without, work))
        raise CannotTeachError

    monkeypatch.setattr("models.risk.lab.recipe.train", train_nothing)
    many_stays(tmp_path / "data", count=2)
    always = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    for more in ([], ["--hospital", "hospital_b"], ["--without-clocks"]):
        CliRunner().invoke(an_app(), [*always, *more])
    both = {"hospital_a", "hospital_b"}
    assert [one[:2] for one in asked] == [(both, ()), ({"hospital_b"}, ()), (both, CLOCKS)]
    assert len({work for _, _, work in asked}) == 3  # finished parts of one are not taken for another's
    ran = CliRunner().invoke(an_app(), [*always, "--hospital", "hospital_c"])
    assert ran.exit_code == 2
    assert "there are hospital_a, hospital_b" in ran.output
