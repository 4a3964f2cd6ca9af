"""`evaluate lesion --set fundus` gives every photograph a row of probabilities, and `train` says what it lacks."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from stream.commands.evaluate import lesion as evaluate
from stream.commands.train import lesion as train
from tests.builders.fundus_pictures import a_folder_of_retinas

SET = ("--set", "fundus")


def run(asked: Callable[..., None], *arguments: str) -> Result:
    app = typer.Typer()
    app.command()(asked)
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.timeout(200)
@pytest.mark.parametrize("graded", [True, False])
def test_each_photograph_gets_its_probabilities_also_where_it_is_refused(tmp_path: Path, *, graded: bool) -> None:
    images = a_folder_of_retinas(tmp_path / "in", 3, graded=graded)
    table = tmp_path / "out" / "predictions.csv"
    ran = run(evaluate, *SET, "--images", str(images), "--predictions", str(table), "--device", "cpu", "--json")
    assert ran.exit_code == 0, ran.output
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"images/{number:03}.png" for number in range(3)]
    for row in rows:
        grades = [float(row[f"grade_{grade}"]) for grade in range(5)]
        assert sum(grades) == pytest.approx(1, abs=1e-5)
        assert sum(grades[2:]) == pytest.approx(float(row["referable"]), abs=1e-5)
        assert 0 <= float(row["oedema"]) <= 1
        assert row["abstained"] == "1"  # no drawing is taken for a photograph
        assert "does not look like" in row["refusal"]
    told = json.loads(ran.stdout.splitlines()[-1])
    assert (told["images"], told["refused"], told["taught_on_these"]) == (3, 3, False)
    assert ("auc_referable" in told["figures"]) is graded


def test_what_cannot_be_evaluated_or_trained_on_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "fundus").mkdir()
    ran = run(evaluate, *SET, "--images", str(tmp_path / "fundus"), "--predictions", str(tmp_path / "p.csv"))
    assert ran.exit_code == 1
    assert "fundus holds no photograph" in ran.output
    ran = run(train, *SET, "--data", str(tmp_path), "--checkpoints", str(tmp_path / "work"))
    assert ran.exit_code == 1
    assert "fundus holds no photograph" in ran.output
    a_folder_of_retinas(tmp_path / "bare" / "fundus", 1, graded=False)
    ran = run(train, *SET, "--data", str(tmp_path / "bare"), "--checkpoints", str(tmp_path / "work"))
    assert ran.exit_code == 1
    assert "dr_grade and dme_risk" in ran.output
    assert not list(tmp_path.rglob("*.safetensors"))
