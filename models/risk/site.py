"""Where a model stands: how foreign a hospital's stays are to the hospitals that it was trained in.

A forecast that leads where it was trained may fail elsewhere, and no alarm may come from a model at a hospital of which
nobody knows whether it is like those. So the stays that are seen are compared with the training hospitals': how often
each series is measured, and where its values lie. Shapes: P stays, M measured series, K knots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from models.risk.seen import Seen
from models.risk.wording import named

Verdict = Literal["like-training", "foreign", "not-yet-known"]

FILE: Final = "risk-site.json"
"""Beside the weights; the training writes it."""

# Ours, all from patients of the training hospitals that trained nothing. Rates: in samples of 50 stays and more, a
# training hospital, any mixture of both, each of their units and the first day alone are 0.123 away at most; a hospital
# is 0.267 to 0.308 away from the other one alone. The limit lies nearer to home: to speak where one is foreign is the
# worse mistake. Values: no series of a hospital's own stays was more than 0.63 away.
FROM_H: Final = 24.0
"""A stay counts from its first day on: in its first hours more is measured than later."""
LEAST_STAYS: Final = 50
FOREIGN_RATES: Final = 0.15
FOREIGN_VALUES: Final = 0.8
_LEAST_OF_SERIES: Final = 10  # stays with a series before its values are looked at
_SELDOM: Final = 0.003  # measurements per hour: rates far under it are all the same
_MOST: Final = 10.0  # a rate ten times as high, or as low, counts in full
_TOLD: Final = 4  # series
_TENTHS: Final = 10


@dataclass(frozen=True)
class Hospital:
    """A training hospital: measurements per hour [M], and inner deciles [M, K] of the stays' means; None = too few."""

    rates: tuple[float, ...]
    deciles: tuple[tuple[float, ...] | None, ...]


@dataclass(frozen=True)
class SiteProfile:
    """The training hospitals by name; `series` names the M series."""

    series: tuple[str, ...]
    hospitals: Mapping[str, Hospital]


_PROFILE: Final = TypeAdapter(SiteProfile)


@dataclass(frozen=True)
class Standing:
    """How a hospital's stays stand to the training hospitals.

    stays   that were seen for a day, on which the verdict rests
    rates   mean distance of the rates of measuring to those of the nearest mixture of training hospitals, 0 to 1;
            from FOREIGN_RATES on the hospital is foreign
    values  largest distance of a series' values, 0 to 1; from FOREIGN_VALUES on it is
    unlike  the series that are furthest away, the furthest first
    """

    verdict: Verdict
    stays: int
    rates: float
    values: float
    unlike: tuple[str, ...]

    @property
    def because(self) -> str | None:
        """Why the model abstains here, in one sentence; None where it does not."""
        if self.verdict == "like-training":
            return None
        if self.verdict == "not-yet-known":
            return (
                "not yet known whether this hospital is like those of the model's training: "
                f"{self.stays} of {LEAST_STAYS} stays were seen for a day"
            )
        listed = ", ".join(named(name) for name in self.unlike)
        return (
            f"this hospital is not like those of the model's training: by {self.stays} stays it is {self.rates:.2f} "
            f"away in how often it measures and {self.values:.2f} in values (foreign from {FOREIGN_RATES} and "
            f"{FOREIGN_VALUES}), most in {listed}"
        )


NOTHING_SEEN: Final = Standing("not-yet-known", 0, 0.0, 0.0, ())


def write(profile: SiteProfile) -> str:
    """Return the profile as JSON text."""
    return _PROFILE.dump_json(profile, indent=1).decode() + "\n"


def read(text: str, series: Sequence[str]) -> SiteProfile:
    """Read a profile; raises ValueError where it is none, or none of these series."""
    try:
        profile = _PROFILE.validate_json(text)
    except ValidationError as error:
        msg = f"{FILE} is no profile of hospitals"
        raise ValueError(msg) from error
    whole = all(len(one.rates) == len(one.deciles) == len(series) for one in profile.hospitals.values())
    if profile.series != tuple(series) or not profile.hospitals or not whole:
        msg = f"{FILE} describes other series than those of this code"
        raise ValueError(msg)
    return profile


def describe(seen: Seen) -> Hospital:
    """Describe a hospital by its stays."""
    rates = seen.count.sum(axis=0, dtype=np.float64) / seen.hours.sum(dtype=np.float64)
    deciles: list[tuple[float, ...] | None] = []
    for values in seen.mean.T:
        known = values[~np.isnan(values)]
        enough = len(known) >= _LEAST_OF_SERIES
        deciles.append(tuple(np.quantile(known, _LEVELS).tolist()) if enough else None)
    return Hospital(tuple(rates.tolist()), tuple(deciles))


def standing(profile: SiteProfile, seen: Seen) -> Standing:
    """Judge a hospital by the stays that were seen there, in any order; those seen for less than a day don't count."""
    counted = seen.of(seen.hours >= FROM_H)
    stays = len(counted.hours)
    if stays < LEAST_STAYS:
        return Standing("not-yet-known", stays, 0.0, 0.0, ())
    rates, values = _away_in_rates(profile, counted), _away_in_values(profile, counted)
    foreign = rates.mean() >= FOREIGN_RATES or values.max() >= FOREIGN_VALUES
    furthest = np.argsort(-np.maximum(rates, values), kind="stable")[:_TOLD]
    return Standing(
        verdict="foreign" if foreign else "like-training",
        stays=stays,
        rates=float(rates.mean()),
        values=float(values.max()),
        unlike=tuple(profile.series[at] for at in furthest),
    )


_LEVELS: Final = np.linspace(0.1, 0.9, 9)


def _away_in_rates(profile: SiteProfile, seen: Seen) -> NDArray[np.float64]:
    """How far [M] each rate lies from that of the nearest mixture of the training hospitals, 0 to 1."""
    rate = np.log(seen.count.sum(axis=0, dtype=np.float64) / seen.hours.sum(dtype=np.float64) + _SELDOM)
    known = np.array([one.rates for one in profile.hospitals.values()])
    mixed = np.log(_mixtures(len(known)) @ known + _SELDOM)
    away = np.clip(np.abs(mixed - rate) / np.log(_MOST), 0, 1)
    return np.asarray(away[away.mean(axis=1).argmin()])


def _mixtures(hospitals: int) -> NDArray[np.float64]:
    """Shares in tenths that add up to one, a row for each mixture."""
    parts = product(range(_TENTHS + 1), repeat=hospitals)
    return np.array([row for row in parts if sum(row) == _TENTHS]) / _TENTHS


def _away_in_values(profile: SiteProfile, seen: Seen) -> NDArray[np.float64]:
    """How far [M] the values of each series lie from those of the nearest training hospital, 0 to 1.

    The largest difference between two shares of stays under a decile (Kolmogorov and Smirnov's distance). A series that
    no training hospital has in enough stays is 1 away.
    """
    away = np.zeros(len(profile.series))
    for at, values in enumerate(seen.mean.T):
        known = values[~np.isnan(values)]
        if len(known) < _LEAST_OF_SERIES:
            continue
        deciles = [found for one in profile.hospitals.values() if (found := one.deciles[at]) is not None]
        shares = ((known[:, None] <= np.array(each)).mean(axis=0) for each in deciles)
        away[at] = min((float(np.abs(share - _LEVELS).max()) for share in shares), default=1.0)
    return away
