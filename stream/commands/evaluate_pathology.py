"""`wardwatch evaluate pathology`: measure the reader on generated reports, beside a keyword search; write the card."""

import json
import math
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from models.pathology.lab.card import Beside, card
from models.pathology.lab.keywords import keywords
from models.pathology.lab.scoring import Figure, Result, reader, score
from models.pathology.lab.wordings.held_out import HELD_OUT
from models.pathology.lab.writing import write
from stream.commands.refusal import one_sentence


def evaluate(count: int, seed: int, card_file: Path | None, *, as_json: bool) -> None:
    """Generate that many reports, read them, write the card if asked, and print the counts."""
    reports = list(write(count, HELD_OUT, seed))
    measured = Beside(count, seed, score(reports, reader), score(reports, keywords))
    with one_sentence():
        if card_file is not None:
            card_file.write_text(card(measured), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps({"reader": _as_json(measured.reader), "keywords": _as_json(measured.keywords)}))
    else:
        _print(measured)


def _as_json(result: Result) -> dict[str, Any]:
    scores = {
        one.name: {"stated": one.stated, "precision": _figure(one.precision), "recall": _figure(one.recall)}
        for one in (*result.scores, result.together)
    }
    return {"without_error": _figure(result.whole), "findings": scores}


def _figure(figure: Figure) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in figure._asdict().items()}


def _print(measured: Beside) -> None:
    out = Console(highlight=False)
    plain = {one.name: one for one in (*measured.keywords.scores, measured.keywords.together)}
    table = Table("finding", "stated", "precision", "recall", "of keywords: precision", "recall")
    for one in (*measured.reader.scores, measured.reader.together):
        other = plain.get(one.name)
        beside = ("-", "-") if other is None else (_told(other.precision), _told(other.recall))
        table.add_row(one.name, str(one.stated), _told(one.precision), _told(one.recall), *beside)
    out.print(table)
    out.print(
        f"{measured.reports} generated reports; read without any error: {_told(measured.reader.whole)}, "
        f"by keywords: {_told(measured.keywords.whole)}"
    )


def _told(figure: Figure) -> str:
    return "-" if math.isnan(figure.value) else f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
