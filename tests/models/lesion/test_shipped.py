"""The models that ship: small enough, whole, and as good on the open data as their file says."""

import os
from pathlib import Path

import numpy as np
import pytest

from models.lesion.lab.building import prepare
from models.lesion.lab.data import TEST_FOLD, read_images
from models.lesion.lab.evaluation import figures, judge
from models.lesion.model import SHIPPED, LesionModel, choose, model_names
from models.lesion.sets import SETS

DATA = Path(os.environ.get("WARDWATCH_DATA", Path(__file__).parents[4] / "shared" / "data")) / "imaging"


def test_every_set_has_a_model() -> None:
    assert set(model_names()) == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_a_shipped_model_is_small_and_carries_its_card(name: str) -> None:
    assert (SHIPPED / f"{name}.safetensors").stat().st_size < 8_000_000
    model = LesionModel.load(name, device="cpu")
    card = (SHIPPED / f"{name}.md").read_text()
    assert model.version in card
    assert model.data_version in card
    assert model.classes == SETS[name].classes
    assert f"{model.configuration.validation['auc_macro'].value:.3f}" in card


@pytest.mark.parametrize("name", SETS)
def test_a_shipped_model_refuses_a_flat_image_and_speaks_in_probabilities(name: str) -> None:
    model = LesionModel.load(name, device="cpu")
    flat, noise = model.check(
        [np.zeros((200, 150), np.float32), np.random.default_rng(0).random((200, 150)).astype("f4")]
    )
    assert flat.refusal is not None
    assert noise.refusal is not None
    assert model.score([np.random.default_rng(1).random((90, 90)).astype("f4")]).probabilities.sum() == pytest.approx(1)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", SETS)
def test_the_open_data_gives_the_figures_of_the_card_again(name: str) -> None:
    if not (DATA / name).exists():
        pytest.skip("the imaging data does not lie beside the project")
    model, known = LesionModel.load(name, device="cpu"), SETS[name]
    images = read_images(DATA / name, model.classes)
    material = prepare(known, images)
    assert material.fingerprint == model.data_version
    test = images.take(np.flatnonzero(material.folds == TEST_FOLD))
    measured = figures(model, test, judge(model, test), draws=10)
    for figure in ("auc_macro", "accuracy", "refused"):
        assert measured[figure].value == pytest.approx(model.configuration.validation[figure].value, abs=0.01)


@pytest.mark.parametrize(
    ("modality", "body_part", "name"),
    [
        ("CT", "CHEST", "chest_ct"),
        ("ct", " lung ", "chest_ct"),
        ("CT", "THORAX", "chest_ct"),
        ("US", "BREAST", "breast_ultrasound"),
        ("MR", "BRAIN", "brain_mri"),
        ("MR", "HEAD", "brain_mri"),
        ("DX", "CHEST", "chest_xray"),
        ("CR", "CHEST", "chest_xray"),
        ("CT", "BRAIN", None),
        ("MR", "CHEST", None),
        ("US", "ABDOMEN", None),
        ("MG", "BREAST", None),
        (None, "CHEST", None),
        ("CT", None, None),
    ],
)
def test_only_the_model_of_that_modality_and_body_part_may_speak(
    modality: str | None, body_part: str | None, name: str | None
) -> None:
    assert choose(modality, body_part) == name
