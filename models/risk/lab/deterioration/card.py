"""The card of these forecasts, and its plots. Shapes: N rows, Y heads."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from models.risk.deterioration.events import CARRIED_H, HEADS
from models.risk.deterioration.network import FEATURES
from models.risk.lab.deterioration.evaluation import DEFINITIONS, Answers, Measured, graded
from models.risk.lab.deterioration.labels import truth_of
from models.risk.lab.metrics import INTERVAL
from models.risk.lab.plots import Plot, draw, reliability, roc
from models.risk.lab.report import cell
from models.risk.lab.stays import Stays
from models.risk.model import RiskModel

_TEMPLATE: Final = Path(__file__).with_name("card_template.md")
_PLOTS: Final = {
    "reliability": Plot(reliability, "forecast risk", "share of hours in which it came", "Risk against what came"),
    "roc": Plot(roc, "1 - specificity", "sensitivity", "Sensitivity by 1 - specificity", shares=True),
}


def plots_of(stays: Stays, answers: Answers) -> dict[str, bytes]:
    """Draw reliability and ROC, a curve for each forecast, all hospitals together; stays with every hour."""
    truth, everybody = truth_of(stays), np.arange(len(stays))
    curves = {
        f"{head.name}, {head.horizon_h} h": graded(stays, everybody, truth, at, answers.probability[:, at])
        for at, head in enumerate(HEADS)
    }
    return {name: draw(plot, curves) for name, plot in _PLOTS.items()}


def card_of(model: RiskModel, part: str, stays: Stays, results: Sequence[Measured], files: Mapping[str, str]) -> str:
    """Write the card."""
    return _TEMPLATE.read_text(encoding="utf-8").format(
        version=model.version,
        data_version=model.data_version,
        part=part,
        stays=len(stays),
        hours=len(stays.iculos),
        heads="\n".join(f"- `{head.name}`, {head.horizon_h} h: {head.text}" for head in HEADS),
        features=len(FEATURES),
        carried_h=CARRIED_H,
        results=_table(results),
        definitions="\n".join(f"- {one.heading}: {one.text}" for one in DEFINITIONS),
        interval=INTERVAL,
        **{name: f"![{_PLOTS[name].caption}]({file})" for name, file in files.items()},
    )


def _table(results: Sequence[Measured]) -> str:
    heads = ("forecast", "hospital", "forecaster", "hours", "rate", *(one.heading for one in DEFINITIONS))
    rows = [heads, ["---"] * len(heads)]
    for one in results:
        head = HEADS[one.head]
        named = [f"{head.name} {head.horizon_h} h", one.hospital, one.forecaster, str(one.hours), f"{one.rate:.3f}"]
        rows.append([*named, *(cell(one.figures.get(each.name), each.decimals) for each in DEFINITIONS)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
