"""What the gateway remembers while it runs: who is in which bed, who lives on under which name, what was last heard.

By event time: a question asks who was in a bed at an instant, as far as the messages say that have arrived. Nothing of
it is stored; after a restart a bed's patient is unknown until the next message about the stay.
"""

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from stream.gateway.persons import Identity, Place

_MOST: Final = 100_000  # patients, senders with their patients, and orders; our choice
_KEPT: Final = timedelta(days=14)
"""A move so long before the patient's last is forgotten; as long as a worker keeps a state (state_ttl_s)."""


class Move(NamedTuple):
    """From an instant on a patient is in a place; None: in none."""

    time: datetime
    place: Place | None


class Merge(NamedTuple):
    """From an instant on a patient's record goes on under another identity."""

    time: datetime
    into: Identity


class Memory:
    """Stays, merges and what was heard. What is written replaces tuples whole, so that another thread may read."""

    def __init__(self) -> None:
        self._moves: OrderedDict[Identity, tuple[Move, ...]] = OrderedDict()
        self._visitors: dict[tuple[str, ...], frozenset[Identity]] = {}
        self._facilities: frozenset[str] = frozenset()
        self._merges: dict[Identity, Merge] = {}
        self._heard: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._orders: OrderedDict[str, str] = OrderedDict()
        self._filed: dict[Place, tuple[Identity, datetime]] = {}

    def move(self, who: Identity, place: Place | None, time: datetime) -> bool:
        """Take note of where a patient is from an instant on; of two words about one instant the later counts.

        False where it comes too late: the last observation of a bed was filed under who, by this, was not in it.
        """
        moves = [one for one in self._moves.get(who, ()) if one.time != time]
        insort(moves, Move(time, place), key=lambda one: one.time)
        self._moves[who] = tuple(one for one in moves if one.time >= moves[-1].time - _KEPT)
        self._moves.move_to_end(who)
        if place is not None:
            self._visitors[place[:3]] = self._visitors.get(place[:3], frozenset()) | {who}
            self._facilities |= {place.facility} - {""}
        if len(self._moves) > _MOST:
            self._forget(*self._moves.popitem(last=False))
        return not self._was_misfiled({one.place for one in moves})

    def merge(self, old: Identity, into: Identity, time: datetime) -> bool:
        """Take note that a patient goes on under another identity; False where that can't be.

        It can't be into itself, also by way of others, nor into a second one.
        """
        known = self._merges.get(old)
        if self._end(into) == old or (known is not None and self._end(into) != self._end(old)):
            return False
        if known is None:
            self._merges[old] = Merge(time, into)
        return True

    def hear(self, sender: str, patient: str, time: datetime) -> None:
        """Take note of an instant that a sender has stated of a patient."""
        self._heard[sender, patient] = time
        self._heard.move_to_end((sender, patient))
        if len(self._heard) > _MOST:
            self._heard.popitem(last=False)

    def heard(self, sender: str, patient: str) -> datetime | None:
        """The last instant that a sender has stated of a patient, in order of arrival."""
        return self._heard.get((sender, patient))

    def name_order(self, filler: str, placer: str) -> None:
        """Take note that an order goes by two numbers."""
        self._orders[filler] = placer
        self._orders.move_to_end(filler)
        if len(self._orders) > _MOST:
            self._orders.popitem(last=False)

    def order_of(self, filler: str) -> str:
        """The placer's number of an order of which the filler's is known; empty where it is not."""
        return self._orders.get(filler, "")

    def place_of(self, who: Identity, time: datetime) -> Place | None:
        """Where a patient was at an instant, as far as is known."""
        last = next((one for one in reversed(self._moves.get(who, ())) if one.time <= time), None)
        return None if last is None else last.place

    def is_gone(self, who: Identity) -> bool:
        """Whether the last that is known of a patient is a discharge."""
        moves = self._moves.get(who)
        return moves is not None and moves[-1].place is None

    def file_by_bed(self, place: Place, who: Identity, time: datetime) -> None:
        """Take note that an observation was filed under who was in its bed."""
        self._filed[place] = who, time

    def lives_on_as(self, who: Identity, time: datetime) -> Identity:
        """The identity under which a patient's record goes on at an instant."""
        while (merge := self._merges.get(who)) and merge.time <= time:  # no circle: `merge` refuses one
            who = merge.into
        return who

    def who_is_in(self, place: Place, time: datetime) -> Identity | None:
        """Who was in a bed at an instant; None where nobody is known to be, or more than one."""
        if not place.is_known_to_all:
            return None
        visitors = self._visitors.get(place[:3], frozenset())
        there = {self.lives_on_as(who, time) for who in visitors if self._is_in(who, place, time)}
        return there.pop() if len(there) == 1 else None

    def _was_misfiled(self, places: set[Place | None]) -> bool:
        known = {place[:3] for place in places if place is not None}
        doubtful = [(place, *filed) for place, filed in self._filed.items() if place[:3] in known]
        wrong = [place for place, who, time in doubtful if self.who_is_in(place, time) != who]
        for place in wrong:
            del self._filed[place]
        return bool(wrong)

    def _is_in(self, who: Identity, place: Place, time: datetime) -> bool:
        known = self.place_of(who, time)
        if known is None or known[:3] != place[:3]:
            return False
        if known.facility == place.facility:
            return True
        # Who leaves the facility out can only mean the one that there is.
        return not (known.facility and place.facility) and len(self._facilities | {place.facility} - {""}) == 1

    def _end(self, who: Identity) -> Identity:
        while merge := self._merges.get(who):
            who = merge.into
        return who

    def _forget(self, who: Identity, moves: Iterable[Move]) -> None:
        for place in {one.place[:3] for one in moves if one.place is not None}:
            self._visitors[place] = self._visitors.get(place, frozenset()) - {who}
