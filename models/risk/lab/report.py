"""An evaluation in one piece, and as the JSON object that the command line prints."""

import math
from dataclasses import asdict, dataclass
from typing import Final

from models.risk.lab.deletion import Deletion
from models.risk.lab.metrics import DEFINITIONS, RESAMPLES, Figure
from models.risk.lab.results import EQUAL_BURDEN, Result
from models.risk.lab.speed import Speed

ALL_DEFINITIONS: Final = DEFINITIONS | {
    EQUAL_BURDEN: "stay_sensitivity at the threshold that gives as many hours with an alarm as the risk model has"
}
INTERVAL: Final = f"95 %, percentiles of {RESAMPLES} resamples of patients"

Columns = tuple[tuple[str, str, int], ...]
"""Figure, heading, decimals."""
# fmt: off
MAIN: Final[Columns] = (
    ("utility",              "utility",                         3),
    ("auroc",                "AUROC",                           3),
    ("auprc",                "AUPRC",                           3),
    ("brier",                "Brier",                           4),
    ("brier_skill",          "Brier skill",                     3),
    ("ece",                  "ECE",                             4),
    ("observed_to_expected", "observed / expected",             2),
    ("stay_sensitivity",     "sensitivity by stay",             3),
    ("lead_time_h",          "lead time, h",                    1),
    ("alarms_per_day",       "alarms per patient-day",          2),
    ("alarm_hours_per_day",  "alarm hours per patient-day",     2),
    ("episode_precision",    "true alarms",            3),
    ("abstained",            "abstained",                       3),
    ("coverage_septic",      "coverage, labelled hours",        3),
    ("coverage_others",      "coverage, other hours",           3),
)
COMPARED: Final[Columns] = (
    ("utility",              "utility",                         3),
    ("auroc",                "AUROC",                           3),
    ("auprc",                "AUPRC",                           3),
    ("stay_sensitivity",     "sensitivity by stay",             3),
    ("alarm_hours_per_day",  "alarm hours per patient-day",     2),
    (EQUAL_BURDEN,           "sensitivity, equal burden", 3),
)
GROUPED: Final[Columns] = (
    ("utility",              "utility",                         3),
    ("auroc",                "AUROC",                           3),
    ("stay_sensitivity",     "sensitivity by stay",             3),
    ("alarms_per_day",       "alarms per patient-day",          2),
    ("observed_to_expected", "observed / expected",             2),
)
# fmt: on


@dataclass(frozen=True)
class Evaluation:
    """What was evaluated on what, and what came of it.

    beside    versions of the further models in the results, by their name there
    part      of `models.risk.lab.split`, or all
    held_out  whether the model's training saw none of these patients; None where that is not known
    """

    version: str
    beside: dict[str, str]
    data_version: str
    horizon_h: float
    fingerprint: str
    part: str
    held_out: bool | None
    patients: int
    hours: int
    hours_without_row: int
    impossible_values: dict[str, int]
    labelled: bool
    forecast_s: float
    results: list[Result]
    speeds: list[Speed]
    deletions: list[Deletion]

    def as_json(self) -> dict[str, object]:
        """Return an object of plain values; a figure that the data do not define is null."""
        return {
            "model": {"version": self.version, "data_version": self.data_version, "horizon_h": self.horizon_h},
            "beside": self.beside,
            "data": {
                "fingerprint": self.fingerprint,
                "part": self.part,
                "held_out": self.held_out,
                "patients": self.patients,
                "hours": self.hours,
                "hours_without_row": self.hours_without_row,
                "impossible_values": self.impossible_values,
                "labelled": self.labelled,
            },
            "forecast_s": round(self.forecast_s, 2),
            "interval": INTERVAL,
            "definitions": ALL_DEFINITIONS,
            "results": [_result(result) for result in self.results],
            "speeds": [asdict(speed) for speed in self.speeds],
            "deletions": [
                {
                    "inputs": one.inputs,
                    "alarms": one.alarms,
                    "drivers": numbers(one.drivers),
                    "random": numbers(one.random),
                }
                for one in self.deletions
            ],
        }


def _result(result: Result) -> dict[str, object]:
    return {
        "forecaster": result.forecaster,
        "hospital": result.hospital,
        "group": result.group,
        "patients": result.patients,
        "septic": result.septic,
        "hours": result.hours,
        "figures": {name: numbers(figure) for name, figure in result.figures.items()},
    }


def numbers(figure: Figure) -> dict[str, float | None]:
    """Value, low and high for JSON; null where the data do not define them."""
    exact = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {name: round(number, 6) if math.isfinite(number) else None for name, number in exact.items()}


def cell(figure: Figure | None, decimals: int) -> str:
    """Value and interval in few characters; a dash where the data do not define the figure."""
    if figure is None or not math.isfinite(figure.value):
        return "-"
    return f"{figure.value:.{decimals}f} ({figure.low:.{decimals}f} to {figure.high:.{decimals}f})"
