"""Where a model stands: like the hospitals of its training, foreign, or not yet known, by the stays that are seen."""

import numpy as np
import pytest

from models.risk import site
from models.risk.features import SEPSIS
from models.risk.seen import Seen
from models.risk.site import FOREIGN_RATES, FOREIGN_VALUES, FROM_H, LEAST_STAYS, SiteProfile

SERIES = ("heart_rate_bpm", "lactate_mmol_per_l", "ph")


def stays(
    count: int = LEAST_STAYS,
    hours: float = FROM_H,
    rates: tuple[float, ...] = (1.0, 0.05, 0.1),
    means: tuple[float, ...] = (85.0, 2.0, 7.4),
) -> Seen:
    """Stays that measure at these rates, their means spread by a tenth around these."""
    spread = 1 + np.linspace(-0.1, 0.1, count)[:, None]
    mean = np.where(np.array(rates) > 0, means * spread, np.nan)
    return Seen(np.full(count, hours, np.float32), np.tile(np.array(rates) * hours, (count, 1)), mean)


def profile(*hospitals: Seen) -> SiteProfile:
    described = {f"hospital {number}": site.describe(one) for number, one in enumerate(hospitals)}
    return SiteProfile(SERIES, described)


HOME = profile(stays(200))


def test_a_hospital_that_measures_the_same_is_like_those_of_the_training_and_silences_nothing() -> None:
    found = site.standing(HOME, stays())
    assert (found.verdict, found.stays, found.because) == ("like-training", LEAST_STAYS, None)


@pytest.mark.parametrize(("count", "hours"), [(LEAST_STAYS - 1, FROM_H), (500, FROM_H - 1), (0, FROM_H)])
def test_too_few_stays_of_a_day_are_not_yet_known_and_the_model_is_silent(count: int, hours: float) -> None:
    found = site.standing(HOME, stays(count, hours))
    assert found.verdict == "not-yet-known"
    assert found.because is not None
    assert found.because.startswith("not yet known whether this hospital is like those of the model's training")


def test_a_hospital_that_never_measures_two_of_three_series_is_foreign_and_they_are_named() -> None:
    found = site.standing(HOME, stays(rates=(1.0, 0.0, 0.0)))
    assert found.verdict == "foreign"
    assert set(found.unlike[:2]) == {"lactate_mmol_per_l", "ph"}
    assert found.because is not None
    assert "lactate" in found.because


def test_the_limit_of_rates_belongs_to_the_foreign() -> None:
    for factor, verdict in ((0.98, "like-training"), (1.02, "foreign")):
        rate = 10 ** (factor * FOREIGN_RATES * len(SERIES))  # one series alone is away, by this factor of its rate
        assert site.standing(HOME, stays(rates=(1.0 * rate, 0.05, 0.1))).verdict == verdict, factor


def test_values_in_another_unit_are_foreign() -> None:
    found = site.standing(HOME, stays(means=(85.0, 2.0 * 9, 7.4)))  # lactate in mg/dl
    assert found.values >= FOREIGN_VALUES
    assert (found.verdict, found.unlike[0]) == ("foreign", "lactate_mmol_per_l")


def test_a_mixture_of_two_training_hospitals_is_home_and_one_with_the_ways_of_both_is_not() -> None:
    one, other = (0.3, 0.001, 0.2), (0.3, 0.2, 0.001)
    two = profile(stays(200, rates=one), stays(200, rates=other))
    mixed = (0.3, 0.3 * 0.001 + 0.7 * 0.2, 0.3 * 0.2 + 0.7 * 0.001)
    assert site.standing(two, stays(rates=mixed)).rates < 0.01
    for ways in ((0.3, 0.2, 0.2), (0.3, 0.001, 0.001)):
        assert site.standing(two, stays(rates=ways)).verdict == "foreign"


def test_the_order_of_the_stays_changes_nothing() -> None:
    seen = stays(120)
    order = np.random.default_rng(1).permutation(120)
    assert site.standing(HOME, seen.of(order)) == site.standing(HOME, seen)


def test_a_profile_is_read_as_it_was_written_and_refused_for_other_series() -> None:
    text = site.write(HOME)
    assert site.read(text, SERIES) == HOME
    with pytest.raises(ValueError, match=r"risk-site\.json describes other series than those of this code"):
        site.read(text, SEPSIS.series)
    with pytest.raises(ValueError, match=r"risk-site\.json is no profile of hospitals"):
        site.read("{}", SERIES)
