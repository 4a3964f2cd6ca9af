"""The card of these forecasts, and its plots. Shapes: N rows, Y heads."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from models.risk.deterioration.events import CARRIED_H, HEADS
from models.risk.deterioration.network import FEATURES
from models.risk.lab.counterfactuals import Gate
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


def card_of(
    model: RiskModel, found: tuple[str, Sequence[Measured], Gate], stays: Stays, files: Mapping[str, str]
) -> str:
    """Write the card of what was found: the part of the split, the results, and the counterfactuals."""
    part, results, gate = found
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
        examined=gate.stays,
        moved=_moved(gate),
        alarming="\n".join(
            f"- {one.change}: alarms of sepsis in {one.before:.1%} of the stays, with it in {one.after:.1%}"
            for one in gate.alarming
        ),
        failures=gate.told,
        **{name: f"![{_PLOTS[name].caption}]({file})" for name, file in files.items()},
    )


def _moved(gate: Gate) -> str:
    """One row for each change: of each forecast the median move in log odds, and the share of stays that it lowered."""
    names = list(dict.fromkeys(one.forecast for one in gate.moved))
    rows = [["change", *names], ["---"] * (len(names) + 1)]
    for change in dict.fromkeys(one.change for one in gate.moved):
        own = {one.forecast: one for one in gate.moved if one.change == change}
        rows.append([change, *(f"{own[name].median:+.2f} ({own[name].lowered:.0%})" for name in names)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _table(results: Sequence[Measured]) -> str:
    heads = ("forecast", "hospital", "forecaster", "hours", "rate", *(one.heading for one in DEFINITIONS))
    rows = [heads, ["---"] * len(heads)]
    for one in results:
        head = HEADS[one.head]
        named = [f"{head.name} {head.horizon_h} h", one.hospital, one.forecaster, str(one.hours), f"{one.rate:.3f}"]
        rows.append([*named, *(cell(one.figures.get(each.name), each.decimals) for each in DEFINITIONS)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
