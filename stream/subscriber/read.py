"""Records of topics, read as what the topic carries."""

from pydantic import ValidationError

from schemas.topics import TOPICS
from schemas.wire import Wire


def readable(topic: str, value: bytes | None) -> Wire | None:
    """The record in a value, None where it can't be read as one of the topic's."""
    adapter = TOPICS[topic].record
    if adapter is None or value is None:
        return None
    try:
        record: Wire = adapter.validate_json(value)
    except ValidationError:
        return None
    return record
