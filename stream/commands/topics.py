"""`wardwatch topics create|list`: the contract's topics on the broker."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from schemas.topics import DAY_S, TOPICS
from stream.broker.topics import PARTITIONS, TopicError, TopicState, create_topics, list_topics, uneven_inputs
from stream.commands.refusal import Refusal, one_sentence, read_settings

app = typer.Typer(help="The topics on the broker.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def create(
    partitions: Annotated[
        int | None,
        typer.Option(min=1, help=f"Partitions of each topic; without it {PARTITIONS}, or as many as the inputs have."),
    ] = None,
    replication: Annotated[
        int | None, typer.Option(min=1, help="Copies of each partition; without it 3, or as many as there are brokers.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make the topics that are missing; those that are there stay as they are."""
    settings = read_settings()
    with one_sentence(settings):
        try:
            made = asyncio.run(create_topics(settings, partitions, replication))
        except TopicError as error:
            raise Refusal(str(error)) from None
        states = asyncio.run(list_topics(settings))
    _warn_of_uneven(states)
    if as_json:
        typer.echo(json.dumps({"broker": settings.broker, "created": made, "kept": sorted(TOPICS.keys() - set(made))}))
    else:
        Console().print(f"{len(made)} topics created, {len(TOPICS) - len(made)} were there", highlight=False)


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """Show each topic of the contract and what the broker has of it."""
    settings = read_settings()
    with one_sentence(settings):
        states = asyncio.run(list_topics(settings))
    if as_json:
        rows = [state._asdict() | {"flow": TOPICS[state.name].flow} for state in states]
        typer.echo(json.dumps({"broker": settings.broker, "topics": rows}))
        return
    table = Table("topic", "flow", "partitions", "copies", "kept for", "carries")
    for state in states:
        topic = TOPICS[state.name]
        there = (str(state.partitions), str(state.copies)) if state.partitions else ("missing", "")
        table.add_row(topic.name, topic.flow, *there, f"{topic.retention_s // DAY_S} days", topic.text)
    Console().print(table)
    _warn_of_uneven(states)


def _warn_of_uneven(states: list[TopicState]) -> None:
    uneven = uneven_inputs(states)
    if uneven:
        told = ", ".join(f"{name} {count}" for name, count in uneven.items())
        sentence = (
            f"The inputs have different numbers of partitions, so one patient's events reach several workers: {told}"
        )
        Console(stderr=True).print(sentence, style="yellow", highlight=False, soft_wrap=True)
