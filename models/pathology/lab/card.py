"""The model card of the reader: purpose, and performance on generated reports."""

import math
from pathlib import Path
from typing import Final, NamedTuple

from models.pathology.lab.scoring import Figure, Result

_TEMPLATE: Final = Path(__file__).with_name("card_template.md")


class Beside(NamedTuple):
    """Results of the reader and of the baseline on the same reports."""

    reports: int
    seed: int
    reader: Result
    keywords: Result


def card(measured: Beside) -> str:
    """Return the card as Markdown."""
    plain = {one.name: one for one in (*measured.keywords.scores, measured.keywords.together)}
    rows = []
    for one in (*measured.reader.scores, measured.reader.together):
        other = plain.get(one.name)
        beside = ("-", "-") if other is None else (_told(other.precision), _told(other.recall))
        rows.append(
            f"| {one.name} | {one.stated} | {_told(one.precision)} | {_told(one.recall)} | {' | '.join(beside)} |"
        )
    return _TEMPLATE.read_text(encoding="utf-8").format(
        reports=measured.reports,
        seed=measured.seed,
        whole=_told(measured.reader.whole),
        whole_plain=_told(measured.keywords.whole),
        rows="\n".join(rows),
    )


def _told(figure: Figure) -> str:
    if math.isnan(figure.value):
        return "-"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
