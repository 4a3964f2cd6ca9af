"""`wardwatch replay` and `wardwatch tail` on a broker of their own, as a person calls them."""

import asyncio
import json
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner, Result

from stream.broker.topics import create_topics
from stream.commands import replay, tail
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with EmbeddedBroker() as embedded:
        monkeypatch.setenv("WARDWATCH_BROKER", embedded.address)
        asyncio.run(create_topics(Settings()))
        yield embedded.address


def called(*arguments: str) -> Result:
    app = typer.Typer()
    app.command("replay")(replay.command)
    app.command("tail")(tail.command)
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.usefixtures("broker")
def test_what_replay_confirms_is_what_tail_shows() -> None:
    played = called("replay", "simulated", "--speed", "0", "--patients", "2")
    assert played.exit_code == 0, played.output
    assert "patients 2" in played.output
    shown = called("tail", "patients", "--from-beginning", "--count", "2", "--json")
    assert shown.exit_code == 0, shown.output
    assert {json.loads(line)["value"]["bed"] for line in shown.output.splitlines()} == {"1", "2"}
    lines = called("tail", "medications", "--from-beginning", "--count", "1").output
    assert "clopidogrel active" in lines


@pytest.mark.usefixtures("broker")
def test_replay_ends_after_the_seconds_that_it_was_given() -> None:
    played = called("replay", "simulated", "--speed", "1", "--patients", "2", "--seconds", "1")
    assert played.exit_code == 0, played.output
    assert "patients 2" in played.output


def test_a_topic_outside_the_contract_is_refused_with_the_names_of_those_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WARDWATCH_BROKER", "127.0.0.1:1")
    refused = called("tail", "vitalz")
    assert refused.exit_code == 1
    assert "there is no topic vitalz; the topics are vitals, labs" in refused.output


def test_replay_without_a_broker_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDWATCH_BROKER", "127.0.0.1:1")
    refused = called("replay", "simulated")
    assert refused.exit_code == 1
    assert "no broker answers at 127.0.0.1:1" in refused.output
