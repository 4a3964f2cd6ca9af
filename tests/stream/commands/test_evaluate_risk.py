"""`wardwatch evaluate risk` with the shipped model: a row for a row, figures where there are labels, clear refusals."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from models.risk.lab.sepsis import compare
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.sepsis.figures import DEFINITIONS, EQUAL_BURDEN
from models.risk.lab.split import parts_of
from models.risk.model import SHIPPED
from stream.commands.evaluate import risk as command
from tests.builders.risk_stays import a_stay, many_stays, write_parquet, write_psv


def evaluate(*arguments: object, site: str = "checked") -> Result:
    """Evaluate where somebody has checked the model: a few invented stays are like those of no hospital."""
    app = typer.Typer()
    app.command()(command)
    asked = [*(str(argument) for argument in arguments), "--site", site]
    return CliRunner().invoke(app, asked, env={"COLUMNS": "250"})


def predicted(data: Path, out: Path) -> pd.DataFrame:
    done = evaluate("--data", data, "--predictions", out, "--device", "cpu")
    assert done.exit_code == 0, done.output
    return pd.read_parquet(out)


def summary(*arguments: object) -> dict[str, Any]:
    done = evaluate(*arguments, "--device", "cpu", "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("stays")
    many_stays(where, count=60)
    return where


def test_every_input_row_has_one_row_of_predictions_in_the_input_order(folder: Path, tmp_path: Path) -> None:
    found = predicted(folder, tmp_path / "new" / "out.parquet")
    stays = read_stays(folder)
    assert found.columns.tolist() == ["patient_id", "ICULOS", "risk", "alarm", "abstained"]
    assert found["patient_id"].tolist() == stays.patient_id[stays.stay_of_row].tolist()
    assert found["ICULOS"].tolist() == stays.iculos.tolist()
    assert found["risk"].between(0, 1).all()
    assert set(found["alarm"]) | set(found["abstained"]) <= {0, 1}


def test_rows_stay_as_they_are_where_hours_are_missing(tmp_path: Path) -> None:
    data = write_psv(tmp_path / "in", p1=a_stay(4, ICULOS=[2.0, 3.0, 7.0, 9.0]))
    assert predicted(data, tmp_path / "out.parquet")["ICULOS"].tolist() == [2, 3, 7, 9]


def test_a_truncated_record_is_predicted_as_the_beginning_of_the_whole_one(folder: Path, tmp_path: Path) -> None:
    whole = predicted(folder, tmp_path / "whole.parquet")
    for file in sorted(folder.rglob("*.psv"))[:3]:
        table = pd.read_csv(file, sep="|")
        cut = write_psv(tmp_path / "cut" / file.stem, **{file.stem: table.head(4)})
        found = predicted(cut, tmp_path / "cut.parquet")
        beginning = whole["risk"][whole["patient_id"] == file.stem].head(4)
        np.testing.assert_allclose(found["risk"], beginning, atol=1e-6)


def test_without_labels_it_only_predicts(tmp_path: Path) -> None:
    data = write_psv(tmp_path / "in", p1=a_stay(4).drop(columns="SepsisLabel"))
    done = evaluate("--data", data, "--predictions", tmp_path / "out.parquet")
    assert done.exit_code == 0
    assert "no labels, so nothing was measured" in done.stdout
    assert len(pd.read_parquet(tmp_path / "out.parquet")) == 4
    assert summary("--data", data, "--predictions", tmp_path / "out.parquet")["results"] == []


def test_json_is_one_object_with_every_figure_of_every_hospital(folder: Path, tmp_path: Path) -> None:
    found = summary("--data", folder, "--predictions", tmp_path / "out.parquet")
    assert set(found) == {
        "model",
        "beside",
        "data",
        "forecast_s",
        "interval",
        "definitions",
        "results",
        "speeds",
        "deletions",
        "sites",
    }
    assert found["data"]["patients"] == 60
    assert found["data"]["fingerprint"] == read_stays(folder).fingerprint
    own = [result for result in found["results"] if result["forecaster"] == "risk model"]
    assert {result["hospital"] for result in own if result["group"] == "all"} == {"hospital_a", "hospital_b", "all"}
    assert {"female", "male", "age 45 to 64", "medical unit"} <= {result["group"] for result in own}
    whole = next(result for result in own if result["hospital"] == "all")
    assert {*whole["figures"], EQUAL_BURDEN} == {one.name for one in DEFINITIONS}
    for name in ("utility", "auroc", "auprc", "brier", "ece", "stay_sensitivity", "alarms_per_day"):
        figure = whole["figures"][name]
        assert figure["low"] <= figure["value"] <= figure["high"]
    rules = {result["forecaster"] for result in found["results"]} - {"risk model"}
    assert rules == {"clock from 50 h", "NEWS2 from 5 points", "NEWS2 from 7 points"}


def test_figures_that_the_data_do_not_define_are_null(tmp_path: Path) -> None:
    data = write_psv(tmp_path / "in", p1=a_stay(4), p2=a_stay(5))
    own = summary("--data", data, "--predictions", tmp_path / "out.parquet")["results"][0]
    assert own["septic"] == 0
    assert own["figures"]["utility"] == {"value": None, "low": None, "high": None}
    assert math.isfinite(own["figures"]["brier"]["value"])


def test_the_table_shows_each_figure_with_its_interval(folder: Path, tmp_path: Path) -> None:
    done = evaluate("--data", folder, "--predictions", tmp_path / "out.parquet", "--device", "cpu")
    rows = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in done.stdout.splitlines() if "│" in line}
    for heading in ("utility", "AUROC", "AUPRC", "Brier", "ECE", "sensitivity by stay", "alarms per patient-day"):
        assert re.fullmatch(r"\d\.\d+ \(-?\d\.\d+ to \d\.\d+\)", rows[heading])
    assert re.fullmatch(r"-|\d+\.\d \(\d+\.\d to \d+\.\d\)", rows["lead time, h"])  # - where no stay was detected
    assert "1000 resamples of patients" in done.stdout
    assert "not for clinical use" in done.stdout


def test_impossible_values_are_counted_and_not_used(tmp_path: Path) -> None:
    wild = write_psv(tmp_path / "wild", p1=a_stay(3, HR=[80.0, 900.0, -5.0]))
    tame = write_psv(tmp_path / "tame", p1=a_stay(3, HR=[80.0, np.nan, np.nan]))
    found = summary("--data", wild, "--predictions", tmp_path / "out.parquet")
    assert found["data"]["impossible_values"] == {"HR": 2}
    np.testing.assert_array_equal(
        predicted(wild, tmp_path / "a.parquet")["risk"], predicted(tame, tmp_path / "b.parquet")["risk"]
    )


def test_a_part_takes_the_patients_that_the_split_gives_it(folder: Path, tmp_path: Path) -> None:
    found = summary("--data", folder, "--predictions", tmp_path / "out.parquet", "--part", "test")
    stays = read_stays(folder)
    expected = stays.patient_id[parts_of(stays.patient_id) == "test"].tolist()
    assert pd.read_parquet(tmp_path / "out.parquet")["patient_id"].unique().tolist() == expected
    assert (found["data"]["part"], found["data"]["held_out"]) == ("test", None)


@pytest.mark.timeout(180)  # it trains three learners
def test_baselines_are_trained_on_given_stays_and_across_hospitals(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "logistic regression"
    monkeypatch.setattr(compare, "LEARNERS", [name])  # the quickest stands for all
    many_stays(tmp_path / "train", count=240, first=420)  # the split tunes with some septic ones of each hospital
    out = tmp_path / "out.parquet"
    found = summary("--data", folder, "--predictions", out, "--train", tmp_path / "train", "--part", "test")
    learned = [result for result in found["results"] if result["forecaster"].startswith(name)]
    assert [(result["forecaster"], result["hospital"]) for result in learned] == [
        (name, "hospital_a"),
        (name, "hospital_b"),
        (name, "all"),
        (f"{name}, from hospital_a", "hospital_b"),
        (f"{name}, from hospital_b", "hospital_a"),
    ]
    assert all("sensitivity_at_equal_burden" in result["figures"] for result in learned)


def test_further_weights_stand_beside_the_model_in_the_table(folder: Path, tmp_path: Path) -> None:
    name = "risk model, from hospital_a"
    beside = ("--beside", f"{name}={SHIPPED}")
    found = summary("--data", folder, "--predictions", tmp_path / "out.parquet", *beside)
    assert found["beside"] == {name: found["model"]["version"]}
    whole = {
        result["forecaster"]: result["figures"]
        for result in found["results"]
        if (result["hospital"], result["group"]) == ("all", "all")
    }
    assert whole[name].pop("sensitivity_at_equal_burden") == whole[name]["stay_sensitivity"]  # the same weights
    assert whole[name] == whole["risk model"]


@pytest.mark.parametrize("beside", ["weights", "=weights", "name=", "risk model=weights"])
def test_further_weights_need_a_name_of_their_own(tmp_path: Path, beside: str) -> None:
    data = write_psv(tmp_path / "in", p1=a_stay(3))
    done = evaluate("--data", data, "--predictions", tmp_path / "out.parquet", "--beside", beside)
    assert done.exit_code == 2
    assert "--beside takes NAME=FOLDER" in done.stderr


@pytest.mark.timeout(180)  # it measures the cost of a step and draws four plots
def test_the_card_carries_the_figures_and_its_plots(folder: Path, tmp_path: Path) -> None:
    card = tmp_path / "cards" / "RISK.md"
    beside = ("--beside", f"the same again={SHIPPED}")
    found = summary("--data", folder, "--predictions", tmp_path / "out.parquet", "--card", card, *beside)
    text = card.read_text()
    for name in ("reliability", "utility", "burden", "decision"):
        assert (card.parent / f"RISK-{name}.png").read_bytes().startswith(b"\x89PNG")
        assert f"(RISK-{name}.png)" in text
    headings = ("Intended use", "Data", "Figures", "Compared with", "Subgroups", "Explanations", "Speed", "Limits")
    for heading in (*headings, "TRIPOD+AI", "Definitions"):
        assert f"## {heading}" in text
    assert f"Further weights: the same again, `{found['model']['version']}`." in text
    assert [one["inputs"] for one in found["deletions"]] in ([0, 1, 3, 5], [])  # none without an alarm
    assert [speed["patients"] for speed in found["speeds"]] == [1, 64, 1024]
    utility = next(one for one in found["results"] if one["hospital"] == "all")["figures"]["utility"]["value"]
    assert f"{utility:.3f}" in text
    assert "$" not in text


def test_a_card_without_septic_stays_is_refused(tmp_path: Path) -> None:
    data = write_psv(tmp_path / "in", p1=a_stay(4))
    done = evaluate("--data", data, "--predictions", tmp_path / "out.parquet", "--card", tmp_path / "CARD.md")
    assert done.exit_code == 2
    assert done.stderr.strip() == "a model card needs septic stays in every hospital"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (a_stay(3).drop(columns="HR"), "p1.psv: lacks the columns HR"),
        (a_stay(0), "p1.psv: the stay is empty"),
        (a_stay(3, ICULOS=[1.0, 3.0, 2.0]), "p1.psv: ICULOS lies before the hour of the row before it in row 3"),
        (a_stay(3, HR=["80", "eighty", "81"]), "p1.psv: HR is not a number in row 2"),
    ],
)
def test_data_that_cannot_be_used_end_in_one_sentence_and_status_two(
    tmp_path: Path, broken: pd.DataFrame, said: str
) -> None:
    done = evaluate("--data", write_psv(tmp_path, p1=broken), "--predictions", tmp_path / "out.parquet")
    assert done.exit_code == 2
    assert done.stderr.strip() == said
    assert done.stdout == ""


def test_what_is_asked_for_and_not_there_ends_in_one_sentence_and_status_two(tmp_path: Path) -> None:
    data = write_parquet(tmp_path / "a.parquet", p1=a_stay(3))
    out = tmp_path / "out.parquet"
    part = "tune" if parts_of(["p1"])[0] != "tune" else "test"
    for more, said in (
        (("--model", tmp_path), "risk.safetensors is missing"),
        (("--beside", f"other={tmp_path}"), "risk.safetensors is missing"),
        (("--part", part), "none of these"),
        (("--train", data), "too few stays to train the baselines on"),
        (("--device", "abacus"), "there is no device 'abacus' here"),
    ):
        done = evaluate("--data", data, "--predictions", out, *more)
        assert done.exit_code == 2
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_at_a_hospital_that_is_not_like_those_of_the_training_it_abstains_and_says_why(tmp_path: Path) -> None:
    """Sixty stays of three days with four vital signs and nothing else."""
    signs = {"Resp": 16.0, "O2Sat": 97.0, "SBP": 120.0}
    stays = {f"p{number}": a_stay(72, onset_label=60 if number % 4 == 0 else None, **signs) for number in range(60)}
    data = write_parquet(tmp_path / "elsewhere.parquet", **stays)
    out = tmp_path / "out.parquet"
    done = evaluate("--data", data, "--predictions", out, "--device", "cpu", site="judge")
    assert done.exit_code == 0, done.output
    assert "elsewhere: abstained in every hour; this hospital is not like those of the model's training" in done.stdout
    held = pd.read_parquet(out)
    assert held["abstained"].all()
    assert not held["alarm"].any()
    spoken = predicted(data, tmp_path / "spoken.parquet")
    assert not spoken["abstained"].all()
    assert spoken["risk"].tolist() == held["risk"].tolist()


def test_at_a_hospital_of_which_too_few_stays_are_known_it_abstains(tmp_path: Path) -> None:
    few = write_psv(tmp_path / "in", p1=a_stay(48, onset_label=40))
    out = tmp_path / "out.parquet"
    done = evaluate("--data", few, "--predictions", out, "--device", "cpu", "--json", site="judge")
    standing = json.loads(done.stdout)["sites"]["in"]
    assert standing["verdict"] == "not-yet-known"
    assert standing["because"].endswith("1 of 50 stays were seen for a day")
    assert pd.read_parquet(out)["abstained"].all()
