"""A forecast's drivers as a clinician would say them: words, units, three digits, and how old a value is."""

from collections.abc import Sequence
from typing import Final

from models.risk.explanation import Driver

_NAMED: Final[dict[str, str]] = {
    "spo2_percent": "SpO2",
    "mean_arterial_mmhg": "mean arterial pressure",
    "systolic_mmhg": "systolic pressure",
    "diastolic_mmhg": "diastolic pressure",
    "etco2_mmhg": "end-tidal CO2",
    "fio2_fraction": "FiO2",
    "ph": "pH",
    "paco2_mmhg": "PaCO2",
    "sao2_percent": "SaO2",
    "ast_u_per_l": "AST",
    "bun_mg_per_dl": "blood urea nitrogen",
    "troponin_i_ng_per_ml": "troponin I",
    "ptt_s": "PTT",
    "wbc_10e3_per_ul": "white cells",
    "platelets_10e3_per_ul": "platelets",
    "hours_from_hospital_to_icu": "time from hospital admission to intensive care",
    "hours_in_icu": "time in intensive care",
}
"""Where the words are not those of the name."""
_TAILS: Final = (
    "_bpm", "_per_min", "_celsius", "_percent", "_mmol_per_l", "_mg_per_dl", "_u_per_l", "_g_per_dl", "_years",
)  # fmt: skip
_UNITS: Final = {"degC": "°C", "a": "years", "1": "", "": ""}
_TOLD: Final[dict[str, tuple[str, str]]] = {
    "sex_male": ("female sex", "male sex"),
    "unit_micu": ("not being in a medical unit", "being in a medical unit"),
    "unit_sicu": ("not being in a surgical unit", "being in a surgical unit"),
}
"""Inputs that are 0 or 1."""
_STATIC: Final = frozenset({"age_years", "hours_from_hospital_to_icu", "hours_in_icu"})  # no value of these grows old


def reasons(drivers: Sequence[Driver]) -> str:
    """What raised the risk most and what lowered it, as the rest of a sentence; the strongest driver comes first."""
    up = [in_words(one) for one in drivers if one.contribution >= 0]
    down = [in_words(one) for one in drivers if one.contribution < 0]
    said = [f"{verb} most by {_listed(some)}" for verb, some in (("raised", up), ("lowered", down)) if some]
    return "; ".join(said)


def in_words(driver: Driver) -> str:
    """Say one input with its value and age, such as `lactate 3.6 mmol/L (1 h old)`."""
    if driver.name in _TOLD:
        return _TOLD[driver.name][driver.value >= 0.5]  # noqa: PLR2004 - a flag, held as a float
    told = with_unit(driver.name, driver.value, driver.unit)
    if driver.name in _STATIC:
        return told
    return f"{told} ({'this hour' if driver.age_h < 1 else f'{driver.age_h:.0f} h old'})"


def with_unit(name: str, value: float, unit: str) -> str:
    """Say a value under its name, such as `lactate 3.6 mmol/L`."""
    shown = f"{float(f'{value:.3g}'):g}"
    return " ".join(part for part in (named(name), shown, unit_in_words(unit)) if part)


def unit_in_words(unit: str) -> str:
    """Say a unit as a clinician writes it; nothing where there is none."""
    return _UNITS.get(unit, unit)


def named(name: str) -> str:
    """Say a field's name in words, without its unit."""
    if name in _NAMED:
        return _NAMED[name]
    for tail in _TAILS:
        name = name.removesuffix(tail)
    return name.replace("_", " ")


def _listed(some: Sequence[str]) -> str:
    return some[0] if len(some) == 1 else f"{', '.join(some[:-1])} and {some[-1]}"
