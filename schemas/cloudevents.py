"""CloudEvents 1.0 in the binary mode of its Kafka binding: attributes in headers, data in the value.

Source: CloudEvents Kafka Protocol Binding 1.0.2, section 3.2.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

SOURCE: Final = "/wardwatch"
CONTENT_TYPE: Final = "application/json"

Headers = list[tuple[str, bytes]]


def headers(
    *,
    event_id: UUID,
    ce_type: str,
    subject: str,
    time: datetime,
    content_type: str = CONTENT_TYPE,
    traceparent: bytes | None = None,
) -> Headers:
    """Return an output record's headers; `subject` is the patient's pseudonym or the worker, `time` the event time."""
    attributes = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event_id).encode()),
        ("ce_source", SOURCE.encode()),
        ("ce_type", ce_type.encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", time.isoformat().replace("+00:00", "Z").encode()),
        ("content-type", content_type.encode()),
    ]
    if traceparent is not None:
        attributes.append(("traceparent", traceparent))
    return attributes
