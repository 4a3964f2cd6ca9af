"""The mortality model's card, written by the evaluation: `card_template.md` holds the words, figures come from here."""

from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Final

from models.mortality.compare import MODEL, Result
from models.mortality.data import HOURS
from models.mortality.evaluation import NOT_ON_THE_WIRE
from models.mortality.metrics import DEFINITIONS
from models.mortality.plots import PLOTS
from models.mortality.report import COMPARED, GROUPED, MAIN, Evaluation
from models.risk.fitting import MISCOVERAGE
from models.risk.report import INTERVAL, Columns, cell
from models.risk.results import EVERYONE
from models.risk.split import TEST_SHARE, TUNE_SHARE

_TEMPLATE: Final = Path(__file__).with_name("card_template.md")


def write_card(evaluation: Evaluation, plots: dict[str, str]) -> str:
    """Return the card as Markdown; `plots` names the file of each of PLOTS."""
    own = [result for result in evaluation.results if result.forecaster == MODEL]
    whole = [result for result in own if result.group == EVERYONE]
    groups = [result for result in own if result.group != EVERYONE]
    compared = sorted((one for one in evaluation.results if one.group == EVERYONE), key=lambda one: -one.hour)
    facts = {
        "version": evaluation.version,
        "data_version": evaluation.data_version,
        "train_share": f"{1 - TEST_SHARE - TUNE_SHARE:.0%}",
        "tune_share": f"{TUNE_SHARE:.0%}",
        "test_share": f"{TEST_SHARE:.0%}",
        "part": evaluation.part,
        "fingerprint": evaluation.fingerprint,
        "stays": f"{whole[-1].patients} stays, {whole[-1].deaths} deaths",
        "impossible": ", ".join(f"{name} {count}" for name, count in evaluation.impossible_values.items()) or "none",
        "interval": INTERVAL,
        "figures": _figures(whole),
        "plots": "".join(f"![{name}]({file})\n*{PLOTS[name][-1]}.*\n\n" for name, file in plots.items()),
        "comparison": _table(
            ("hour", "forecaster", "stays"),
            [(str(one.hour), one.forecaster, str(one.patients)) for one in compared],
            compared,
            COMPARED,
        ),
        "hours": HOURS,
        "hidden": ", ".join(NOT_ON_THE_WIRE),
        "subgroups": _table(
            ("group", "stays", "deaths"),
            [(one.group, str(one.patients), str(one.deaths)) for one in groups],
            groups,
            GROUPED,
        ),
        "coverage": f"{1 - MISCOVERAGE:.0%}",
        "definitions": "\n".join(f"- `{name}`: {text}" for name, text in DEFINITIONS.items()),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(facts)


def _figures(whole: list[Result]) -> str:
    """One row for each figure, one column for each hour."""
    rows = (
        (heading, *(cell(result.figures.get(name), decimals) for result in whole)) for name, heading, decimals in MAIN
    )
    return _rows(("figure", *(f"{result.hour} h" for result in whole)), rows)


def _table(heads: tuple[str, ...], names: list[tuple[str, ...]], some: list[Result], columns: Columns) -> str:
    """One row for each result: its names, then its figures."""
    body = (
        (*name, *(cell(result.figures.get(figure), decimals) for figure, _, decimals in columns))
        for name, result in zip(names, some, strict=True)
    )
    return _rows((*heads, *(heading for _, heading, _ in columns)), body)


def _rows(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in (heads, ("---",) * len(heads), *rows))
