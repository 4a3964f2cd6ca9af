"""The model that ships: small enough, whole, carries its card, and refuses what is no photograph of a retina."""

import os
from pathlib import Path

import numpy as np
import pytest

from models import weights_file
from models.fundus.lab.data import read_photographs
from models.fundus.model import FundusModel
from models.fundus.shipped import SHIPPED
from models.lesion.weights import ModelError
from stream.feeds.images import breast_ultrasound, chest_xray
from tests.builders.fundus_pictures import a_retina

DATA = Path(os.environ.get("WARDWATCH_DATA", Path(__file__).parents[4] / "shared" / "data")) / "imaging" / "fundus"


@pytest.fixture(scope="module")
def model() -> FundusModel:
    return FundusModel(device="cpu")


def test_it_is_small_and_carries_its_card(model: FundusModel) -> None:
    assert (SHIPPED / "fundus.safetensors").stat().st_size < 12_000_000
    card = (SHIPPED / "fundus.md").read_text()
    known = model.configuration
    for said in (known.version, known.data_version, "Apache-2.0", "10.3390/data3030025"):
        assert said in card
    for figure in known.validation.values():
        assert f"{figure.value:.3f} | {figure.low:.3f} to {figure.high:.3f}" in card


def test_films_ultrasound_and_drawings_are_refused_and_get_no_grade(model: FundusModel) -> None:
    chance = np.random.default_rng(0)
    greys = [draw(chance, suspicious=True).astype(np.float32) for draw in (chest_xray, breast_ultrasound)]
    for colours in (
        *(np.repeat(grey[..., None], 3, axis=2) for grey in greys),
        a_retina(),
        np.zeros((400, 400, 3), "f4"),
    ):
        result = model.check(colours)
        assert result.refusal is not None
        assert (result.grade, result.is_referable, result.has_oedema, result.abstained) == (None, False, False, True)
        assert result.saliency is None


@pytest.mark.timeout(300)
def test_photographs_of_the_open_data_are_judged_and_shown(model: FundusModel) -> None:
    if not DATA.exists():
        pytest.skip("the imaging data does not lie beside the project")
    found = read_photographs(DATA)
    assert found.grades is not None
    healthy, ill = (int(np.flatnonzero(found.grades == grade)[3]) for grade in (0, 4))
    spared, hit = model.check(found.read(healthy)), model.check(found.read(ill))
    assert spared.refusal is None
    assert hit.refusal is None
    assert spared.scores is not None
    assert hit.scores is not None
    assert hit.scores.referable[0] > 0.9
    assert spared.scores.referable[0] < 0.5
    assert hit.saliency is not None
    assert hit.saliency.shape == found.read(ill).shape[:2]
    assert hit.saliency.max() == 1


def test_a_file_that_is_none_of_ours_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no model"):
        FundusModel(tmp_path, "cpu")
    (tmp_path / "fundus.safetensors").write_bytes(b"no model")
    with pytest.raises(ModelError, match="can't be read"):
        FundusModel(tmp_path, "cpu")
    weights_file.write(tmp_path / "fundus.safetensors", {}, {"configuration": "{}"})
    with pytest.raises(ModelError, match="does not fit"):
        FundusModel(tmp_path, "cpu")
