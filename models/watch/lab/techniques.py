"""What NEWS2, the forecast of sepsis and both together give before an onset, at equal sensitivity and at equal burden.

Each technique has a value for each hour of a stay and alarms where that reaches a threshold. Thresholds are chosen on
one half of the patients and every figure is of the other half. Shapes: N hours, P patients.
"""

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.metrics import Estimate, median, ratio
from models.risk.lab.sepsis.episodes import LEAD_WINDOW_H
from models.watch.lab.burden import HOUR_S, Heard, window_ends

Floats = NDArray[np.float64]
NEWS2: Final = "NEWS2"
FORECAST: Final = "forecast"
BOTH: Final = "both"
REFERENCES: Final = (5.0, 7.0)
"""Thresholds of NEWS2 to which the others are compared: those of the urgent and the emergency response (RCP 2017)."""
_NONE: Final = -1.0  # an hour without a value: no threshold is reached
_OFFERED: Final = 200  # thresholds of a technique that are looked at


class Hours(NamedTuple):
    """Hours with a frame, sorted by patient and time.

    patient   [N] place among the patients
    hour      [N] since 1970
    ahead_h   [N] hours until the patient's window ends: at onset, or where chance chose
    values    by technique [N]
    septic    [P]; chooses: [P] the half on which thresholds are chosen
    """

    patient: NDArray[np.int64]
    hour: NDArray[np.int64]
    ahead_h: Floats
    values: Mapping[str, Floats]
    septic: NDArray[np.bool_]
    chooses: NDArray[np.bool_]


class Figures(NamedTuple):
    """What alarms give. The burden is the time in alarm: to be over the threshold for ever is one alarm alone.

    hours_per_day  hours with an alarm per patient-day
    per_day        alarms per patient-day, a run of hours with an alarm being one
    septic, others, lead_h  as in `models.watch.lab.burden.Lead`
    """

    hours_per_day: Estimate
    per_day: Estimate
    septic: Estimate
    others: Estimate
    lead_h: Estimate


class Compared(NamedTuple):
    """A technique at one threshold; `equal` says to what of which reference that was matched, empty for references."""

    technique: str
    threshold: float
    equal: str
    figures: Figures


class Point(NamedTuple):
    """Where a technique lies at one threshold: hours in alarm per patient-day, share of septic stays that it finds."""

    threshold: float
    hours_per_day: float
    septic: float


class _Sums(NamedTuple):
    """What alarms come to, by patient [P]; `lead_h` NaN where none came in the window."""

    alarms: Floats
    alarm_hours: Floats
    hours: Floats
    lead_h: Floats


def hours_of(heard: Heard, onset_s: Mapping[str, float]) -> Hours:
    """The hours of all that was heard; `onset_s` is the onset of each septic patient."""
    names = list(heard.hours)
    ends_s = window_ends(heard, onset_s)
    rows = [(place, hour) for place, name in enumerate(names) for hour in sorted(heard.hours[name])]
    patient, hour = np.array(rows, np.int64).reshape(-1, 2).T
    end_h = np.array([ends_s[name] for name in names]) / HOUR_S
    chooses = np.array([_draw(name) for name in names], bool)
    totals = np.array([heard.totals.get(names[at], {}).get(when, _NONE) for at, when in rows])
    risks = np.array([heard.risks.get(names[at], {}).get(when, _NONE) for at, when in rows])
    drawn = chooses[patient]
    both = (_share(totals, totals[drawn]) + _share(risks, risks[drawn])) / 2
    both[(totals == _NONE) & (risks == _NONE)] = _NONE
    values = {NEWS2: totals, FORECAST: risks, BOTH: both}
    septic = np.array([name in onset_s for name in names], bool)
    return Hours(patient, hour, end_h[patient] - hour, values, septic, chooses)


def compare(hours: Hours) -> list[Compared]:
    """Each reference, and the other techniques at thresholds that make them as sensitive, or as loud, as it is."""
    found = []
    for limit in REFERENCES:
        name = f"{NEWS2} >= {limit:.0f}"
        own = _point(hours, hours.values[NEWS2], limit)
        found.append(Compared(NEWS2, limit, "", figures(hours, hours.values[NEWS2] >= limit)))
        for technique in (FORECAST, BOTH):
            values = hours.values[technique]
            offered = curve(hours, technique, choosing=True)
            chosen = {
                f"sensitivity of {name}": [one for one in offered if one.septic >= own.septic],
                f"burden of {name}": [one for one in offered if one.hours_per_day <= own.hours_per_day],
            }
            for equal, points in chosen.items():
                if not points:
                    continue
                best = _quietest(points) if equal.startswith("sens") else _most_sensitive(points)
                found.append(Compared(technique, best.threshold, equal, figures(hours, values >= best.threshold)))
    return found


def curve(hours: Hours, technique: str, *, choosing: bool = False) -> list[Point]:
    """Where a technique lies from its loosest to its strictest threshold, on one half of the patients."""
    values = hours.values[technique]
    known = values[(values > _NONE) & (hours.chooses[hours.patient] == choosing)]
    if not len(known):
        return []
    offered = np.unique(np.quantile(known, np.linspace(0, 1, _OFFERED), method="nearest"))
    return [_point(hours, values, float(one), choosing=choosing) for one in offered]


def figures(hours: Hours, alarm: NDArray[np.bool_]) -> Figures:
    """The figures of hours with an alarm [N], of the patients on whom no threshold was chosen."""
    sums, own = _sums(hours, alarm), ~hours.chooses
    septic, others = (own & hours.septic), (own & ~hours.septic)
    found = (~np.isnan(sums.lead_h)).astype(np.float64)
    return Figures(
        ratio(sums.alarm_hours[own], sums.hours[own] / 24),
        ratio(sums.alarms[own], sums.hours[own] / 24),
        ratio((found * septic)[own], septic[own].astype(np.float64)),
        ratio((found * others)[own], others[own].astype(np.float64)),
        median(np.where(septic, sums.lead_h, np.nan)[own]),
    )


def _quietest(points: list[Point]) -> Point:
    return min(points, key=lambda one: (one.hours_per_day, -one.septic))


def _most_sensitive(points: list[Point]) -> Point:
    return max(points, key=lambda one: (one.septic, -one.hours_per_day))


def _point(hours: Hours, values: Floats, threshold: float, *, choosing: bool = True) -> Point:
    sums, own = _sums(hours, values >= threshold), hours.chooses == choosing
    septic = own & hours.septic
    found = float((~np.isnan(sums.lead_h[septic])).mean()) if septic.any() else 0.0
    return Point(threshold, float(24 * sums.alarm_hours[own].sum() / max(sums.hours[own].sum(), 1.0)), found)


def _sums(hours: Hours, alarm: NDArray[np.bool_]) -> _Sums:
    """Count runs of hours with an alarm, and find the first alarm of each patient's window."""
    patients = len(hours.septic)
    follows = np.zeros(len(alarm), bool)
    follows[1:] = (np.diff(hours.patient) == 0) & (np.diff(hours.hour) == 1) & alarm[:-1]
    begins = (alarm & ~follows).astype(np.float64)
    in_window = alarm & (hours.ahead_h >= 0) & (hours.ahead_h <= LEAD_WINDOW_H)
    lead_h = np.full(patients, np.nan)
    np.fmax.at(lead_h, hours.patient[in_window], hours.ahead_h[in_window])
    alarms, in_alarm, hours_there = (
        np.asarray(np.bincount(hours.patient, weights=weights, minlength=patients), np.float64)
        for weights in (begins, alarm.astype(np.float64), np.ones(len(alarm)))
    )
    return _Sums(alarms, in_alarm, hours_there, lead_h)


def _share(values: Floats, among: Floats) -> Floats:
    """Of each value, the share of those among which it is put that are smaller."""
    known = np.sort(among[among > _NONE])
    return np.asarray(np.searchsorted(known, values) / max(len(known), 1), np.float64)


def _draw(patient: str) -> bool:
    """Whether a patient belongs to the half on which thresholds are chosen."""
    return hashlib.sha256(f"wardwatch alarms {patient}".encode()).digest()[0] % 2 == 0
