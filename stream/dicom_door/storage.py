"""The DICOM services that are offered: C-ECHO and C-STORE, in every class and syntax that the check path can read."""

import logging
import socket
import ssl
import threading
import warnings
from collections.abc import Sequence
from typing import Any, Final

from pydicom.uid import UID
from pynetdicom import AE, _config, build_context, evt
from pynetdicom.sop_class import StorageCommitmentPushModel, Verification  # type: ignore[attr-defined] # made when it is imported
from structlog import get_logger

from models.lesion.dicom import DECODERS
from stream.dicom_door.association import IMPLEMENTATION_UID, Messages, Server
from stream.dicom_door.committing import Commitments
from stream.dicom_door.intake import CLASSES, Intake
from stream.dicom_door.limits import Limits
from stream.dicom_door.outcome import Outcome, Status
from stream.dicom_door.tally import Tally

log = get_logger()

VERSION_NAME: Final = "WARDWATCH"
_PDU_BYTES: Final = 2**17
_SYNTAXES: Final[list[str | UID]] = list(DECODERS)


def entity(title: str, callers: Sequence[str], limits: Limits, *, commits: bool = True) -> AE:
    """The application entity; with `callers` it lets in nobody else, as far as a title says who calls.

    One that does not keep images for good commits to none (`commits`).
    """
    ours = AE(title)
    ours.implementation_class_uid, ours.implementation_version_name = IMPLEMENTATION_UID, VERSION_NAME
    ours.supported_contexts = [
        build_context(Verification),
        *([build_context(StorageCommitmentPushModel)] if commits else []),
        *(build_context(one, _SYNTAXES) for one in sorted(CLASSES)),
    ]
    ours.require_calling_aet, ours.require_called_aet = list(callers), True
    ours.maximum_pdu_size = _PDU_BYTES
    ours.maximum_associations = limits.connections
    ours.acse_timeout, ours.dimse_timeout, ours.network_timeout = limits.handshake_s, limits.pdu_s, limits.idle_s
    return ours


def silence_pynetdicom() -> None:
    """Keep pynetdicom's log to itself: its texts quote what comes, as a patient's name."""
    _config.LOG_HANDLER_LEVEL = "none"
    logging.getLogger("pynetdicom").propagate = False


def silence_libraries() -> None:
    """Keep pydicom's log and all warnings to themselves, too. For a process that does nothing else."""
    silence_pynetdicom()
    logging.getLogger("pydicom").propagate = False
    warnings.simplefilter("ignore")
    threading.excepthook = _broken


def _broken(what: threading.ExceptHookArgs) -> None:
    """Log that a thread has ended with an error: by a PDU where the protocol has none, which ends its association."""
    log.warning("thread-broke", error=what.exc_type.__name__)


def listen(
    ours: AE,
    address: tuple[str, int],
    security: ssl.SSLContext | None,
    intake: Intake,
    tally: Tally,
    limits: Limits,
    commitments: Commitments | None = None,
) -> Server:
    """Begin to listen, still without serving; raises OSError where that address can't be had."""
    handlers: list[Any] = [(evt.EVT_C_STORE, _stored, [intake])]
    if commitments is not None:
        handlers.append((evt.EVT_N_ACTION, commitments.asked))
    place = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][4]
    return Server(ours, (str(place[0]), int(place[1])), security, handlers, limits, intake.store.begin, tally)


def _stored(event: evt.Event, intake: Intake) -> int:
    """Store an instance; the status of the answer."""
    request: Any = event.request
    messages = event.assoc.dimse
    assert isinstance(messages, Messages)  # noqa: S101 - the server has put it there
    incoming = messages.whole(request, UID(event.context.transfer_syntax))
    stated = Outcome(Status.STORED, str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID))
    return int(intake.take(incoming, event.assoc.requestor.ae_title, stated).status)
