"""Technical alarms of the gateway on `ward-status`, which the broker gets when it takes records again."""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final, Literal

from schemas import cloudevents, identity
from schemas.alerts import WardStatus
from schemas.topics import TOPICS
from schemas.wire import Provenance
from stream.feeds.events import FeedEvent
from stream.gateway.outlet import State

_TEXTS: Final[dict[State, str]] = {
    "well": "The gateway's messages reach Kafka again.",
    "spooling": "Kafka does not confirm: messages are kept in the gateway's spool and answered.",
    "refusing": "Kafka does not confirm and the gateway can keep no more: messages are refused, to be sent again.",
}


def told_by(worker: str, state: State) -> FeedEvent:
    """The technical alarm of a state; `worker` names the gateway."""
    now = datetime.now(UTC)
    is_away: Literal["degraded", "restored"] = "restored" if state == "well" else "degraded"
    status = WardStatus(
        id=identity.output_id("ward-status", "", "gateway", now, worker),
        time=now,
        worker=worker,
        component="gateway",
        state=is_away,
        text=_TEXTS[state],
        provenance=Provenance(software=version("wardwatch"), rule="ward-status/1", data="none"),
    )
    headers = cloudevents.headers(
        event_id=status.id, ce_type=TOPICS["ward-status"].ce_type, subject=worker, time=status.time
    )
    return FeedEvent("ward-status", worker, now, status, tuple(headers))
