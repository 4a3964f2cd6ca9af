"""Server processes of ours start, answer, and never outlive us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stream.stack.server_process import ServerError, ServerProcess

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def a_child(folder: Path, program: str) -> ServerProcess:
    log = folder / "log"
    log.touch()
    return ServerProcess("Thing", [sys.executable, "-c", program], log, answers=lambda: "up" in log.read_text())


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_it_is_up_when_start_returns_and_gone_when_stop_returns(tmp_path: Path) -> None:
    child = a_child(tmp_path, "import time; print('up', flush=True); time.sleep(60)")
    child.start(within_s=10)
    pid = child.pid
    assert pid
    assert is_running(pid)
    child.stop(within_s=10)
    assert child.pid is None
    assert not is_running(pid)


def test_a_process_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    child = a_child(tmp_path, STUBBORN)
    child.start(within_s=10)
    pid = child.pid
    assert pid
    child.stop(within_s=0.2)
    assert not is_running(pid)


def test_a_process_that_ends_while_starting_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = a_child(tmp_path, "import sys; sys.exit('the disk is full')")
    with pytest.raises(ServerError, match=r"(?s)Thing ended with code 1 while starting.*the disk is full"):
        child.start(within_s=10)


def test_a_process_that_never_answers_is_ended_and_reported(tmp_path: Path) -> None:
    child = a_child(tmp_path, "import time; print('thinking', flush=True); time.sleep(60)")
    with pytest.raises(ServerError, match=r"(?s)Thing did not answer within 1 s.*thinking"):
        child.start(within_s=1)
    assert child.pid is None


def test_ctrl_c_in_the_terminal_does_not_reach_it(tmp_path: Path) -> None:
    child = a_child(tmp_path, STUBBORN)
    child.start(within_s=10)
    assert child.pid
    assert os.getsid(child.pid) != os.getsid(0)
    child.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help against orphans exists on Linux only")
def test_it_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PARENT, str(tmp_path), STUBBORN], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(pid)


PARENT = """
import sys, time
from pathlib import Path
from tests.stream.stack.test_server_process import a_child
child = a_child(Path(sys.argv[1]), sys.argv[2])
child.start(within_s=10)
print(child.pid, flush=True)
time.sleep(60)
"""
