"""What rounds of mischief came to, as a table or as JSON: for `make chaos` and `make chaos-hl7`."""

import json
from collections import Counter
from collections.abc import Collection, Mapping

import typer
from rich.console import Console
from rich.table import Table


def show(rows: Mapping[str, Counter[str]], rounds: int, counted: Collection[str], *, as_json: bool) -> None:
    """Print for each kind of mischief what was counted in all its rounds together."""
    if as_json:
        typer.echo(json.dumps({"rounds": rounds, "counts": rows}))
        return
    table = Table("mischief", "rounds", *counted)
    for name, counts in rows.items():
        table.add_row(name, str(rounds), *(f"{counts[what]:,}" for what in counted))
    Console().print(table)
