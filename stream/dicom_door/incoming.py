"""An instance on its way to disk: counted, hashed and written piece by piece, so that its size costs no memory."""

import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from threading import Lock
from typing import Any, BinaryIO, Final

from stream.dicom_door.outcome import NotStored, Status
from stream.dicom_door.room import Room

_SHORT: Final = {errno.ENOSPC, errno.EDQUOT}


def status_of(error: OSError) -> Status:
    """Which status an error of the disk is."""
    return Status.NO_SPACE if error.errno in _SHORT else Status.FAILED


class Incoming(BytesIO):
    """A file that is being written. It looks like the buffer that pynetdicom writes to, and holds nothing in memory.

    What goes wrong while bytes arrive is kept in `trouble` and not raised, since DICOM answers when all of them have
    come: the rest is thrown away. `discard` leaves nothing behind, at any time and by any thread; `kept` says that the
    file has found its place.
    """

    def __init__(
        self, name: str, file: BinaryIO, remove: Callable[[], None], room: Room, trouble: Status | None = None
    ) -> None:
        super().__init__()
        self.name = name
        self.trouble = trouble
        self._file = file
        self._remove = remove
        self._room = room
        self._taken_bytes = 0
        self._is_over = False
        self._hash = hashlib.sha256()
        self._lock = Lock()  # who ends an association is another thread than who reads from it

    @property
    def is_over(self) -> bool:
        """Whether it is kept, or nothing is left of it."""
        return self._is_over

    def write(self, piece: Any) -> int:  # noqa: ANN401 - whatever has a buffer
        """Write a piece; the length that was given, also where it could not be written."""
        data = memoryview(piece).cast("B")
        with self._lock:
            if self.trouble is None and not self._is_over:
                try:
                    self._write(data)
                except NotStored as refused:
                    self.trouble = refused.status
                    self._leave()
        return len(data)

    def finish(self) -> str:
        """Have it on disk under its first name; its SHA-256. Raises NotStored."""
        with self._lock:
            if self.trouble is not None or self._is_over:
                raise NotStored(self.trouble or Status.FAILED)
            try:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
            except OSError as error:
                raise NotStored(status_of(error)) from None
            return self._hash.hexdigest()

    def kept(self) -> None:
        """Its file has found its place, and what it takes stays taken."""
        with self._lock:
            self._is_over = True

    def discard(self) -> None:
        """Leave nothing of it, unless it is kept."""
        with self._lock:
            self._leave()

    def _write(self, data: memoryview) -> None:
        if self._taken_bytes + len(data) > self._room.bounds.instance_bytes:
            raise NotStored(Status.TOO_LARGE)
        if not self._room.take(len(data)):
            raise NotStored(Status.NO_SPACE)
        self._taken_bytes += len(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise NotStored(status_of(error)) from None
        self._hash.update(data)

    def _leave(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        with suppress(OSError):  # what it has not written yet may find no room either
            self._file.close()
        self._remove()
        self._room.give_back(self._taken_bytes)
