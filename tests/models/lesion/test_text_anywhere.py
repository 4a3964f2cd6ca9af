"""A name anywhere in a picture is noticed before the picture is passed on."""

import numpy as np
import pytest

from models.lesion.text_anywhere import has_text
from stream.feeds.images import breast_ultrasound, chest_xray
from tests.builders.written_pictures import Picture, written_on


def a_film(seed: int = 0) -> Picture:
    return chest_xray(np.random.default_rng(seed), suspicious=seed % 2 == 0).astype(np.float32)


def letters(at: tuple[int, int], size_px: int, text: str = "DOE^JANE 1950") -> Picture:
    return written_on(np.zeros((512, 512), dtype=np.float32), text, at, size_px)


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_without_text_is_not_suspected(seed: int) -> None:
    assert not has_text(a_film(seed))
    assert not has_text(breast_ultrasound(np.random.default_rng(seed), suspicious=seed % 2 == 0).astype(np.float32))


@pytest.mark.parametrize("quarter", range(4))
@pytest.mark.parametrize("at", [(10, 4), (150, 250)])
@pytest.mark.parametrize("size_px", [12, 16, 36, 48])
@pytest.mark.parametrize("contrast", [0.5, -0.5, 0.15])
def test_a_name_is_noticed_anywhere_in_any_quarter_turn_bright_dark_or_grey(
    quarter: int, at: tuple[int, int], size_px: int, contrast: float
) -> None:
    picture = a_film() + np.float32(contrast) * np.rot90(letters(at, size_px), quarter)
    assert has_text(picture.clip(0, 1).astype(np.float32))


def test_large_letters_in_a_large_picture_are_noticed() -> None:
    large = np.kron(a_film(), np.ones((4, 4), dtype=np.float32))
    assert has_text(written_on(large, "DOE^JANE", (300, 900), 160))


def test_a_very_small_or_flat_picture_has_none() -> None:
    assert not has_text(np.zeros((32, 32), dtype=np.float32))
    assert not has_text(np.full((100, 100), 0.5, dtype=np.float32))
