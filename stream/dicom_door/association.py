"""pynetdicom's associations, made fit for senders that are slow, silent or wrong.

As it comes (3.0.4) it makes the TLS handshake where it accepts, reads from a socket without a time limit and as much as
a PDU claims to hold, and writes a data set that comes in pieces to the folder for temporary files, where a full disk
ends the association without a status and a lost connection leaves the file behind (STORE_RECV_CHUNKED_DATASET). Here a
data set goes from the network to the store's own files as it comes.
"""

import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable, Sequence
from socketserver import BaseServer
from typing import Any, Final
from uuid import uuid5

from pydicom.uid import UID
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import N_ACTION, DimsePrimitiveType
from pynetdicom.events import EventHandlerType
from pynetdicom.pdu_primitives import P_DATA
from pynetdicom.transport import AssociationSocket, RequestHandler, ThreadedAssociationServer
from structlog import get_logger

from schemas.identity import NAMESPACE
from stream.dicom_door.incoming import Incoming
from stream.dicom_door.limits import Limits
from stream.dicom_door.seats import Seats
from stream.dicom_door.tally import Tally

log = get_logger()

IMPLEMENTATION_UID: Final = UID(f"2.25.{uuid5(NAMESPACE, 'dicom-door').int}")
_LARGEST_PDU_BYTES: Final = 2**20
"""We ask for PDUs of 128 kB; a request of an association with all it may propose has some 20 kB. Our choice."""
_CHUNK_BYTES: Final = 2**16
_MOST_WAITING: Final = 8
"""Messages that came before others were answered; DICOM allows one unless more were agreed (PS3.7 D.3.3.3)."""

Begin = Callable[[], Incoming]


class _Socket(AssociationSocket):
    """A socket on which nobody can make us wait or hold without limit."""

    pdu_s: float

    def recv(self, nr_bytes: int) -> bytearray:
        """Read so many bytes, or as many as there are before the other end closes. Raises OSError."""
        connection = self.socket
        if nr_bytes > _LARGEST_PDU_BYTES or connection is None:
            raise OSError
        until_s = time.monotonic() + self.pdu_s
        read = bytearray()
        while len(read) < nr_bytes:
            connection.settimeout(max(0.001, until_s - time.monotonic()))
            piece = connection.recv(min(_CHUNK_BYTES, nr_bytes - len(read)))
            if not piece:
                self._free_the_waiting()
                break
            read += piece
        connection.settimeout(self.pdu_s)  # for what is sent
        return read

    def _free_the_waiting(self) -> None:
        """Let the association's thread go that waits for a request: from a closed connection there will be none."""
        if self.assoc.requestor.primitive is None:
            self.assoc.dul.to_user_queue.put(None)  # as where its wait has taken too long


class Messages(DIMSEServiceProvider):
    """Messages whose data set, where one is to be stored, goes to disk while it comes."""

    def __init__(self, assoc: Association, begin: Begin, tally: Tally) -> None:
        super().__init__(assoc)
        self._begin = begin
        self._tally = tally
        self._begun: list[Incoming] = []
        self.after_action: Callable[[], None] | None = None

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Take a part of a message in."""
        try:
            super().receive_primitive(primitive)
        except Exception:  # noqa: BLE001 - of a command set that is none; its text may quote it
            self._end("command")
            return
        message = self.message
        if isinstance(message, C_STORE_RQ) and not isinstance(message.data_set, Incoming):
            begun = self._begin_file(message)
            begun.write(message.data_set.getvalue() if message.data_set is not None else b"")
            message.data_set = begun
        if self.msg_queue.qsize() > _MOST_WAITING:
            self._end("messages")

    def send_msg(self, primitive: DimsePrimitiveType, context_id: int) -> None:
        """Send a message; what is to follow the answer to an N-ACTION begins then, and not before."""
        super().send_msg(primitive, context_id)
        if isinstance(primitive, N_ACTION) and self.after_action is not None:
            follow, self.after_action = self.after_action, None
            follow()

    def whole(self, request: Any, syntax: UID) -> Incoming:  # noqa: ANN401 - what pynetdicom makes of a request
        """The file of a request's data set; it has come as one part, or is being written already."""
        if isinstance(request.DataSet, Incoming):
            return request.DataSet
        begun = self._begin()
        begun.write(_preface(request.AffectedSOPClassUID, request.AffectedSOPInstanceUID, syntax))
        begun.write(request.DataSet.getvalue() if request.DataSet is not None else b"")
        return begun

    def discard(self) -> None:
        """Leave nothing of what was not stored."""
        for one in self._begun:
            one.discard()

    def _end(self, limit: str) -> None:
        """End the association as a PDU that nobody knows does (PS3.8 table 9-10)."""
        self._tally.limit(limit, self.assoc.requestor.ae_title)
        self.dul.event_queue.put("Evt19")

    def _begin_file(self, message: C_STORE_RQ) -> Incoming:
        self._begun = [one for one in self._begun if not one.is_over]
        begun = self._begin()
        self._begun.append(begun)
        said = message.command_set
        context = self.assoc._accepted_cx.get(message.context_id or 0)  # noqa: SLF001 - as its own code does
        if context is None:  # the association will be aborted for it
            begun.discard()
        else:
            syntax = context.transfer_syntax[0]
            begun.write(_preface(said.get("AffectedSOPClassUID"), said.get("AffectedSOPInstanceUID"), syntax))
        return begun


class _Handler(RequestHandler):
    """Serves a connection, from its association's beginning to its end."""

    server: "Server"

    def handle(self) -> None:
        """Serve, and leave nothing behind, however the association ends."""
        association = self._create_association()
        limits = self.server.limits
        messages = Messages(association, self.server.begin, self.server.tally)
        association.dimse = messages
        association.dul.event_queue.get_nowait()  # told by the socket that the next one replaces
        connection = _Socket(association, client_socket=self.request)
        connection.pdu_s = limits.pdu_s
        association.dul.socket = connection
        association.dul.artim_timer.timeout = limits.handshake_s
        try:
            association.start()
            association.join()
        finally:
            messages.discard()
            self.request.close()  # pynetdicom leaves it open where the other end was gone first


class Server(ThreadedAssociationServer):
    """Listens; each connection has threads of its own from its handshake on."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        entity: ApplicationEntity,
        address: tuple[str, int],
        security: ssl.SSLContext | None,
        handlers: Sequence[EventHandlerType],
        limits: Limits,
        begin: Begin,
        tally: Tally,
    ) -> None:
        """Begin to listen; raises OSError where that address can't be had."""
        self.limits = limits
        self.begin = begin
        self.tally = tally
        self.seats = Seats(limits.connections, limits.of_one)
        contexts = entity.supported_contexts
        super().__init__(entity, address, entity.ae_title, contexts, security, list(handlers), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; its handshake is made elsewhere, where it holds up nobody."""
        assert self.socket is not None  # noqa: S101 - it listens
        accepted, address = self.socket.accept()
        accepted.settimeout(self.limits.handshake_s)
        return accepted, address

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401, ARG002 - as its base has it
        """Whether there is a seat for it."""
        address = str(client_address[0])
        if self.seats.take(address):
            return True
        self.tally.limit("connections", address)
        return False

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its base has it
        """Make the handshake and serve; in a thread of the connection's own."""
        address = str(client_address[0])
        try:
            if self.ssl_context is not None:
                request = self.ssl_context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
        except OSError:  # of TLS, of the connection, or of time
            self.tally.limit("handshake", address)
            self.shutdown_request(request)
        finally:
            self.seats.give_back(address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 - as its base has it
        """Say what has gone wrong, without its text, which may quote what came."""
        log.error("connection-broke", error=type(sys.exception()).__name__)

    def stop(self) -> None:
        """Accept no more, and end the associations that there are."""
        BaseServer.shutdown(self)
        self.server_close()
        for association in self.active_associations:
            if association.is_established:
                association.abort(block=False)
                continue
            if (connection := association.dul.socket) is not None and connection.socket is not None:
                self.shutdown_request(connection.socket)
            association.dul.kill_dul()  # its thread would hold up the end of the process


def _preface(sop_class_uid: object, sop_instance_uid: object, syntax: UID) -> bytes:
    """What stands before the data set in a file (PS3.10 7.1): the same for one instance, whoever sends it."""
    said = (
        (0x0002, sop_class_uid),
        (0x0003, sop_instance_uid),
        (0x0010, syntax),
        (0x0012, IMPLEMENTATION_UID),
    )
    elements = struct.pack("<HH2sxxL", 2, 1, b"OB", 2) + b"\0\1" + b"".join(_uid_element(*one) for one in said)
    length = struct.pack("<HH2sHL", 2, 0, b"UL", 4, len(elements))
    return bytes(128) + b"DICM" + length + elements


def _uid_element(number: int, value: object) -> bytes:
    text = str(value or "").encode("ascii", "replace")
    text += bytes(len(text) % 2)
    return struct.pack("<HH2sH", 2, number, b"UI", len(text)) + text
