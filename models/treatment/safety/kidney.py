"""Kidney function from creatinine: CKD-EPI 2021 and Cockcroft-Gault. What they rest on is shown, and what is missing.

CKD-EPI 2021 without race: Inker and others, N Engl J Med 385 (2021) 1737, doi:10.1056/NEJMoa2102953. It is for adults
from 18 years (https://www.niddk.nih.gov, glomerular filtration rate equations) and not validated in pregnancy.
Cockcroft and Gault, Nephron 16 (1976) 31, doi:10.1159/000180580: with the body weight as it is, in patients of 18 to 92
years. Neither holds while creatinine rises or falls.
"""

from typing import Final, Literal, NamedTuple

from models.treatment.facts import Facts, Measured

Measure = Literal["egfr", "crcl"]
Sex = Literal["female", "male"]

CREATININE: Final = "creatinine_mg_per_dl"
ADULT_YEARS: Final = 18.0
RECENT_S: Final = 7 * 24 * 3600.0
"""A result that is older than this, by the newest order or result, is not known. Ours: shorter than kidney function
takes to be called chronic, longer than the time between two reports of a patient in hospital."""
UNITS: Final = {"egfr": "mL/min/1.73 m2", "crcl": "mL/min"}
NAMES: Final = {"egfr": "eGFR (CKD-EPI 2021)", "crcl": "creatinine clearance (Cockcroft-Gault)"}


def egfr_ckd_epi_2021(creatinine_mg_per_dl: float, age_years: float, sex: Sex) -> float:
    """Return the estimated glomerular filtration rate in mL/min/1.73 m2."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = creatinine_mg_per_dl / kappa
    return float(142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age_years * factor)


def clearance_cockcroft_gault(creatinine_mg_per_dl: float, age_years: float, sex: Sex, weight_kg: float) -> float:
    """Return the estimated creatinine clearance in mL/min."""
    male = (140 - age_years) * weight_kg / (72 * creatinine_mg_per_dl)
    return male * 0.85 if sex == "female" else male


class Estimate(NamedTuple):
    """An estimate, or the names of what it lacks. `inputs` are what it was made from, with the time of each result."""

    value: float | None
    inputs: tuple[tuple[str, float | str, float | None], ...] = ()
    missing: tuple[str, ...] = ()
    time_s: float = 0.0


def recent(reading: Measured | None, newest_s: float) -> Measured | None:
    """Return a result that is recent enough."""
    return None if reading is None or newest_s - reading.time_s > RECENT_S else reading


def estimate(measure: Measure, facts: Facts, newest_s: float) -> Estimate:
    """Return the estimate of kidney function, or what it lacks."""
    creatinine, age, sex = recent(facts.readings.get(CREATININE), newest_s), facts.age_years, facts.sex
    weight = facts.weight_kg
    missing = [
        *([CREATININE] if creatinine is None or creatinine.value <= 0 else []),
        *(["age_years"] if age is None else []),
        *(["sex"] if sex is None else []),
        *(["weight_kg"] if weight is None and measure == "crcl" else []),
        *(["an equation for an age under 18 years"] if age is not None and age < ADULT_YEARS else []),
        *(["an equation that holds in pregnancy"] if facts.is_pregnant else []),
    ]
    if missing or creatinine is None or age is None or sex is None:
        return Estimate(None, missing=tuple(missing))
    inputs: list[tuple[str, float | str, float | None]] = [
        (CREATININE, creatinine.value, creatinine.time_s),
        ("age_years", age, None),
        ("sex", sex, None),
    ]
    if measure == "egfr":
        return Estimate(egfr_ckd_epi_2021(creatinine.value, age, sex), tuple(inputs), time_s=creatinine.time_s)
    assert weight is not None  # noqa: S101 - it would be missing
    inputs.append(("weight_kg", weight, None))
    value = clearance_cockcroft_gault(creatinine.value, age, sex, weight)
    return Estimate(value, tuple(inputs), time_s=creatinine.time_s)
