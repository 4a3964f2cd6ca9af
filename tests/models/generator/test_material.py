"""Scarce shares hold whole groups, lie in one another, and never touch what is held out."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.generator.material import HELD_OUT, SHARES, prepare, window
from models.lesion.lab.data import DataError, fold_of_each
from tests.builders.generator_pictures import SIDE, pictures


def test_what_is_held_out_is_in_no_share() -> None:
    material = prepare(pictures(), SIDE)
    assert set(material.folds[material.held_out]) == set(HELD_OUT)
    for percent in SHARES:
        assert not set(material.share(percent)) & set(material.held_out)
        shared = set(material.groups[material.share(percent)]) & set(material.groups[material.held_out])
        assert not shared


def test_the_folds_are_those_of_the_lesion_models() -> None:
    images = pictures()
    assert np.array_equal(prepare(images, SIDE).folds, fold_of_each(images))


def test_a_smaller_share_lies_in_a_larger_one_and_the_whole_is_all_that_is_not_held_out() -> None:
    material = prepare(pictures(), SIDE)
    small, middle, whole = (set(material.share(percent)) for percent in SHARES)
    assert small < middle < whole
    assert whole == set(range(90)) - set(material.held_out)


def test_a_share_is_as_large_as_it_says_in_each_class_but_for_the_rest_of_a_group() -> None:
    material = prepare(pictures(300), SIDE)
    targets = material.targets.numpy()
    for number in range(3):
        whole = (targets[material.share(100)] == number).sum()
        for percent in SHARES:
            count = (targets[material.share(percent)] == number).sum()
            assert round(whole * percent / 100) <= count <= round(whole * percent / 100) + 1


def test_a_share_parts_no_group() -> None:
    material = prepare(pictures(), SIDE)
    for percent in SHARES:
        rows = material.share(percent)
        assert np.isin(material.groups, material.groups[rows]).sum() == len(rows)


def test_images_without_labels_or_without_a_class_are_refused() -> None:
    images = pictures()
    with pytest.raises(DataError, match="images of each of the classes benign, malignant, normal"):
        prepare(replace(images, labels=None), SIDE)
    with pytest.raises(DataError, match="images of each of the classes"):
        prepare(images.take([0, 1, 3, 4]), SIDE)


def test_a_window_never_looks_outside() -> None:
    slope = torch.linspace(0, 1, SIDE).expand(64, 1, SIDE, SIDE)
    seen = window(slope, torch.Generator().manual_seed(0))
    steps = seen.diff(dim=3)
    rising = steps.mean((1, 2, 3), keepdim=True).sign()
    inner = (steps * rising)[..., 1:-1]
    # Narrower than the whole, so a gentler slope; padding would show as a flat place or a turn
    assert (inner > 0.8 / SIDE).all()
    assert (inner < 1.1 / (SIDE - 1)).all()
    assert {-1.0, 1.0} == set(rising.flatten().tolist())
