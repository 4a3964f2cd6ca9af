"""A name in the margin of a picture is noticed, and no map is drawn over it."""

import numpy as np
import pytest

from models.lesion.text_like import HEIGHTS_PX, has_text_like_margin
from stream.check.judge import judge
from stream.check.verdict import Judged
from stream.feeds.images import breast_ultrasound, chest_xray
from tests.builders.dicom_files import a_dataset, as_bytes
from tests.builders.fake_lesion_models import Loader, a_task
from tests.builders.written_pictures import Picture, written_on


def a_film(seed: int = 0) -> Picture:
    return chest_xray(np.random.default_rng(seed), suspicious=seed % 2 == 0).astype(np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_without_text_is_not_suspected(seed: int) -> None:
    assert not has_text_like_margin(a_film(seed))
    assert not has_text_like_margin(
        breast_ultrasound(np.random.default_rng(seed), suspicious=seed % 2 == 0).astype(np.float32)
    )


@pytest.mark.parametrize("at", [(10, 4), (200, 4), (10, 470), (240, 470)])
@pytest.mark.parametrize("size_px", [10, 12, 16, 24, 36])
def test_a_name_in_the_margin_is_noticed(at: tuple[int, int], size_px: int) -> None:
    assert has_text_like_margin(written_on(a_film(), "DOE^JANE 1950", at, size_px))


def test_letters_need_not_be_white_but_brighter_than_what_is_round_them() -> None:
    letters = written_on(np.zeros((256, 256), dtype=np.float32), "DOE^JANE", (10, 4), 20) > 0.5
    for grey, seen in ((0.7, True), (0.4, False)):
        picture = np.where(letters, np.float32(grey), np.float32(0.2))
        picture[128, 128] = 1
        assert has_text_like_margin(picture) is seen


def test_a_page_full_of_text_is_noticed() -> None:
    page = np.zeros((1400, 1000), dtype=np.float32)
    for row in range(4, 1380, 16):
        page = written_on(page, "DOE^JANE 1950 " * 10, (4, row), 12)
    assert has_text_like_margin(page)


@pytest.mark.parametrize("at", [(10, 4), (240, 470)])
@pytest.mark.parametrize("size_px", [10, 16, 36])
def test_dark_letters_on_a_bright_picture_are_noticed(at: tuple[int, int], size_px: int) -> None:
    negative = (1 - a_film()).astype(np.float32)
    dark = (1 - written_on(a_film(), "DOE^JANE 1950", at, size_px)).astype(np.float32)
    assert not has_text_like_margin(negative)
    assert has_text_like_margin(dark)


def test_four_letters_are_a_side_mark_and_five_are_text() -> None:
    dark = np.full((256, 256), 0.2, dtype=np.float32)
    assert not has_text_like_margin(written_on(dark, "EEEE", (10, 4), 20))
    assert has_text_like_margin(written_on(dark, "EEEEE", (10, 4), 20))


def test_the_middle_of_the_picture_is_not_looked_at() -> None:
    assert not has_text_like_margin(written_on(a_film(), "DOE^JANE", (150, 240), 24))


@pytest.mark.parametrize(("side_px", "seen"), [(HEIGHTS_PX[1] - 1, False), (HEIGHTS_PX[1], True)])
def test_a_very_small_picture_has_no_room_for_text(side_px: int, *, seen: bool) -> None:
    picture = np.zeros((side_px, 200), dtype=np.float32)
    picture[2:10, 4:40:6] = 1
    picture[4:6, 3:40:6] = 1  # bars with a foot to the left: not full boxes
    assert has_text_like_margin(picture) is seen


@pytest.mark.parametrize("flat", [0.0, 1.0])
def test_a_flat_picture_says_nothing(flat: float) -> None:
    assert not has_text_like_margin(np.full((100, 100), flat, dtype=np.float32))


@pytest.mark.parametrize(("text", "drawn"), [("", True), ("DOE^JANE", False)])
def test_no_map_is_drawn_over_a_name_whatever_the_header_says(text: str, *, drawn: bool) -> None:
    stored = (written_on(a_film(), text, (10, 4), 24) * 4095).astype(np.uint16)
    (verdict,) = judge([a_task(as_bytes(a_dataset(stored, BurnedInAnnotation="NO")), overlay=True)], Loader())
    assert isinstance(verdict, Judged)
    assert (verdict.overlay_png is not None) is drawn
