"""Knowledge across inputs: ratios that physicians read, partial SOFA and SIRS points of the last known values."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.inputs import NAMES

Floats = NDArray[np.float32]

_AT: Final = {name: at for at, name in enumerate(NAMES)}

# SOFA points from organ values (Vincent et al., Intensive Care Med 1996). The neurological part needs the GCS, which
# the inputs don't carry, and the cardiovascular one vasopressors: without them it ends at 1. Respiration by SpO2/FiO2
# in place of PaO2/FiO2 (Pandharipande et al., Crit Care Med 2009).
# fmt: off
_RISING: Final = (  # a point for each limit that the value reaches
    ("creatinine_mg_per_dl",      (1.2, 2.0, 3.5, 5.0)),
    ("total_bilirubin_mg_per_dl", (1.2, 2.0, 6.0, 12.0)),
)
_FALLING: Final = (  # a point for each limit that the value is under
    ("platelets_10e3_per_ul",     (150.0, 100.0, 50.0, 20.0)),
    ("mean_arterial_mmhg",        (70.0,)),
)
_SPO2_TO_FIO2: Final =            (512.0, 357.0, 214.0, 89.0)
# SIRS (Bone et al., Chest 1992): a criterion is met by a value outside its range; breathing has two ways to meet one.
_SIRS: Final = (
    (("temperature_celsius", 36.0, 38.0),),
    (("heart_rate_bpm", 0.0, 90.0),),
    (("respiratory_rate_per_min", 0.0, 20.0), ("paco2_mmhg", 32.0, np.inf)),
    (("wbc_10e3_per_ul", 4.0, 12.0),),
)
# fmt: on
SOFA_PARTS: Final = (*(name for name, _ in _RISING), *(name for name, _ in _FALLING), "spo2_to_fio2")
RATIOS: Final = (
    "shock_index",
    "modified_shock_index",
    "bun_to_creatinine",
    "pulse_pressure_mmhg",
    "spo2_to_fio2",
    "sao2_to_fio2",
    "heart_rate_per_degree",
    "breaths_times_rate",
    "sirs",
    "platelets_to_wbc",
    "lactate_times_shock",
)
POINTS: Final = (*RATIOS, *(f"sofa.{name}" for name in SOFA_PARTS))


def sofa_points(last: Floats) -> Floats:
    """Return the points [B, 5] of `SOFA_PARTS`; an organ without a value gives none, so their sum is partial."""
    parts = [_reached(last[:, _AT[name]], limits) for name, limits in _RISING]
    parts += [_under(last[:, _AT[name]], limits) for name, limits in _FALLING]
    parts.append(_under(_ratio(last, "spo2_percent", "fio2_fraction"), _SPO2_TO_FIO2))
    return np.stack(parts, axis=1)


def ratios(last: Floats) -> Floats:
    """Return the ratios and differences [B, R] of `RATIOS` from the last known values; NaN where one is unknown."""
    pulse = last[:, _AT["heart_rate_bpm"]]
    shock = _ratio(last, "heart_rate_bpm", "systolic_mmhg")
    columns = [
        shock,
        _ratio(last, "heart_rate_bpm", "mean_arterial_mmhg"),
        _ratio(last, "bun_mg_per_dl", "creatinine_mg_per_dl"),
        last[:, _AT["systolic_mmhg"]] - last[:, _AT["diastolic_mmhg"]],
        _ratio(last, "spo2_percent", "fio2_fraction"),
        _ratio(last, "sao2_percent", "fio2_fraction"),
        pulse / last[:, _AT["temperature_celsius"]],
        pulse * last[:, _AT["respiratory_rate_per_min"]],
        _sirs(last),
        _ratio(last, "platelets_10e3_per_ul", "wbc_10e3_per_ul"),
        last[:, _AT["lactate_mmol_per_l"]] * shock,
    ]
    return np.stack(columns, axis=1)


def _sirs(last: Floats) -> Floats:
    """SIRS criteria met [B], of those whose values are known."""
    met = np.zeros(len(last), np.float32)
    for ways in _SIRS:
        outside = [(last[:, _AT[name]] < low) | (last[:, _AT[name]] > high) for name, low, high in ways]
        met += np.logical_or.reduce(outside)
    return met


def _ratio(last: Floats, over: str, under: str) -> Floats:
    below = last[:, _AT[under]]
    return np.divide(last[:, _AT[over]], np.where(below > 0, below, np.nan), dtype=np.float32)


def _reached(values: Floats, limits: tuple[float, ...]) -> Floats:
    return np.asarray(np.add.reduce([values >= limit for limit in limits]), np.float32)


def _under(values: Floats, limits: tuple[float, ...]) -> Floats:
    return np.asarray(np.add.reduce([values < limit for limit in limits]), np.float32)
