"""`wardwatch gateway unknown`: the observations that became no value, by sender and code."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.commands.senders import ProfileName

_METRIC: Final = "wardwatch_gateway_unused"
_PATIENCE_S: Final = 5.0

Row = tuple[str, str, str]


def command(
    path: Annotated[
        Path | None, typer.Argument(help="Messages in a file or folder; without it, a running gateway is asked.")
    ] = None,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            help="Where the running gateway serves /metrics, e.g. http://127.0.0.1:9100 (WARDWATCH_WEB_PORT)."
        ),
    ] = None,
    profile: ProfileName = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a sender, code and reason.")] = False,
) -> None:
    """List what senders send and the gateway makes nothing of: sender, code, why, how often; the most frequent first.

    What is missing can be added in a profile of your own (a TOML file that extends a shipped one), without code: try it
    with `wardwatch gateway decode --profile FILE`, then give it to `wardwatch gateway hl7`.
    """
    settings = read_settings()
    with one_sentence(settings):
        if path is not None:
            found = _of_files(path, profile)
        else:
            found = _of_metrics(at or _served_at(settings.web_host, settings.web_port))
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    if as_json:
        for (sender, code, why), times in ordered:
            typer.echo(json.dumps({"sender": sender, "code": code, "why": why, "times": times}, ensure_ascii=False))
        return
    table = Table("times", "sender", "code", "why")
    for row, times in ordered:
        table.add_row(str(times), *row)
    Console(markup=False, highlight=False).print(table if ordered else "every observation was used")


def _served_at(host: str, port: int) -> str:
    if not port:
        sentence = "say where the gateway serves /metrics: --at http://HOST:PORT, or set WARDWATCH_WEB_PORT"
        raise Refusal(sentence)
    return f"http://{host}:{port}"


def _of_files(path: Path, profile: str | None) -> "Counter[Row]":
    """Time-stamps and authorities are of no matter here."""
    from models.deidentify.keyed import Keyed
    from stream.commands.senders import conventions
    from stream.gateway.dry_run import Decoded, decoded
    from stream.gateway.tally import Shown

    found: Counter[Row] = Counter()
    reading = conventions(Keyed(b"wardwatch gateway unknown"), profile, "UTC", "", None, None, takes_tests=True)
    for one in decoded(path, reading):
        if isinstance(one, Decoded) and one.taken.arrived.message is not None:
            shown = Shown(one.taken.arrived.message)
            found.update((shown.sender(), shown.code(left.code), left.why) for left in one.taken.translation.unused)
    return found


def _of_metrics(address: str) -> "Counter[Row]":
    import httpx
    from prometheus_client.parser import text_string_to_metric_families

    try:
        said = httpx.get(f"{address.rstrip('/')}/metrics", timeout=_PATIENCE_S)
        said.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL):
        sentence = f"no gateway serves /metrics at {address}"
        raise Refusal(sentence) from None
    found: Counter[Row] = Counter()
    for family in text_string_to_metric_families(said.text):
        for sample in family.samples if family.name == _METRIC else ():
            if sample.name == f"{_METRIC}_total":
                labels = sample.labels
                found[labels["sender"], labels["code"], labels["why"]] += int(sample.value)
    return found
