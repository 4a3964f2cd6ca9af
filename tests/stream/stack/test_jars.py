"""Kafka's jars are fetched once, and what is missing is named."""

import os
from pathlib import Path

import pytest

from stream.stack.jars import kafka_jars
from stream.stack.kafka import KafkaServer
from stream.stack.server_process import ServerError

FETCHES = "#!/bin/sh\nfor a; do case $a in -DoutputDirectory=*) d=${a#*=};; esac; done\nmkdir -p $d; echo >> $0.calls\n"
BREAKS_OFF = FETCHES + "echo the network is down; exit 1\n"


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARDWATCH_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


def a_program(folder: Path, name: str, text: str) -> Path:
    program = folder / name
    program.write_text(text)
    program.chmod(0o755)
    return program


def test_jars_are_fetched_once(bin_folder: Path) -> None:
    maven = a_program(bin_folder, "mvn", FETCHES)
    assert kafka_jars().is_dir()
    assert kafka_jars() == kafka_jars()
    assert Path(f"{maven}.calls").read_text() == "\n"


def test_a_fetch_that_broke_off_leaves_nothing_behind(bin_folder: Path, tmp_path: Path) -> None:
    a_program(bin_folder, "mvn", BREAKS_OFF)
    with pytest.raises(ServerError, match=r"(?s)Maven could not fetch kafka.*the network is down"):
        kafka_jars()
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(("present", "missing"), [((), "java"), (("java",), "mvn")])
def test_a_missing_program_is_named(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch, present: tuple[str, ...], missing: str
) -> None:
    monkeypatch.setenv("PATH", str(bin_folder))
    for name in present:
        a_program(bin_folder, name, "#!/bin/sh\n")
    with pytest.raises(ServerError, match=f"needs the program '{missing}', which is not installed"), KafkaServer():
        pass
