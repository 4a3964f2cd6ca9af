"""`wardwatch evaluate risk --outcome mortality` with the shipped model: causal, a row for an hour, clear refusals."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from models.risk.lab.forecasting import forecast
from models.risk.lab.mortality.compare import MODEL
from models.risk.lab.mortality.data import HOURS, read_stays
from models.risk.lab.mortality.figures import AT_HOURS, DEFINITIONS
from models.risk.lab.mortality.inputs import NAMES, NOT_ON_THE_WIRE
from models.risk.lab.mortality.outcome import FEATURES, MORTALITY
from models.risk.lab.mortality.study import MORTALITY_STUDY, WIRE
from models.risk.model import SHIPPED, ModelError, RiskModel
from models.weights_file import make_manifest
from stream.commands.evaluate import risk as command
from tests.builders.mortality_stays import many_records, write_samples

pytestmark = pytest.mark.timeout(400)  # forecasts of whole stays, and learners beside them


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many_records(tmp_path_factory.mktemp("stays"))


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return RiskModel.load(SHIPPED, "cpu", MORTALITY)


def evaluate(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)
    words = ("--outcome", "mortality", "--device", "cpu", *arguments)
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "250"})


def summary(*arguments: object) -> dict[str, Any]:
    done = evaluate(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_shipped_model_says_what_made_it_and_is_small(model: RiskModel) -> None:
    assert model.version.startswith("mortality-lstm-")
    assert len(model.data_version) == 64
    assert (SHIPPED / MORTALITY.file).stat().st_size < 8_000_000
    assert model.version in (SHIPPED / "mortality.md").read_text(encoding="utf-8")


def test_the_sepsis_model_is_refused_as_one_of_mortality(model: RiskModel, tmp_path: Path) -> None:
    assert model.horizon_h == np.inf
    (tmp_path / MORTALITY.file).write_bytes((SHIPPED / "risk.safetensors").read_bytes())
    make_manifest(tmp_path)
    with pytest.raises(ModelError, match="has the format 'wardwatch-risk-1', this code reads 'wardwatch-mortality-1'"):
        RiskModel.load(tmp_path, "cpu", MORTALITY)


def test_an_hour_is_forecast_from_what_came_before_its_end_alone(model: RiskModel, folder: Path) -> None:
    stays = read_stays(folder)
    whole = forecast(model, stays).risk.reshape(-1, HOURS)
    later = stays.columns.reshape(len(stays), HOURS, -1).copy()
    later[:, 20:, :-1] = np.nan
    stays.columns[:] = later.reshape(stays.columns.shape)
    np.testing.assert_array_equal(forecast(model, stays).risk.reshape(-1, HOURS)[:, :20], whole[:, :20])


def test_a_patient_s_forecast_does_not_depend_on_who_is_beside(model: RiskModel, folder: Path) -> None:
    stays = read_stays(folder)
    together = forecast(model, stays).risk.reshape(-1, HOURS)
    for patient in (0, 17):
        alone = forecast(model, stays.take([patient])).risk
        np.testing.assert_allclose(alone, together[patient], atol=1e-6)


def test_the_state_can_be_put_away_as_bytes_after_any_hour(model: RiskModel, folder: Path) -> None:
    bins = read_stays(folder).columns.reshape(-1, HOURS, len(NAMES))
    state, stored = model.blank(len(bins)), model.blank(len(bins))
    for hour in range(6):
        state, told = model.step(state, bins[:, hour])
        stored, again = model.step(np.frombuffer(stored.tobytes(), np.float32).reshape(stored.shape), bins[:, hour])
        np.testing.assert_array_equal(told.probability, again.probability)


def test_hidden_inputs_change_nothing_when_they_change(model: RiskModel, folder: Path) -> None:
    stays = read_stays(folder)
    before = forecast(model, stays.without(NOT_ON_THE_WIRE)).risk
    assert {"glasgow_coma_score", "urine_ml"} <= set(NOT_ON_THE_WIRE)
    assert not {"heart_rate_bpm", "lactate_mmol_per_l", "age_years", "hours_in_icu"} & set(NOT_ON_THE_WIRE)
    stays.columns[:, NAMES.index("glasgow_coma_score")] = 3.0
    np.testing.assert_array_equal(forecast(model, stays.without(NOT_ON_THE_WIRE)).risk, before)
    assert not np.array_equal(forecast(model, stays).risk, before)


def test_who_is_hardly_measured_is_abstained_of(model: RiskModel) -> None:
    nothing = np.full((1, len(NAMES)), np.nan, np.float32)
    _, told = model.step(model.blank(1), nothing)
    assert told.abstained.tolist() == [True]
    assert FEATURES.known_vitals(FEATURES.advance(FEATURES.blank(1), nothing)).tolist() == [0]


def test_every_hour_of_every_stay_has_one_row_of_predictions(folder: Path, tmp_path: Path) -> None:
    done = evaluate("--data", folder, "--predictions", tmp_path / "new" / "out.parquet")
    assert done.exit_code == 0, done.output
    found, stays = pd.read_parquet(tmp_path / "new" / "out.parquet"), read_stays(folder)
    assert found.columns.tolist() == ["patient_id", "ICULOS", "risk", "alarm", "abstained"]
    assert found["patient_id"].tolist() == np.repeat(stays.patient_id, HOURS).tolist()
    assert found["ICULOS"].tolist() == list(range(1, HOURS + 1)) * len(stays)
    assert found["risk"].between(0, 1).all()
    assert set(found["alarm"]) | set(found["abstained"]) <= {0, 1}
    for heading in ("AUROC", "AUPRC", "Brier", "ECE"):
        assert re.search(rf"│ {heading} +│ \d\.\d+ \(\d\.\d+ to \d\.\d+\)", done.stdout)
    assert "not for clinical use" in done.stdout


def test_json_holds_every_figure_at_every_hour_with_points_and_learners(folder: Path, tmp_path: Path) -> None:
    found = summary("--data", folder, "--predictions", tmp_path / "out.parquet", "--part", "test", "--train", folder)
    assert found["data"]["fingerprint"] == read_stays(folder).fingerprint
    results = found["results"]
    own = [one for one in results if one["forecaster"] == MODEL]
    assert [one["hour"] for one in own if one["group"] == "all"] == list(AT_HOURS)
    assert {"female", "age 45 to 64", "coronary unit"} <= {one["group"] for one in own}
    assert set(own[0]["figures"]) == {one.name for one in DEFINITIONS}
    learned = {"prevalence", "logistic regression", "gradient boosting"}
    assert {one["forecaster"] for one in results} == {MODEL, WIRE, "SOFA points", *learned}
    points = next(one for one in results if one["forecaster"] == "SOFA points")
    assert set(points["figures"]) == {"auroc", "auprc"}
    assert points["figures"]["auroc"]["value"] == 1.0
    for one in results:
        if one["forecaster"] in learned:  # who never abstains has no share of abstention
            assert set(one["figures"]) == {definition.name for definition in DEFINITIONS} - {"abstained"}


def test_learners_are_not_measured_on_whom_they_learned_from(folder: Path, tmp_path: Path) -> None:
    done = evaluate("--data", folder, "--predictions", tmp_path / "out.parquet", "--train", folder)
    assert done.exit_code == 2
    assert "a baseline needs deaths and survivals to train with" in done.stderr


def test_a_part_of_the_split_can_be_forecast_alone(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "set_x.parquet"  # without its outcomes beside it nothing is measured
    bare.write_bytes((folder / "set_x.parquet").read_bytes())
    parts = [
        summary("--data", bare, "--predictions", tmp_path / "out.parquet", "--part", part)["data"]["patients"]
        for part in ("train", "tune", "test")
    ]
    assert sum(parts) == 120
    assert min(parts) > 0


def test_without_outcomes_it_only_predicts(tmp_path: Path) -> None:
    file = write_samples(tmp_path / "in" / "set.parquet", {7: [("00:10", "HR", 80.0)]})
    done = evaluate("--data", file, "--predictions", tmp_path / "out.parquet")
    assert done.exit_code == 0, done.output
    assert "no outcomes, so nothing was measured" in done.stdout
    assert len(pd.read_parquet(tmp_path / "out.parquet")) == HOURS
    assert evaluate("--data", file, "--predictions", tmp_path / "o.parquet", "--card", tmp_path / "c.md").exit_code == 2


def test_a_card_is_written_with_its_plots(folder: Path, tmp_path: Path, model: RiskModel) -> None:
    card = tmp_path / "card" / "mortality.md"
    found = summary("--data", folder, "--predictions", tmp_path / "out.parquet", "--card", card)
    text = card.read_text(encoding="utf-8")
    assert model.version in text
    assert "not for clinical use" in text
    assert "$" not in text
    own = next(one for one in found["results"] if one["hour"] == HOURS)["figures"]["auroc"]
    assert f"{own['value']:.3f} ({own['low']:.3f} to {own['high']:.3f})" in text
    for plot in MORTALITY_STUDY.presentation.plots:
        assert (card.parent / f"mortality-{plot}.png").read_bytes().startswith(b"\x89PNG")
        assert f"(mortality-{plot}.png)" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--data", "nowhere"), "nowhere: there is no such file or folder"),
        (("--data", "nowhere", "--beside", "other=folder"), "--beside is for the outcome sepsis"),
        (
            ("--data", "nowhere", "--model", "nothing"),
            "no weights of the mortality model: mortality.safetensors is missing",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = evaluate(*arguments, "--predictions", tmp_path / "out.parquet")
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.output
