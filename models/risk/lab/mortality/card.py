"""The mortality model's card, written by the evaluation: `card_template.md` holds the words, figures come from here."""

from pathlib import Path
from string import Template
from typing import Final

from models.risk.lab.fitting import MISCOVERAGE
from models.risk.lab.mortality.compare import MODEL
from models.risk.lab.mortality.data import HOURS
from models.risk.lab.mortality.evaluation import NOT_ON_THE_WIRE
from models.risk.lab.mortality.metrics import DEFINITIONS
from models.risk.lab.mortality.plots import PLOTS
from models.risk.lab.mortality.report import COMPARED, GROUPED, MAIN, Evaluation
from models.risk.lab.report import INTERVAL
from models.risk.lab.results import EVERYONE
from models.risk.lab.split import TEST_SHARE, TUNE_SHARE
from models.risk.lab.tables import by_figure, by_result

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
        "figures": by_figure([f"{result.hour} h" for result in whole], whole, MAIN),
        "plots": "".join(f"![{name}]({file})\n*{PLOTS[name].caption}.*\n\n" for name, file in plots.items()),
        "comparison": by_result(
            ("hour", "forecaster", "stays"),
            [(str(one.hour), one.forecaster, str(one.patients)) for one in compared],
            compared,
            COMPARED,
        ),
        "hours": HOURS,
        "hidden": ", ".join(NOT_ON_THE_WIRE),
        "subgroups": by_result(
            ("group", "stays", "deaths"),
            [(one.group, str(one.patients), str(one.deaths)) for one in groups],
            groups,
            GROUPED,
        ),
        "coverage": f"{1 - MISCOVERAGE:.0%}",
        "definitions": "\n".join(f"- `{name}`: {text}" for name, text in DEFINITIONS.items()),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(facts)
