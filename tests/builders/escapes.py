"""What a program would try that has taken over a decoder: each attempt gets through or raises OSError."""

import ctypes
import mmap
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

LIBC: Final = ctypes.CDLL(None, use_errno=True)


def escaped(secret: Path, port: int) -> list[str]:
    """The names of the attempts that got through; `secret` is a file, at `port` somebody listens."""
    return [name for name, attempt in attempts(secret, port).items() if _gets_through(attempt)]


def attempts(secret: Path, port: int) -> dict[str, Callable[[], object]]:
    """Everything that is tried, by name; what begins with `own-` has to work."""
    beside, parent = secret.with_name("written"), os.getppid()
    return {
        "own-thread": _thread,
        "own-library": Path(os.__file__).read_bytes,
        "read-secret": secret.read_bytes,
        "read-secret-by-link": lambda: Path(f"/proc/self/root{secret}").read_bytes(),
        "read-passwords": Path("/etc/passwd").read_bytes,
        "list-root": lambda: os.listdir("/"),  # noqa: PTH208
        "list-parents-files": lambda: os.listdir(f"/proc/{parent}/fd"),  # noqa: PTH208
        "read-parents-environment": Path(f"/proc/{parent}/environ").read_bytes,
        "open-parents-memory": lambda: os.open(f"/proc/{parent}/mem", os.O_RDWR),
        "read-parents-memory": lambda: _read_memory(parent),
        "trace-parent": lambda: _called("ptrace", 0x4206, parent, 0, 0),  # PTRACE_SEIZE: it does not stop
        "signal-parent": lambda: os.kill(parent, 0),
        "outlive-parent": lambda: _called("prctl", 1, 0, 0, 0, 0),  # PR_SET_PDEATHSIG
        "write": lambda: beside.write_text("x"),
        "write-over-library": lambda: os.open(os.__file__, os.O_WRONLY),
        "truncate": lambda: os.truncate(secret, 1),
        "make-folder": lambda: secret.with_name("made").mkdir(),
        "link": lambda: secret.with_name("linked").symlink_to(secret),
        "rename": lambda: secret.rename(secret.with_name("renamed")),
        "change-mode": lambda: secret.chmod(0o644),
        "change-owner": lambda: os.chown(secret, os.getuid(), os.getgid()),
        "set-attribute": lambda: os.setxattr(secret, "user.x", b"x"),
        "temporary-file": lambda: os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR),  # noqa: S108
        "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "connect": lambda: socket.create_connection(("127.0.0.1", port), timeout=5),
        "listen": lambda: socket.create_server(("127.0.0.1", 0)),
        "abstract-socket": lambda: socket.socket(socket.AF_UNIX).bind("\0wardwatch-escape"),
        "shared-memory": _share_memory,
        "fork": _fork,
        "session": os.setsid,
        "execute": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        "execute-shell": lambda: subprocess.run(["/bin/sh", "-c", ":"], check=True),
        "spawn": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
        "execute-from-memory": _execute_from_memory,
        "name-space": lambda: _called("unshare", 0x10000000),  # CLONE_NEWUSER
        "become-root": lambda: os.setuid(os.getuid()),
        "ring": lambda: _called("syscall", 425, 1, ctypes.create_string_buffer(256)),  # io_uring_setup
        "new-call": lambda: _called("syscall", 467, -1, 0, 0),  # newer than the table of calls
        "raise-limit": _raise_limit,
    }


def _gets_through(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError):
        return False
    return True


def _called(name: str, *arguments: object) -> None:
    if getattr(LIBC, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _read_memory(process: int) -> None:
    """Read some bytes at an address that both processes have, as the same program mostly does."""

    class Area(ctypes.Structure):
        _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))

    into, there = ctypes.create_string_buffer(8), _mapped(process)
    own, others = Area(ctypes.addressof(into), 8), Area(there, 8)
    _called("process_vm_readv", process, ctypes.byref(own), 1, ctypes.byref(others), 1, 0)


def _mapped(process: int) -> int:
    """An address that is mapped there; where that may not be read, one of ours."""
    for owner in (process, "self"):
        try:
            text = Path(f"/proc/{owner}/maps").read_text()
        except OSError:
            continue
        return int(next(line for line in text.splitlines() if " r-" in line).partition("-")[0], 16)
    return ctypes.addressof(ctypes.create_string_buffer(8))


def _share_memory() -> None:
    segment = LIBC.shmget(0, 4096, 0o1600)
    if segment < 0:
        raise OSError
    LIBC.shmctl(segment, 0, None)  # IPC_RMID


def _thread() -> None:
    ran: list[int] = []
    thread = threading.Thread(target=ran.append, args=(1,))
    thread.start()
    thread.join()
    if not ran:
        raise RuntimeError


def _fork() -> None:
    process = int(LIBC.fork())
    if process == 0:
        os._exit(0)
    if process < 0:
        raise OSError
    os.waitpid(process, 0)


def _execute_from_memory() -> None:
    with mmap.mmap(-1, 4096):
        memory = os.memfd_create("x")
        os.write(memory, Path("/bin/true").read_bytes())
        os.waitpid(os.posix_spawn(f"/proc/self/fd/{memory}", ["x"], {}), 0)


def _raise_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard + 1))


if __name__ == "__main__":
    sys.stdout.write(" ".join(escaped(Path(sys.argv[1]), int(sys.argv[2]))))
