"""What a set's networks start from: nothing, or a smaller network taught on another set's images."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.lesion.lab.building import build, prepare
from models.lesion.lab.data import DataError, Images
from models.lesion.lab.pretraining import pretrained_weights
from models.lesion.lab.training import Workplace, shape_of
from models.lesion.sets import SETS, LesionSet
from models.lesion.weights import read_package
from tests.builders.lesion_pictures import a_set, some_images


def other_images() -> Images:
    classes, images = SETS["brain_mri"].classes, some_images(80)
    return replace(images, labels=tuple(classes[number % len(classes)] for number in range(len(images.files))))


def a_starting_set() -> LesionSet:
    known = a_set(epochs=1)
    return replace(known, recipe=replace(known.recipe, starts_from="brain_mri"), trunk=known.recipe)


def a_place(path: Path) -> Workplace:
    return Workplace(path / "weights", path / "work", torch.device("cpu"))


def test_a_set_may_start_from_nothing(tmp_path: Path) -> None:
    assert pretrained_weights(a_set(), {}, a_place(tmp_path)) is None


def test_a_taught_trunk_is_what_a_file_of_that_network_would_give(tmp_path: Path) -> None:
    other = replace(SETS["brain_mri"], recipe=a_set(epochs=1).recipe)
    path = build(other, other_images(), prepare(other, other_images()), a_place(tmp_path / "a"), "train")
    guess = pretrained_weights(a_starting_set(), {"brain_mri": other_images()}, a_place(tmp_path / "b"))
    assert guess is not None
    filed = read_package(path).networks[0].state_dict()
    assert guess.keys() == filed.keys()
    assert all(torch.equal(guess[name], value) for name, value in filed.items())


def test_a_taught_trunk_leaves_the_other_sets_checkpoint_alone(tmp_path: Path) -> None:
    place = a_place(tmp_path)
    pretrained_weights(a_starting_set(), {"brain_mri": other_images()}, place)
    assert [path.name for path in place.checkpoints.iterdir()] == ["brain_mri_trunk_0.pt"]


def test_the_images_that_teach_the_first_guess_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folder holds no brain_mri"):
        pretrained_weights(a_starting_set(), {}, a_place(tmp_path))


@pytest.mark.parametrize("known", [known for known in SETS.values() if known.recipe.starts_from or known.trunk])
def test_every_first_guess_has_the_shape_of_the_network_that_takes_it(known: LesionSet) -> None:
    assert known.recipe.starts_from
    assert known.trunk
    teacher = replace(SETS[known.recipe.starts_from], recipe=known.trunk)
    assert replace(shape_of(teacher), classes=0) == replace(shape_of(known), classes=0)
    assert teacher.recipe.starts_from is None
