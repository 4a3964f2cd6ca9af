"""A feed: records in the order in which they are sent, with their topics."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.wire import Wire


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One input record of a feed.

    patient  pseudonym, the record's key
    time     when the feed sends it, on the feed's own clock; the event time of a late record is earlier
    record   a wire model, or bytes: of a device that is simulated broken, or as they were kept
    headers  of the record on the topic
    """

    topic: str
    patient: str
    time: datetime
    record: Wire | bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def key(self) -> bytes:
        """Return the Kafka key, which puts one patient into the same partition number of every topic."""
        return self.patient.encode()

    @property
    def value(self) -> bytes:
        """Return the Kafka value: JSON without missing values."""
        if isinstance(self.record, bytes):
            return self.record
        return self.record.model_dump_json(exclude_none=True).encode()


Feed = Iterator[FeedEvent]
