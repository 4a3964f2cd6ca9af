"""What is sent: wire models as records (JSON value, CloudEvents headers, the patient as key), and dead letters."""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from schemas import cloudevents
from schemas.alerts import WardStatus
from schemas.topics import TOPICS
from schemas.wire import Wire
from stream.delivery.dead_letters import dead_letter
from stream.delivery.decode import Refused
from stream.delivery.records import Record
from stream.delivery.sender import Output

SOFTWARE: Final = version("wardwatch")
INPUT_TIME: str = "x-input-ts"
"""Header of every output: the broker's time-stamp of the input that it follows from, ms since 1970."""


def output(topic: str, model: Wire, origin: Record | None) -> Output:
    """An output of one of the topics that flow out."""
    patient = getattr(model, "patient", None)
    subject = model.worker if isinstance(model, WardStatus) and patient is None else str(patient)
    headers = cloudevents.headers(
        event_id=model.id,  # type: ignore[attr-defined]  # every outgoing model has these two
        ce_type=TOPICS[topic].ce_type,
        subject=subject,
        time=model.time,  # type: ignore[attr-defined]
    )
    if origin is not None:
        headers.append((INPUT_TIME, str(origin.timestamp).encode()))
    return Output(topic, subject.encode(), model.model_dump_json(exclude_none=True).encode(), headers, origin)


def letter(refused: Refused, attempts: int = 1) -> Output:
    """The dead letter of a record that could not be used, after so many attempts."""
    written = dead_letter(
        refused.record,
        stage=refused.stage,
        error=refused.error,
        attempt=attempts,
        now=datetime.now(UTC),
        app_version=SOFTWARE,
    )
    return Output("dead-letters", written.key, written.value, written.headers, refused.record)
