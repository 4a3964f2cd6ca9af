"""`wardwatch train|evaluate risk --outcome deterioration`: from stays without labels to weights, rows and a card."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import typer
from typer.testing import CliRunner, Result

from models.risk.deterioration import weights
from models.risk.deterioration.events import HEADS
from models.risk.lab.deterioration import training
from models.risk.lab.sepsis.data import read_stays
from models.risk.model import SHIPPED, RiskModel
from models.risk.outcome import SEPSIS
from models.weights_file import make_manifest
from models.weights_manifest import MANIFEST
from stream.commands.evaluate import risk as evaluate
from stream.commands.train import risk as train
from tests.builders.risk_stays import a_stay, write_psv

NAMES = [f"{head.name}/{head.horizon_h}h" for head in HEADS]


def run(command: object, *arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]  # a command's function
    asked = ["--outcome", "deterioration", *(str(one) for one in arguments)]
    return CliRunner().invoke(app, asked, env={"COLUMNS": "250"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stays whose vital signs now and then cross every edge; a label is in none of them."""
    random, stays = np.random.default_rng(3), {}
    for number in range(80):
        hours = int(random.integers(20, 40))
        ill = np.repeat(random.random(hours // 4 + 1) < 0.3, 4)[:hours]
        signs = {
            "HR": 80 + 55 * ill, "O2Sat": 97 - 7 * ill, "Temp": 37 + 0 * ill, "SBP": 120 - 32 * ill,
            "MAP": 85 - 25 * ill, "DBP": 60 + 0 * ill, "Resp": 16 + 10 * ill,
        }  # fmt: skip
        noisy = {name: values + random.normal(0, 0.5, hours) for name, values in signs.items()}
        stays[f"p{number:03d}"] = a_stay(hours, onset_label=None, **noisy).drop(columns="SepsisLabel")
    return write_psv(tmp_path_factory.mktemp("stays") / "ward", **stays)


@pytest.mark.timeout(180)  # two trainings at their own size, on few stays
def test_a_training_that_was_stopped_goes_on_to_the_same_weights(folder: Path, tmp_path: Path) -> None:
    straight = tmp_path / "straight"
    done = run(train, "--data", folder, "--out", straight, "--epochs", 2)
    assert done.exit_code == 0, done.output
    assert f"tune/{HEADS[0].name}/4h/auroc" in done.stdout
    assert {file.name for file in straight.iterdir()} == {weights.FILE, MANIFEST}
    (straight / SEPSIS.file).write_bytes((SHIPPED / SEPSIS.file).read_bytes())
    make_manifest(straight)
    assert RiskModel.load(straight, "cpu").version.endswith(weights.version_of(straight / weights.FILE))

    def stop(stage: str, step: int, _: int) -> None:
        if (stage, step) == ("passes", 1):
            raise KeyboardInterrupt

    stays, work = read_stays(folder), tmp_path / "work"
    with pytest.raises(KeyboardInterrupt):
        training.train(stays, 0, 2, work, stop)
    passes: list[int] = []
    resumed = training.train(
        stays, 0, 2, work, lambda stage, step, _: passes.append(step) if stage == "passes" else None
    )
    whole = weights.load(straight)
    assert whole is not None
    assert passes == [2]
    assert list(resumed.slopes) == list(whole.slopes)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name


def test_stays_without_labels_are_measured_and_every_hour_has_a_row(folder: Path, tmp_path: Path) -> None:
    out, card = tmp_path / "out.parquet", tmp_path / "card.md"
    done = run(evaluate, "--data", folder, "--predictions", out, "--card", card, "--device", "cpu", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {one["head"] for one in found["results"]} == set(NAMES)
    assert {one["forecaster"] for one in found["results"]} == {"LSTM", "last mean pressure", "NEWS2 now"}
    assert all(0 < one["rate"] < 1 for one in found["results"])
    assert {move["change"] for move in found["counterfactuals"]["moved"]} >= {"lactate_mmol_per_l", "clock"}
    rows = pd.read_parquet(out)
    assert rows.columns.tolist() == ["patient_id", "ICULOS", *NAMES]
    assert len(rows) == sum(len(pd.read_csv(file, sep="|")) for file in folder.iterdir())
    assert rows[NAMES[0]].isna().any()  # while it is there
    assert rows[NAMES[0]].dropna().between(0, 1).all()
    assert "card-reliability.png" in card.read_text(encoding="utf-8")
    assert (tmp_path / "card-roc.png").exists()


def test_what_can_not_be_done_is_refused_in_one_sentence(folder: Path, tmp_path: Path) -> None:
    few = write_psv(tmp_path / "few", p1=a_stay(12))
    done = run(train, "--data", few, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "too few stays" in done.output
    done = run(train, "--data", folder, "--without-clocks")
    assert done.exit_code == 2
    assert "these forecasts read none" in done.output
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / SEPSIS.file).write_bytes((SHIPPED / SEPSIS.file).read_bytes())
    make_manifest(tmp_path / "alone")
    done = run(evaluate, "--data", few, "--predictions", tmp_path / "x.parquet", "--model", tmp_path / "alone")
    assert done.exit_code == 2
    assert "lie none of what the vital signs will show" in done.output
