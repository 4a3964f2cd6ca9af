"""Running features of a stay: a state of fixed size that each hourly bin advances, and what the network reads from it.

Shapes: B patients, I inputs, V vital signs, M measured series (vital signs and laboratory), S floats of state,
F features.
A value that was never measured is NaN in state and features: nothing is imputed here.
"""

import functools
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk import trend
from models.risk.inputs import INPUTS, Input
from models.risk.organs import Organs
from models.risk.plausible import LIMITS
from models.risk.seen import Seen

Floats = NDArray[np.float32]

WINDOW_H: Final = 12  # hours of each vital sign kept for the rolling statistics
SHORT_H: Final = 5  # the short window within them
SOFA_H: Final = 24  # Sepsis-3 asks for a rise of SOFA within 24 hours (Singer et al., JAMA 2016)
MEMORY_H: Final = 12.0  # decay time of the measuring rates
_DECAY: Final = np.float32(np.exp(-1.0 / MEMORY_H))
_ZERO_AT_ADMISSION: Final = ("hours", "count", "total", "rate", *trend.ZERO_AT_ADMISSION)
_SERIES_FIELDS: Final = ("last", "since", "count", "total", "change", "low", "high", "rate", *trend.FIELDS)


class RunningFeatures:
    """The running features of one table of inputs. Holds no patient: state comes in and goes out.

    names    of the F features, in the order of `describe`
    flagged  positions in `names`: the network is told which of these are unknown
    size     S
    series   names of the M measured series
    """

    def __init__(
        self, inputs: Sequence[Input], limits: Sequence[tuple[str, float, float]], *, courses: bool = False
    ) -> None:
        """Take the inputs [I]: vital signs, laboratory values, statics, in this order, the last `hours_in_icu`.

        limits [I]  column, lowest and highest value that counts as measured
        courses     whether the features of `models.risk.trend` are among them
        """
        self._courses = courses
        self.inputs = tuple(inputs)
        self._vitals = sum(one.kind == "vital" for one in inputs)
        self._series = self._vitals + sum(one.kind == "lab" for one in inputs)
        self._input_names = tuple(one.name for one in inputs)
        self._clock = self._input_names.index("hours_in_icu") - self._series
        self._organs = Organs(self._input_names)
        self._low = np.array([low for _, low, _ in limits], np.float32)
        self._high = np.array([high for _, _, high in limits], np.float32)
        self.fields = self._fields()
        self.size = sum(width for _, width in self.fields)
        self.names = tuple(self._names())
        self.series = self._input_names[: self._series]
        self.flagged = tuple(
            at for at, name in enumerate(self.names) if name in self._input_names or name.endswith((".last", ".change"))
        )

    def blank(self, patients: int) -> Floats:
        """Return the state [B, S] of patients of whom nothing is known yet."""
        state = np.full((patients, self.size), np.nan, np.float32)
        for name, field in self._views(state):
            if name in _ZERO_AT_ADMISSION:
                field[:] = 0.0
        return state

    def advance(self, state: Floats, bins: Floats) -> Floats:
        """Advance B stays by one hour: state [B, S] and raw values [B, I] (NaN = not measured) give the next [B, S].

        Values outside the limits count as not measured. The arguments are not changed.
        """
        with np.errstate(invalid="ignore"):
            bins = np.where((bins >= self._low) & (bins <= self._high), bins, np.float32(np.nan))
        after = np.empty_like(state)
        old, new = dict(self._views(state)), dict(self._views(after))
        values = bins[:, : self._series]
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
        new["window"][:, : -self._vitals] = old["window"][:, self._vitals :]
        new["window"][:, -self._vitals :] = values[:, : self._vitals]
        new["sofa"][:, :-1] = old["sofa"][:, 1:]
        new["sofa"][:, -1] = self._organs.sofa_points(new["last"]).sum(axis=1)
        static, known = bins[:, self._series :], old["static"].copy()
        known[:, self._clock] += 1  # the clock goes on in an hour that does not tell it
        new["static"][:] = np.where(np.isnan(static), known, static)
        if self._courses:
            trend.advance(old, new, values)
        return after

    def describe(self, state: Floats) -> Floats:
        """Return the features [B, F] of a state [B, S] in the order of `names`; NaN where nothing was measured."""
        now = dict(self._views(state))
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
            *self._rolling(now["window"], SHORT_H),
            *self._rolling(now["window"], WINDOW_H),
            self._organs.ratios(now["last"]),
            self._organs.sofa_points(now["last"]),
            now["sofa"][:, -1:] - np.fmin.reduce(now["sofa"], axis=1)[:, None],
            now["sofa"][:, -1:],
            fresh[:, self._vitals :].sum(axis=1, keepdims=True),
            now["rate"][:, self._vitals :].sum(axis=1, keepdims=True),
            (count[:, self._vitals :] > 0).sum(axis=1, keepdims=True),
            np.fmin.reduce(now["since"][:, self._vitals :], axis=1)[:, None],
            fresh[:, : self._vitals].sum(axis=1, keepdims=True),
            now["rate"][:, : self._vitals].sum(axis=1, keepdims=True),
            now["static"],
            now["static"][:, self._clock :] - hours,
            hours,
            *(trend.describe(now) if self._courses else ()),
        ]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def known(self, state: Floats) -> tuple[Floats, Floats]:
        """Return each input's last value and its age in hours, both [B, I]; NaN where it was never measured."""
        now = dict(self._views(state))
        static = now["static"]
        age_h = np.where(np.isnan(static), static, np.float32(0))
        return np.concatenate((now["last"], static), axis=1), np.concatenate((now["since"], age_h), axis=1)

    def known_vitals(self, state: Floats) -> NDArray[np.int64]:
        """Count [B] the vital signs that were ever measured."""
        return np.asarray(np.count_nonzero(dict(self._views(state))["count"][:, : self._vitals], axis=1), np.int64)

    def seen(self, state: Floats) -> Seen:
        """Return what was measured of patients so far, as it counts for where a model stands."""
        now = dict(self._views(state))
        count = now["count"]
        mean = np.where(count > 0, now["total"] / np.maximum(count, 1), np.float32(np.nan))
        return Seen(now["hours"][:, 0].copy(), count.copy(), mean)

    def forget(self, row: Floats, at: int) -> None:
        """Make the input at this place never measured, in one patient's own copy of the state [S or more], in place."""
        now = {name: field[0] for name, field in self._views(row[None])}
        if at >= self._series:
            now["static"][at - self._series] = np.nan
            return
        for name in now.keys() & _SERIES_FIELDS:
            now[name][at] = 0.0 if name in _ZERO_AT_ADMISSION else np.nan
        if at < self._vitals:
            now["window"][at :: self._vitals] = np.nan

    def _rolling(self, window: Floats, hours: int) -> Iterator[Floats]:
        """Yield mean, minimum, maximum and standard deviation [B, V] of the last hours of a window [B, W * V]."""
        recent = [
            window[:, at : at + self._vitals]
            for at in range(window.shape[1] - hours * self._vitals, window.shape[1], self._vitals)
        ]
        seen = [
            ~np.isnan(values) for values in recent
        ]  # hour by hour: few long operations instead of one over short axes
        count = np.add.reduce(seen, dtype=np.float32)
        none = count == 0
        divisor = np.where(none, np.float32(np.nan), count)
        mean = np.add.reduce([np.where(here, one, 0) for here, one in zip(seen, recent, strict=True)]) / divisor
        squares = [np.where(here, np.square(one - mean), 0) for here, one in zip(seen, recent, strict=True)]
        yield mean
        yield functools.reduce(np.fmin, recent)
        yield functools.reduce(np.fmax, recent)
        yield np.sqrt(np.add.reduce(squares) / divisor)

    def _views(self, state: Floats) -> Iterator[tuple[str, Floats]]:
        """Yield each field's name and its view [B, width] of the state."""
        start = 0
        for name, width in self.fields:
            yield name, state[:, start : start + width]
            start += width

    def _fields(self) -> tuple[tuple[str, int], ...]:
        """Fields of the state with their widths: everything a feature needs; no record is ever read again."""
        return (
            ("hours", 1),  # bins seen
            ("last", self._series),  # last value
            ("since", self._series),  # hours since it was measured
            ("count", self._series),  # times measured
            ("total", self._series),  # sum of its values
            ("change", self._series),  # last value less the one before it
            ("low", self._series),  # lowest value of the stay
            ("high", self._series),  # highest value of the stay
            ("rate", self._series),  # measurements, decaying with MEMORY_H
            ("window", self._vitals * WINDOW_H),  # the last hours of the vital signs, newest last
            ("sofa", SOFA_H),  # partial SOFA of the last hours, newest last
            ("static", len(self.inputs) - self._series),  # who the patient is, and the hours in the ICU
            *((name, self._series) for name in trend.FIELDS if self._courses),
        )

    def _names(self) -> Iterator[str]:
        """Yield the features' names in the order of `describe`."""
        names = self._input_names
        for kind in ("last", "since", "share", "rate", "change", "low", "high", "off_mean"):
            yield from (f"{name}.{kind}" for name in names[: self._series])
        for window in (SHORT_H, WINDOW_H):
            for kind in ("mean", "low", "high", "sd"):
                yield from (f"{name}.{kind}_{window}h" for name in names[: self._vitals])
        yield from self._organs.ratio_names
        yield from (f"sofa.{name}" for name in self._organs.part_names)
        yield from ("sofa_rise_24h", "sofa")
        yield from ("labs.now", "labs.rate", "labs.known", "labs.since", "vitals.now", "vitals.rate")
        yield from names[self._series :]
        yield from ("hours_before_record", "hours_in_record")
        if self._courses:
            yield from trend.names(names[: self._series])


SEPSIS: Final = RunningFeatures(INPUTS, LIMITS, courses=True)
"""Those of the sepsis forecast."""

CLOCKS: Final = (
    *("hours_in_icu", "hours_from_hospital_to_icu", "hours_before_record", "hours_in_record"),
    *(name for name in SEPSIS.names if name.endswith(".known_for")),
)
"""Those of them that tell the time: ICULOS, HospAdmTime, and the length of the record, whole or from a first value."""
