"""The command line is a contract: what scripts call is there, loads no more than needed, refuses in a sentence."""

import subprocess
import sys
from importlib import import_module

import pytest

from stream import cli

PROMISED = (
    "demo",
    "worker",
    "replay",
    "tail",
    "board",
    "gateway",
    "topics",
    "dead-letters",
    "evaluate",
    "train",
    "schema",
    "bench",
    "doctor",
)
PLACES = [place for one in cli.COMMANDS.values() for place in (one.values() if isinstance(one, dict) else [one])]

pytestmark = pytest.mark.timeout(120)


def test_every_promised_command_is_there() -> None:
    assert set(PROMISED) <= set(cli.COMMANDS)


@pytest.mark.parametrize("place", PLACES)
def test_every_command_is_where_the_table_says(place: str) -> None:
    module, _, name = place.partition(":")
    assert callable(getattr(import_module(module), name))


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f" {name} " in said for name in cli.COMMANDS)
    assert "not for clinical use" in said


@pytest.mark.parametrize("group", ["evaluate", "train", "gateway"])
def test_help_of_a_group_names_its_parts(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([group, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f" {part} " in said for part in cli.COMMANDS[group])


@pytest.mark.parametrize("called", [["frobnicate"], ["evaluate", "frobnicate"], ["worker", "--role", "frobnicate"]])
def test_what_is_not_there_is_refused_without_a_traceback(
    called: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(called)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "frobnicate" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", ["topics", "tail", "dead-letters", "schema"])
def test_a_command_that_needs_no_model_loads_none(command: str) -> None:
    program = f"""
import sys
from stream.cli import main
try:
    main(["{command}", "--help"])
except SystemExit:
    print("torch" in sys.modules, "faust" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    assert done.stdout.splitlines()[-1] == "False False"


def test_a_setting_that_is_wrong_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARDWATCH_REDIS_URL", "redis://user:hunter2@host/0")
    with pytest.raises(SystemExit) as ended:
        cli.main(["worker", "--role", "watch"])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("WARDWATCH_REDIS_URL: ")
    assert "hunter2" not in said
