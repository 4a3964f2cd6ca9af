"""Many slices alone make no study suspicious."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lesion.study import MOST_ODDS, SUSPICIOUS_FROM, study_probability

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(SHARES, st.randoms())
def test_it_lies_between_the_lowest_and_the_highest_and_does_not_hang_on_the_order(
    each: list[float], order: object
) -> None:
    found = study_probability(each)
    most = MOST_ODDS / (1 + MOST_ODDS)
    assert min(*each, most) - 1e-9 <= found <= max(each) + 1e-9
    shuffled = list(each)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # it is a Random
    assert study_probability(shuffled) == found


@pytest.mark.parametrize("one", [0.0, 0.3, 0.99999, 1.0])
def test_that_of_one_slice_is_its_own(one: float) -> None:
    assert study_probability([one]) == one


def test_the_odds_are_the_mean_of_the_slices_odds() -> None:
    assert study_probability([0.75, 0.5]) == pytest.approx(2 / 3)  # odds of 3 and 1
    assert study_probability([1.0, 0.0]) == pytest.approx(MOST_ODDS / 2 / (1 + MOST_ODDS / 2))


def test_false_alarms_do_not_grow_with_the_number_of_slices_and_lesions_of_a_tenth_are_found() -> None:
    chance = np.random.default_rng(0)
    healthy = chance.beta(0.2, 20, (300, 300))  # mostly near 0
    healthy[chance.random(healthy.shape) < 0.01] = 0.95  # as of a hundred slices without a lesion one may be
    ill = healthy.copy()
    ill[:, :30] = chance.beta(20, 1, (300, 30))
    assert (healthy.max(axis=1) >= 0.9).mean() > 0.9  # what the highest would say
    assert np.mean([study_probability(study) >= SUSPICIOUS_FROM for study in healthy.tolist()]) < 0.02
    assert np.mean([study_probability(study) >= SUSPICIOUS_FROM for study in ill.tolist()]) > 0.98
