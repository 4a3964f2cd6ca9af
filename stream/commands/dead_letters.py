"""`wardwatch dead-letters list|show|replay`: inspect and replay records that could not be processed."""

import asyncio
import json
from collections import Counter, deque
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Column, Table

from schemas.dead_letters import STAGES
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.dead_letters.browse import Choice, Letter, choose, find_letter, read_letters, replay
from stream.settings import Settings

app = typer.Typer(help="Records that could not be used.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Stage = Annotated[str | None, typer.Option(help=f"Only letters of this stage: {', '.join(STAGES)}.")]

_BYTES_A_LINE: Final = 16
_COLUMNS: Final = ("stage", "exception", "attempts", "from", "time")
_ID: Final = 36  # characters of an id, which `show` and `replay` want whole


@app.command(name="list")
def list_(
    *,
    stage: Stage = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the newest letters, oldest first. Nothing of a record's content is shown."""
    _check(stage)
    settings = read_settings()
    with one_sentence(settings):
        newest, total = asyncio.run(_newest(settings, stage, limit))
    if as_json:
        typer.echo(json.dumps({"total": total, "letters": [_public_fields(letter) for letter in newest]}))
        return
    table = Table(Column("id", no_wrap=True, min_width=_ID), *(Column(name, overflow="fold") for name in _COLUMNS))
    for letter in newest:
        failure = letter.failure
        time = letter.time.isoformat(sep=" ", timespec="seconds")
        if failure is None:
            table.add_row(f"{letter.partition}/{letter.offset}", "?", "not a letter", "?", "?", time)
        else:
            origin = f"{failure.topic}/{failure.partition}/{failure.offset}"
            table.add_row(str(failure.id), failure.stage, failure.exception, str(failure.attempt), origin, time)
    console = Console(markup=False)
    console.print(table)
    console.print(f"{len(newest)} of {total} letters", highlight=False)


@app.command()
def show(
    which: Annotated[str, typer.Argument(metavar="ID", help="The letter's id, or PARTITION/OFFSET in dead-letters.")],
    *,
    reveal: Annotated[bool, typer.Option("--reveal", help="The content too: it may be patient data.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what went wrong with one record; its content only on demand."""
    settings = read_settings()
    with one_sentence(settings):
        letter = asyncio.run(find_letter(settings, which))
        if letter is None:
            sentence = f"there is no dead letter {which}"
            raise Refusal(sentence)
    told = _public_fields(letter) | (_content(letter) if reveal else {})
    if as_json:
        typer.echo(json.dumps(told))
        return
    console = Console(markup=False, highlight=False)
    for name, value in told.items():
        text = "\n" + str(value) if "\n" in str(value) else str(value)
        console.print(f"{name}: {text}", soft_wrap=True)
    if not reveal:
        console.print("The record's content is not shown; --reveal shows it.")


@app.command(name="replay")
def replay_(
    which: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Letters to send again.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All that can be replayed.")] = False,
    stage: Stage = None,
    most_attempts: Annotated[int, typer.Option(min=1, help="Leave out what was tried so often.")] = 5,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send records to the topic and partition they came from, with the same bytes, and wait for the broker's word."""
    _check(stage)
    if bool(which) == every and stage is None:
        raise typer.BadParameter("name the letters by id, or take --all or --stage")  # noqa: EM101, TRY003 - typer's way
    settings = read_settings()
    with one_sentence(settings):
        choice = asyncio.run(_choose(settings, which, stage, most_attempts))
        sent = 0 if dry_run else asyncio.run(replay(settings, choice.letters))
    if as_json:
        ids = [str(letter.failure.id) for letter in choice.letters if letter.failure]
        typer.echo(json.dumps({"chosen": ids, "sent": sent, "left_out": choice.left_out, "dry_run": dry_run}))
        return
    console = Console(markup=False, highlight=False)
    for letter in choice.letters:
        if letter.failure:
            failure = letter.failure
            console.print(f"{failure.id} {failure.topic}/{failure.partition}/{failure.offset} {failure.stage}")
    console.print(f"{len(choice.letters)} would be sent" if dry_run else f"{sent} sent and confirmed")
    for reason, count in choice.left_out.items():
        console.print(f"{count} left out: {reason}")


async def _newest(settings: Settings, stage: str | None, limit: int) -> tuple[list[Letter], int]:
    """Return the newest letters of the stage by time, and the number of all."""
    total = 0
    by_partition: dict[int, deque[Letter]] = {}
    async for letter in read_letters(settings):
        if stage is None or (letter.failure and letter.failure.stage == stage):
            total += 1
            by_partition.setdefault(letter.partition, deque(maxlen=limit)).append(letter)
    merged = sorted((letter for row in by_partition.values() for letter in row), key=lambda letter: letter.time)
    return merged[-limit:], total


async def _choose(settings: Settings, which: list[str] | None, stage: str | None, most_attempts: int) -> Choice:
    choice = choose([letter async for letter in read_letters(settings)], stage=stage, most_attempts=most_attempts)
    if not which:
        return choice
    named = [letter for letter in choice.letters if letter.failure and str(letter.failure.id) in which]
    unknown = sorted(set(which) - {str(letter.failure.id) for letter in named if letter.failure})
    return Choice(named, Counter({f"{one} is unknown or can't be replayed": 1 for one in unknown}))


def _public_fields(letter: Letter) -> dict[str, Any]:
    """Return what may be shown of a letter to anybody: of the record only its position and its size."""
    told: dict[str, Any] = {
        "position": f"{letter.partition}/{letter.offset}",
        "time": letter.time.isoformat(),
        "value_bytes": None if letter.value is None else len(letter.value),
    }
    if letter.failure is None:
        return told
    failure = letter.failure._asdict()
    del failure["headers"]
    return told | failure | {"id": str(letter.failure.id), "first_failure": letter.failure.first_failure.isoformat()}


def _content(letter: Letter) -> dict[str, Any]:
    headers = letter.failure.headers if letter.failure else []
    return {
        "key": _readable(letter.key),
        "value": _readable(letter.value),
        "headers": {name: _readable(value) for name, value in headers},
    }


def _readable(data: bytes | None) -> str | None:
    """Return printable text as it is, and anything else as rows of offset, hexadecimal and ASCII."""
    if data is None:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\x00"
    if all(character.isprintable() or character in "\n\t" for character in text):
        return text
    rows = (data[start : start + _BYTES_A_LINE] for start in range(0, len(data), _BYTES_A_LINE))
    return "\n".join(
        f"{number * _BYTES_A_LINE:08x}  {row.hex(' '):<{_BYTES_A_LINE * 3}} "
        + "".join(chr(byte) if chr(byte).isascii() and chr(byte).isprintable() else "." for byte in row)
        for number, row in enumerate(rows)
    )


def _check(stage: str | None) -> None:
    if stage is not None and stage not in STAGES:
        sentence = f"there is no stage {stage!r}; there are {', '.join(STAGES)}"
        raise typer.BadParameter(sentence)
