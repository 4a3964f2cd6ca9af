"""`wardwatch rehearse`: play a feed from a file through the live rules and print the output."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from stream.commands.refusal import Refusal, one_sentence, read_settings


def command(
    feed: Annotated[
        Path, typer.Argument(help='JSON lines in order of arrival: {"topic", "record", "arrived" (optional)}.')
    ],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help='One JSON object a record that goes out: {"topic", "at", "record"}.')
    ] = False,
    state: Annotated[
        bool,
        typer.Option(
            "--state", help="At the end, each patient's last state as JSON, with the hour and the network's state."
        ),
    ] = False,
) -> None:
    """Play a feed through the live rules on a virtual clock: no broker, no Redis, nothing kept.

    A line without `arrived` comes at the newest time that any record has named so far. An acknowledgement may name a
    condition instead of an alert: "ack_condition" beside "record". The rules and times are those of the environment's
    settings (prefix WARDWATCH_), the risk model the one that a worker would load.
    """
    from models.risk.model import SHIPPED, ModelError, RiskModel
    from models.watch.hours import hour_of
    from models.watch.stored import to_fields
    from stream.rehearsal.feed import FeedError, of_file
    from stream.rehearsal.rehearse import Rehearsal

    settings = read_settings()
    err = Console(stderr=True, highlight=False)
    with one_sentence(settings):
        try:
            rehearsal = Rehearsal(RiskModel.load(settings.risk_folder or SHIPPED, settings.device), settings)
            for shown in _shown(rehearsal.play(of_file(feed)), as_json=as_json):
                typer.echo(shown)
        except (FeedError, ModelError) as error:
            raise Refusal(str(error)) from None
    if rehearsal.not_rehearsed:
        sentence = (
            f"{rehearsal.not_rehearsed} imaging-ready or genomes-ready records were left out: no file is fetched here"
        )
        err.print(sentence, style="yellow", soft_wrap=True)
    if state:
        for patient, last in sorted(rehearsal.states.items()):
            shown = json.loads(to_fields(last)["state"])
            shown["hour"] = hour_of(last, last.newest_ms)
            shown["risk"] = None if last.risk is None else last.risk.tolist()
            typer.echo(json.dumps({"patient": patient, "state": shown}))


def _shown(told: Iterator[Any], *, as_json: bool) -> Iterator[str]:
    from stream.delivery.decode import Refused
    from stream.delivery.outputs import letter
    from stream.subscriber.lines import line

    for topic, at_ms, record in told:
        at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
        if isinstance(record, Refused):
            why: dict[str, Any] = {name: value.decode() for name, value in letter(record).headers}
            shown = {"stage": record.stage, "reason": why.get("__streams.errors.message", "")}
            yield json.dumps({"topic": topic, "at": at, "record": shown}) if as_json else f"{at}  {topic}  {shown}"
        elif as_json:
            said = json.loads(record.model_dump_json(exclude_none=True))
            yield json.dumps({"topic": topic, "at": at, "record": said}, ensure_ascii=False)
        else:
            yield f"{topic:<18} {line(record).plain}"
