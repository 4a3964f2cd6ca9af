"""Requirements of the mortality model's training: nothing leaks, a seed decides, a stopped run goes on."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner, Result

from models.risk.lab.mortality.data import HOURS, Records, read_records
from models.risk.lab.mortality.outcome import FEATURES, MORTALITY
from models.risk.lab.mortality.recipe import Recipe, train
from models.risk.lab.mortality.table import describe
from models.risk.lab.mortality.trees import KINDS, ask, grow
from models.risk.lab.recipe import CannotTeachError
from models.risk.lab.split import parts_of
from models.risk.model import ModelError, RiskModel
from stream.commands.train import risk as command
from tests.builders.mortality_stays import many_records

FEW = dataclasses.replace(KINDS[0], rounds=3, feature_share=1.0, smallest_leaf=20)
QUICK = Recipe(seed=3, epochs=1, trees=(FEW,), students=1)


pytestmark = pytest.mark.timeout(120)  # whole trainings


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Records:
    return read_records(many_records(tmp_path_factory.mktemp("stays")))


def quiet(stage: str, done: int, total: int) -> None:
    assert stage
    assert done <= total


def weights(records: Records, recipe: Recipe, folder: Path) -> dict[str, torch.Tensor]:
    return train(records, recipe, folder, quiet).network.state_dict()


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_the_table_holds_the_features_of_every_hour_in_the_order_of_the_rows(records: Records) -> None:
    table = describe(records.stays)
    assert table.shape == (len(records.stays), HOURS, len(FEATURES.names))
    np.testing.assert_array_equal(table[:, :, FEATURES.names.index("hours_in_icu")].ravel(), records.stays.iculos)


def test_trees_learn_the_outcome_from_the_hours_that_they_are_told(records: Records) -> None:
    table, died = describe(records.stays), np.asarray(records.died)
    half = len(died) // 2
    told = ask(grow(FEW, table[:half], died[:half], 1), table[half:])
    assert told.shape == (half, HOURS)
    assert told[died[half:] == 1].mean() > told[died[half:] == 0].mean()


def test_the_seed_decides(records: Records, tmp_path: Path) -> None:
    first = weights(records, QUICK, tmp_path / "first")
    assert same(first, weights(records, QUICK, tmp_path / "again"))
    assert not same(first, weights(records, dataclasses.replace(QUICK, seed=4), tmp_path / "other"))


def test_a_stopped_training_goes_on_where_it_was(records: Records, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop_before_students(stage: str, done: int, total: int) -> None:
        quiet(stage, done, total)
        if stage.startswith("student"):
            raise StoppedError

    with pytest.raises(StoppedError):
        train(records, QUICK, tmp_path, stop_before_students)
    grown = (tmp_path / "teacher-0-0.npy").stat().st_mtime_ns
    resumed = train(records, QUICK, tmp_path, quiet)
    assert (tmp_path / "teacher-0-0.npy").stat().st_mtime_ns == grown
    stages: set[str] = set()
    finished = train(records, QUICK, tmp_path, lambda stage, _done, _total: stages.add(stage))
    assert not any(stage.startswith("student") for stage in stages)
    assert finished.decision == resumed.decision


def spoiled(records: Records, part: str) -> Records:
    """The same stays, but all of this part have other values and the other outcome."""
    rows = np.repeat(parts_of(records.stays.patient_id) == part, HOURS)
    columns, label = records.stays.columns.copy(), np.asarray(records.stays.label).copy()
    columns[rows, 0], label[rows] = 200.0, 1 - label[rows]
    return dataclasses.replace(records, stays=dataclasses.replace(records.stays, columns=columns, label=label))


def test_held_out_patients_change_figures_and_nothing_else(records: Records, tmp_path: Path) -> None:
    plain = train(records, QUICK, tmp_path / "plain", quiet)
    changed = train(spoiled(records, "test"), QUICK, tmp_path / "changed", quiet)
    assert plain.decision == changed.decision
    assert same(plain.network.state_dict(), changed.network.state_dict())
    assert plain.figures != changed.figures


def test_those_who_tune_change_the_decision_and_no_weight(records: Records, tmp_path: Path) -> None:
    plain = train(records, QUICK, tmp_path / "plain", quiet)
    changed = train(spoiled(records, "tune"), QUICK, tmp_path / "changed", quiet)
    assert plain.decision != changed.decision
    assert same(plain.network.state_dict(), changed.network.state_dict())


def test_stays_that_cannot_teach_are_refused(records: Records, tmp_path: Path) -> None:
    unknown = dataclasses.replace(records, stays=dataclasses.replace(records.stays, label=None))
    with pytest.raises(CannotTeachError, match="no outcome to learn from"):
        train(unknown, QUICK, tmp_path, quiet)
    living = records.take(np.flatnonzero(np.asarray(records.died) == 0))
    with pytest.raises(CannotTeachError, match="must both hold deaths and survivals"):
        train(living, QUICK, tmp_path, quiet)


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(one) for one in ("--outcome", "mortality", *arguments)])


@pytest.mark.timeout(180)  # the whole recipe at its own size, on few stays
def test_the_command_trains_from_raw_data_to_weights(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("--data", many_records(tmp_path / "data"), "--out", out, "--epochs", 1)
    assert done.exit_code == 0, done.output
    assert "test/48 h/auroc" in done.output
    assert [file.name for file in out.iterdir()] == [MORTALITY.file]
    model = RiskModel.load(out, "cpu", MORTALITY)
    assert model.version.startswith("mortality-lstm-")
    assert model.version in done.output
    with pytest.raises(ModelError, match=r"no weights of the sepsis model: risk\.safetensors is missing"):
        RiskModel.load(out, "cpu")


@pytest.mark.parametrize("option", [("--hospital", "hospital_a"), ("--without-clocks",)])
def test_options_of_the_other_outcome_are_refused(tmp_path: Path, option: tuple[str, ...]) -> None:
    done = run("--data", tmp_path, *option)
    assert done.exit_code == 2
    assert "are for the outcome sepsis" in done.output
