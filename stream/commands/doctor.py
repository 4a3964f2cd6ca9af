"""`wardwatch doctor`: check the requirements of a worker, and say how to fix what is missing."""

import asyncio
import json
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from stream.commands.refusal import read_settings

_STYLE: Final = {"ok": "green", "warning": "yellow", "failed": "red"}


def command(*, as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False) -> None:
    """Check Python, device, broker, topics, Redis, clock, weights and disk; exit 1 when a worker could not work."""
    settings = read_settings()
    from stream.observability.doctor import examine

    findings = asyncio.run(examine(settings))
    healthy = all(finding.state != "failed" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": healthy, "checks": [finding._asdict() for finding in findings]}))
    else:
        table = Table("check", "", "found", "what to do")
        for finding in findings:
            state = f"[{_STYLE[finding.state]}]{finding.state}[/]"
            table.add_row(finding.check, state, finding.found.replace("[", r"\["), finding.fix or "")
        Console().print(table)
    if not healthy:
        raise typer.Exit(1)
