"""Parse records of topics into wire models."""

from pydantic import ValidationError

from schemas.topics import TOPICS
from schemas.wire import Wire


def readable(topic: str, value: bytes | None) -> Wire | None:
    """Return the record in a value; None where it is not valid for the topic."""
    adapter = TOPICS[topic].record
    if adapter is None or value is None:
        return None
    try:
        record: Wire = adapter.validate_json(value)
    except ValidationError:
        return None
    return record
