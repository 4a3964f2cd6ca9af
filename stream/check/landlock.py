"""Landlock: what of the file system and the network this process and its threads to come may still use.

The kernel's interface is documented in Documentation/userspace-api/landlock.rst; the C library wraps none of it.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every processor since Linux 5.11
_VERSION: Final = 1  # LANDLOCK_CREATE_RULESET_VERSION
_PATH_BENEATH: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

# fmt: off
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL_DEV = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_FILE_SYSTEM: Final = (  # how many rights there are from which version of the interface on; all are taken away
    (1, 13), (2, 14), (3, 15), (5, 16),
)
_TCP: Final = 0b11  # bind and connect; from version 4 on
_SCOPES: Final = 0b11  # abstract sockets and signals to processes outside; from version 6 on
# fmt: on


class _Attributes(ctypes.Structure):
    _fields_ = (("file_system", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # what a packed structure is in the kernel's header, too; Python 3.14 wants it said
    _fields_ = (("allowed", ctypes.c_uint64), ("directory", ctypes.c_int32))


def version() -> int:
    """Which version of Landlock the kernel has; 0 where it has none or does not use it."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)))


def confine_files(readable: Iterable[Path], devices: Iterable[Path], programs: Iterable[Path]) -> int:
    """Take away every file but those in and under `readable`, `devices`, which may be written, and `programs`; and TCP.

    Returns the version of Landlock; 0: nothing was taken away. It holds for this thread and those that it starts, so
    call it before there are others. Raises OSError where the kernel has Landlock and refuses.
    """
    found = version()
    if not found:
        return 0
    libc = _libc()
    handled = (1 << max(rights for since, rights in _FILE_SYSTEM if since <= found)) - 1
    asked = _Attributes(handled, _TCP if found >= 4 else 0, _SCOPES if found >= 6 else 0)  # noqa: PLR2004 see above
    size = 8 * (1 + (found >= 4) + (found >= 6))  # noqa: PLR2004
    ruleset = _checked(libc.syscall(_CREATE_RULESET, ctypes.byref(asked), ctypes.c_size_t(size), 0))
    try:
        for path in readable:
            _allow(libc, ruleset, path, handled & (_READ_FILE | _READ_DIR))
        for path in devices:
            _allow(libc, ruleset, path, handled & (_READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV))
        for path in programs:
            _allow(libc, ruleset, path, _READ_FILE | _EXECUTE)
        _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return found


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    """Allow what is there; a path that is not can't be read anyway."""
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        of_a_file = rights if stat.S_ISDIR(os.fstat(opened).st_mode) else rights & ~_READ_DIR
        rule = _PathBeneath(of_a_file, opened)
        _checked(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
