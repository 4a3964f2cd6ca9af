"""`wardwatch gateway refused` and `gateway trace`: what is said of kept messages, and in one sentence why not."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.deidentify.keyed import Keyed
from stream import cli
from stream.commands import gateway_refused
from stream.gateway.journal import Journal
from stream.gateway.peer import Peer
from stream.gateway.refused import RefusedStore
from stream.gateway.trouble import Trouble
from stream.gateway.vault import Vault
from tests.builders.hl7_messages import observed

NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
SECRET = "a secret of sixteen bytes or more"  # noqa: S105 - a test's


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("STORE", "IDENTITY"):
        (tmp_path / name).write_text(SECRET)
        monkeypatch.setenv(f"WARDWATCH_{name}_KEY_FILE", str(tmp_path / name))
    return tmp_path / "kept"


@pytest.fixture
def kept(store: Path) -> str:
    """One refused message; its id."""
    trouble = Trouble("PID^1^3", "101", "the message names no patient")
    messages = RefusedStore(store / "refused", Vault(SECRET.encode(), "gateway refused"))
    return messages.keep(NOW, Peer("10.0.0.7"), observed(), [trouble])


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["gateway", *arguments])
    return int(ended.value.code or 0)


def test_refused_messages_are_listed_without_naming_a_patient(
    store: Path, kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("refused", "list", "--store", str(store), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {
        "id": kept,
        "time": "2026-11-21T09:15:00+00:00",
        "from": "10.0.0.7",
        "bytes": len(observed()),
        "where": "PID^1^3",
        "why": "the message names no patient",
    }


def test_a_refused_message_is_shown_as_it_came(store: Path, kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("refused", "show", kept, "--store", str(store)) == 0
    assert "PID|||700123" in capsys.readouterr().out


def test_a_replay_without_a_gateway_says_so_and_loses_nothing(
    store: Path, kept: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_refused, "_PATIENCE_S", 0.0)
    assert run("refused", "replay", "--all", "--store", str(store)) == 1
    assert "is a gateway running" in capsys.readouterr().err
    assert (store / "refused" / f"{kept}.again").exists()


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("asked", ["../../etc/passwd", "x"])
def test_an_id_that_is_none(store: Path, asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("refused", "show", asked, "--store", str(store)) == 1
    assert "no refused message has the id" in capsys.readouterr().err


def test_another_secret_says_so(
    store: Path, kept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "STORE").write_text("another secret of sixteen bytes")
    assert run("refused", "show", kept, "--store", str(store)) == 1
    assert "was sealed with another secret" in capsys.readouterr().err
    monkeypatch.delenv("WARDWATCH_STORE_KEY_FILE")
    assert run("refused", "list", "--store", str(store)) == 1
    assert "set WARDWATCH_STORE_KEY_FILE" in capsys.readouterr().err


def test_what_became_of_a_message_is_told_by_its_control_id(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(store, Keyed(SECRET.encode()))
    journal.note(NOW, "MONITORS|WARD", "4711", ["vitals", "vitals"], "spooled", [])
    journal.close()
    assert run("trace", "4711", "--store", str(store), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["became"], said["records"], said["sender"]) == ("spooled", {"vitals": 2}, "MONITORS|WARD")
    assert run("trace", "4712", "--store", str(store)) == 1
    assert "knows no message with this control id" in capsys.readouterr().err


def test_folders_without_what_is_asked_for(tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("trace", "1", "--store", str(tmp_path)) == 1
    assert "holds no journal" in capsys.readouterr().err
    assert run("refused", "list", "--store", str(store)) == 1
    assert "holds no refused messages" in capsys.readouterr().err
