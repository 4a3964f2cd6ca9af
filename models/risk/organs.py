"""Knowledge across inputs: ratios that physicians read, partial SOFA and SIRS points of the last known values.

A table of inputs gets the ratios and points whose inputs it holds. Shapes: B patients, I inputs, R ratios, P parts.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# SOFA points from organ values (Vincent et al., Intensive Care Med 1996). The cardiovascular part ends at 1, as no
# table holds vasopressors, and the renal one knows no urine output. Respiration by PaO2/FiO2, or where a table has
# none by SpO2/FiO2 (Pandharipande et al., Crit Care Med 2009); no table holds both.
# fmt: off
_RISING: Final = (  # a point for each limit that the value reaches
    ("creatinine_mg_per_dl",      (1.2, 2.0, 3.5, 5.0)),
    ("total_bilirubin_mg_per_dl", (1.2, 2.0, 6.0, 12.0)),
)
_FALLING: Final = (  # a point for each limit that the value is under
    ("platelets_10e3_per_ul",     (150.0, 100.0, 50.0, 20.0)),
    ("mean_arterial_mmhg",        (70.0,)),
    ("glasgow_coma_score",        (15.0, 13.0, 10.0, 6.0)),
    ("spo2_to_fio2",              (512.0, 357.0, 214.0, 89.0)),
    ("pao2_to_fio2",              (400.0, 300.0, 200.0, 100.0)),
)
# SIRS (Bone et al., Chest 1992): a criterion is met by a value outside its range; breathing has two ways to meet one.
_SIRS: Final = (
    (("temperature_celsius", 36.0, 38.0),),
    (("heart_rate_bpm", 0.0, 90.0),),
    (("respiratory_rate_per_min", 0.0, 20.0), ("paco2_mmhg", 32.0, np.inf)),
    (("wbc_10e3_per_ul", 4.0, 12.0),),
)
# fmt: on


def _over(over: Floats, under: Floats) -> Floats:
    return np.divide(over, np.where(under > 0, under, np.nan), dtype=np.float32)


def _sirs(*values: Floats) -> Floats:
    """SIRS criteria met [B], of those whose values are known; values in the order of `_SIRS`."""
    rest = iter(values)
    met = np.zeros(len(values[0]), np.float32)
    for ways in _SIRS:
        outside = [(value < low) | (value > high) for (_, low, high), value in zip(ways, rest, strict=False)]
        met += np.logical_or.reduce(outside)
    return met


def _times_shock(value: Floats, pulse: Floats, systolic: Floats) -> Floats:
    return value * _over(pulse, systolic)


# fmt: off
_RATIOS: Final[tuple[tuple[str, tuple[str, ...], Callable[..., Floats]], ...]] = (
    # name                    of which inputs                                                how
    ("shock_index",           ("heart_rate_bpm", "systolic_mmhg"),                           _over),
    ("modified_shock_index",  ("heart_rate_bpm", "mean_arterial_mmhg"),                      _over),
    ("bun_to_creatinine",     ("bun_mg_per_dl", "creatinine_mg_per_dl"),                     _over),
    ("pulse_pressure_mmhg",   ("systolic_mmhg", "diastolic_mmhg"),                           np.subtract),
    ("spo2_to_fio2",          ("spo2_percent", "fio2_fraction"),                             _over),
    ("pao2_to_fio2",          ("pao2_mmhg", "fio2_fraction"),                                _over),
    ("sao2_to_fio2",          ("sao2_percent", "fio2_fraction"),                             _over),
    ("heart_rate_per_degree", ("heart_rate_bpm", "temperature_celsius"),                     np.divide),
    ("breaths_times_rate",    ("heart_rate_bpm", "respiratory_rate_per_min"),                np.multiply),
    ("sirs",                  tuple(name for ways in _SIRS for name, _, _ in ways),          _sirs),
    ("platelets_to_wbc",      ("platelets_10e3_per_ul", "wbc_10e3_per_ul"),                  _over),
    ("lactate_times_shock",   ("lactate_mmol_per_l", "heart_rate_bpm", "systolic_mmhg"),     _times_shock),
)
# fmt: on


class Organs:
    """The ratios and points of one table of inputs, in whose order its values come.

    ratios  names of the R ratios; parts  names of the P parts of SOFA
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._at = {name: at for at, name in enumerate(names)}
        self._ratios = {name: (needs, how) for name, needs, how in _RATIOS if set(needs) <= self._at.keys()}
        known = self._at.keys() | self._ratios.keys()
        self._rising, self._falling = ([row for row in rows if row[0] in known] for rows in (_RISING, _FALLING))
        self.ratio_names = tuple(self._ratios)
        self.part_names = tuple(name for name, _ in (*self._rising, *self._falling))

    def ratios(self, last: Floats) -> Floats:
        """Return the ratios [B, R] from the last known values [B, I]; NaN where one is unknown."""
        return np.stack([self._value(last, name) for name in self._ratios], axis=1)

    def sofa_points(self, last: Floats) -> Floats:
        """Return the points [B, P]; an organ without a value gives none, so their sum is partial."""
        parts = [_reached(self._value(last, name), limits) for name, limits in self._rising]
        parts += [_under(self._value(last, name), limits) for name, limits in self._falling]
        return np.stack(parts, axis=1)

    def _value(self, last: Floats, name: str) -> Floats:
        """Return an input or a ratio by its name."""
        if name in self._at:
            return last[:, self._at[name]]
        needs, how = self._ratios[name]
        return how(*(last[:, self._at[one]] for one in needs))


def _reached(values: Floats, limits: tuple[float, ...]) -> Floats:
    return np.asarray(np.add.reduce([values >= limit for limit in limits]), np.float32)


def _under(values: Floats, limits: tuple[float, ...]) -> Floats:
    return np.asarray(np.add.reduce([values < limit for limit in limits]), np.float32)
