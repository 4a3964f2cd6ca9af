"""Technical alarm of the DICOM gateway on `ward-status`: it is short of space, or has room again."""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from schemas import cloudevents, identity
from schemas.alerts import WardStatus
from schemas.topics import TOPICS
from schemas.wire import Provenance
from stream.feeds.events import FeedEvent

_SHORT: Final = "The DICOM gateway is short of space: images are refused, to be sent again."
_ROOM: Final = "The DICOM gateway has room for images again."


def told_of_space(worker: str, *, is_short: bool) -> FeedEvent:
    """The technical alarm; `worker` names the gateway."""
    now = datetime.now(UTC)
    status = WardStatus(
        id=identity.output_id("ward-status", "", "dicom-door", now, worker),
        time=now,
        worker=worker,
        component="gateway",
        state="degraded" if is_short else "restored",
        text=_SHORT if is_short else _ROOM,
        provenance=Provenance(software=version("wardwatch"), rule="ward-status/1", data="none"),
    )
    headers = cloudevents.headers(
        event_id=status.id, ce_type=TOPICS["ward-status"].ce_type, subject=worker, time=status.time
    )
    return FeedEvent("ward-status", worker, now, status, tuple(headers))
