"""The model card, written by the evaluation: `card_template.md` holds its words, the figures come from here."""

from pathlib import Path
from string import Template
from typing import Final

from models.risk.lab.fitting import CONFIDENCE, MISCOVERAGE
from models.risk.lab.metrics import ECE_BINS
from models.risk.lab.plots import PLOTS
from models.risk.lab.report import ALL_DEFINITIONS, COMPARED, GROUPED, INTERVAL, MAIN, Evaluation, cell
from models.risk.lab.results import EVERYONE, Result, by_hospital
from models.risk.lab.speed import WINDOW_H
from models.risk.lab.split import TEST_SHARE, TUNE_SHARE
from models.risk.lab.tables import by_figure, by_result, table

_TEMPLATE: Final = Path(__file__).with_name("card_template.md")


def write_card(evaluation: Evaluation, model: str, plots: dict[str, str]) -> str:
    """Return the card as Markdown; `model` is the forecaster that it is about, `plots` the file of each of PLOTS."""
    own = [result for result in evaluation.results if result.forecaster == model]
    whole = [result for result in own if result.group == EVERYONE]
    groups = [result for result in own if result.group != EVERYONE]
    compared = list(by_hospital(result for result in evaluation.results if result.group == EVERYONE))
    facts = {
        "horizon_h": f"{evaluation.horizon_h:.0f}",
        "version": evaluation.version,
        "data_version": evaluation.data_version,
        "train_share": f"{1 - TEST_SHARE - TUNE_SHARE:.0%}",
        "tune_share": f"{TUNE_SHARE:.0%}",
        "test_share": f"{TEST_SHARE:.0%}",
        "part": evaluation.part,
        "fingerprint": evaluation.fingerprint,
        "stays": "; ".join(f"{one.hospital}: {_size(one)}, {one.hours} hours" for one in whole),
        "hours_without_row": evaluation.hours_without_row,
        "impossible": ", ".join(f"{name} {count}" for name, count in evaluation.impossible_values.items()) or "none",
        "interval": INTERVAL,
        "figures": by_figure([result.hospital for result in whole], whole, MAIN),
        "plots": "".join(f"![{name}]({file})\n*{PLOTS[name].caption}.*\n\n" for name, file in plots.items()),
        "beside": "".join(f"Further weights: {name}, `{version}`.\n" for name, version in evaluation.beside.items()),
        "comparison": by_result(
            ("hospital", "forecaster"), [(one.hospital, one.forecaster) for one in compared], compared, COMPARED
        ),
        "subgroups": by_result(
            ("hospital", "group", "stays"), [(one.hospital, one.group, _size(one)) for one in groups], groups, GROUPED
        ),
        "alarms": max((one.alarms for one in evaluation.deletions), default=0),
        "deletions": _deletions(evaluation),
        "window_h": WINDOW_H,
        "speed": _speed(evaluation),
        "ece_bins": ECE_BINS,
        "coverage": f"{1 - MISCOVERAGE:.0%}",
        "confidence": f"{CONFIDENCE:.0%}",
        "definitions": "\n".join(f"- `{name}`: {text}" for name, text in ALL_DEFINITIONS.items()),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(facts)


def _size(result: Result) -> str:
    return f"{result.patients} stays, {result.septic} septic"


def _speed(evaluation: Evaluation) -> str:
    heads = ("patients per step", "one step, ms", f"{WINDOW_H} hours again, ms", "patients per second")
    rows = (
        (str(speed.patients), f"{speed.step_ms:.1f}", f"{speed.window_ms:.0f}", f"{speed.patients_per_s:.0f}")
        for speed in evaluation.speeds
    )
    return table(heads, rows)


def _deletions(evaluation: Evaluation) -> str:
    heads = ("inputs forgotten", "mean risk without the strongest drivers", "mean risk without random inputs")
    rows = ((str(one.inputs), cell(one.drivers, 3), cell(one.random, 3)) for one in evaluation.deletions)
    return table(heads, rows)
