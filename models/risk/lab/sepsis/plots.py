"""The plots of the sepsis model's card: utility by threshold, sensitivity by alarm burden, and the decision curve."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from models.risk.lab.metrics import Graded
from models.risk.lab.plots import Plot, reliability
from models.risk.lab.sepsis.episodes import count_episodes
from models.risk.lab.sepsis.utility import alarm_gain

_POINTS: Final = 60


def _utility(axes: Axes, name: str, graded: Graded) -> None:
    gain = alarm_gain(graded.label, graded.start)
    possible = gain[gain > 0].sum()
    won = np.concatenate(([0.0], np.cumsum(gain[np.argsort(-graded.risk, kind="stable")])))
    at = np.unique(np.linspace(0, len(gain), 40 * _POINTS).astype(int))
    (line,) = axes.plot(at / len(gain), won[at] / possible, label=name)
    axes.plot(graded.alarm.mean(), gain[graded.alarm].sum() / possible, "o", color=line.get_color())
    axes.set_xlim(0, 0.5)
    axes.set_ylim(bottom=0)


def _burden(axes: Axes, name: str, graded: Graded) -> None:
    thresholds = np.quantile(graded.risk, 1 - np.geomspace(0.002, 0.5, _POINTS))
    hours, detected = np.array([_detected(graded, graded.risk > threshold) for threshold in thresholds]).T
    (line,) = axes.plot(hours, detected, label=name)
    axes.plot(*_detected(graded, graded.alarm), "o", color=line.get_color())


def _decision(axes: Axes, name: str, graded: Graded) -> None:
    """Net benefit (Vickers and Elkin, Med Decis Making 2006): true alarms less false ones at the threshold's odds."""
    thresholds = np.linspace(0.001, 0.15, _POINTS)
    odds = thresholds / (1 - thresholds)
    order = np.argsort(-graded.risk, kind="stable")
    true = np.concatenate(([0.0], np.cumsum(graded.label[order])))
    alarms = np.searchsorted(-graded.risk[order], -thresholds, side="right")
    hours, labelled = len(order), true[-1]
    (line,) = axes.plot(thresholds, (true[alarms] - (alarms - true[alarms]) * odds) / hours, label=name)
    always = (labelled - (hours - labelled) * odds) / hours
    axes.plot(thresholds, always, color=line.get_color(), linestyle=":", label=f"{name}, alarm in every hour")
    axes.set_ylim(bottom=-0.1 * labelled / hours)


def _detected(graded: Graded, alarm: NDArray[np.bool_]) -> tuple[float, float]:
    """Hours with an alarm per patient-day, and the share of septic stays that are detected."""
    found = count_episodes(graded.label, graded.iculos, graded.start, alarm)
    return 24 * float(alarm.mean()), float((~np.isnan(found.lead_h)).sum() / found.septic.sum())


PLOTS: Final[Mapping[str, Plot]] = {
    "reliability": Plot(
        reliability,
        "mean forecast risk",
        "share of labelled hours",
        "Reliability: share of labelled hours by forecast risk, ten bins of equal mass",
    ),
    "utility": Plot(
        _utility,
        "share of the hours with an alarm",
        "normalised utility",
        "Normalised utility as the threshold falls; the dot is the shipped threshold",
    ),
    "burden": Plot(
        _burden,
        "hours with an alarm per patient-day",
        "septic stays detected in time",
        "Septic stays detected in the 12 h up to onset by alarm burden; the dot is the shipped threshold",
    ),
    "decision": Plot(
        _decision,
        "risk that is worth an alarm",
        "net benefit per hour",
        "Decision curve: net benefit of alarms over a risk, against an alarm in every hour (dotted) and none (zero)",
    ),
}
