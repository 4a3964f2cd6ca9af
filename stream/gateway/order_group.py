"""One order of a message: its ORC, what follows it, what becomes of it, and how its sender is to be read."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from stream.gateway.order_control import Effect
from stream.gateway.segments import Segment
from stream.gateway.trouble import Told

Moment = Callable[[str], datetime]
"""The instant of a time-stamp; raises NoMomentError."""
Field = tuple[Segment | None, int]
"""A field of a segment that may be absent."""


@dataclass(frozen=True)
class Group:
    """One order.

    number   which ORC of the message, from 1
    effect   what becomes of it
    time     when that was said
    sent     when the message was written; None where that can't be read
    told     where to tell what is odd
    where    the place of a segment's field in the message, as ERR-2 writes it; 0: of the whole segment
    moment   reads a time-stamp as its sender means it
    patient  under whom something of an instant is filed
    named    what stands for the order, of the fields for its placer's and its filler's number that come after those of
             ORC; raises LeftOut
    """

    number: int
    segments: list[Segment]
    effect: Effect
    time: datetime
    sent: datetime | None
    told: Told
    where: Callable[[Segment, int], str]
    moment: Moment
    patient: Callable[[datetime], str]
    named: Callable[[Sequence[Field], Sequence[Field]], str]

    @property
    def control(self) -> Segment:
        """Its ORC."""
        return self.segments[0]

    def first(self, name: str) -> Segment | None:
        """The first segment of a name, or None."""
        return next(iter(self.every(name)), None)

    def every(self, name: str) -> list[Segment]:
        """The segments of a name."""
        return self._by_name.get(name, [])

    @cached_property
    def _by_name(self) -> Mapping[str, list[Segment]]:
        found: dict[str, list[Segment]] = defaultdict(list)
        for one in self.segments:
            found[one.name].append(one)
        return dict(found)
