"""The network says where its answer came from, is rebuilt from its file, and knows no scale of grey levels."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models import weights_file
from models.lesion.averaging import predict_averaged
from models.lesion.lab.training import shape_of
from models.lesion.network import LesionNetwork, Shape, as_run
from models.lesion.outlier import TrainingDistribution
from models.lesion.preparation import standardise, to_side, to_square
from models.lesion.sets import SETS
from models.lesion.weights import ModelError, read_package


@pytest.mark.parametrize("name", SETS)
def test_a_look_scores_as_training_does_and_evidence_has_a_place(name: str) -> None:
    known = SETS[name]
    torch.manual_seed(1)
    network = LesionNetwork(shape_of(known)).eval()
    squares = torch.randn(2, 1, known.recipe.size_px, known.recipe.size_px)
    with torch.inference_mode():
        seen = network.forward_with_embedding(squares)
        torch.testing.assert_close(seen.logits, network(squares))
    assert seen.embedding.shape == (2, sum(known.recipe.widths))
    side = known.recipe.size_px // known.recipe.stem_stride
    assert network.evidence(seen.early, torch.tensor([0, 1])).shape == (2, side, side)


@pytest.mark.parametrize("sides", [(32,), (32, 16)])
def test_a_judgement_is_the_mean_over_sides_and_mirror_images_and_what_is_familiar_is_the_plain_whole_look(
    sides: tuple[int, ...],
) -> None:
    torch.manual_seed(2)
    network = LesionNetwork(Shape(2, (4, 8), 1, 3)).eval()
    squares = torch.rand(2, 1, 32, 32)
    with torch.inference_mode():
        seen = predict_averaged(network, squares, sides)
        turned = predict_averaged(network, squares.flip(3), sides)
        each = [network(standardise(to_side(some, side))) for side in sides for some in (squares, squares.flip(3))]
        plain = network.forward_with_embedding(standardise(squares))
    torch.testing.assert_close(seen.logits, torch.stack(each).mean(0))
    torch.testing.assert_close(seen.logits, turned.logits, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(seen.embedding, plain.embedding)


def test_with_two_classes_the_evidence_for_one_class_is_against_the_other() -> None:
    torch.manual_seed(0)
    network = LesionNetwork(Shape(2, (4, 8), 1, 2)).eval()
    squares = torch.randn(3, 1, 16, 16)
    with torch.inference_mode():
        early = network.forward_with_embedding(squares).early
    first = network.evidence(early, torch.zeros(3, dtype=torch.long))
    torch.testing.assert_close(first, -network.evidence(early, torch.ones(3, dtype=torch.long)))


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_the_copy_that_scores_has_no_batch_norms_and_the_same_answers(stride: int) -> None:
    torch.manual_seed(3)
    network = LesionNetwork(Shape(stride, (8, 16), 2, 3))
    for _ in range(3):  # so that the norms have something to fold in
        network.train()(2 + 3 * torch.randn(8, 1, 32, 32))
    copy, squares = as_run(network), torch.randn(4, 1, 32, 32)
    assert not [layer for layer in copy.modules() if isinstance(layer, nn.BatchNorm2d)]
    with torch.inference_mode():
        for mine, its in zip(
            network.eval().forward_with_embedding(squares), copy.forward_with_embedding(squares), strict=True
        ):
            torch.testing.assert_close(mine, its, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_the_stem_divides_the_side_by_its_stride(stride: int) -> None:
    network = LesionNetwork(Shape(stride, (8, 16), 1, 2))
    assert network.stem(torch.zeros(1, 1, 32, 32)).shape == (1, 8, 32 // stride, 32 // stride)


def test_a_linear_change_of_grey_levels_changes_nothing() -> None:
    squares = torch.rand(3, 1, 16, 16)
    torch.testing.assert_close(standardise(squares), standardise(0.3 * squares + 0.5), rtol=1e-3, atol=1e-3)


def test_a_flat_image_becomes_zeros_and_never_nan() -> None:
    assert torch.equal(standardise(torch.full((1, 1, 8, 8), 0.5)), torch.zeros(1, 1, 8, 8))


def test_images_of_any_size_become_one_batch_and_keep_their_mean() -> None:
    chance = np.random.default_rng(0)
    images = [chance.random((40, 90), dtype=np.float32), chance.random((28, 28), dtype=np.float32)]
    squares = to_square(images, 20)
    assert squares.shape == (2, 1, 20, 20)
    assert abs(float(squares[0].mean()) - float(images[0].mean())) < 0.02


def test_distance_takes_the_nearest_class() -> None:
    familiar = TrainingDistribution(torch.tensor([[0.0, 0.0], [10.0, 0.0]]), torch.eye(2))
    distance = familiar.distance(torch.tensor([[9.0, 0.0], [0.0, 2.0]]))
    torch.testing.assert_close(distance, torch.tensor([0.5, 2.0]))


def test_distance_leaves_later_activations_aside() -> None:
    familiar = TrainingDistribution(torch.tensor([[0.0, 0.0], [10.0, 0.0]]), torch.eye(2))
    early, later = torch.tensor([[9.0, 0.0], [0.0, 2.0]]), torch.tensor([[50.0], [-50.0]])
    torch.testing.assert_close(familiar.distance(torch.cat([early, later], dim=1)), familiar.distance(early))


def test_a_missing_model_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no lesion model 'absent'"):
        read_package(tmp_path / "absent.safetensors")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(ModelError, match="can't be read as safetensors"):
        read_package(tmp_path / "broken.safetensors")


def test_weights_without_our_configuration_are_refused(tmp_path: Path) -> None:
    weights_file.write(tmp_path / "foreign.safetensors", {"a": torch.zeros(1)}, {})
    with pytest.raises(ModelError, match="does not fit this version of the code"):
        read_package(tmp_path / "foreign.safetensors")
