"""`wardwatch demo` as anybody starts it: alone, from nothing, and with every record accounted for at the end."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from stream.stack.ports import free_ports
from stream.stack.python_module import python_module
from tests.builders.risk_stays import a_stay, write_psv

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]  # it starts a worker, which loads its models

END_S = 60.0  # for a clean end after SIGTERM


@contextmanager
def a_demo(*options: str) -> Iterator[subprocess.Popen[str]]:
    """The command, with a broker in the environment that it must not touch."""
    command = python_module("stream.cli", "demo", "--json", *options)
    environment = os.environ | {"WARDWATCH_BROKER": "127.0.0.1:1", "WARDWATCH_REDIS_URL": "redis://127.0.0.1:1/0"}
    with subprocess.Popen(  # noqa: S603 - our own command line
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
            process.kill()  # else leaving waits for it for ever


def ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any], str]:
    """Exit code, the last line of the standard output, and the standard error."""
    out, err = process.communicate()
    lines = out.splitlines()
    assert lines, err
    return process.returncode, json.loads(lines[-1]), err


def beds_on_the_board(port: int) -> list[dict[str, Any]]:
    """What the board tells a page of its beds now; none before it is up."""
    beds: list[dict[str, Any]] = []
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/events", timeout=5) as events:
            name = b""
            while name != b"ward":
                line = events.readline().rstrip()
                name = line.removeprefix(b"event: ") if line.startswith(b"event: ") else name
                if name == b"bed" and line.startswith(b"data: "):
                    beds.append(json.loads(line.removeprefix(b"data: ")))
    except OSError:
        return []
    return beds


def test_simulated_patients_go_all_the_way_and_every_record_is_accounted_for(tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    with a_demo("--seconds", "12", "--patients", "5", "--plans", str(plans)) as process:
        code, said, err = ended(process)
    assert code == 0, err
    assert said["lost"] == 0
    assert said["settled"]
    assert said["simulated"]
    assert said["frames_in"] > 5 * 8 * 60 - 20
    assert said["dead_letters_by_stage"]["decode"] == 1
    assert said["alarm_settings"] == {"accepted": 2, "expired": 2, "refused": 1}
    assert said["card"]["summary"] == "Clopidogrel is ordered already"
    for topic in ("scores", "alerts", "suggestions"):
        assert said["outputs"][topic] > 0, topic
    assert said["latency_ms"]["p50"] <= said["latency_ms"]["p99"]
    assert "nothing is kept" in err
    pages = {one.stem: one.read_text(encoding="utf-8") for one in plans.iterdir()}
    assert len(pages) == 5
    assert all(f"Plan of {patient}" in text for patient, text in pages.items())
    assert any("Probability of sepsis within" in text for text in pages.values())
    assert "not for clinical use" in err


def test_recorded_stays_are_played_and_an_interrupt_ends_the_feed_counts_and_succeeds(tmp_path: Path) -> None:
    folder = write_psv(tmp_path, **{f"p{number}": a_stay(40, HR=[80.0 + number] * 40) for number in range(3)})
    with a_demo("--seconds", "120", "--data", str(folder)) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "playing" in line and " 0 in," not in line:
                break
        os.kill(process.pid, signal.SIGINT)
        code, said, err = ended(process)
    assert code == 0, err
    assert said["interrupted"]
    assert not said["simulated"]
    assert said["lost"] == 0
    assert 0 < said["frames_in"] < 3 * 40


def test_the_ward_is_shown_to_a_browser_too_where_asked() -> None:
    (port,) = free_ports(1)
    with a_demo("--seconds", "12", "--patients", "3", "--board", str(port)) as process:
        while process.poll() is None and not (beds := beds_on_the_board(port)):
            time.sleep(0.2)
        code, said, err = ended(process)
    assert {bed["label"] for bed in beds} <= {"1", "2", "3"}
    assert beds[0]["vitals"]["heart_rate_bpm"]["value"] is not None
    assert (code, said["lost"]) == (0, 0), err


def test_a_board_at_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with a_demo("--seconds", "12", "--board", str(port)) as process:
            _, err = process.communicate()
    assert process.returncode == 1
    assert err.strip() == f"port {port} of 127.0.0.1 is in use: end what listens there, or name another port"


def test_a_file_that_is_not_there_is_one_sentence_and_starts_nothing() -> None:
    with a_demo("--data", "/no/such/file.psv") as process:
        out, err = process.communicate()
    assert process.returncode == 1
    assert out == ""
    assert err.strip() == "/no/such/file.psv: there is no such file or folder"
