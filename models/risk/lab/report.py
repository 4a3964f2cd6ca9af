"""An evaluation in one piece: as the JSON object that the command line prints, and as the cells of its tables."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from models.risk.lab.deletion import Deletion
from models.risk.lab.metrics import INTERVAL, Estimate, FigureDefinition
from models.risk.lab.plots import Plot
from models.risk.lab.speed import Speed
from models.risk.lab.stays import Stays
from models.risk.site import Standing

EVERYONE: Final = "all"
"""The group of a result that is of no subgroup; for an outcome measured by hospital, all hospitals together."""

Columns = Sequence[tuple[str, str]]
"""Columns that name a result: heading, and the cell's text as `Result.say` takes it."""


@dataclass(frozen=True)
class Result:
    """What one forecaster achieved in one stratum (a hospital, an hour of the stay) in one group of stays.

    counts  how many stays there are, how many of them have the outcome
    """

    forecaster: str
    stratum: str | int
    group: str
    counts: Mapping[str, int]
    figures: Mapping[str, Estimate]

    def say(self, text: str) -> str:
        """Put forecaster, stratum, group and counts into a text that names them in braces."""
        return text.format(forecaster=self.forecaster, stratum=self.stratum, group=self.group, **self.counts)


@dataclass(frozen=True)
class Presentation:
    """How an outcome's evaluation is shown: which figures in which table, and in which words.

    definitions  all figures, in the order in which a card lists them
    main         names of the figures shown of the model itself, `compared` of all forecasters, `grouped` of subgroups
    stratum      what results are apart by: "hospital", "hour"; `order` sorts them so
    counted      the stays in numbers, `size` these numbers in a title
    impossible   how impossible values are called, `no_labels` what is lacking where nothing can be measured
    own          heads a result's column of figures on a card, `own_with_size` on a terminal
    comparison   name a result in the rows of a card's comparison, `subgroups` in those of its subgroups
    evaluated    the stays of a result, as a card says them
    plots        of a card, by name
    template     a card's words; `facts` fill the places that are this outcome's alone
    """

    definitions: Sequence[FigureDefinition]
    main: Sequence[str]
    compared: Sequence[str]
    grouped: Sequence[str]
    stratum: str
    order: Callable[[Result], tuple[int, str]]
    counted: Callable[[Stays], Mapping[str, int]]
    size: str
    impossible: str
    no_labels: str
    own: str
    own_with_size: str
    comparison: Columns
    subgroups: Columns
    evaluated: str
    plots: Mapping[str, Plot]
    template: Path
    facts: Mapping[str, object]

    def defined(self, names: Iterable[str]) -> list[FigureDefinition]:
        """Return the definitions of these figures, in this order."""
        by_name = {one.name: one for one in self.definitions}
        return [by_name[name] for name in names]


@dataclass(frozen=True)
class Evaluation:
    """What was evaluated on what, and what came of it.

    model     how the results call it
    part      of `models.risk.lab.split`
    held_out  whether the model's training saw none of these patients; None where that is not known
    counts    the stays in numbers
    live      whether a live path runs the model, so that there may be the rest:
    beside    versions of further models in the results, by their name there
    speeds    what a step costs, `deletions` whether explanations are true; both for a card
    sites     how each hospital stands to those of the training; none where that was not asked
    """

    model: str
    version: str
    data_version: str
    horizon_h: float
    fingerprint: str
    part: str
    held_out: bool | None
    counts: Mapping[str, int]
    impossible_values: Mapping[str, int]
    labelled: bool
    forecast_s: float
    results: Sequence[Result]
    live: bool
    beside: Mapping[str, str]
    speeds: Sequence[Speed]
    deletions: Sequence[Deletion]
    sites: Mapping[str, Standing] = field(default_factory=dict)

    @property
    def whole(self) -> list[Result]:
        """The results of all stays."""
        return [result for result in self.results if result.group == EVERYONE]

    @property
    def own(self) -> list[Result]:
        """The model's results of all stays."""
        return [result for result in self.whole if result.forecaster == self.model]

    @property
    def subgroups(self) -> list[Result]:
        """The results of subgroups."""
        return [result for result in self.results if result.group != EVERYONE]


def as_object(evaluation: Evaluation, shown: Presentation) -> dict[str, object]:
    """Return plain values for JSON; a figure that the data do not define is null."""
    deletions = [
        asdict(one) | {"drivers": numbers(one.drivers), "random": numbers(one.random)} for one in evaluation.deletions
    ]
    speeds = [asdict(speed) for speed in evaluation.speeds]
    sites = {name: asdict(one) | {"because": one.because} for name, one in evaluation.sites.items()}
    return {
        "model": {
            "version": evaluation.version,
            "data_version": evaluation.data_version,
            **({"horizon_h": evaluation.horizon_h} if math.isfinite(evaluation.horizon_h) else {}),
        },
        **({"beside": evaluation.beside} if evaluation.live else {}),
        "data": {
            "fingerprint": evaluation.fingerprint,
            "part": evaluation.part,
            "held_out": evaluation.held_out,
            **evaluation.counts,
            "impossible_values": evaluation.impossible_values,
            "labelled": evaluation.labelled,
        },
        "forecast_s": round(evaluation.forecast_s, 2),
        "interval": INTERVAL,
        "definitions": {one.name: one.text for one in shown.definitions},
        "results": [
            {
                "forecaster": result.forecaster,
                shown.stratum: result.stratum,
                "group": result.group,
                **result.counts,
                "figures": {name: numbers(figure) for name, figure in result.figures.items()},
            }
            for result in evaluation.results
        ],
        **({"speeds": speeds, "deletions": deletions, "sites": sites} if evaluation.live else {}),
    }


class Cells(NamedTuple):
    """A table in words."""

    heads: Sequence[str]
    rows: Iterable[Sequence[str]]


def by_figure(definitions: Sequence[FigureDefinition], results: Sequence[Result], head: str) -> Cells:
    """One row for each figure, one column for each result."""
    rows = ((one.heading, *(cell(each.figures.get(one.name), one.decimals) for each in results)) for one in definitions)
    return Cells(("figure", *(each.say(head) for each in results)), rows)


def by_result(definitions: Sequence[FigureDefinition], results: Iterable[Result], named: Columns) -> Cells:
    """One row for each result: what names it, then its figures."""
    rows = (
        (
            *(each.say(text) for _, text in named),
            *(cell(each.figures.get(one.name), one.decimals) for one in definitions),
        )
        for each in results
    )
    return Cells((*(head for head, _ in named), *(one.heading for one in definitions)), rows)


def numbers(figure: Estimate) -> dict[str, float | None]:
    """Value, low and high for JSON; null where the data do not define them."""
    exact = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {name: round(number, 6) if math.isfinite(number) else None for name, number in exact.items()}


def cell(figure: Estimate | None, decimals: int) -> str:
    """Value and interval in few characters; a dash where the data do not define the figure."""
    if figure is None or not math.isfinite(figure.value):
        return "-"
    return f"{figure.value:.{decimals}f} ({figure.low:.{decimals}f} to {figure.high:.{decimals}f})"
