"""Instances on disk, each in the folder of its study: what is kept here is on disk, under its hash, before it is told.

    incoming/                             what is just coming; emptied at the start
    images/PATIENT/STUDY/INSTANCE-SHA256.dcm
    commitments/                          requests of storage commitment that were not answered yet
    sent/                                 names of documents that the archive has taken or refused
    images/PATIENT/STUDY/announced.json   which instances the last event was about, and the ids of events

All names are keyed hashes. Files are for their owner alone, and no link is followed below the store's own folder.
"""

import hashlib
import json
import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from functools import partial
from io import BytesIO
from itertools import count
from pathlib import Path
from threading import Lock
from typing import BinaryIO, NamedTuple

from structlog import get_logger

from stream.dicom_door import folders
from stream.dicom_door.header import Header, read_header
from stream.dicom_door.incoming import Incoming, status_of
from stream.dicom_door.names import File, Study, file_name, file_named, is_patient, is_study
from stream.dicom_door.outcome import NotStored
from stream.dicom_door.room import Bounds, Room, free_bytes_of
from stream.dicom_door.studies import Instance

log = get_logger()

_INCOMING, _IMAGES, _NOTED, _SENT, _MARK = "incoming", "images", "commitments", "sent", "announced.json"


class StoreError(Exception):
    """The folder can't be used; the text says why."""


class Mark(NamedTuple):
    """What was announced of a study: its files at that time, as one hash, and the ids of the events."""

    digest: str = ""
    ids: frozenset[str] = frozenset()


class Store:
    """The store in a folder, for one process. Used by many threads."""

    def __init__(self, folder: Path, bounds: Bounds | None = None, seen_as: Path | None = None) -> None:
        """Open a store, empty what was half received; raises OSError, and StoreError where another has it open.

        `seen_as` is the folder's name where workers read it.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._seen_as = (seen_as or folder).absolute()
        self._numbers = count()
        self._moving = Lock()
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            flock(self._descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            message = f"another gateway uses {folder}"
            raise StoreError(message) from None
        self.room = Room(bounds or Bounds(), partial(free_bytes_of, folder))
        with self._incoming() as at:
            for name in folders.names(at):
                os.unlink(name, dir_fd=at)
        with self._images():
            pass

    def close(self) -> None:
        """Let another process use the folder."""
        os.close(self._descriptor)

    def begin(self) -> Incoming:
        """Begin to receive an instance; where no file can be made, it is in trouble from the start."""
        name = f"{os.getpid()}-{next(self._numbers)}"
        try:
            with self._incoming() as at:
                return Incoming(name, folders.write_new(name, at), partial(self._forget, name), self.room)
        except OSError as error:
            return Incoming(name, BytesIO(), _nothing, self.room, status_of(error))

    def received(self, incoming: Incoming) -> Header:
        """Read the header of what has been received. Raises NotStored."""
        try:
            with self._incoming() as at, folders.read(incoming.name, at) as file:
                return read_header(file)
        except OSError as error:
            raise NotStored(status_of(error)) from None

    def keep(self, incoming: Incoming, sha256: str, study: Study, instance: str) -> bool:
        """Put a finished file into its place; False where the same content is there already.

        On return it is on disk, with its name. Raises NotStored.
        """
        name = file_name(instance, sha256)
        try:
            with (
                self._moving,
                self._images() as images,
                folders.opened(study.patient, images, make=True) as patient,
                folders.opened(study.name, patient, make=True) as at,
                self._incoming() as aside,
            ):
                is_new = not _is_there(name, at)
                if is_new:
                    os.rename(incoming.name, name, src_dir_fd=aside, dst_dir_fd=at)
                    incoming.kept()
                os.fsync(at)  # also of what was there: who put it there may have ended before this
        except OSError as error:
            raise NotStored(status_of(error)) from None
        return is_new

    def recover(self) -> list[Study]:
        """Count what is kept; return the studies with instances that no event was about. Raises OSError."""
        waiting = []
        self._sync()
        for study in self.studies():
            with self._study(study) as at:
                names = _names(at)
                self.room.hold(sum(os.stat(one.name, dir_fd=at, follow_symlinks=False).st_size for one in names))
                if names and _mark(at).digest != _digest(names):
                    waiting.append(study)
        return waiting

    def studies(self) -> Iterator[Study]:
        """The studies that are kept."""
        with self._images() as images:
            for patient in sorted(filter(is_patient, folders.names(images))):
                with suppress(OSError), folders.opened(patient, images) as at:
                    yield from (Study(patient, name) for name in sorted(filter(is_study, folders.names(at))))

    def read(self, study: Study) -> tuple[Mark, list[Instance]]:
        """What is kept of a study, and the mark that says that all of it was announced, with no ids. Raises OSError.

        A file that can't be read any more is left out, and told.
        """
        found = []
        with self._study(study) as at:
            names = _names(at)
            for one in names:
                try:
                    with folders.read(one.name, at) as file:
                        arrived = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
                        found.append(Instance(one, self._url(study, one), arrived, read_header(file)))
                except (NotStored, OSError) as error:
                    log.error("kept-instance-unreadable", study=study.name, error=type(error).__name__)  # noqa: TRY400
        return Mark(_digest(names)), found

    def mark(self, study: Study, announced: Mark) -> None:
        """Take note of what was announced. Raises OSError."""
        content = {"digest": announced.digest, "ids": sorted(announced.ids)}
        with self._study(study) as at:
            folders.replace(_MARK, json.dumps(content).encode(), at)

    def marked(self, study: Study) -> Mark:
        """What was announced of a study. Raises OSError."""
        with self._study(study) as at:
            return _mark(at)

    def remove_older(self, before: datetime) -> int:
        """Remove studies that were announced and of which nothing came since a moment; how many. Raises OSError."""
        return sum(self._remove(study, before.timestamp()) for study in list(self.studies()))

    def _remove(self, study: Study, before_s: float) -> bool:
        with (
            self._moving,  # nothing comes into it meanwhile
            self._images() as images,
            folders.opened(study.patient, images) as patient,
            folders.opened(study.name, patient) as at,
        ):
            names = _names(at)
            found = [os.stat(one.name, dir_fd=at, follow_symlinks=False) for one in names]
            if _mark(at).digest != _digest(names) or any(one.st_mtime >= before_s for one in found):
                return False
            for one, status in zip(names, found, strict=True):
                os.unlink(one.name, dir_fd=at)
                self.room.give_back(status.st_size)
            os.unlink(_MARK, dir_fd=at)
            with suppress(OSError):  # something else is there, too
                os.rmdir(study.name, dir_fd=patient)
                os.rmdir(study.patient, dir_fd=images)
            return True

    def find(self, instances: Collection[str]) -> dict[str, tuple[Study, File]]:
        """Where instances are kept, by the first part of their names. Raises OSError."""
        found: dict[str, tuple[Study, File]] = {}
        for study in self.studies():
            with suppress(OSError), self._study(study) as at:
                found |= {one.instance: (study, one) for one in _names(at) if one.instance in instances}
        return found

    def files(self, study: Study) -> list[File]:
        """The files of a study. Raises OSError."""
        if not (is_patient(study.patient) and is_study(study.name)):
            raise FileNotFoundError
        with self._study(study) as at:
            return _names(at)

    def sent(self) -> list[str]:
        """The documents that the archive has taken or refused."""
        with folders.opened(_SENT, self._descriptor, make=True) as at:
            return folders.names(at)

    def note_sent(self, name: str, became: str) -> None:
        """Take note of what became of a document. Raises OSError."""
        with folders.opened(_SENT, self._descriptor, make=True) as at:
            folders.replace(name, became.encode(), at)

    def open(self, study: Study, file: File) -> BinaryIO:
        """Open an instance. Raises OSError."""
        with self._study(study) as at:
            return folders.read(file.name, at)

    def note(self, name: str, content: bytes) -> None:
        """Keep a request until it is answered; on return it is on disk. Raises OSError."""
        with self._requests() as at:
            folders.replace(name, content, at)

    def noted(self) -> Iterator[tuple[str, bytes]]:
        """The requests that are kept."""
        with self._requests() as at:
            for name in sorted(folders.names(at)):
                with suppress(OSError), folders.read(name, at) as file:
                    yield name, file.read()

    def age_s(self, name: str) -> float:
        """For how long a request is kept."""
        with suppress(OSError), self._requests() as at:
            return time.time() - os.stat(name, dir_fd=at, follow_symlinks=False).st_mtime
        return 0.0

    def forget(self, name: str) -> None:
        """Keep a request no longer."""
        with suppress(OSError), self._requests() as at:
            os.unlink(name, dir_fd=at)

    def _requests(self) -> AbstractContextManager[int]:
        return folders.opened(_NOTED, self._descriptor, make=True)

    def _sync(self) -> None:
        """Have all folders on disk: who made them may have ended before they were."""
        with self._images() as images:
            os.fsync(images)
            for patient in filter(is_patient, folders.names(images)):
                with suppress(OSError), folders.opened(patient, images) as at:
                    os.fsync(at)

    def _url(self, study: Study, file: File) -> str:
        return (self._seen_as / _IMAGES / study.patient / study.name / file.name).as_uri()

    def _forget(self, name: str) -> None:
        with suppress(OSError), self._incoming() as at:
            os.unlink(name, dir_fd=at)

    def _incoming(self) -> AbstractContextManager[int]:
        return folders.opened(_INCOMING, self._descriptor, make=True)

    def _images(self) -> AbstractContextManager[int]:
        return folders.opened(_IMAGES, self._descriptor, make=True)

    @contextmanager
    def _study(self, study: Study) -> Iterator[int]:
        with (
            self._images() as images,
            folders.opened(study.patient, images) as patient,
            folders.opened(study.name, patient) as at,
        ):
            yield at


def _nothing() -> None:
    """There is no file to be removed."""


def _is_there(name: str, at: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _names(at: int) -> list[File]:
    return [one for name in sorted(folders.names(at)) if (one := file_named(name)) is not None]


def _digest(names: Iterable[File]) -> str:
    return hashlib.sha256("\n".join(one.name for one in names).encode()).hexdigest()


def _mark(at: int) -> Mark:
    """What was announced; nothing where that is not known, and then it is announced again."""
    try:
        with folders.read(_MARK, at) as file:
            said = json.loads(file.read())
        return Mark(str(said["digest"]), frozenset(map(str, said["ids"])))
    except (OSError, ValueError, LookupError, TypeError):
        return Mark()
