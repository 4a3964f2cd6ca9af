"""An evaluation in one piece, and as the JSON object that the command line prints."""

import math
from dataclasses import dataclass

from models.risk.metrics import DEFINITIONS, RESAMPLES, Figure
from models.risk.results import EQUAL_BURDEN, Result
from models.risk.speed import Speed

ALL_DEFINITIONS = DEFINITIONS | {
    EQUAL_BURDEN: "stay_sensitivity at the threshold that gives as many hours with an alarm as the risk model has"
}
INTERVAL = f"95 %, percentiles of {RESAMPLES} resamples of patients"


@dataclass(frozen=True)
class Evaluation:
    """What was evaluated on what, and what came of it.

    part      of `models.risk.split`, or all
    held_out  whether the model's training saw none of these patients; None where that is not known
    """

    version: str
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

    def as_json(self) -> dict[str, object]:
        """Return an object of plain values; a figure that the data do not define is null."""
        return {
            "model": {"version": self.version, "data_version": self.data_version, "horizon_h": self.horizon_h},
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
        }


def _result(result: Result) -> dict[str, object]:
    return {
        "forecaster": result.forecaster,
        "hospital": result.hospital,
        "group": result.group,
        "patients": result.patients,
        "septic": result.septic,
        "hours": result.hours,
        "figures": {name: _numbers(figure) for name, figure in result.figures.items()},
    }


def _numbers(figure: Figure) -> dict[str, float | None]:
    numbers = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {name: round(number, 6) if math.isfinite(number) else None for name, number in numbers.items()}
