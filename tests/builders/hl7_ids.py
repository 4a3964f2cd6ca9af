"""The ids that the gateway gives to a message's records."""

from stream.gateway.conventions import Conventions
from stream.gateway.framing import Block
from stream.gateway.memory import Memory
from stream.gateway.reception import read, take


def ids_of(sent: bytes, conventions: Conventions) -> list[str]:
    """As they stand in the records' headers."""
    (arrived,) = read(Block(sent), conventions)
    events = take(arrived, conventions, Memory(), None).translation.events
    return [dict(event.headers)["ce_id"].decode() for event in events]
