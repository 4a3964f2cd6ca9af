"""Training finds a lesion, an interrupted one ends in the same weights, and what is built says what it knows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.lesion.lab.building import build, prepare
from models.lesion.lab.faithfulness import faithfulness
from models.lesion.lab.training import Material, Step, Workplace, member_fold, sides_at, train_member
from models.lesion.model import LesionModel
from models.lesion.saliency import heat, region_box
from models.lesion.sets import SETS
from tests.builders.lesion_pictures import SIDE, a_picture, a_set, some_images


class StopError(Exception):
    """Stands for whatever ends a training early."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LesionModel]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    place = Workplace(tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("work"), torch.device("cpu"))
    known, images = a_set(), some_images()
    path = build(known, images, prepare(known, images), place, "train")
    yield LesionModel.load(path.stem, path.parent, "cpu")
    torch.set_num_threads(threads)


def test_it_tells_new_pictures_with_a_lesion_from_those_without(trained: LesionModel) -> None:
    chance = np.random.default_rng(9)
    truth = [number % 2 == 1 for number in range(40)]
    results = trained.check([a_picture(chance, lesion=lesion).pixels for lesion in truth])
    called = [r.suspicious_probability >= trained.configuration.threshold for r in results if r.refusal is None]
    known = [lesion for lesion, r in zip(truth, results, strict=True) if r.refusal is None]
    assert len(known) > 30
    assert np.mean(np.array(called) == np.array(known)) > 0.9


def test_a_result_is_the_same_alone_and_in_a_batch(trained: LesionModel) -> None:
    chance = np.random.default_rng(2)
    images = [a_picture(chance, lesion=True).pixels for _ in range(5)]
    together = trained.check(images)
    for image, result in zip(images, together, strict=True):
        (alone,) = trained.check([image])
        assert alone.suspicious_probability == pytest.approx(result.suspicious_probability, abs=1e-5)
        assert alone.box == result.box


def test_no_image_gives_no_result(trained: LesionModel) -> None:
    assert trained.check([]) == []


def test_foreign_flat_tiny_and_broken_images_are_refused_with_a_reason(trained: LesionModel) -> None:
    chance = np.random.default_rng(3)
    stripes = np.tile(np.array([0, 0, 1, 1], np.float32), (64, 16))
    flat = np.full((64, 64), 0.5, np.float32)
    tiny = a_picture(chance, lesion=True).pixels[: SIDE // 2 - 1]
    broken = a_picture(chance, lesion=True).pixels
    broken[3, 4] = np.nan
    reasons = ["does not look like", "one grey level", "shorter side", "not numbers", "shorter side"]
    images = [stripes, flat, tiny, broken, np.ones((1, 900), np.float32)]
    for result, reason in zip(trained.check(images), reasons, strict=True):
        assert result.refusal is not None
        assert reason in result.refusal
        assert result.findings == ()
        assert result.predicted is None
        assert (result.saliency, result.box) == (None, None)


def lesions(model: LesionModel) -> list[tuple[np.ndarray, tuple[int, int], np.ndarray]]:
    """Pictures that the model rightly calls, with the lesion's place and the saliency map."""
    chance = np.random.default_rng(4)
    found = []
    for _ in range(30):
        picture = a_picture(chance, lesion=True)
        (result,) = model.check([picture.pixels])
        if result.saliency is not None and picture.centre is not None:
            found.append((picture.pixels, picture.centre, result.saliency))
    assert len(found) > 20
    return found


def test_the_saliency_points_at_the_lesion(trained: LesionModel) -> None:
    away = [np.hypot(*(np.array(centre) - np.unravel_index(s.argmax(), s.shape))) for _, centre, s in lesions(trained)]
    assert np.median(away) < 5


def test_deleting_what_is_salient_costs_more_than_deleting_as_much_elsewhere(trained: LesionModel) -> None:
    checked = faithfulness(trained, np.stack([pixels for pixels, *_ in lesions(trained)]))
    assert checked.lost > checked.lost_elsewhere + 0.2


def test_random_weights_give_another_saliency(trained: LesionModel) -> None:
    checked = faithfulness(trained, np.stack([pixels for pixels, *_ in lesions(trained)]))
    assert abs(checked.like_untrained) < 0.5


def test_an_interrupted_training_ends_in_the_same_weights(tmp_path: Path) -> None:
    known, images = a_set(epochs=3), some_images(80)
    material = prepare(known, images)

    def stop(step: Step) -> None:
        if step.epoch == 2:
            raise StopError

    whole = train_member(known, material, 0, Workplace(tmp_path, tmp_path / "a", torch.device("cpu")))
    with pytest.raises(StopError):
        train_member(known, material, 0, Workplace(tmp_path, tmp_path / "b", torch.device("cpu"), stop))
    resumed = train_member(known, material, 0, Workplace(tmp_path, tmp_path / "b", torch.device("cpu")))
    assert all(torch.equal(value, resumed.weights[name]) for name, value in whole.weights.items())
    assert resumed.minutes > 0


def test_a_checkpoint_of_another_recipe_or_of_other_data_is_not_taken_up(tmp_path: Path) -> None:
    known, images = a_set(epochs=1), some_images(80)
    material = prepare(known, images)

    def epochs_run(known_set: object, taught: Material) -> int:
        steps: list[Step] = []
        assert isinstance(known_set, type(known))
        train_member(known_set, taught, 0, Workplace(tmp_path, tmp_path, torch.device("cpu"), steps.append))
        return len(steps)

    assert epochs_run(known, material) == 1
    assert epochs_run(known, material) == 0
    assert epochs_run(replace(known, recipe=replace(known.recipe, mixup=0.1)), material) == 1
    assert epochs_run(known, replace(material, fingerprint="other")) == 1


def test_neither_the_test_fold_nor_the_held_out_one_teaches(tmp_path: Path) -> None:
    known, images = a_set(epochs=1), some_images(80)
    material = prepare(known, images)
    hidden = torch.from_numpy((material.folds == 0) | (material.folds == 1))
    changed = replace(material, squares=torch.where(hidden[:, None, None, None], 0.0, material.squares))
    first = train_member(known, material, 0, Workplace(tmp_path, tmp_path / "a", torch.device("cpu")))
    second = train_member(known, changed, 0, Workplace(tmp_path, tmp_path / "b", torch.device("cpu")))
    assert all(torch.equal(value, second.weights[name]) for name, value in first.weights.items())


def test_two_and_two_members_share_a_held_out_fold_and_none_holds_out_the_test_fold() -> None:
    assert [member_fold(member) for member in range(5)] == [1, 1, 2, 2, 3]


def test_images_grow_to_their_full_size_and_stay_there() -> None:
    recipe = replace(SETS["chest_ct"].recipe, growth=((0.3, (64,)), (0.8, (128, 96))), epochs=20)
    assert [sides_at(recipe, epoch) for epoch in range(20)] == [(64,)] * 6 + [(128, 96)] * 10 + [(128,)] * 4
    assert {sides_at(replace(recipe, growth=()), epoch) for epoch in range(20)} == {(128,)}


@pytest.mark.parametrize("name", SETS)
def test_every_recipe_judges_at_sides_that_it_was_taught_at_and_all_fit_the_network(name: str) -> None:
    recipe = SETS[name].recipe
    sides = {side for epoch in range(recipe.epochs) for side in sides_at(recipe, epoch)}
    assert recipe.size_px in sides_at(recipe, recipe.epochs - 1)
    assert set(recipe.sides_px) <= sides
    assert recipe.size_px == max(sides)
    assert all(side % (recipe.stem_stride * 2 ** (len(recipe.widths) - 1)) == 0 for side in sides)


def test_heat_is_drawn_at_the_images_size_between_0_and_1() -> None:
    drawn = heat(torch.tensor([[-1.0, 0.0], [0.0, 4.0]]), 30, 50)
    assert drawn.shape == (30, 50)
    assert drawn.min() == 0
    assert drawn.max() == 1
    assert drawn[-1, -1] == 1


def test_evidence_against_gives_neither_heat_nor_box() -> None:
    drawn = heat(torch.full((2, 2), -1.0), 8, 8)
    assert drawn.max() == 0
    assert region_box(drawn) is None


def test_the_box_holds_the_strongest_region_alone() -> None:
    saliency = np.zeros((10, 12), np.float32)
    saliency[2:4, 3:7] = 1
    saliency[8, 10] = 0.9  # apart
    assert region_box(saliency) == (2, 3, 4, 7)
