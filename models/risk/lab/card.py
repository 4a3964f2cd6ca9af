"""A model card, written by the evaluation: the outcome's template holds the words, the figures come from here."""

from collections.abc import Mapping, Sequence
from string import Template

from models.risk.lab.deletion import Deletion
from models.risk.lab.fitting import MISCOVERAGE
from models.risk.lab.metrics import ECE_BINS, INTERVAL
from models.risk.lab.report import Cells, Evaluation, Presentation, by_figure, by_result, cell
from models.risk.lab.speed import WINDOW_H, Speed
from models.risk.lab.split import TEST_SHARE, TUNE_SHARE


def write_card(evaluation: Evaluation, shown: Presentation, plots: Mapping[str, str]) -> str:
    """Return the card as Markdown; `plots` names the file of each of the outcome's plots."""
    impossible = ", ".join(f"{name} {count}" for name, count in evaluation.impossible_values.items())
    facts = {
        "version": evaluation.version,
        "data_version": evaluation.data_version,
        "horizon_h": f"{evaluation.horizon_h:.0f}",
        "train_share": f"{1 - TEST_SHARE - TUNE_SHARE:.0%}",
        "tune_share": f"{TUNE_SHARE:.0%}",
        "test_share": f"{TEST_SHARE:.0%}",
        "coverage": f"{1 - MISCOVERAGE:.0%}",
        "ece_bins": ECE_BINS,
        "part": evaluation.part,
        "fingerprint": evaluation.fingerprint,
        **evaluation.counts,
        "stays": "; ".join(dict.fromkeys(result.say(shown.evaluated) for result in evaluation.own)),
        "impossible": impossible or "none",
        "interval": INTERVAL,
        "figures": _table(by_figure(shown.defined(shown.main), evaluation.own, shown.own)),
        "plots": "".join(f"![{name}]({file})\n*{shown.plots[name].caption}.*\n\n" for name, file in plots.items()),
        "beside": "".join(f"Further weights: {name}, `{version}`.\n" for name, version in evaluation.beside.items()),
        "comparison": _table(
            by_result(shown.defined(shown.compared), sorted(evaluation.whole, key=shown.order), shown.comparison)
        ),
        "subgroups": _table(by_result(shown.defined(shown.grouped), evaluation.subgroups, shown.subgroups)),
        "alarms": max((one.alarms for one in evaluation.deletions), default=0),
        "deletions": _table(_deletions(evaluation.deletions)),
        "window_h": WINDOW_H,
        "speed": _table(_speeds(evaluation.speeds)),
        "definitions": "\n".join(f"- `{one.name}`: {one.text}" for one in shown.definitions),
    }
    return Template(shown.template.read_text(encoding="utf-8")).substitute(facts | dict(shown.facts))


def _speeds(speeds: Sequence[Speed]) -> Cells:
    rows = (
        (str(speed.patients), f"{speed.step_ms:.1f}", f"{speed.window_ms:.0f}", f"{speed.patients_per_s:.0f}")
        for speed in speeds
    )
    return Cells(("patients per step", "one step, ms", f"{WINDOW_H} hours again, ms", "patients per second"), rows)


def _deletions(deletions: Sequence[Deletion]) -> Cells:
    heads = ("inputs forgotten", "mean risk without the strongest drivers", "mean risk without random inputs")
    return Cells(heads, ((str(one.inputs), cell(one.drivers, 3), cell(one.random, 3)) for one in deletions))


def _table(cells: Cells) -> str:
    lines = (cells.heads, ("---",) * len(cells.heads), *cells.rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
