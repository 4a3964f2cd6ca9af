"""Evaluation runs the stream's code, measures what it says, and the baselines see only what their name says."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from models.lesion.lab.building import build, prepare
from models.lesion.lab.card import card
from models.lesion.lab.confounds import VIEWS, baselines, likeness
from models.lesion.lab.data import Images
from models.lesion.lab.evaluation import area, figures, judge
from models.lesion.lab.evidence import gather, noise
from models.lesion.lab.training import Workplace
from models.lesion.model import LesionModel, model_names
from models.lesion.preparation import standardise, to_square
from models.lesion.weights import add_validation
from stream.commands.evaluate import lesion as evaluate
from tests.builders.lesion_pictures import SIDE, a_set, some_images


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    known, images = a_set(epochs=2, members=2), some_images(120)
    place = Workplace(tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("work"), torch.device("cpu"))
    build(known, images, prepare(known, images), place, "train it")
    return place.weights


@pytest.fixture(scope="module")
def model(folder: Path) -> LesionModel:
    return LesionModel.load("chest_xray", folder, "cpu")


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(evaluate)
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout


def a_folder(path: Path, images: Images, *, labels: bool) -> Path:
    for name, pixels in zip(images.files, images.pixels, strict=True):
        Image.fromarray((pixels * 255).astype(np.uint8)).save(path / name)
    if labels:
        rows = zip(images.files, images.labels or (), images.groups, strict=True)
        (path / "index.csv").write_text("file,label,group\n" + "".join(f"{','.join(row)}\n" for row in rows))
    return path


def test_the_table_has_a_row_for_each_image_and_a_column_for_each_class(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source = a_folder(tmp_path / "in", some_images(12), labels=True)
    out = tmp_path / "out.csv"
    options = ("--set", "chest_xray", "--images", str(source), "--predictions", str(out), "--weights", str(folder))
    code, said = run(*options, "--json")
    assert code == 0
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["file", "normal", "pneumonia", "predicted", "abstained"]
    assert [row["file"] for row in rows] == [f"{number}.png" for number in range(12)]
    for row in rows:
        assert float(row["normal"]) + float(row["pneumonia"]) == pytest.approx(1, abs=1e-5)
        assert row["predicted"] == max(("normal", "pneumonia"), key=lambda name: float(row[name]))
        assert row["abstained"] in {"0", "1"}
    summary = json.loads(said)
    assert summary["images"] == 12
    assert {"auc_macro", "accuracy", "sensitivity", "specificity", "calibration_error"} <= set(summary["figures"])


def test_images_without_labels_are_predicted_and_nothing_is_measured(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "unlabelled.npz"
    np.savez(archive, test_images=np.stack([(p * 255).astype(np.uint8) for p in some_images(5).pixels]))
    out = tmp_path / "out.csv"
    options = ("--set", "chest_xray", "--images", str(archive), "--predictions", str(out), "--weights", str(folder))
    code, said = run(*options, "--json")
    assert code == 0
    assert json.loads(said)["figures"] == {}
    assert out.read_text().splitlines()[5].startswith("test_images/4,")


def test_an_unknown_set_and_missing_images_end_with_an_error(folder: Path, tmp_path: Path) -> None:
    options = ("--predictions", str(tmp_path / "out.csv"), "--weights", str(folder), "--images", str(tmp_path / "none"))
    assert run("--set", "chest_xray", *options)[0] == 1
    assert run("--set", "nowhere", *options)[0] == 1
    assert not (tmp_path / "out.csv").exists()


def test_the_evaluation_gives_what_the_stream_gives(model: LesionModel) -> None:
    images = some_images(40, seed=7)
    judged = judge(model, images)
    for number, result in enumerate(model.check(images.pixels)):
        assert judged.abstained[number] == (result.predicted is None)
        if result.refusal is None:
            probabilities = [finding.probability for finding in result.findings]
            np.testing.assert_allclose(judged.probabilities[number], probabilities, atol=1e-9)


def test_an_ensemble_speaks_with_the_mean_logits_of_its_members(model: LesionModel) -> None:
    images = some_images(6, seed=5).pixels
    squares = standardise(to_square(images, SIDE))
    with torch.inference_mode():
        logits = [(network(squares) + network(squares.flip(3))) / 2 for network in model.package.networks]
    assert len(logits) == 2
    together = model.configuration.scale.probabilities(torch.stack(logits).double().mean(0).numpy())
    np.testing.assert_allclose(model.score(images).probabilities, together, atol=1e-5)


def test_figures_of_a_known_case(model: LesionModel) -> None:
    images = some_images(4)  # normal, pneumonia, normal, pneumonia
    threshold = model.configuration.threshold
    score = np.array([threshold - 0.01, threshold, threshold, threshold + 0.01]).clip(0, 1)
    given = replace(
        judge(model, images),
        probabilities=np.stack([1 - score, score], axis=1),
        abstained=np.array([False, False, True, False]),
        refused=np.array([False, False, True, False]),
    )
    measured = figures(model, images, given, draws=20)
    assert measured["auc_pneumonia"].value == pytest.approx(3.5 / 4)
    assert measured["sensitivity"].value == 1
    assert measured["specificity"].value == 0.5
    assert measured["abstained"].value == 0.25
    assert measured["refused"].value == 0.25
    assert measured["specificity"].low <= 0.5 <= measured["specificity"].high


def test_the_area_is_that_of_scikit_learn_with_ties() -> None:
    chance = np.random.default_rng(0)
    scores, positive = chance.integers(0, 9, 60) / 8, chance.random(60) < 0.4
    assert area(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_the_area_of_one_class_alone_is_not_a_number() -> None:
    assert np.isnan(area(np.array([0.1, 0.2]), np.array([True, True])))


def test_intervals_are_wider_when_images_share_groups(model: LesionModel) -> None:
    images = some_images(80, seed=3)
    judged = judge(model, images)
    chance = np.random.default_rng(0)
    score = np.where(np.arange(80) // 8 % 2 == 0, 0.9, 0.1)  # ten groups that are right or wrong as a whole
    label = np.where(chance.random(80) < 0.5, "normal", "pneumonia")
    given = replace(judged, probabilities=np.stack([1 - score, score], axis=1))
    alone = replace(images, labels=tuple(label), groups=tuple(map(str, range(80))))
    right = tuple("pneumonia" if number // 16 % 2 else "normal" for number in range(80))
    grouped = replace(images, labels=right, groups=tuple(str(number // 8) for number in range(80)))
    narrow, wide = (figures(model, one, given, draws=200)["accuracy"] for one in (alone, grouped))
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_the_border_baseline_is_blind_to_the_middle() -> None:
    squares = torch.rand(2, 1, 64, 64)
    changed = squares.clone()
    changed[:, :, 16:48, 16:48] = 0
    np.testing.assert_array_equal(VIEWS["border"](squares), VIEWS["border"](changed))
    assert not np.array_equal(VIEWS["thumbnail"](squares), VIEWS["thumbnail"](changed))


def test_the_grey_level_baseline_is_blind_to_places() -> None:
    squares = torch.rand(2, 1, 16, 16)
    np.testing.assert_array_equal(VIEWS["grey_levels"](squares), VIEWS["grey_levels"](squares.flip(2, 3)))


def test_a_confound_in_the_border_is_found_and_none_where_there_is_none() -> None:
    known, images = a_set(), some_images(200)
    material = prepare(known, images)
    assert baselines(material)["border"] < 0.8
    framed = material.squares.clone()
    framed[material.targets == 1, :, :2] = 0
    assert baselines(replace(material, squares=framed))["border"] > 0.99


def test_a_copy_over_the_split_is_found() -> None:
    known, images = a_set(), some_images(120)
    material = prepare(known, images)
    assert likeness(material).max() < 0.98
    test, taught = np.flatnonzero(material.folds == 0)[0], np.flatnonzero(material.folds != 0)[0]
    squares = material.squares.clone()
    squares[test] = squares[taught]
    assert likeness(replace(material, squares=squares))[0] == pytest.approx(1, abs=1e-4)


def test_the_card_is_made_of_the_evidence(model: LesionModel) -> None:
    known, images = a_set(epochs=2, members=2), some_images(120)
    other = noise(np.random.default_rng(1), 6)
    evidence = gather(model, images, prepare(known, images), {"elsewhere": other})
    text = card(model.configuration, evidence)
    assert "Not for clinical use" in text
    assert f"| accuracy | {evidence.figures['accuracy'].value:.3f} |" in text
    assert f"| elsewhere | {evidence.foreign['elsewhere'].separation:.3f} |" in text
    assert "on 12 images by those members alone that held them out" in text
    near = replace(evidence, baselines={"border": evidence.figures["auc_macro"].value - 0.01})
    assert "does not show that lesions are read" in card(model.configuration, near)
    far = replace(evidence, baselines={"border": evidence.figures["auc_macro"].value - 0.3})
    assert "stays 0.300 below the network" in card(model.configuration, far)


def test_what_was_measured_is_kept_in_the_weights_file(folder: Path, model: LesionModel) -> None:
    images = some_images(20)
    measured = figures(model, images, judge(model, images), draws=5)
    add_validation(folder / "chest_xray.safetensors", measured)
    again = LesionModel.load("chest_xray", folder, "cpu")
    assert again.configuration.validation["accuracy"] == measured["accuracy"]
    assert again.version == model.version
    assert model_names(folder) == ("chest_xray",)
