"""`wardwatch read-pathology`: print the findings of a pathology report, beside the text that they were read from."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.pathology.finding import ReportReading
from models.pathology.kind import PATHOLOGY
from models.pathology.reader import MOST_FINDINGS, read
from schemas.pathology import PathologyReport
from stream.commands.refusal import Refusal, one_sentence

MOST_CHARACTERS: Final = next(
    limit.max_length for limit in PathologyReport.model_fields["text"].metadata if hasattr(limit, "max_length")
)
"""Longer reports are refused on the wire as well."""
WIDEST: Final = 60
"""Characters of the report that are shown beside a finding."""
_STANDARD_INPUT: Final = Path("-")


def command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Reports as UTF-8 text; - reads one from stdin.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print values and places only, none of the words.")] = False,
) -> None:
    """Read pathology reports in English as the check worker does, and show why. Not for clinical use.

    Breast, colon and rectum, lung and prostate: site, behaviour, type, grade, size, nodes, stage, margins, invasion,
    receptors, mismatch repair, PD-L1. A ward's or another department's note is named and not read.
    What is left open is hedged; what contradicts itself is named; what is not stated is absent.
    """
    with one_sentence():
        texts = {str(file): _text(file) for file in files}
    readings = {file: read(text) for file, text in texts.items()}
    if as_json:
        typer.echo(json.dumps([_as_json(file, reading) for file, reading in readings.items()], indent=2))
        return
    out = Console(highlight=False)
    for file, reading in readings.items():
        _print(out, file, texts[file], reading)


def _text(file: Path) -> str:
    """Return a report's text. Raises Refusal when it is no text or too long for the wire, OSError when missing."""
    data = sys.stdin.buffer.read() if file == _STANDARD_INPUT else file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = f"{file}: this is no text in UTF-8"
        raise Refusal(message) from None
    if len(text) > MOST_CHARACTERS:
        message = f"{file}: a report has at most {MOST_CHARACTERS} characters"
        raise Refusal(message)
    return text


def _as_json(file: str, reading: ReportReading) -> dict[str, Any]:
    return {
        "file": file,
        "kind": reading.kind,
        "nothing_read": reading.empty,
        "cut": reading.cut,
        "findings": [one._asdict() for one in reading.findings],
        "contradictions": [one._asdict() for one in reading.contradictions],
    }


def _print(out: Console, file: str, text: str, reading: ReportReading) -> None:
    out.print(Text(file, "bold"))
    if reading.empty:
        out.print("Nothing could be read.", style="yellow")
    if reading.kind != PATHOLOGY:
        out.print(f"The text is taken for another: {reading.kind}. Only pathology reports are read.", style="yellow")
    if reading.findings:
        table = Table("part", "finding", "value", "certainty", "characters", "words")
        for one in reading.findings:
            words = " ".join(text[one.start : one.end].split())
            shown = words if len(words) <= WIDEST else f"{words[: WIDEST - 1]}…"
            row = (one.part, one.name, one.value, one.certainty, f"{one.start}-{one.end}", shown)
            table.add_row(*map(Text, row), style="dim" if one.certainty == "hedged" else None)
        out.print(table)
    for clash in reading.contradictions:
        where = f" of part {clash.part}" if clash.part else ""
        out.print(f"The report contradicts itself about {clash.name}{where}.", style="red")
    if reading.cut:
        left_out = f"More than {MOST_FINDINGS} findings: the rest is left out."
        out.print(left_out if reading.findings else "It mentions too much to be read.", style="yellow")
