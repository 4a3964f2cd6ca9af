"""`wardwatch gateway refused list|show|replay`: messages that the gateway refused, and another try."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from stream.commands.refusal import Refusal, one_sentence, read_settings

if TYPE_CHECKING:
    from stream.gateway.refused import RefusedStore

app = typer.Typer(help="Messages that the gateway refused: look at them, send them again.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--store", metavar="DIR", help="The folder that `gateway hl7 --store` names.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="As `refused list` shows them.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a message, each on a line.")]
_LOOK_S: Final = 0.2
_PATIENCE_S: Final = 30.0


@app.command("list")
def list_(store: Folder, *, as_json: AsJson = False) -> None:
    """List the refused messages, the oldest first: when, from where, what is wrong. No patient is named."""
    settings = read_settings()
    with one_sentence(settings):
        rows = [_row(_opened(store), name) for name in _opened(store).ids()]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
        return
    table = Table("id", "time", "from", "bytes", "where", "why")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console(markup=False, highlight=False).print(table if rows else "no message is kept")


@app.command()
def show(id_: Annotated[str, typer.Argument(metavar="ID", help="As `refused list` shows it.")], store: Folder) -> None:
    """Show a refused message as it came. It names its patient: treat it like the patient's record."""
    settings = read_settings()
    with one_sentence(settings):
        messages = _opened(store)
        _known(messages, id_)
        typer.echo(_read(messages, id_).content.replace(b"\r", b"\n").decode("utf-8", "replace"))


@app.command()
def replay(
    store: Folder,
    ids: Ids = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All that are kept.")] = False,
) -> None:
    """Have the running gateway take refused messages again, each as from its sender, and say what became of them.

    For after a profile was mended and the gateway started anew with it. What is refused again stays, with the reason
    of now. Order matters little to records, which carry the times of their messages; what an admission says of beds is
    heard when it comes.
    """
    settings = read_settings()
    with one_sentence(settings):
        messages = _opened(store)
        wanted = messages.ids() if every else list(ids or ())
        if not wanted:
            sentence = "name the messages, or --all"
            raise Refusal(sentence)
        for name in wanted:
            _known(messages, name)
        for name in wanted:
            messages.ask_again(name)
        waiting = _settled(messages, wanted)
        accepted = [name for name in wanted if name not in waiting and name not in messages.ids()]
        for name in messages.ids():
            if name in wanted:
                typer.echo(f"{name} is refused again: {_read(messages, name).why}")
        typer.echo(f"{len(accepted)} of {len(wanted)} taken")
        if waiting:
            sentence = f"{len(waiting)} wait: is a gateway running with --store {store}, and does Kafka answer it?"
            raise Refusal(sentence)


def _settled(messages: "RefusedStore", wanted: list[str]) -> set[str]:
    """Wait until the gateway has done with them; what it has not after a while."""
    until_s = time.monotonic() + _PATIENCE_S
    while (waiting := set(wanted) & set(messages.ids(again=True))) and time.monotonic() < until_s:
        time.sleep(_LOOK_S)
    return waiting


def _opened(folder: Path) -> "RefusedStore":
    from stream.commands.refused_store import refused_store
    from stream.gateway.vault import KeyFileError

    if not (folder / "refused").is_dir():
        sentence = f"{folder} holds no refused messages of a gateway"
        raise Refusal(sentence)
    try:
        return refused_store(read_settings(warn=False), folder)
    except KeyFileError as error:
        raise Refusal(str(error)) from None


def _known(messages: "RefusedStore", name: str) -> None:
    if name not in messages.ids():
        sentence = f"no refused message has the id {name!r}"
        raise Refusal(sentence)


def _read(messages: "RefusedStore", name: str) -> Any:  # noqa: ANN401 - its type is imported when it is needed
    from stream.gateway.vault import SealError

    try:
        return messages.read(name)
    except SealError:
        sentence = f"{name} was sealed with another secret, or is damaged"
        raise Refusal(sentence) from None


def _row(messages: "RefusedStore", name: str) -> dict[str, Any]:
    one = _read(messages, name)
    return {
        "id": name,
        "time": one.at.isoformat(timespec="seconds"),
        "from": one.peer.name,
        "bytes": len(one.content),
        "where": one.where,
        "why": one.why,
    }
