"""A stack of our own is reached without another stack's secrets, by programs that no folder's packages can replace."""

from pathlib import Path

import pytest

from stream.bench.systems import SAMPLED, SYSTEMS, System, system_process
from stream.settings import Settings
from stream.stack.own_settings import own_settings, with_own_settings
from stream.stack.python_module import python_module

ANOTHER_STACKS = ("BROKER_CA_FILE", "BROKER_USER", "BROKER_PASSWORD_FILE", "REDIS_CA_FILE", "REDIS_USER")


@pytest.fixture(autouse=True)
def another_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ANOTHER_STACKS:
        monkeypatch.setenv(f"WARDWATCH_{name}", "/of/another/stack")
    monkeypatch.setenv("WARDWATCH_RUN_RECORDS", "77")


def test_own_settings_name_no_secret_of_another_stack_and_keep_the_rest() -> None:
    settings = own_settings(broker="127.0.0.1:1")
    assert (settings.broker, settings.run_records) == ("127.0.0.1:1", 77)
    assert {getattr(settings, name.lower()) for name in ANOTHER_STACKS} == {None}


def test_a_command_is_given_settings_by_name_and_loses_another_stacks() -> None:
    _, *words = with_own_settings({"broker": "127.0.0.1:1"}, ["true", "--now"])
    assert words[-3:] == ["WARDWATCH_BROKER=127.0.0.1:1", "true", "--now"]
    assert {f"WARDWATCH_{name}" for name in ANOTHER_STACKS} <= set(words)
    assert words.count("-u") == len(words[:-3]) / 2


def test_the_current_folder_is_no_place_for_modules_of_ours() -> None:
    assert python_module("stream.cli", "worker")[1:] == ["-P", "-m", "stream.cli", "worker"]


@pytest.mark.parametrize("system", [*SYSTEMS, SAMPLED], ids=lambda system: system.words[0])
def test_each_system_of_the_benchmark_runs_on_our_own_stack(system: System, tmp_path: Path) -> None:
    process = system_process(system, Settings(broker="127.0.0.1:1"), "a-group", tmp_path / "log")
    argv = process._argv  # noqa: SLF001 - what it would start
    assert "WARDWATCH_GROUP=a-group" in argv
    assert argv[argv.index("WARDWATCH_BROKER_USER") - 1] == "-u"
    assert [*argv[-len(system.words) - 2 :]] == ["-P", "-m", *system.words]
