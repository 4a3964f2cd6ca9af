"""Senders that are right are answered by the standard; those that are silent, slow or wrong cost the others nothing."""

import socket
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import uid
from pynetdicom.dimse_messages import C_ECHO_RQ, C_STORE_RQ
from pynetdicom.dimse_primitives import C_ECHO, C_STORE
from pynetdicom.pdu_primitives import P_DATA

from stream.dicom_door.association import Server
from stream.dicom_door.limits import Limits
from stream.dicom_door.outcome import Status
from stream.dicom_door.room import Bounds
from tests.builders.dicom_files import as_bytes
from tests.builders.dicom_server import DX, PATIENCE_S, SOON, VERIFICATION, associated, eventually, served
from tests.builders.dicom_store import an_intake, files
from tests.builders.dicom_studies import an_instance

# pynetdicom leaves sockets whose other end was gone first to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def connected(server: Server) -> socket.socket:
    return socket.create_connection(server.server_address[:2], timeout=PATIENCE_S)


def is_ended(connection: socket.socket) -> bool:
    """Wait for the other end to close; True when it has."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


def echoes(server: Server) -> bool:
    with associated(server) as association:
        return association.is_established and association.send_c_echo().get("Status") == 0


def test_an_echo_is_answered(tmp_path: Path) -> None:
    with served(an_intake(tmp_path)) as server:
        assert echoes(server)


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian])
def test_success_means_that_the_instance_is_on_disk(tmp_path: Path, syntax: uid.UID) -> None:
    with served(an_intake(tmp_path)) as server, associated(server, syntax=syntax) as association:
        assert association.send_c_store(an_instance()).Status == Status.STORED
        (kept,) = files(tmp_path / "images")
    assert f"{syntax}".encode() in kept.read_bytes()[:400]


def test_an_instance_of_many_pdus_and_one_of_a_single_pdu_are_kept_alike(tmp_path: Path) -> None:
    large = an_instance(1, Rows=1000, Columns=1000, PixelData=np.arange(10**6, dtype=np.uint16).tobytes())
    intake = an_intake(tmp_path)
    with served(intake) as server, associated(server) as association:
        assert association.send_c_store(large).Status == Status.STORED
        assert association.send_c_store(an_instance(2)).Status == Status.STORED
        assert association.send_c_store(large).Status == Status.STORED
    kept = {path.stat().st_size: path.read_bytes() for path in files(tmp_path / "images")}
    assert len(kept) == 2
    assert kept[max(kept)].endswith(large.PixelData)
    assert kept[min(kept)].endswith(an_instance(2).PixelData)


@pytest.mark.parametrize("number", [1, 2])
def test_the_file_of_an_instance_is_the_same_whoever_sends_it(tmp_path: Path, number: int) -> None:
    with served(an_intake(tmp_path)) as server:
        for title in ("ONE", "OTHER"):
            with associated(server, title=title) as association:
                assert association.send_c_store(an_instance(number)).Status == Status.STORED
    assert len(files(tmp_path / "images")) == 1


@pytest.mark.parametrize(
    ("bounds", "status"),
    [(Bounds(all_bytes=10, free_bytes=0), 0xA700), (Bounds(instance_bytes=10, free_bytes=0), 0xA701)],
)
def test_an_instance_without_room_is_refused_with_the_standards_status(
    tmp_path: Path, bounds: Bounds, status: int
) -> None:
    with served(an_intake(tmp_path, bounds)) as server, associated(server) as association:
        large = an_instance(1, Rows=500, Columns=500, PixelData=bytes(500_000))
        assert [association.send_c_store(one).Status for one in (large, an_instance(2))] == [status] * 2
        assert association.send_c_echo().Status == 0
    assert files(tmp_path) == []


def test_a_fault_of_ours_is_a_processing_failure_and_the_association_goes_on(tmp_path: Path) -> None:
    def broken(_: object) -> None:
        raise LookupError

    with served(an_intake(tmp_path, heard=broken)) as server, associated(server) as association:
        assert association.send_c_store(an_instance()).Status == Status.FAILED
        assert association.send_c_echo().Status == 0


def test_only_callers_on_the_list_are_let_in(tmp_path: Path) -> None:
    with served(an_intake(tmp_path), callers=["SENDER"]) as server:
        assert echoes(server)
        with associated(server, title="OTHER") as association:
            assert association.is_rejected


def test_silent_connections_block_nobody_and_are_ended(tmp_path: Path) -> None:
    with served(an_intake(tmp_path)) as server:
        silent = [connected(server) for _ in range(SOON.of_one - 1)]
        assert echoes(server)
        assert all(map(is_ended, silent))
        eventually(lambda: server.seats.taken == 0)
        for one in silent:
            one.close()


def test_of_too_many_connections_of_one_address_the_last_are_ended_at_once(tmp_path: Path) -> None:
    with served(an_intake(tmp_path), Limits(connections=8, of_one=2, handshake_s=60)) as server:
        with connected(server), connected(server):
            eventually(lambda: server.seats.taken == 2)
            with connected(server) as one_more:
                assert is_ended(one_more)
        eventually(lambda: server.seats.taken == 0)  # who closes leaves its seat at once
        assert echoes(server)


@pytest.mark.parametrize(
    "said",
    [
        b"\x01\x00\x00",  # of the head of a PDU
        struct.pack(">BxL", 1, 200) + b"\0\1",
        struct.pack(">BxL", 1, 2**32 - 1) + bytes(1000),  # a length of 4 GB
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_a_pdu_that_does_not_end_or_is_none_costs_its_connection_alone(tmp_path: Path, said: bytes) -> None:
    with served(an_intake(tmp_path)) as server, connected(server) as wrong:
        wrong.sendall(said)
        assert echoes(server)
        assert is_ended(wrong)


def test_an_association_without_a_word_is_aborted(tmp_path: Path) -> None:
    with served(an_intake(tmp_path), Limits(idle_s=0.3)) as server, associated(server) as association:
        eventually(lambda: not association.is_established)
        eventually(lambda: server.seats.taken == 0)


def test_an_instance_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    intake = an_intake(tmp_path)
    with served(intake) as server:
        with associated(server) as association:
            request = C_STORE()
            request.MessageID, request.Priority = 1, 2
            request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = uid.UID(DX), uid.UID("1.2.3")
            request.DataSet = BytesIO(as_bytes(an_instance()) * 100)
            message = C_STORE_RQ()
            message.primitive_to_message(request)
            context = association.accepted_contexts[0].context_id
            assert context is not None
            parts = list(message.encode_msg(context, 1000))
            for part in parts[:-5]:
                association.dul.send_pdu(part)
            eventually(lambda: intake.store.room.held_bytes > 0)
            association.abort()
        eventually(lambda: server.seats.taken == 0)
    assert files(tmp_path) == []
    assert intake.store.room.held_bytes == 0


@pytest.mark.parametrize("command", [b"", b"no command set", bytes(100), b"\0\0\0\1\2\0\0\0\1\0"])
def test_a_message_without_a_command_ends_its_association_alone(tmp_path: Path, command: bytes) -> None:
    with served(an_intake(tmp_path)) as server:
        with associated(server) as association:
            sent = P_DATA()
            context = association.accepted_contexts[0].context_id
            assert context is not None
            sent.presentation_data_value_list = [[context, b"\3" + command]]  # type: ignore[list-item] # it takes lists
            association.dul.send_pdu(sent)
            eventually(lambda: association.is_aborted)
        assert echoes(server)


# pynetdicom's own: it answers a message of before on an association that is ending
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_of_too_many_messages_at_once_the_association_ends(tmp_path: Path) -> None:
    with served(an_intake(tmp_path), SOON) as server:
        with associated(server) as association:
            request = C_ECHO()
            request.MessageID, request.AffectedSOPClassUID = 1, uid.UID(VERIFICATION)
            message = C_ECHO_RQ()
            message.primitive_to_message(request)
            context = next(
                one.context_id for one in association.accepted_contexts if one.abstract_syntax == VERIFICATION
            )
            assert context is not None
            for _ in range(2000):
                for part in message.encode_msg(context, 1000):
                    association.dul.send_pdu(part)
            eventually(lambda: association.is_aborted)
        assert echoes(server)
