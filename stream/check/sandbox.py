"""Sandbox of the process that reads images: what it gives up before it parses files from outside.

It keeps what an image is judged with: memory up to a limit, the files of Python, of the libraries, of the models and of
a GPU to read, and the two pipes to its worker. It has no network, no file to write, no secret to read, no other process
to look into or to start, and no rights of root. Who takes it over can give wrong verdicts, and slow ones; no more.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from structlog import get_logger

from stream.check.landlock import confine_files
from stream.check.landlock import version as landlock_version
from stream.check.seccomp import confine_calls
from stream.check.seccomp import is_there as has_seccomp
from stream.settings import Settings

log = get_logger()

NICENESS: Final = 10  # vital signs have priority on a shared machine
STATUS: Final = Path("/proc/self/status")
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_CAPABILITY_VERSION_3: Final = 0x20080522
_CAPSET: Final = {"x86_64": 126, "aarch64": 91}
_SYSTEM: Final = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/proc/self", "/proc/cpuinfo")
_MACHINE: Final = ("/proc/meminfo", "/proc/sys/vm", "/sys/devices", "/sys/fs/cgroup", "/dev/urandom")
_TO_FIND_LIBRARIES: Final = ("/sbin/ldconfig", "/sbin/ldconfig.real", "/bin/sh")
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
"""Folders of installed packages, which may lie outside Python's own: a user's, or those of another environment."""
_LOADERS: Final = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
"""What `ctypes.util.find_library` runs, for libraries that are imported; from `give_up` on nothing is run any more."""
_OF_A_GPU: Final = ("/proc", "/sys")  # of other processes Landlock shows nothing that a debugger alone may see
_ENVIRONMENT: Final = ("PATH", "LANG", "LD_LIBRARY_PATH", "TZ", "VIRTUAL_ENV")
_ENVIRONMENT_OF_LIBRARIES: Final = ("CUDA_", "NVIDIA_", "LC_", "OMP_", "MKL_", "OPENBLAS_")


class SandboxMissingError(Exception):
    """The kernel can't confine the process that reads images, and the settings demand it; the text is a sentence."""


class Confined(NamedTuple):
    """What a process is confined by: the version of Landlock, 0 without, and whether by seccomp."""

    landlock: int
    seccomp: bool

    @property
    def missing(self) -> str:
        """What the kernel lacks, in words; empty where it has all."""
        lacks = [name for name, there in (("Landlock", self.landlock), ("seccomp", self.seccomp)) if not there]
        return " and ".join(lacks)


def possible() -> Confined:
    """What this kernel would confine a process by."""
    return Confined(landlock_version(), has_seccomp())


def look_at_the_sandbox(settings: Settings) -> None:
    """Tell at the start what the kernel lacks; raises SandboxMissingError where the settings demand all of it."""
    missing = possible().missing if settings.image_sandbox != "off" else "the setting"
    if missing and settings.image_sandbox == "required":
        message = f"the kernel lacks {missing}, and WARDWATCH_IMAGE_SANDBOX=required"
        raise SandboxMissingError(message)
    if missing:
        log.warning("files from outside are read without a whole sandbox", missing=missing)


def environment(variables: Iterable[tuple[str, str]], path: Iterable[str]) -> dict[str, str]:
    """What the process gets of its worker's environment: nothing that could be a secret or lead to one."""
    kept = {
        name: value for name, value in variables if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_OF_LIBRARIES)
    }
    found = os.pathsep.join(os.path.abspath(one or os.curdir) for one in path)  # noqa: PTH100 an entry may be a zip
    return kept | {"PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1", "HOME": "/"}


def end_with(parent: int) -> None:
    """Let this process be killed when its parent ends, so that an endless image does not outlive its worker."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before that was said
            sys.exit(1)


def keep_files(readable: Iterable[Path], packages: Iterable[str], *, gpu: bool) -> int:
    """Give up all files but those of Python, of `packages` and `readable`, before any thread is started.

    Returns the version of Landlock; 0 without it.
    """
    for package in packages:  # found by way of folders that hold more than they, and that are out of reach from now on
        import_module(package)
    programs = map(Path, (*_TO_FIND_LIBRARIES, *_LOADERS))
    return confine_files((*_read(packages, gpu=gpu), *readable), _devices(gpu=gpu), programs)


def give_up(memory_bytes: int, *, calls: bool) -> bool:
    """Give up the rest, once the libraries are there: priority, memory, core files, output, rights, and most calls.

    Decoders in C print what they find in a file, and a core file would contain the picture. The memory limit counts
    what is allocated from now on (RLIMIT_DATA, Linux 4.7 and later), so that libraries and a GPU's address space are
    excluded. With `calls` most calls of the kernel too; returns whether they are refused by seccomp.
    """
    os.nice(NICENESS)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        limit = _data_bytes() + memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        _drop_capabilities()
    return calls and confine_calls()


def _read(packages: Iterable[str], *, gpu: bool) -> Iterator[Path]:
    yield from map(Path, (*_SYSTEM, *_MACHINE, *(_OF_A_GPU if gpu else ())))
    yield from map(Path, {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()})
    yield from (one for one in map(Path, sys.path) if one.name in _INSTALLED)
    for package in packages:
        yield from map(Path, import_module(package).__path__)


def _devices(*, gpu: bool) -> Iterator[Path]:
    yield Path(os.devnull)
    if gpu:
        yield from Path("/dev").glob("nvidia*")


def _drop_capabilities() -> None:
    """Give up the rights of root, of which one is to raise one's own limits."""
    number = _CAPSET.get(os.uname().machine)
    if number is not None:
        header, none = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)
        ctypes.CDLL(None).syscall(number, header, none)


def _data_bytes() -> int:
    lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmData:")).split()[1])
