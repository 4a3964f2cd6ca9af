"""What a ward would hear of recorded patients: alarms by the live rules, and as bare limits would have given them.

Bare limits: an alarm whenever a value goes over a limit that the value before was not over; no delay, no hysteresis,
no memory. Times are event time in seconds. Shapes: P patients, R rules of frames.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from models.alarms import grading
from models.alarms.information import INFORMATION
from models.alarms.rules import SEPSIS_RISK, Rule
from models.risk.lab.metrics import Estimate, median, ratio
from models.risk.lab.sepsis.episodes import LEAD_WINDOW_H
from models.watch.closing import standing_rules
from models.watch.graded import graded
from models.watch.react import Reaction
from models.watch.state import PatientState
from schemas.alerts import Alert, Priority
from schemas.forecasts import EarlyWarningScore, RiskForecast

HOUR_S: Final = 3600.0
SOUNDS: Final = frozenset({"start", "escalate"})
"""The phases of an alert that a ward hears as an alarm."""
ANY: Final = "any alarm"
_SEED: Final = 2019
_INFORMS: Final = frozenset(rule.condition for rule in INFORMATION)


class Alarm(NamedTuple):
    """An alarm begins, or gets worse."""

    patient: str
    time_s: float
    condition: str
    priority: Priority


@dataclass(frozen=True)
class Rate:
    """Alarms per patient-day of one condition and priority: by the live rules, and by their limits alone.

    suppressed  of the live rules' alarms those that do not sound, since a greater one does, or since they only inform
    begun       those that begin or get worse by the live rules, whether or not a greater one sounds
    """

    condition: str
    type: str
    priority: str
    live: Estimate
    limits: Estimate
    suppressed: Estimate
    begun: Estimate


@dataclass(frozen=True)
class Lead:
    """How one condition's alarms stand to the onset.

    septic   stays with an alarm in the 12 h up to onset / septic stays
    others   stays with an alarm in 12 h that chance chose / stays without sepsis: what being loud alone would give
    lead_h   median hours from the first of those alarms to the onset, of the stays that have one
    """

    condition: str
    septic: Estimate
    others: Estimate
    lead_h: Estimate


@dataclass
class Heard:
    """What is gathered while patients are played.

    live, limits  alarms that sound by the rules, and by their limits alone
    suppressed    alarms that are told in silence, since a greater one sounds or since they only inform; those that
                  sound later are in both
    begun         alarms that begin or get worse, whether or not a greater one sounds; not what only informs
    hours         of each patient, the hours in which a frame came, counted since 1970
    totals        of each patient, the highest NEWS2 of an hour; risks: the probability of sepsis as an hour closes
    """

    live: list[Alarm] = field(default_factory=list)
    limits: list[Alarm] = field(default_factory=list)
    suppressed: list[Alarm] = field(default_factory=list)
    begun: list[Alarm] = field(default_factory=list)
    hours: dict[str, set[int]] = field(default_factory=dict)
    totals: dict[str, dict[int, int]] = field(default_factory=dict)
    risks: dict[str, dict[int, float]] = field(default_factory=dict)
    _level: dict[str, NDArray[np.int8]] = field(default_factory=dict)  # of each rule, what the last value reached
    _silent: set[UUID] = field(default_factory=set)  # alarms that are suppressed
    _risk: dict[str, bool] = field(default_factory=dict)  # whether the last forecast alarmed

    def note(self, record: object) -> None:
        """Take a record that goes out, if it is an alert, a score, or a forecast."""
        if isinstance(record, Alert):
            self._alert(record)
        if isinstance(record, EarlyWarningScore) and record.score == "NEWS2":
            of, hour = self.totals.setdefault(record.patient, {}), int(record.time.timestamp() // HOUR_S)
            of[hour] = max(of.get(hour, 0), record.total)
        if isinstance(record, RiskForecast) and record.outcome == "sepsis" and not record.abstained:
            if record.kind == "closed":
                of_hour = self.risks.setdefault(record.patient, {})
                of_hour[int(record.time.timestamp() // HOUR_S)] = record.probability
            if record.alarm and not self._risk.get(record.patient):
                self.limits.append(_alarm(record.patient, record.time.timestamp(), SEPSIS_RISK, 0))
            self._risk[record.patient] = record.alarm

    def _alert(self, alert: Alert) -> None:
        alarm = Alarm(alert.patient, alert.time.timestamp(), alert.condition, alert.priority)
        if alert.phase in SOUNDS and alert.condition not in _INFORMS:
            self.begun.append(alarm)
        if alert.presence and alert.signal == "off":  # suppressed, or inactivated by staff, or information
            if alert.phase in SOUNDS:
                self.suppressed.append(alarm)
            self._silent.add(alert.alert)
        elif alert.phase in SOUNDS or (alert.alert in self._silent and alert.signal == "on"):
            self.live.append(alarm)
            self._silent.discard(alert.alert)

    def cross(self, names: Sequence[str], reaction: Reaction) -> None:
        """Take what the limits alone make of a reaction's frames."""
        rows = reaction.rows
        grades = graded(reaction.states, rows).grades
        grades = np.where(grades >= grading.EXTREME, grades - grading.EXTREME, grades)
        known = (grades != grading.UNKNOWN) & ~rows.late[:, None]
        bound = grades >= grading.AT_LEAST
        reached = grades - np.where(bound, grading.AT_LEAST, 0) - grading.FIRST_LEVEL
        for at in np.flatnonzero(~rows.first).tolist():
            name, state = names[rows.patient[at]], reaction.states[rows.patient[at]]
            before = self._level.get(name)
            if before is None:
                before = np.full(grades.shape[1], -1, np.int8)
            now_s = float(rows.now_ms[at]) / 1000
            rules = grading.rules_for(scale2=state.stay.spo2_scale == 2)  # noqa: PLR2004 - the scale's name
            for column in np.flatnonzero(known[at] & (reached[at] >= 0) & (reached[at] > before)).tolist():
                self.limits.append(_alarm(name, now_s, rules[column], int(reached[at, column])))
            lasting = np.where(bound[at], np.maximum(before, reached[at]), reached[at])
            self._level[name] = np.where(known[at], lasting, before).astype(np.int8)
            self.hours.setdefault(name, set()).add(int(now_s // HOUR_S))


def _alarm(patient: str, time_s: float, rule: Rule, level: int) -> Alarm:
    return Alarm(patient, time_s, rule.condition, rule.levels[level].priority)


def rates(heard: Heard) -> list[Rate]:
    """Alarms per patient-day: all together, then by condition and priority, as the table of rules has them."""
    names = list(heard.hours)
    days = np.array([len(hours) for hours in heard.hours.values()]) / 24

    def rate(alarms: list[Alarm], condition: str, priority: str) -> Estimate:
        chosen = [
            one.patient for one in alarms if condition in (ANY, one.condition) and priority in (ANY, one.priority)
        ]
        return ratio(_counts(names, chosen), days)

    rows = [(ANY, "", ANY)]
    for rule in standing_rules(PatientState()):
        rows += [(rule.condition, rule.type, level.priority) for level in rule.levels]
    every = (heard.live, heard.limits, heard.suppressed, heard.begun)
    heard_of = {(one.condition, one.priority) for alarms in every for one in alarms} | {(ANY, ANY)}
    return [
        Rate(condition, kind, priority, *(rate(alarms, condition, priority) for alarms in every))
        for condition, kind, priority in rows
        if (condition, priority) in heard_of
    ]


def leads(heard: Heard, onset_s: Mapping[str, float], alarms: Sequence[Alarm] | None = None) -> list[Lead]:
    """How the alarms of each condition stand to the onsets; empty where no patient has one.

    Args:
        heard: what was gathered.
        onset_s: the onset of each septic patient.
        alarms: which alarms; without it the live ones.
    """
    if not onset_s:
        return []
    chosen = heard.live if alarms is None else alarms
    names = list(heard.hours)
    septic = np.array([name in onset_s for name in names])
    ends_s = window_ends(heard, onset_s)
    conditions = list(dict.fromkeys(one.condition for one in sorted(chosen, key=lambda one: one.condition)))
    found = []
    for condition in (ANY, *conditions):
        first = dict.fromkeys(names, np.nan)
        for one in chosen:
            ahead_h = (ends_s[one.patient] - one.time_s) / HOUR_S
            if condition in (ANY, one.condition) and 0 <= ahead_h <= LEAD_WINDOW_H:
                first[one.patient] = np.fmax(first[one.patient], ahead_h)
        lead_h = np.array(list(first.values()))
        warned = (~np.isnan(lead_h)).astype(np.float64)
        found.append(
            Lead(
                condition,
                ratio(warned * septic, septic.astype(np.float64)),
                ratio(warned * ~septic, (~septic).astype(np.float64)),
                median(np.where(septic, lead_h, np.nan)),
            )
        )
    return found


def window_ends(heard: Heard, onset_s: Mapping[str, float]) -> dict[str, float]:
    """When the 12 hours of each patient end: at onset, or at an hour of the stay that chance chose."""
    random = np.random.default_rng(_SEED)
    drawn = {name: HOUR_S * (1 + float(random.choice(sorted(hours)))) for name, hours in heard.hours.items()}
    return {name: onset_s.get(name, end_s) for name, end_s in drawn.items()}


def _counts(names: list[str], patients: list[str]) -> NDArray[np.float64]:
    """How often each name occurs, [P]."""
    place = {name: at for at, name in enumerate(names)}
    return np.bincount([place[one] for one in patients], minlength=len(names)).astype(np.float64)
