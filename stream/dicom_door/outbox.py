"""Sends each report's DICOM SR to an archive by C-STORE: the folder of reports is the outbox, nothing is sent twice.

What an archive does not take for now is sent again; what it refuses for good is told, and no more sent.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pynetdicom import AE, build_context
from pynetdicom.association import Association
from structlog import get_logger

from models.deidentify.keyed import Keyed
from stream.dicom_door.header import read_said
from stream.dicom_door.names import Study, study_name
from stream.dicom_door.outcome import NotStored
from stream.dicom_door.source_attributes import TAGS, as_its_source
from stream.dicom_door.store import Store
from stream.dicom_door.tally import Tally

log = get_logger()

_DOCUMENT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.dcm")  # a report's id
_MOST_AT_ONCE: Final = 100  # of one association; our choice
_LOOK_S, _AGAIN_S = 1.0, 30.0
_OUT_OF_RESOURCES: Final = 0xA7  # high byte of the status, PS3.4 table B.2-1
_WARNING: Final = 0xB0


class Archive(NamedTuple):
    """Where documents go; with `as_source` under the patient and study of their images."""

    title: str
    host: str
    port: int
    as_source: bool = False
    security: ssl.SSLContext | None = None


class Outbox:
    """Sends documents, in a thread of its own. Where the disk does not answer, that is tried again, too."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        key: Keyed,
        tally: Tally,
        ours: AE,
        archive: Archive,
        again_s: float = _AGAIN_S,
    ) -> None:
        self._folder = folder
        self._store = store
        self._key = key
        self._tally = tally
        self._ours = ours
        self._archive = archive
        self._again_s = again_s
        self._sent: set[str] = set()
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more; what waits is sent after the next start."""
        self._is_over.set()

    def join(self) -> None:
        """Wait until it has stopped."""
        self._thread.join()

    def _run(self) -> None:
        self._sent = set(self._store.sent())
        while not self._is_over.wait(_LOOK_S):
            try:
                is_well = self._send_all()
            except Exception as error:
                log.exception("archive-not-served", error=type(error).__name__)
                is_well = False
            if not is_well:
                self._is_over.wait(self._again_s)

    def _send_all(self) -> bool:
        """Send what was not sent; False where something is to be sent again."""
        with suppress(FileNotFoundError):
            there = {path.name for path in self._folder.iterdir() if _DOCUMENT.fullmatch(path.name)}
            for batch in _batches(sorted(there - self._sent)):
                if not self._send(batch):
                    return False
        return True

    def _send(self, names: list[str]) -> bool:
        documents = {name: document for name in names if (document := self._document(name)) is not None}
        if not documents:
            return True
        contexts = {(one.SOPClassUID, one.file_meta.TransferSyntaxUID) for one in documents.values()}
        association = self._ours.associate(
            self._archive.host,
            self._archive.port,
            contexts=[build_context(*one) for one in sorted(contexts)],
            ae_title=self._archive.title,
            tls_args=(self._archive.security, self._archive.host) if self._archive.security else None,
        )
        if not association.is_established:
            self._tally.sent("waiting")
            return False
        try:
            return all(self._store_one(association, *one) for one in documents.items())
        finally:
            if association.is_established:
                association.release()

    def _store_one(self, association: Association, name: str, document: Dataset) -> bool:
        """Store a document; False where it is to be sent again."""
        if not association.is_established:
            return False
        try:
            answer = association.send_c_store(document)
        except ValueError:  # the archive takes no such class
            return self._settle(name, "refused", 0x0122)
        if "Status" not in answer:
            self._tally.sent("waiting")
            return False
        status = int(answer.Status)
        if status >> 8 == _OUT_OF_RESOURCES:
            self._tally.sent("waiting")
            return False
        is_taken = status == 0 or status >> 8 == _WARNING
        return self._settle(name, "taken" if is_taken else "refused", status)

    def _document(self, name: str) -> Dataset | None:
        try:
            document = dcmread(self._folder / name)
            return self._as_source(document) if self._archive.as_source else document
        except (FileNotFoundError, ValueError, InvalidDicomError, NotStored) as error:
            self._settle(name, "no-source", 0)
            log.warning("document-not-sent", document=name, error=type(error).__name__)
            return None

    def _as_source(self, document: Dataset) -> Dataset:
        """The document under the names of its images. Raises OSError or ValueError where they are not here."""
        study = Study(str(document.PatientID), study_name(str(document.StudyInstanceUID), self._key))
        for file in self._store.files(study):
            with self._store.open(study, file) as content:
                return as_its_source(document, read_said(content, TAGS)[1])
        raise FileNotFoundError

    def _settle(self, name: str, became: str, status: int) -> bool:
        self._tally.sent(became)
        if became == "refused":
            log.error("document-refused", document=name, status=f"{status:04X}")
        with suppress(OSError):  # then it is sent once more after a restart, and is the same one there
            self._store.note_sent(name, became)
        self._sent.add(name)
        return True


def _batches(names: list[str]) -> Iterator[list[str]]:
    for begin in range(0, len(names), _MOST_AT_ONCE):
        yield names[begin : begin + _MOST_AT_ONCE]
