"""`wardwatch gateway trace`: what became of a message."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from stream.access.identity_key import IdentityKeyError, identity_key
from stream.commands.refusal import Refusal, one_sentence, read_settings


def command(
    control_id: Annotated[str, typer.Argument(metavar="CONTROL-ID", help="MSH-10 of the message.")],
    store: Annotated[Path, typer.Option(metavar="DIR", help="The folder that `gateway hl7 --store` names.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a message, each on a line.")] = False,
) -> None:
    """Tell what became of a message: when it came, from whom, what was answered, where its records went.

    `confirmed`: Kafka has its records; `spooled`: they are on disk until Kafka takes them; `double`: it came before;
    `refused`: it is at fault; `to be sent again`: neither Kafka nor the spool had room. The gateway's journal holds no
    patient data, and the control id only as a hash under the key in WARDWATCH_IDENTITY_KEY_FILE. The oldest messages
    are forgotten.
    """
    from stream.gateway.journal import trace

    settings = read_settings()
    with one_sentence(settings):
        if settings.identity_key_file is None:
            sentence = "set WARDWATCH_IDENTITY_KEY_FILE: the journal knows control ids by hashes under its key"
            raise Refusal(sentence)
        try:
            found = list(trace(store, identity_key(settings.identity_key_file), control_id))
        except IdentityKeyError as error:
            raise Refusal(str(error)) from None
        except FileNotFoundError:
            sentence = f"{store} holds no journal of a gateway"
            raise Refusal(sentence) from None
        if not found:
            sentence = "the journal knows no message with this control id"
            raise Refusal(sentence)
    if as_json:
        for one in found:
            typer.echo(json.dumps(one, ensure_ascii=False))
        return
    table = Table("time", "sender", "became", "records", "told")
    for one in found:
        table.add_row(*_cells(one))
    Console(markup=False, highlight=False).print(table)


def _cells(one: dict[str, Any]) -> list[str]:
    records = ", ".join(f"{count} {topic}" for topic, count in one["records"].items())
    return [one["time"], one["sender"], one["became"], records, "; ".join(one["told"])]
