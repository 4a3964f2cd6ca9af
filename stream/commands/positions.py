"""`wardwatch positions show|reset`: how far each role has read, and setting it back or forward by hand."""

import asyncio
import json
from typing import Annotated, Final, Literal

import typer
from aiokafka import TopicPartition
from rich.console import Console
from rich.table import Table

from schemas.topics import read_by
from stream.broker.lineage import Place, View
from stream.broker.positions import InUseError, Position, commit, position_of, views_and_commits
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.settings import Settings
from stream.state.client import StateUnavailableError, redis_client
from stream.state.marks import Marks
from stream.state.store import Kind

app = typer.Typer(help="How far the roles have read.", no_args_is_help=True)

RoleName = Literal["watch", "check"]
WORDS: Final = ("earliest", "latest", "applied")
"""What `reset` takes beside an offset."""
_STATES: Final[dict[RoleName, Kind]] = {"watch": "patient", "check": "imaging"}

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Role = Annotated[RoleName, typer.Option(help="The role whose group is meant.")]


@app.command()
def show(role: Role = "watch", *, as_json: AsJson = False) -> None:
    """Show of each partition where its log begins and ends, what is committed, how far the states in Redis are."""
    settings = read_settings()
    with one_sentence(settings):
        rows = asyncio.run(_positions(settings, role))
    if as_json:
        typer.echo(json.dumps({"group": _group(settings, role), "positions": [row._asdict() for row in rows]}))
        return
    table = Table("partition", "log", "committed", "of this log", "applied", "unread")
    for row in rows:
        same = {True: "yes", False: "no: it was made anew", None: "not noted"}[row.same_log]
        cells = (f"{row.start} to {row.end}", _told(row.committed), same, _told(row.applied), str(row.unread))
        table.add_row(f"{row.topic}/{row.partition}", *cells)
    Console().print(table)


@app.command()
def reset(
    to: Annotated[str, typer.Option(metavar="earliest|latest|applied|OFFSET", help="Where to read on.")],
    role: Role = "watch",
    *,
    topic: Annotated[str | None, typer.Option(help="Only this topic; an OFFSET needs it.")] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition; an OFFSET needs it.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be set, and set nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set where a role reads on, while none of its workers runs.

    Back: what was applied to a state is passed over, and counted. Forward: what lies between is not read, and told when
    the next worker begins. `applied` is as far as the states in Redis are.
    """
    if is_offset(to) and (topic is None or partition is None):
        raise typer.BadParameter("an offset needs --topic and --partition")  # noqa: EM101, TRY003 - typer's way
    if not is_offset(to) and to not in WORDS:
        raise typer.BadParameter("say earliest, latest, applied or an offset")  # noqa: EM101, TRY003 - as above
    settings = read_settings()
    with one_sentence(settings):
        rows = [row for row in asyncio.run(_positions(settings, role)) if _is_meant(row, topic, partition)]
        if not rows:
            sentence = f"the role {role} reads no such partition"
            raise Refusal(sentence)
        wanted = {
            TopicPartition(row.topic, row.partition): offset for row in rows if (offset := offset_of(row, to)) >= 0
        }
        if not dry_run:
            try:
                asyncio.run(commit(settings, _group(settings, role), wanted))
            except InUseError as error:
                raise Refusal(str(error)) from None
    told = [
        {"topic": row.topic, "partition": row.partition, "from": row.committed, "to": wanted[row.topic, row.partition]}
        for row in rows
        if (row.topic, row.partition) in wanted
    ]
    if as_json:
        typer.echo(json.dumps({"group": _group(settings, role), "dry_run": dry_run, "positions": told}))
        return
    console = Console(highlight=False)
    for one in told:
        console.print(f"{one['topic']}/{one['partition']} from {_told(one['from'])} to {one['to']}")
    console.print(f"{len(told)} partitions {'would be' if dry_run else 'are'} set")


def _group(settings: Settings, role: RoleName) -> str:
    return f"{settings.group}-{role}"


def _told(offset: object) -> str:
    return "nothing" if offset is None else str(offset)


def _is_meant(row: Position, topic: str | None, partition: int | None) -> bool:
    return topic in (None, row.topic) and partition in (None, row.partition)


def is_offset(to: str) -> bool:
    """A number as Kafka counts records; not what only Unicode calls a digit."""
    return to.isascii() and to.isdigit() and len(to) < 19  # noqa: PLR2004 - a signed 64-bit number has 19 digits


def offset_of(row: Position, to: str) -> int:
    """The offset that one of `WORDS`, or a number, means; -1 where the states know nothing of a partition."""
    if to == "applied":
        return -1 if row.applied is None else row.applied
    offset = {"earliest": row.start, "latest": row.end}.get(to)
    return min(row.end, max(row.start, int(to))) if offset is None else offset


async def _positions(settings: Settings, role: RoleName) -> list[Position]:
    views, commits = await views_and_commits(settings, _group(settings, role), read_by(role))
    marks = await _marks(settings, role, views)
    return [
        position_of(tp, view, commits.get(tp), marks.get(f"{tp.topic}/{tp.partition}")) for tp, view in views.items()
    ]


async def _marks(settings: Settings, role: RoleName, views: dict[TopicPartition, View]) -> dict[str, Place]:
    async with redis_client(settings) as redis:
        try:
            return await Marks(redis, _STATES[role], settings.state_ttl_s).load(
                [f"{tp.topic}/{tp.partition}" for tp in views]
            )
        except StateUnavailableError:
            Console(stderr=True).print("Redis does not answer: how far the states are is not known.", style="yellow")
            return {}
