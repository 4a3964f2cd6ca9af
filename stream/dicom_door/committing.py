"""Answers to storage commitments: each instance's file is read again and its hash compared, then its sender is told.

Who has an address here is called back on an association of our own, again and again until it takes the answer; who has
none is told on its own association, as long as that lasts. What was asked for and not yet answered outlives a restart.
"""

import hashlib
import ssl
import time
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final, NamedTuple
from uuid import uuid4

from pydicom import Dataset
from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined] # made when it is imported
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)
from structlog import get_logger

from models.deidentify.keyed import Keyed
from stream.dicom_door.association import Messages
from stream.dicom_door.commitment import (
    ACTION,
    CLASS_CONFLICT,
    NO_SUCH_INSTANCE,
    PROCESSING_FAILURE,
    Reference,
    Request,
    request_of,
    result,
)
from stream.dicom_door.header import read_header
from stream.dicom_door.names import File, Study, instance_name
from stream.dicom_door.outcome import NotStored
from stream.dicom_door.store import Store
from stream.dicom_door.tally import Tally

log = get_logger()

_SUCCESS, _FAILED, _NO_SUCH_ACTION, _INVALID = 0x0000, 0x0110, 0x0123, 0x0115  # PS3.7 annex C
_CONTEXT: Final = build_context(StorageCommitmentPushModel)
_CHUNK_BYTES: Final = 2**20
_AGAIN_S: Final = 30.0
_GIVEN_UP_S: Final = 86_400.0  # our choice; a sender that was never told asks again


class Peer(NamedTuple):
    """Where a sender is called back."""

    host: str
    port: int


class _Asked(NamedTuple):
    """A request that waits for its answer, under its name on disk."""

    name: str
    request: Request
    association: Association | None = None


class Commitments:
    """Takes requests and answers them, in a thread of its own."""

    def __init__(
        self,
        store: Store,
        key: Keyed,
        tally: Tally,
        ours: AE,
        peers: Mapping[str, Peer],
        security: ssl.SSLContext | None = None,
        again_s: float = _AGAIN_S,
    ) -> None:
        self._store = store
        self._key = key
        self._tally = tally
        self._ours = ours
        self._peers = peers
        self._security = security
        self._again_s = again_s
        self._queue: SimpleQueue[_Asked] = SimpleQueue()
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="commitments", daemon=True)

    def start(self) -> None:
        """Begin to answer, first what was asked before the start."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more; what waits is answered after the next start."""
        self._is_over.set()

    def asked(self, event: evt.Event) -> tuple[int, Dataset | None]:
        """Take a request (N-ACTION): its status, when it is on disk."""
        if event.action_type != ACTION:
            return _NO_SUCH_ACTION, None
        caller = event.assoc.requestor.ae_title.strip()
        try:
            request = request_of(event.action_information, caller)
        except (ValueError, TypeError, LookupError, AttributeError):
            self._tally.commitment("invalid")
            return _INVALID, None
        name = uuid4().hex
        try:
            self._store.note(name, request.as_json())
        except OSError as error:
            log.error("commitment-not-kept", error=type(error).__name__)  # noqa: TRY400 - its text names a file
            return _FAILED, None
        self._tally.commitment("asked")
        asked = _Asked(name, request, None if caller in self._peers else event.assoc)
        messages = event.assoc.dimse
        assert isinstance(messages, Messages)  # noqa: S101 - the server has put it there
        messages.after_action = lambda: self._queue.put(asked)
        return _SUCCESS, None

    def _run(self) -> None:
        waiting = [_Asked(name, request) for name, request in self._noted()]
        next_s = 0.0
        while not self._is_over.is_set():
            try:
                new = self._queue.get(timeout=0.2)
            except Empty:
                new = None
            if new is not None and not self._answer(new):
                waiting.append(new._replace(association=None))
                next_s = time.monotonic() + self._again_s
            if waiting and time.monotonic() >= next_s:
                waiting = [one for one in waiting if not self._answer(one)]
                next_s = time.monotonic() + self._again_s

    def _noted(self) -> list[tuple[str, Request]]:
        found = []
        for name, content in self._store.noted():
            try:
                found.append((name, Request.from_json(content)))
            except ValueError:
                self._store.forget(name)
        return found

    def _answer(self, asked: _Asked) -> bool:
        """Answer one; True where there is no more to be done."""
        try:
            event_type, said = result(asked.request, self._failures(asked.request))
            is_told = self._tell(asked, event_type, said)
        except Exception as error:
            log.exception("commitment-not-answered", error=type(error).__name__)
            is_told = False
        if is_told:
            self._tally.commitment("complete" if event_type == 1 else "failures")
        elif asked.request.caller in self._peers and self._store.age_s(asked.name) < _GIVEN_UP_S:
            self._tally.commitment("waiting")
            return False
        else:
            self._tally.commitment("given-up")
            log.warning("commitment-given-up", instances=len(asked.request.references))
        self._store.forget(asked.name)
        return True

    def _failures(self, request: Request) -> dict[Reference, int]:
        names = {one: instance_name(one.sop_instance_uid, self._key) for one in request.references}
        found = self._store.find(frozenset(names.values()))
        reasons = {one: self._failure(one, found.get(names[one])) for one in request.references}
        return {one: reason for one, reason in reasons.items() if reason}

    def _failure(self, wanted: Reference, place: tuple[Study, File] | None) -> int:
        """Why an instance can't be committed to; 0 where it is here, byte for byte."""
        if place is None:
            return NO_SUCH_INSTANCE
        study, file = place
        try:
            with self._store.open(study, file) as content:
                if read_header(content).sop_class_uid != wanted.sop_class_uid:
                    return CLASS_CONFLICT
                content.seek(0)
                digest = hashlib.sha256()
                while chunk := content.read(_CHUNK_BYTES):
                    digest.update(chunk)
        except (OSError, NotStored):
            return PROCESSING_FAILURE
        return 0 if digest.hexdigest() == file.sha256 else PROCESSING_FAILURE

    def _tell(self, asked: _Asked, event_type: int, said: Dataset) -> bool:
        peer = self._peers.get(asked.request.caller)
        if peer is None:
            return asked.association is not None and _report(asked.association, event_type, said)
        association = self._ours.associate(
            peer.host,
            peer.port,
            contexts=[_CONTEXT],
            ae_title=asked.request.caller,
            ext_neg=[build_role(StorageCommitmentPushModel, scu_role=False, scp_role=True)],
            tls_args=(self._security, peer.host) if self._security is not None else None,
        )
        try:
            return _report(association, event_type, said)
        finally:
            if association.is_established:
                association.release()


def _report(association: Association, event_type: int, said: Dataset) -> bool:
    """Send the N-EVENT-REPORT; whether the other end has taken it."""
    if not association.is_established:
        return False
    try:
        status, _ = association.send_n_event_report(
            said, event_type, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
        )
    except (ValueError, RuntimeError):  # it has no such context, or has just ended
        return False
    return "Status" in status and status.Status == _SUCCESS
