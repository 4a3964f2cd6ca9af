"""The model card of the reader: purpose, and performance on generated reports."""

import math
from pathlib import Path
from typing import Final, NamedTuple

from models.pathology.lab.scoring import Figure, Result

_TEMPLATE: Final = Path(__file__).with_name("card_template.md")


class Comparison(NamedTuple):
    """Results of the reader and of the baseline on the same reports."""

    reports: int
    seed: int
    reader: Result
    keywords: Result


def card(measured: Comparison) -> str:
    """Return the card as Markdown."""
    plain = {one.name: one for one in (*measured.keywords.scores, measured.keywords.overall)}
    rows = []
    for one in (*measured.reader.scores, measured.reader.overall):
        other = plain.get(one.name)
        beside = ("-", "-") if other is None else (_with_interval(other.precision), _with_interval(other.recall))
        own = (_with_interval(one.precision), _with_interval(one.recall))
        rows.append(f"| {' | '.join((one.name, str(one.stated), *own, *beside))} |")
    return _TEMPLATE.read_text(encoding="utf-8").format(
        reports=measured.reports,
        seed=measured.seed,
        whole=_with_interval(measured.reader.error_free),
        whole_plain=_with_interval(measured.keywords.error_free),
        rows="\n".join(rows),
    )


def _with_interval(figure: Figure) -> str:
    if math.isnan(figure.value):
        return "-"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
