"""A feed: events in the order in which they are sent, each with the record that goes on its topic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.wire import Wire


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One record on its way in.

    patient  pseudonym, the record's key
    time     when the feed sends it, on the feed's own clock; a late record's event time lies before
    record   a wire model, or bytes where the feed plays a broken device
    """

    topic: str
    patient: str
    time: datetime
    record: Wire | bytes

    @property
    def key(self) -> bytes:
        """The Kafka key: one patient, one partition number in every topic."""
        return self.patient.encode()

    @property
    def value(self) -> bytes:
        """The Kafka value: JSON without what was not measured."""
        if isinstance(self.record, bytes):
            return self.record
        return self.record.model_dump_json(exclude_none=True).encode()


Feed = Iterator[FeedEvent]
