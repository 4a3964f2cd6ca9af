"""What is sent: wire models as records (JSON value, CloudEvents headers, the patient as key), and dead letters."""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final
from uuid import UUID

from schemas import cloudevents
from schemas.alerts import WardStatus
from schemas.topics import TOPICS
from schemas.wire import Wire
from stream.delivery.cut import LEAST_BYTES, MOST_BYTES
from stream.delivery.dead_letters import dead_letter
from stream.delivery.decode import Refused
from stream.delivery.records import Record
from stream.delivery.sender import Output, PublishError

SOFTWARE: Final = version("wardwatch")
INPUT_TIME: str = "x-input-ts"
"""Header of every output: the broker's time-stamp of the input that it follows from, ms since 1970."""


def output(topic: str, model: Wire, origin: Record | None, event_id: UUID | None = None) -> Output:
    """An output of one of the topics that flow out; of another topic the record has no id, and is given one."""
    patient = getattr(model, "patient", None)
    subject = model.worker if isinstance(model, WardStatus) and patient is None else str(patient)
    headers = cloudevents.headers(
        event_id=event_id or model.id,  # type: ignore[attr-defined]  # every outgoing model has these two
        ce_type=TOPICS[topic].ce_type,
        subject=subject,
        time=model.time,  # type: ignore[attr-defined]
    )
    if origin is not None:
        headers.append((INPUT_TIME, str(origin.timestamp).encode()))
    return Output(topic, subject.encode(), model.model_dump_json(exclude_none=True).encode(), headers, origin)


def letter(refused: Refused, attempts: int = 1, most_bytes: int = MOST_BYTES) -> Output:
    """The dead letter of a record that could not be used, after so many attempts."""
    written = dead_letter(
        refused.record,
        stage=refused.stage,
        error=refused.error,
        attempt=attempts,
        now=datetime.now(UTC),
        app_version=SOFTWARE,
        most_bytes=most_bytes,
    )
    return Output("dead-letters", written.key, written.value, written.headers, refused.record)


def instead_of(error: PublishError) -> list[Output]:
    """What to send in place of an output that is too large for its topic, to be tried in this order.

    That is a dead letter of its input, and where the topic of letters takes that neither, one that holds hardly
    anything of it. Raises the error where an output has no input: nothing may be told in its place.
    """
    origin = error.output.origin
    if origin is None:
        raise error
    refused = Refused(origin, "publish", error)
    if error.output.topic == "dead-letters":
        return [letter(refused, most_bytes=LEAST_BYTES)]
    return [letter(refused), letter(refused, most_bytes=LEAST_BYTES)]
