"""Each measure gives what is known where the answer is known."""

import numpy as np
import pytest
import torch

from models.generator.measures import (
    frechet_distance,
    interval,
    intervals,
    kernel_distance,
    likeness,
    recall,
    signal_to_noise,
    spread,
    structural_similarity,
)


def cloud(count: int, shift: float = 0.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 4)) + shift


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """The distance alone: of a single group every draw is the whole."""
    return kernel_distance(first, second, np.zeros(len(first), np.intp), 1).value


def test_the_kernel_distance_of_two_draws_of_one_kind_is_about_0_and_grows_with_the_shift() -> None:
    same = [distance(cloud(100, seed=seed), cloud(100, seed=seed + 50)) for seed in range(20)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(20)
    near, far = (distance(cloud(100), cloud(100, shift, seed=1)) for shift in (0.5, 1.0))
    assert 10 * abs(np.mean(same)) < near < far


def test_the_kernel_distance_of_four_points_by_hand() -> None:
    first, second = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
    # (xy + 1)^3: within the first 1, within the second 27, between 1, 1, 8, 27
    assert distance(first, second) == pytest.approx(1 + 27 - 2 * (1 + 1 + 8 + 27) / 4)


def test_the_interval_of_the_kernel_distance_holds_it() -> None:
    first, second = cloud(60), cloud(60, 0.3, seed=1)
    found = kernel_distance(first, second, np.arange(60), 100)
    assert found.value == distance(first, second)
    assert found.low < found.value < found.high


def test_the_frechet_distance_of_a_shifted_cloud_is_the_square_of_the_shift() -> None:
    base = cloud(50)
    assert frechet_distance(base, base + np.array([3.0, 0, 0, 0])) == pytest.approx(9, abs=1e-4)
    assert frechet_distance(base, 2 * base) == pytest.approx(
        float(np.square(base.mean(0)).sum() + np.trace(np.cov(base, rowvar=False))), rel=1e-4
    )


def test_recall_counts_the_real_images_that_drawn_ones_reach() -> None:
    drawn = cloud(40)
    real = np.concatenate([drawn[:10], drawn[:10] + 100])
    assert recall(real, drawn) == 0.5


def test_the_spread_is_the_mean_distance() -> None:
    assert spread(np.array([[0.0, 0], [3, 4], [0, 0]])) == pytest.approx(10 / 3)


def test_a_copy_is_found_mirrored_brightened_or_not() -> None:
    taught = torch.rand(5, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    own = torch.stack([taught[3], taught[2].flip(2), 0.5 * taught[1] + 0.2])
    assert likeness(own, taught) == pytest.approx(np.ones(3), abs=1e-4)
    other = torch.rand(3, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    assert likeness(other, taught).max() < 0.3


def test_the_signal_to_noise_ratio_of_an_even_error() -> None:
    truth = np.full((16, 16), 0.5, np.float32)
    assert signal_to_noise(truth + np.float32(0.1), truth) == pytest.approx(20, abs=1e-4)


def test_the_similarity_of_an_image_with_itself_is_1_and_of_two_flat_ones_as_the_paper_says() -> None:
    image = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    assert structural_similarity(image, image) == pytest.approx(1)
    a, b = np.full((32, 32), 0.2, np.float32), np.full((32, 32), 0.6, np.float32)
    luminance = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    assert structural_similarity(a, b) == pytest.approx(luminance, abs=1e-5)


def test_structure_counts_not_only_brightness() -> None:
    image = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    assert structural_similarity(1 - image, image) < 0


def test_an_interval_is_wider_when_images_share_groups() -> None:
    values = np.repeat(np.random.default_rng(0).standard_normal(20), 5)

    def mean(rows: np.ndarray) -> float:
        return float(values[rows].mean())

    alone, grouped = interval(mean, np.arange(100)), interval(mean, np.repeat(np.arange(20), 5))
    assert alone.value == grouped.value
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


def test_a_difference_is_drawn_in_pairs() -> None:
    values = np.random.default_rng(0).standard_normal(50)
    first, second, gap = intervals(lambda rows: (values[rows].mean(), values[rows].mean() + 0.01, 0.01), np.arange(50))
    assert gap.low == gap.high == 0.01
    assert second.low - first.low == pytest.approx(0.01)
