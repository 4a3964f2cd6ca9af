"""`train lesion` goes from a folder of images to weights, card and pictures, and says what it can't do."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner, Result

from models.lesion.lab.data import Images
from models.lesion.model import LesionModel
from models.lesion.sets import SETS
from stream.commands.evaluate import lesion as evaluate
from stream.commands.train import lesion as command
from tests.builders.lesion_pictures import a_set, some_images

NAME = "chest_xray"


def run(*arguments: str, asked: Callable[..., None] = command) -> Result:
    app = typer.Typer()
    app.command()(asked)
    return CliRunner().invoke(app, list(arguments))


def written(folder: Path, images: Images) -> Path:
    """Drawn pictures with labels, as MedMNIST ships its own."""
    folder.mkdir(parents=True)
    np.savez(
        folder / "pictures.npz",
        train_images=np.stack([(pixels * 255).astype(np.uint8) for pixels in images.pixels]),
        train_labels=np.array([int(label == "pneumonia") for label in images.labels or ()]),
    )
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one set of 120 pictures."""
    return written(tmp_path / "data" / NAME, some_images(120)).parent


@pytest.mark.timeout(400)  # training, calibration, confounds and the card, on few small pictures
def test_one_command_goes_from_images_to_weights_and_card(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SETS, NAME, a_set(epochs=2, members=2))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    ran = run("--data", str(data), "--out", str(tmp_path / "out"), "--checkpoints", str(tmp_path / "work"))
    torch.set_num_threads(threads)
    assert ran.exit_code == 0, ran.output
    assert f"{NAME} 2: loss" in ran.output
    assert "2 of 2" in ran.output
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        f"{NAME}.md",
        f"{NAME}.png",
        f"{NAME}.safetensors",
        "manifest.json",
    ]
    assert LesionModel.load(NAME, tmp_path / "out", "cpu").version in (tmp_path / "out" / f"{NAME}.md").read_text()
    others = written(tmp_path / "others", some_images(40, seed=1))
    for images, taught in ((data / NAME, True), (others, False)):
        options = ("--set", NAME, "--images", str(images), "--weights", str(tmp_path / "out"), "--device", "cpu")
        judged = run(*options, "--predictions", str(tmp_path / "said.csv"), "--json", asked=evaluate)
        assert json.loads(judged.stdout)["taught_on_these"] is taught
        assert ("taught on" in judged.stderr) is taught


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--set", "knee"), "there is no set 'knee'"),
        (("--set", "brain_mri"), "data holds no folder named brain_mri"),
        (("--device", "abacus"), "there is no device 'abacus' here"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_sentence(data: Path, arguments: tuple[str, ...], sentence: str) -> None:
    ran = run("--data", str(data), *arguments)
    assert ran.exit_code == 1
    assert sentence in ran.output
    assert isinstance(ran.exception, SystemExit)
