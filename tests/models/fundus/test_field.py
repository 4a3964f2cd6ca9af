"""The field of view is found, and what is no photograph of a retina, or a bad one, is refused with a reason."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from models.fundus.field import Field
from tests.builders.fundus_pictures import a_retina

RETINA = a_retina()


def blurred(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    out: NDArray[np.float32] = ndimage.gaussian_filter(colours, (12, 12, 0))
    return out


def test_a_photograph_of_a_retina_is_not_objected_to() -> None:
    field = Field(RETINA)
    assert field.objection() is None
    assert field.box is not None
    top, left, foot, right = field.box
    assert (top, foot) == (0, 360)
    assert (left, right) == pytest.approx((40, 440), abs=6)


@pytest.mark.parametrize(
    ("colours", "reason"),
    [
        (np.zeros_like(RETINA), "No field of view"),
        (np.full_like(RETINA, np.nan), "not numbers"),
        (a_retina(height=290, width=400, across=280), "No field of view"),
        (np.repeat(RETINA.mean(2, keepdims=True), 3, axis=2), "colours of a retina"),
        (RETINA[..., ::-1], "colours of a retina"),
        (a_retina(across=1000), "not round"),
        (RETINA * np.float32(0.15), "too dark"),
        (blurred(RETINA), "too blurred"),
        (np.random.default_rng(0).random((400, 400, 3), dtype=np.float32), "colours of a retina"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_reason(colours: NDArray[np.float32], reason: str) -> None:
    assert reason in str(Field(np.ascontiguousarray(colours)).objection())


def test_the_square_holds_the_whole_field_whatever_surrounds_it() -> None:
    wider = np.pad(RETINA, ((30, 50), (200, 10), (0, 0)))
    square, same = Field(RETINA).square(64), Field(wider).square(64)
    assert square.shape == (1, 3, 64, 64)
    assert float((square - same).abs().max()) < 0.05
    assert float(square[:, :, :2].max()) == 0  # cut off above
    assert float(square[:, :, 32, 32].max()) > 0.3


def test_a_map_of_the_square_lies_on_the_photograph_where_the_square_was_taken_from() -> None:
    wider = np.pad(RETINA, ((30, 50), (200, 10), (0, 0)))
    field = Field(wider)
    square = field.square(64)[0].max(0).values
    back = field.unsquare(square)
    assert back.shape == wider.shape[:2]
    bright = wider.max(2) > 0.3
    assert back[bright].mean() > 0.3
    assert back[~bright].mean() < 0.1
