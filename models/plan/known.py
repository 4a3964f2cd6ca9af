"""What is known of a patient's stay, vital signs and laboratory results, with ages and gaps. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, Literal

import numpy as np

from models.risk.inputs import INPUTS
from models.scores.news2 import LEVELS, MAX_AGE_S
from models.watch.state import COLUMNS, PatientState, Stay
from schemas.labs import ANALYTES
from schemas.plan import PlanStay, PlanValue

OLD_S: Final = {"fio2_fraction": 6 * 3600.0, "mean_arterial_mmhg": 3600.0, "diastolic_mmhg": 3600.0} | MAX_AGE_S
"""After so many seconds a vital sign no longer stands for now: as for NEWS2, and like it where NEWS2 does not ask."""
_OLD_VITAL_S: Final = 600.0
OLD_LAB_S: Final = 24 * 3600.0
"""The same for laboratory results. Ours: the usual round of a ward is a day."""
UNITS: Final = {one.name: one.unit for one in INPUTS if one.unit != "1"}
_SEX: Final[dict[str | None, Literal["female", "male"]]] = {"female": "female", "male": "male"}


def moment_of(time_s: float) -> datetime:
    """Return seconds since 1970 as a moment."""
    return datetime.fromtimestamp(time_s, UTC)


def age_of(time_s: float, now_s: float) -> float:
    """Return the age in seconds; what a fast clock stamped ahead of now is new."""
    return max(0.0, round(now_s - time_s, 3))


def stay_of(state: PatientState) -> PlanStay:
    """Return what admission data say, and what they do not."""
    stay = state.stay
    said = {
        "age_years": _known(stay.age_years),
        "sex": _SEX.get(stay.sex),
        "weight_kg": _known(stay.weight_kg),
        "is_pregnant": stay.is_pregnant,
        "allergies": stay.allergies,
    }
    return PlanStay(
        admitted=moment_of(state.began_ms / 1000) if state.began_ms else None,
        discharged=moment_of(state.left_ms / 1000) if state.left_ms else None,
        **said,
        missing=tuple(name for name in _asked(stay) if said[name] is None),
    )


def vitals_of(state: PatientState, now_s: float) -> tuple[tuple[PlanValue, ...], tuple[str, ...]]:
    """Return the latest vital signs in the order of the columns, and those of which none is known."""
    known, missing = [], []
    for name, value, at_ms in zip(COLUMNS, state.value.tolist(), state.value_ms.tolist(), strict=True):
        if np.isnan(value):
            missing.append(name)
            continue
        age_s = age_of(at_ms / 1000, now_s)
        old = age_s > OLD_S.get(name, _OLD_VITAL_S)
        known.append(PlanValue(name=name, value=_shown(name, value), unit=UNITS.get(name), age_s=age_s, old=old))
    return tuple(known), tuple(missing)


def labs_of(state: PatientState, now_s: float) -> tuple[tuple[PlanValue, ...], tuple[str, ...]]:
    """Return the latest results in the order of the analytes, and those of which none is known."""
    known = []
    for name in ANALYTES:
        if name in state.labs:
            value, at_ms = state.labs[name]
            age_s = age_of(at_ms / 1000, now_s)
            known.append(PlanValue(name=name, value=value, unit=UNITS.get(name), age_s=age_s, old=age_s > OLD_LAB_S))
    return tuple(known), tuple(name for name in ANALYTES if name not in state.labs)


def _known(number: float) -> float | None:
    return None if np.isnan(number) else number


def _asked(stay: Stay) -> Iterator[str]:
    """Yield what a reader of a plan asks for; whether a man is pregnant nobody has to say."""
    yield from ("age_years", "sex", "weight_kg")
    if stay.sex != "male":
        yield "is_pregnant"
    yield "allergies"


def _shown(name: str, value: float) -> float | str:
    if name == "consciousness":
        return LEVELS[int(value)]
    return ("no", "yes")[int(value)] if name == "on_oxygen" else value
