"""The card says what was measured; the commands say what is missing."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from typer.testing import CliRunner

from models.generator.card import verdict, write_card
from models.generator.evidence import Evidence, gather
from models.generator.image_quality import REAL, like_held_out, memorisation
from models.generator.material import CLASSES, SHARES, prepare
from models.generator.recipes import Drawn, train_enhancer, train_generator
from models.generator.scarcity import Arm, Gain, gains, malignant_area
from models.generator.weights import write
from models.lesion.weights import Figure
from stream.commands.evaluate import generator as evaluate
from stream.commands.evaluate_generator import evidence_json
from stream.commands.train import generator as train
from tests.builders.generator_pictures import SIDE, a_place, a_recipe, pictures

pytestmark = pytest.mark.timeout(400)  # the shipped lesion models look at some hundreds of images

Measured = tuple[Evidence, dict[int, Drawn]]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    recipe, folder = a_recipe(), tmp_path_factory.mktemp("generator")
    place = a_place(folder / "checkpoints")
    small, large = prepare(pictures(60), recipe.drawn_px), prepare(pictures(60), recipe.repaired_px)
    for percent in SHARES:
        network, count = train_generator(small, percent, recipe, place), len(small.share(percent))
        path = folder / f"generator_{percent}.safetensors"
        write(path, network, recipe.generator, data_version="0", images=count, size_px=recipe.drawn_px)
    enhancer = train_enhancer(large, recipe, place)
    path = folder / "enhancer.safetensors"
    write(path, enhancer, recipe.enhancer, data_version="0", images=63, size_px=recipe.repaired_px)
    yield gather(small, large, folder, recipe, place)
    torch.set_num_threads(threads)


def a_gain(low: float, high: float) -> Gain:
    figure = Figure(0.9, 0.8, 1.0)
    return Gain(figure, figure, Figure((low + high) / 2, low, high), ((low + high) / 2,))


def test_the_card_holds_what_was_measured(measured: Measured, tmp_path: Path) -> None:
    evidence, drawn = measured
    text = write_card(evidence, drawn, tmp_path).read_text()
    assert "Not for clinical use" in text
    gain = evidence.gains[10]["macro AUC"]
    assert f"| {gain.plain.value:.3f} ({gain.plain.low:.3f} to {gain.plain.high:.3f}) |" in text
    assert f"| {REAL} | {evidence.worth['brain_mri'][REAL].kernel.value:.3f} (" in text
    assert verdict(evidence.gains) in text
    for name in ("generator.png", "generated.png"):
        assert f"({name})" in text
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 400


def test_every_share_and_every_baseline_is_judged(measured: Measured) -> None:
    evidence, drawn = measured
    assert set(evidence.gains) == set(evidence.memory) == set(drawn) == set(SHARES)
    for worth in evidence.worth.values():
        assert {REAL, "noise", "real, blurred", "each class's mean, with grain"} < set(worth)
        assert worth["noise"].kernel.value > worth[REAL].kernel.value
    assert set(evidence.repairs) == {"noise", "half_resolution"}
    assert evidence.held_out == {"benign": 6, "malignant": 6, "normal": 6}


def test_the_verdict_follows_the_intervals_of_the_gain() -> None:
    open_, above, below = a_gain(-0.01, 0.05), a_gain(0.01, 0.05), a_gain(-0.05, -0.01)
    none = verdict({10: {"macro AUC": open_}, 100: {"macro AUC": open_}})
    assert "No gain is shown" in none
    assert "no generator ships" in none
    scarce = verdict({10: {"macro AUC": above}, 100: {"macro AUC": below}})
    assert "They help** (macro AUC at 10 %)" in scarce
    assert "They harm: macro AUC at 100 %" in scarce
    assert "no generator ships" in scarce
    assert "they help too" in verdict({10: {"macro AUC": open_}, 100: {"macro AUC": above}})


def test_a_gain_is_the_mean_over_the_seeds_of_what_the_same_images_give() -> None:
    material = prepare(pictures(), SIDE)
    truth = np.eye(3)[material.targets[material.held_out].numpy()]
    even = np.full_like(truth, 1 / 3)
    found = gains(Arm(np.stack([even, truth]), np.stack([truth, truth])), material, malignant_area)
    assert found.plain.value == pytest.approx(0.75)
    assert found.generated.value == found.generated.low == 1
    assert found.gain.value == pytest.approx(0.25)
    assert found.gain_by_seed == (0.5, 0)


def test_a_generator_that_copies_is_found_out() -> None:
    material = prepare(pictures(), SIDE)
    rows = material.share(100)
    copies = {number: material.squares[rows[material.targets[rows].numpy() == number]] for number in range(3)}
    found = memorisation(material, 100, copies)
    assert found.copies == 1
    assert found.copies_held_out < 0.1
    assert found.nearer.low > 0.9
    fresh = prepare(pictures(seed=1), SIDE)
    new = {number: fresh.squares[fresh.targets == number] for number in range(3)}
    honest = memorisation(material, 100, new)
    assert honest.nearer.low < 0.5 < honest.nearer.high


def test_drawn_images_are_compared_in_the_classes_of_the_held_out_ones() -> None:
    material = prepare(pictures(), SIDE)
    drawn = {number: torch.full((20, 1, SIDE, SIDE), float(number)) for number in range(3)}
    means = like_held_out(drawn, material).mean((1, 2, 3))
    assert torch.equal(means, material.targets[material.held_out].sort().values.float())


def run(command: object, *arguments: str) -> tuple[int, str]:
    assert callable(command)
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stderr


def a_folder(path: Path) -> Path:
    images, folder = pictures(30), path / "breast_ultrasound"
    folder.mkdir()
    for name, pixels in zip(images.files, images.pixels, strict=True):
        Image.fromarray((pixels * 255).astype(np.uint8)).save(folder / name)
    rows = zip(images.files, images.labels or (), images.groups, strict=True)
    (folder / "index.csv").write_text("file,label,group\n" + "".join(f"{','.join(row)}\n" for row in rows))
    return path


def test_evaluation_without_weights_says_which_command_makes_them(tmp_path: Path) -> None:
    code, said = run(evaluate, "--data", str(a_folder(tmp_path)), "--weights", str(tmp_path), "--device", "cpu")
    assert code == 1
    assert "there is no enhancer.safetensors; wardwatch train generator makes it" in " ".join(said.split())


@pytest.mark.parametrize("command", [train, evaluate])
def test_a_folder_without_the_set_ends_the_command_with_a_sentence(command: object, tmp_path: Path) -> None:
    code, said = run(command, "--data", str(tmp_path), "--device", "cpu")
    assert code == 1
    assert "breast_ultrasound is neither a folder of images nor an npz file" in " ".join(said.split())


def test_the_evidence_can_be_told_as_json(measured: Measured) -> None:
    said = json.loads(evidence_json(measured[0]))
    assert said["held_out"].keys() == set(CLASSES)
    assert said["gains"]["10"]["macro AUC"]["gain"].keys() == {"value", "low", "high"}
