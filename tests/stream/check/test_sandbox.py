"""A decoder that was taken over reaches nothing: no secret, no file, no network, no process, not its worker."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from stream.check import sandbox as checks
from stream.check.checker import image_checker
from stream.check.reading_process import Reader, _kill
from stream.check.sandbox import Confined, SandboxMissingError, environment, possible
from stream.check.verdict import Refusal
from stream.observability.doctor import sandbox
from stream.settings import Settings
from tests.builders.escapes import attempts
from tests.stream.check.test_reading_process import SCRIPTED, read, runs

pytestmark = [
    pytest.mark.timeout(120),  # fresh processes on a busy machine
    pytest.mark.skipif(bool(possible().missing), reason="the kernel lacks Landlock or seccomp"),
]
WORKS = {"own-thread", "own-library"}
HARMFUL = {"read-secret", "read-passwords", "list-root", "write", "connect", "listen", "fork", "execute", "socket"}
HARMFUL |= {"read-parents-environment", "read-parents-memory", "signal-parent", "execute-shell"}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "redis_password"
    file.write_text("a password")
    return file


def is_untouched(secret: Path) -> bool:
    return secret.read_text() == "a password" and [one.name for one in secret.parent.iterdir()] == [secret.name]


def without_a_sandbox(secret: Path, port: int) -> set[str]:
    """What gets through where nothing is in the way."""
    command = [sys.executable, "-m", "tests.builders.escapes", str(secret), str(port)]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())  # noqa: S603


async def test_a_program_in_the_decoder_s_place_gets_nowhere(secret: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        async with Reader(SCRIPTED, timeout_s=30, memory_bytes=2**28) as reader:
            answer = await read(reader, f"escape {secret} {port}".encode())
            assert await reader.confined() == possible()
        assert isinstance(answer, Refusal)
        assert set(answer.sentence.split()) == WORKS
        assert is_untouched(secret)
        assert WORKS | HARMFUL <= without_a_sandbox(secret, port) <= attempts(secret, port).keys()


async def test_what_a_process_has_started_is_killed_with_it() -> None:
    """Where seccomp lets it start anything at all."""
    command = "sleep 600 & echo $!; wait"
    shell = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE, start_new_session=True)
    assert shell.stdout is not None
    grandchild = int(await shell.stdout.readline())
    assert runs(grandchild)
    await _kill(shell)
    while runs(grandchild):  # noqa: ASYNC110 - the kernel takes a moment, and tells nobody
        await asyncio.sleep(0.01)


def test_a_reading_process_gets_no_secret_by_its_environment() -> None:
    of_the_worker = {"WARDWATCH_REDIS_PASSWORD_FILE": "/run/secrets/x", "AWS_SECRET_ACCESS_KEY": "x", "LANG": "C"}
    given = environment(of_the_worker.items(), [""])
    assert given == {
        "LANG": "C",
        "PYTHONPATH": os.getcwd(),  # noqa: PTH109
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "HOME": "/",
    }


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        (Confined(7, seccomp=True), ""),
        (Confined(0, seccomp=True), "Landlock"),
        (Confined(1, seccomp=False), "seccomp"),
        (Confined(0, seccomp=False), "Landlock and seccomp"),
    ],
)
def test_what_a_kernel_lacks_is_said_by_its_name(found: Confined, missing: str) -> None:
    assert found.missing == missing


@pytest.mark.parametrize(
    ("wanted", "found", "state"),
    [
        ("wanted", Confined(7, seccomp=True), "ok"),
        ("wanted", Confined(0, seccomp=True), "warning"),
        ("required", Confined(0, seccomp=True), "failed"),
        ("off", Confined(7, seccomp=True), "warning"),
    ],
)
def test_the_doctor_says_what_confines_the_reading_process(wanted: str, found: Confined, state: str) -> None:
    assert sandbox(wanted, found).state == state


async def test_a_kernel_without_landlock_is_told_at_the_start_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "possible", lambda: Confined(0, seccomp=True))
    with capture_logs() as said:
        async with image_checker(Settings(device="cpu")):
            pass
    assert [one["missing"] for one in said if "sandbox" in one["event"]] == ["Landlock"]
    with pytest.raises(SandboxMissingError, match="lacks Landlock"):
        async with image_checker(Settings(image_sandbox="required")):
            pass
