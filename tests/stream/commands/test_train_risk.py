"""`wardwatch train risk`: from raw data to weights that load, with clear refusals."""

import inspect
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner, Result

from models.risk import site
from models.risk.checkpoint import Checkpoint
from models.risk.features import CLOCKS
from models.risk.lab.mortality.outcome import MORTALITY
from models.risk.lab.recipe import CannotTeachError, OnProgress
from models.risk.lab.stays import Stays
from models.risk.lab.studies import STUDIES
from models.risk.lab.study import Recipe, Study
from models.risk.model import ModelError, RiskModel
from models.risk.outcome import SEPSIS
from models.weights_manifest import MANIFEST
from stream.commands import evaluate
from stream.commands.train import risk as command
from tests.builders.mortality_stays import many_records
from tests.builders.risk_stays import a_stay, many_stays, write_psv


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.mark.timeout(400)  # the whole recipe at its own size, on few stays
def test_the_command_trains_from_raw_data_to_weights(tmp_path: Path) -> None:
    many_stays(tmp_path / "data", count=120)
    out = tmp_path / "out"
    done = run("--data", tmp_path / "data", "--out", out, "--epochs", 1)
    assert done.exit_code == 0, done.output
    assert "test/hospital_a/utility" in done.output
    assert {file.name for file in out.iterdir()} == {SEPSIS.file, MANIFEST, site.FILE}
    assert RiskModel.load(out, device="cpu").version in done.output


@pytest.mark.timeout(180)  # the whole recipe at its own size, on few stays
def test_the_command_trains_the_mortality_model_from_raw_data_to_weights(tmp_path: Path) -> None:
    out, data = tmp_path / "out", many_records(tmp_path / "data")
    done = run("--outcome", "mortality", "--data", data, "--out", out, "--epochs", 1)
    assert done.exit_code == 0, done.output
    assert "test/48 h/auroc" in done.output
    assert {file.name for file in out.iterdir()} == {MORTALITY.file, MANIFEST}
    model = RiskModel.load(out, "cpu", MORTALITY)
    assert model.version.startswith("mortality-lstm-")
    assert model.version in done.output
    with pytest.raises(ModelError, match=r"no weights of the sepsis model: risk\.safetensors is missing"):
        RiskModel.load(out, "cpu")


@pytest.mark.parametrize("outcome", ["sepsis", "mortality"])
def test_the_command_says_in_one_sentence_what_it_cannot_read(outcome: str, tmp_path: Path) -> None:
    done = run("--outcome", outcome, "--data", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.output
    assert isinstance(done.exception, SystemExit)


def test_the_command_refuses_stays_without_labels(tmp_path: Path) -> None:
    write_psv(tmp_path / "data", p1=a_stay(9).drop(columns="SepsisLabel"))
    done = run("--data", tmp_path / "data", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "no SepsisLabel to learn from" in done.output


def test_the_command_trains_on_one_hospital_and_without_clocks_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[set[str], tuple[str, ...], Path]] = []

    def train_nothing(study: Study, stays: Stays, recipe: Recipe, work: Path, on_progress: OnProgress) -> Checkpoint:
        del on_progress
        assert replace(recipe, without=()) == study.recipe
        asked.append((set(stays.hospital.tolist()), recipe.without, work))
        raise CannotTeachError

    monkeypatch.setattr("models.risk.lab.recipe.train", train_nothing)
    many_stays(tmp_path / "data", count=2)
    always = ["--data", tmp_path / "data", "--out", tmp_path / "out"]
    for more in ([], ["--hospital", "hospital_b"], ["--without-clocks"]):
        run(*always, *more)
    both = {"hospital_a", "hospital_b"}
    assert [one[:2] for one in asked] == [(both, ()), ({"hospital_b"}, ()), (both, CLOCKS)]
    assert len({work for _, _, work in asked}) == 3  # finished parts of one are not taken for another's
    done = run(*always, "--hospital", "hospital_c")
    assert done.exit_code == 2
    assert "there are hospital_a, hospital_b" in done.output


@pytest.mark.parametrize("option", [("--hospital", "hospital_a"), ("--without-clocks",)])
def test_options_of_the_other_outcome_are_refused(tmp_path: Path, option: tuple[str, ...]) -> None:
    done = run("--outcome", "mortality", "--data", tmp_path, *option)
    assert done.exit_code == 2
    assert "are for the outcome sepsis" in done.output


def test_each_study_can_be_asked_for_by_its_outcome() -> None:
    for one in (command, evaluate.risk):
        annotated = inspect.signature(one).parameters["outcome"].annotation
        assert set(get_args(get_args(annotated)[0])) == {*STUDIES, "deterioration"}
