"""The DICOM gateway's server in a thread, and pynetdicom as its sender."""

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final

from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association

from stream.dicom_door.association import Server
from stream.dicom_door.intake import Intake
from stream.dicom_door.limits import Limits
from stream.dicom_door.storage import entity, listen, silence_pynetdicom
from stream.dicom_door.tally import Tally

SOON: Final = Limits(connections=8, of_one=6, handshake_s=0.5, pdu_s=0.5, idle_s=2)
PATIENCE_S: Final = 20.0
DX: Final = "1.2.840.10008.5.1.4.1.1.1.1"
VERIFICATION: Final = "1.2.840.10008.1.1"


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds that threads bring about."""
    until_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.02)


@contextmanager
def served(
    intake: Intake,
    limits: Limits = SOON,
    callers: Sequence[str] = (),
    security: ssl.SSLContext | None = None,
    **more: Any,
) -> Iterator[Server]:
    """A server that serves on a free port."""
    silence_pynetdicom()
    server = listen(entity("WARDWATCH", callers, limits), ("127.0.0.1", 0), security, intake, Tally(), limits, **more)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
        for one in server.active_associations:
            one.join(5)


@contextmanager
def associated(
    server: Server,
    classes: Sequence[str] = (DX, VERIFICATION),
    title: str = "SENDER",
    syntax: str = ExplicitVRLittleEndian,
) -> Iterator[Association]:
    """An association with the server, established or not."""
    ours = AE(title)
    for one in classes:
        ours.add_requested_context(one, syntax)
    ours.acse_timeout = ours.dimse_timeout = ours.network_timeout = 10
    association = ours.associate("127.0.0.1", int(server.server_address[1]), ae_title="WARDWATCH")
    connection = association.dul.socket.socket if association.dul.socket is not None else None
    try:
        yield association
    finally:
        if association.is_established:
            association.release()
        if connection is not None:
            connection.close()  # pynetdicom leaves it open where the other end was gone first
