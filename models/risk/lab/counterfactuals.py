"""Counterfactuals: is a forecast moved as medicine says when one value of the present hour is another?

A model may be right for the wrong reasons: because a test was ordered, because of the hour of the stay, or because the
sickest were already treated. So the first day of stays is played, and its last hour given in two forms that differ in
one thing. Shapes: P stays, I inputs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.risk.deterioration.events import HEADS
from models.risk.inputs import NAMES
from models.risk.lab.stays import Stays
from models.risk.model import RiskModel

Floats = NDArray[np.float32]

SEPSIS_NAME: Final = "sepsis"
AT_H: Final = 24  # stays that are shorter are left out; of the others the first day is played
FEW: Final = 0.05  # of the stays
MOST_BY_PANEL: Final = 1.5
PANEL: Final = "normal panel"
CLOCK: Final = "clock"
ABOUT: Final = {
    "mean-pressure-below-65": ("mean_arterial_mmhg",),
    "vital-signs-at-edge": ("systolic_mmhg", "spo2_percent", "respiratory_rate_per_min", "heart_rate_bpm"),
    "news2-vital-signs-7": ("systolic_mmhg", "spo2_percent", "respiratory_rate_per_min", "heart_rate_bpm"),
    "spo2-at-edge": ("spo2_percent",),
}
"""Of which inputs an event is made."""
NOTICEABLE: Final = 0.02  # log odds; what moves a risk by less has not moved it


class Move(NamedTuple):
    """An input, a value that is harmless and one that is not, which must not lower any risk."""

    name: str
    harmless: float
    dire: float


# The direction is what every severity score agrees on: SOFA (Vincent 1996), NEWS2 (RCP 2017), APACHE II (Knaus 1985).
# Vital signs stay on the near side of what the forecasts call an event, since there nothing is forecast.
# fmt: off
MOVES: Final = (
    Move("mean_arterial_mmhg",        85.0,   66.0),
    Move("systolic_mmhg",            120.0,   95.0),
    Move("spo2_percent",              98.0,   93.0),
    Move("respiratory_rate_per_min",  16.0,   24.0),
    Move("heart_rate_bpm",            80.0,  125.0),
    Move("lactate_mmol_per_l",         1.0,   15.0),
    Move("creatinine_mg_per_dl",       0.9,    4.0),
    Move("total_bilirubin_mg_per_dl",  0.7,    6.0),
    Move("bun_mg_per_dl",             15.0,   80.0),
    Move("platelets_10e3_per_ul",    220.0,   40.0),
    Move("ph",                         7.4,    7.1),
)
NORMAL_PANEL: Final = {
    "bicarbonate_mmol_per_l": 24.0, "ph": 7.4, "paco2_mmhg": 40.0, "ast_u_per_l": 25.0, "bun_mg_per_dl": 14.0,
    "alkaline_phosphatase_u_per_l": 70.0, "calcium_mg_per_dl": 9.2, "creatinine_mg_per_dl": 0.9,
    "glucose_mg_per_dl": 100.0, "lactate_mmol_per_l": 1.0, "potassium_mmol_per_l": 4.1,
    "total_bilirubin_mg_per_dl": 0.6, "hemoglobin_g_per_dl": 13.5, "wbc_10e3_per_ul": 7.5,
    "platelets_10e3_per_ul": 230.0,
}
# fmt: on
LATER_H: Final = 72.0  # the clock test: the same patient, but three days later


@dataclass(frozen=True)
class Moved:
    """How a change moved one forecast over P stays: shares of stays that it raised and lowered, and log odds.

    change  what was changed; forecast: whose risk
    """

    change: str
    forecast: str
    stays: int
    raised: float
    lowered: float
    median: float


@dataclass(frozen=True)
class Alarming:
    """Shares of stays in which the sepsis forecast would alarm: as they are, and with a change."""

    change: str
    before: float
    after: float


@dataclass(frozen=True)
class Gate:
    """What changes do to the forecasts, and which of it a model must not do; nothing where no stay is long enough."""

    stays: int
    moved: Sequence[Moved]
    alarming: Sequence[Alarming]
    failures: Sequence[tuple[str, str]]

    @property
    def told(self) -> str:
        """The failures in a sentence."""
        if not self.stays:
            return f"not examined, since no stay has {AT_H} hours"
        said = "; ".join(f"{forecast} by {change}" for forecast, change in self.failures)
        return f"moved the wrong way, or by what is no reason: {said}" if said else "nothing moved the wrong way"


def examine(model: RiskModel, stays: Stays) -> Gate:
    """Change one thing at a time in the stays of a day and see how each forecast moves."""
    if (stays.hours < AT_H).all():
        return Gate(0, [], [], [])
    moved, alarms = list(moves(model, stays)), list(alarming(model, stays))
    return Gate(moved[0].stays, moved, alarms, failures(moved, alarms))


def moves(model: RiskModel, stays: Stays) -> Iterator[Moved]:
    """Tell how every move, a normal panel and the clock move each forecast; raises ValueError without stays."""
    state, bins = _played(model, stays)
    for move in MOVES:
        pair = (_with(bins, {move.name: value}) for value in (move.harmless, move.dire))
        yield from _compared(move.name, *(_log_odds(model, state, one) for one in pair))
    plain = _log_odds(model, state, bins)
    yield from _compared(PANEL, plain, _log_odds(model, state, _with(bins, NORMAL_PANEL)))
    yield from _compared(CLOCK, plain, _log_odds(model, state, _later(bins)))


def alarming(model: RiskModel, stays: Stays) -> Iterator[Alarming]:
    """Tell in how many stays sepsis is alarmed of, and in how many with a normal panel, and three days later."""
    state, bins = _played(model, stays)

    def share(now: Floats) -> float:
        return float(model.step(state, now)[1].alarm.mean())

    before = share(bins)
    yield Alarming(PANEL, before, share(_with(bins, NORMAL_PANEL)))
    yield Alarming(CLOCK, before, share(_later(bins)))


def failures(moved: Iterable[Moved], alarms: Iterable[Alarming]) -> list[tuple[str, str]]:
    """Name what a model must not do and does, as forecast and change.

    A dire value must not lower the median risk, nor that of more than a twentieth of the stays where the forecast is
    about it. A normal panel may raise the share of alarms to MOST_BY_PANEL times. What a forecast of the vital signs
    does not read must not move it at all.
    """
    found = []
    for one in moved:
        apart = one.forecast != SEPSIS_NAME and one.change in {PANEL, CLOCK}
        about = one.change in ABOUT.get(one.forecast.split(" ", maxsplit=1)[0], ())
        wrong = one.change not in {PANEL, CLOCK} and one.median < -NOTICEABLE
        if wrong or (about and one.lowered > FEW) or (apart and one.raised + one.lowered > 0):
            found.append((one.forecast, one.change))
    found += [(SEPSIS_NAME, one.change) for one in alarms if one.after > MOST_BY_PANEL * one.before]
    return found


def _played(model: RiskModel, stays: Stays) -> tuple[Floats, Floats]:
    """The states [P, S] of all stays of a day before its last hour, and that hour [P, I]."""
    first = stays.start[:-1][stays.hours >= AT_H]
    if not len(first):
        msg = f"no stay has {AT_H} hours"
        raise ValueError(msg)
    state = model.blank(len(first))
    for hour in range(AT_H - 1):
        state, _ = model.step(state, stays.columns[first + hour])
    return state, stays.columns[first + AT_H - 1]


def _with(bins: Floats, values: dict[str, float]) -> Floats:
    changed = bins.copy()
    for name, value in values.items():
        changed[:, NAMES.index(name)] = value
    return changed


def _later(bins: Floats) -> Floats:
    changed = bins.copy()
    changed[:, NAMES.index("hours_in_icu")] += LATER_H
    return changed


def _log_odds(model: RiskModel, state: Floats, bins: Floats) -> dict[str, Floats]:
    _, output = model.step(state, bins)
    found = {SEPSIS_NAME: _logit(output.probability)}
    if output.further is not None:
        for at, head in enumerate(HEADS):
            found[f"{head.name} {head.horizon_h} h"] = _logit(output.further.probability[:, at])
    return found


def _logit(probability: Floats) -> Floats:
    return np.asarray(np.log(probability) - np.log1p(-probability), np.float32)


def _compared(change: str, before: dict[str, Floats], after: dict[str, Floats]) -> Iterator[Moved]:
    for name, risk in before.items():
        by = after[name] - risk
        raised, lowered = float((by > NOTICEABLE).mean()), float((by < -NOTICEABLE).mean())
        yield Moved(change, name, len(by), raised, lowered, float(np.median(by)))
