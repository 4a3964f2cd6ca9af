"""Wire models as records: JSON in the value, CloudEvents in the headers, the patient's pseudonym as the key."""

from schemas import cloudevents
from schemas.alerts import WardStatus
from schemas.topics import TOPICS
from schemas.wire import Wire
from stream.dead_letters.letters import Record
from stream.sender import Output

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
