"""Folders that are opened without following a link: what somebody has planted in their place is not used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def opened(name: str, at: int, *, make: bool = False) -> Iterator[int]:
    """Open a folder in another one; with `make` it is made where it is missing, and is on disk then.

    Raises OSError, also where there is a link in its place.
    """
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=at)
            os.fsync(at)
    descriptor = os.open(name, _FOLDER, dir_fd=at)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def names(at: int) -> list[str]:
    """The names in a folder."""
    return os.listdir(at)


def read(name: str, at: int) -> BinaryIO:
    """Open a regular file in a folder for reading. Raises OSError."""
    return open(name, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at))


def write_new(name: str, at: int) -> BinaryIO:
    """Make a file in a folder that nobody else can read. Raises OSError, also where there is something already."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=at)
    return os.fdopen(descriptor, "wb", buffering=2**16)


def replace(name: str, content: bytes, at: int) -> None:
    """Write a file in a folder whole or not at all, in place of what has its name. Raises OSError."""
    aside = f".{name}.new"
    with suppress(FileNotFoundError):
        os.unlink(aside, dir_fd=at)
    with write_new(aside, at) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.rename(aside, name, src_dir_fd=at, dst_dir_fd=at)
    os.fsync(at)
