"""`wardwatch rules list|show|check`: every rule with its source, and what is due for review or contradicts."""

import json
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from stream.commands.refusal import stop

app = typer.Typer(help="The rules of alarms and proposals, and their sources.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


@app.command(name="list")
def list_(
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Only one kind, such as alarm or cpic.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List every rule with source, edition, strength and the day by which it is due for review."""
    from models.rulebook.rows import hash_of, rows

    listed = rows()
    kinds = dict.fromkeys(row.kind for row in listed)
    if kind is not None and kind not in kinds:
        stop(f"no rules of that kind; there are {', '.join(kinds)}")
    shown = [row for row in listed if kind in (None, row.kind)]
    if as_json:
        typer.echo(json.dumps({"hash": hash_of(listed), "rules": [row.as_json() for row in shown]}, ensure_ascii=False))
        return
    names = ("kind", "rule", "source", "edition", "strength", "source read", "review")
    table = Table(*(Column(name, overflow="fold") for name in names))
    for row in shown:
        cells = (row.kind, f"{row.id}/{row.version}", row.source, row.edition, row.strength, row.source_read)
        table.add_row(*map(Text, (*cells, str(row.due))))
    out = Console(highlight=False)
    out.print(table)
    out.print(f"{len(shown)} rules; hash of all {len(listed)}: {hash_of(listed)}", soft_wrap=True)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="RULE", help="Its name as in the list, with or without the version.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a rule with all that it says."""
    from models.rulebook.rows import rows

    found = [row for row in rows() if name in (row.id, f"{row.id}/{row.version}")]
    if not found:
        stop("no rule has that name; `wardwatch rules list` shows all")
    if as_json:
        typer.echo(json.dumps(found[0].as_json(), ensure_ascii=False, indent=2))
        return
    table = Table.grid(padding=(0, 2))
    for field, value in found[0].as_json().items():
        if value is not None:
            table.add_row(field, Text(str(value)))
    Console(highlight=False).print(table)


@app.command()
def check(
    on: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE", formats=["%Y-%m-%d"], help="The day to check for; without it today.", show_default=False
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Warn of reviews that are overdue and of sources that were replaced; fail on duplicates and contradictions."""
    from models.rulebook.check import check as check_rules
    from models.rulebook.rows import hash_of, rows

    today: date = (datetime.now(UTC) if on is None else on).date()
    found, listed = check_rules(today), rows()
    faults = [one for one in found if one.is_fault]
    if as_json:
        said = {
            "date": today.isoformat(),
            "hash": hash_of(listed),
            "rules": len(listed),
            "findings": [one.as_json() for one in found],
        }
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        out = Console(highlight=False)
        for one in found:
            out.print(Text(f"{one.kind}: {', '.join(one.rules)}: {one.text}", "red" if one.is_fault else "yellow"))
        warnings = len(found) - len(faults)
        out.print(
            f"{len(listed)} rules, {len(faults)} faults, {warnings} warnings; hash {hash_of(listed)}", soft_wrap=True
        )
    if faults:
        raise typer.Exit(1)
