"""`wardwatch evaluate pathology`: measure the reader on generated reports, beside a keyword search; write the card."""

import json
import math
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from models.pathology.lab.card import Comparison, card
from models.pathology.lab.keywords import keywords
from models.pathology.lab.scoring import Figure, Result, reader, score
from models.pathology.lab.wordings.held_out import HELD_OUT
from models.pathology.lab.writing import write
from stream.commands.refusal import one_sentence


def evaluate(count: int, seed: int, card_file: Path | None, *, as_json: bool) -> None:
    """Generate that many reports, read them, write the card if asked, and print the counts."""
    reports = list(write(count, HELD_OUT, seed))
    measured = Comparison(count, seed, score(reports, reader), score(reports, keywords))
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
        for one in (*result.scores, result.overall)
    }
    return {"without_error": _figure(result.error_free), "findings": scores}


def _figure(figure: Figure) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in figure._asdict().items()}


def _print(measured: Comparison) -> None:
    out = Console(highlight=False)
    plain = {one.name: one for one in (*measured.keywords.scores, measured.keywords.overall)}
    table = Table("finding", "stated", "precision", "recall", "of keywords: precision", "recall")
    for one in (*measured.reader.scores, measured.reader.overall):
        other = plain.get(one.name)
        beside = ("-", "-") if other is None else (_with_interval(other.precision), _with_interval(other.recall))
        table.add_row(one.name, str(one.stated), _with_interval(one.precision), _with_interval(one.recall), *beside)
    out.print(table)
    out.print(
        f"{measured.reports} generated reports; read without any error: {_with_interval(measured.reader.error_free)}, "
        f"by keywords: {_with_interval(measured.keywords.error_free)}"
    )


def _with_interval(figure: Figure) -> str:
    return "-" if math.isnan(figure.value) else f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
