"""An evaluation of the mortality model in one piece, and as the JSON object that the command line prints."""

from dataclasses import dataclass
from typing import Final

from models.risk.lab.mortality.compare import Result
from models.risk.lab.mortality.metrics import DEFINITIONS
from models.risk.lab.report import INTERVAL, Columns, numbers

# fmt: off
MAIN: Final[Columns] = (
    ("auroc",                "AUROC",                       3),
    ("auprc",                "AUPRC",                       3),
    ("event_1",              "min(sensitivity, precision)", 3),
    ("sensitivity",          "sensitivity",                 3),
    ("precision",            "precision",                   3),
    ("brier",                "Brier",                       4),
    ("brier_skill",          "Brier skill",                 3),
    ("ece",                  "ECE",                         3),
    ("observed_to_expected", "observed / expected",         2),
    ("abstained",            "abstained",                   3),
)
COMPARED: Final[Columns] = (
    ("auroc",                "AUROC",                       3),
    ("auprc",                "AUPRC",                       3),
    ("event_1",              "min(sensitivity, precision)", 3),
    ("brier",                "Brier",                       4),
    ("ece",                  "ECE",                         3),
)
GROUPED: Final[Columns] = (
    ("auroc",                "AUROC",                       3),
    ("auprc",                "AUPRC",                       3),
    ("observed_to_expected", "observed / expected",         2),
    ("abstained",            "abstained",                   3),
)
# fmt: on


@dataclass(frozen=True)
class Evaluation:
    """What was evaluated on what, and what came of it.

    part      of `models.risk.lab.split`, or all
    held_out  whether the model's training saw none of these patients; None where that is not known
    """

    version: str
    data_version: str
    fingerprint: str
    part: str
    held_out: bool | None
    patients: int
    impossible_values: dict[str, int]
    labelled: bool
    forecast_s: float
    results: list[Result]

    def as_json(self) -> dict[str, object]:
        """Return an object of plain values; a figure that the data do not define is null."""
        return {
            "model": {"version": self.version, "data_version": self.data_version},
            "data": {
                "fingerprint": self.fingerprint,
                "part": self.part,
                "held_out": self.held_out,
                "patients": self.patients,
                "impossible_values": self.impossible_values,
                "labelled": self.labelled,
            },
            "forecast_s": round(self.forecast_s, 2),
            "interval": INTERVAL,
            "definitions": DEFINITIONS,
            "results": [
                {
                    "forecaster": result.forecaster,
                    "hour": result.hour,
                    "group": result.group,
                    "patients": result.patients,
                    "deaths": result.deaths,
                    "figures": {name: numbers(figure) for name, figure in result.figures.items()},
                }
                for result in self.results
            ],
        }
