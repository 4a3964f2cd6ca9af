"""Running features of a stay: a state of fixed size that each hourly bin advances, and what the network reads from it.

Shapes: B patients, S floats of state, V vital signs, M measured series (vital signs and laboratory), F features.
A value that was never measured is NaN in state and features: nothing is imputed here.
"""

import functools
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.inputs import INPUTS, NAMES, SERIES, VITALS
from models.risk.organs import POINTS, ratios, sofa_points
from models.risk.plausible import LIMITS

Floats = NDArray[np.float32]

WINDOW_H: Final = 12  # hours of each vital sign kept for the rolling statistics
SHORT_H: Final = 5  # the short window within them
SOFA_H: Final = 24  # Sepsis-3 asks for a rise of SOFA within 24 hours (Singer et al., JAMA 2016)
MEMORY_H: Final = 12.0  # decay time of the measuring rates
STATICS: Final = len(INPUTS) - SERIES

# Fields of the state, in order, with their widths. Everything a feature needs is here: the window is never read again.
FIELDS: Final[tuple[tuple[str, int], ...]] = (
    ("hours", 1),  # bins seen
    ("last", SERIES),  # last value
    ("since", SERIES),  # hours since it was measured
    ("count", SERIES),  # times measured
    ("total", SERIES),  # sum of its values
    ("change", SERIES),  # last value less the one before it
    ("low", SERIES),  # lowest value of the stay
    ("high", SERIES),  # highest value of the stay
    ("rate", SERIES),  # measurements, decaying with MEMORY_H
    ("window", VITALS * WINDOW_H),  # the last hours of the vital signs, newest last
    ("sofa", SOFA_H),  # partial SOFA of the last hours, newest last
    ("static", STATICS),  # age, sex, unit, hours from hospital to ICU, hours in ICU
)
SIZE: Final = sum(width for _, width in FIELDS)
_ZERO_AT_ADMISSION: Final = ("hours", "count", "total", "rate")
_SERIES_FIELDS: Final = ("last", "since", "count", "total", "change", "low", "high", "rate")
_LOW: Final = np.array([low for _, low, _ in LIMITS], np.float32)
_HIGH: Final = np.array([high for _, _, high in LIMITS], np.float32)
_DECAY: Final = np.float32(np.exp(-1.0 / MEMORY_H))
_HOURS_IN_ICU: Final = NAMES.index("hours_in_icu") - SERIES


def blank(patients: int) -> Floats:
    """Return the state [B, S] of patients of whom nothing is known yet."""
    state = np.full((patients, SIZE), np.nan, np.float32)
    for name, field in _fields(state):
        if name in _ZERO_AT_ADMISSION:
            field[:] = 0.0
    return state


def advance(state: Floats, bins: Floats) -> Floats:
    """Advance B stays by one hour: state [B, S] and raw values [B, 40] (NaN = not measured) give the next state [B, S].

    Values outside `models.risk.plausible` count as not measured. The arguments are not changed.
    """
    with np.errstate(invalid="ignore"):
        bins = np.where((bins >= _LOW) & (bins <= _HIGH), bins, np.float32(np.nan))
    after = np.empty_like(state)
    old, new = dict(_fields(state)), dict(_fields(after))
    values = bins[:, :SERIES]
    seen = ~np.isnan(values)
    first_or = np.where(seen, values - old["last"], old["change"])
    new["hours"][:] = old["hours"] + 1
    new["last"][:] = np.where(seen, values, old["last"])
    new["since"][:] = np.where(seen, np.float32(0), old["since"] + 1)
    new["count"][:] = old["count"] + seen
    new["total"][:] = old["total"] + np.where(seen, values, np.float32(0))
    new["change"][:] = first_or
    new["low"][:] = np.fmin(old["low"], values)
    new["high"][:] = np.fmax(old["high"], values)
    new["rate"][:] = old["rate"] * _DECAY + seen
    new["window"][:, :-VITALS] = old["window"][:, VITALS:]
    new["window"][:, -VITALS:] = values[:, :VITALS]
    new["sofa"][:, :-1] = old["sofa"][:, 1:]
    new["sofa"][:, -1] = sofa_points(new["last"]).sum(axis=1)
    static, known = bins[:, SERIES:], old["static"].copy()
    known[:, _HOURS_IN_ICU] += 1  # the clock goes on in an hour that does not tell it
    new["static"][:] = np.where(np.isnan(static), known, static)
    return after


def describe(state: Floats) -> Floats:
    """Return the features [B, F] of a state [B, S] in the order of `FEATURES`; NaN where nothing was measured."""
    now = dict(_fields(state))
    hours, count = now["hours"], now["count"]
    mean = np.where(count > 0, now["total"] / np.maximum(count, 1), np.float32(np.nan))
    fresh = now["since"] == 0
    parts = [
        now["last"],
        now["since"],
        count / np.maximum(hours, 1),
        now["rate"],
        now["change"],
        now["low"],
        now["high"],
        now["last"] - mean,
        *_rolling(now["window"], SHORT_H),
        *_rolling(now["window"], WINDOW_H),
        ratios(now["last"]),
        sofa_points(now["last"]),
        now["sofa"][:, -1:] - np.fmin.reduce(now["sofa"], axis=1)[:, None],
        now["sofa"][:, -1:],
        fresh[:, VITALS:].sum(axis=1, keepdims=True),
        now["rate"][:, VITALS:].sum(axis=1, keepdims=True),
        (count[:, VITALS:] > 0).sum(axis=1, keepdims=True),
        np.fmin.reduce(now["since"][:, VITALS:], axis=1)[:, None],
        fresh[:, :VITALS].sum(axis=1, keepdims=True),
        now["rate"][:, :VITALS].sum(axis=1, keepdims=True),
        now["static"],
        now["static"][:, _HOURS_IN_ICU:] - hours,
        hours,
    ]
    return np.concatenate(parts, axis=1, dtype=np.float32)


def known(state: Floats) -> tuple[Floats, Floats]:
    """Return each input's last value and its age in hours, both [B, 40]; NaN where it was never measured."""
    now = dict(_fields(state))
    static = now["static"]
    age_h = np.where(np.isnan(static), static, np.float32(0))
    return np.concatenate((now["last"], static), axis=1), np.concatenate((now["since"], age_h), axis=1)


def known_vitals(state: Floats) -> NDArray[np.int64]:
    """Count [B] the vital signs that were ever measured."""
    return np.asarray(np.count_nonzero(dict(_fields(state))["count"][:, :VITALS], axis=1), np.int64)


def forget(row: Floats, at: int) -> None:
    """Make the input at this place never measured, in one patient's own copy of the state [S or more], in place."""
    now = {name: field[0] for name, field in _fields(row[None])}
    if at >= SERIES:
        now["static"][at - SERIES] = np.nan
        return
    for name in _SERIES_FIELDS:
        now[name][at] = 0.0 if name in _ZERO_AT_ADMISSION else np.nan
    if at < VITALS:
        now["window"][at::VITALS] = np.nan


def _rolling(window: Floats, hours: int) -> Iterator[Floats]:
    """Yield mean, minimum, maximum and standard deviation [B, V] of what the last hours of a window [B, W * V] hold."""
    recent = [window[:, at : at + VITALS] for at in range(window.shape[1] - hours * VITALS, window.shape[1], VITALS)]
    seen = [~np.isnan(values) for values in recent]  # hour by hour: few long operations instead of one over short axes
    count = np.add.reduce(seen, dtype=np.float32)
    none = count == 0
    divisor = np.where(none, np.float32(np.nan), count)
    mean = np.add.reduce([np.where(here, one, 0) for here, one in zip(seen, recent, strict=True)]) / divisor
    squares = [np.where(here, np.square(one - mean), 0) for here, one in zip(seen, recent, strict=True)]
    yield mean
    yield functools.reduce(np.fmin, recent)
    yield functools.reduce(np.fmax, recent)
    yield np.sqrt(np.add.reduce(squares) / divisor)


def _fields(state: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield each field's name and its view [B, width] of the state."""
    start = 0
    for name, width in FIELDS:
        yield name, state[:, start : start + width]
        start += width


def _names() -> Iterator[str]:
    """Yield the features' names in the order of `describe`."""
    series, vitals = NAMES[:SERIES], NAMES[:VITALS]
    for kind in ("last", "since", "share", "rate", "change", "low", "high", "off_mean"):
        yield from (f"{name}.{kind}" for name in series)
    for window in (SHORT_H, WINDOW_H):
        for kind in ("mean", "low", "high", "sd"):
            yield from (f"{name}.{kind}_{window}h" for name in vitals)
    yield from POINTS
    yield from ("sofa_rise_24h", "sofa")
    yield from ("labs.now", "labs.rate", "labs.known", "labs.since", "vitals.now", "vitals.rate")
    yield from NAMES[SERIES:]
    yield from ("hours_before_record", "hours_in_record")


FEATURES: Final = tuple(_names())
FLAGGED: Final = tuple(  # the network is told which of these are unknown
    at for at, name in enumerate(FEATURES) if name in NAMES or name.endswith((".last", ".change"))
)
"""Positions in `FEATURES`."""
