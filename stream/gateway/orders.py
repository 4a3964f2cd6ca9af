"""Orders (ORM, OMG, OMI, OMP, RDE, RAS; HL7 chapters 4 and 4A): drugs and images, with what becomes of each. Pure.

An order is an ORC and what follows it, and is read by itself: one that can't be used costs itself and is told. Nothing
is made of an order of another kind, such as one of a laboratory.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from schemas.therapy import Medication
from stream.feeds.events import FeedEvent
from stream.gateway.authorities import assigner
from stream.gateway.context import Context
from stream.gateway.imaging_orders import images_of
from stream.gateway.moments import NoMomentError
from stream.gateway.observations import Record
from stream.gateway.order_control import Effect, effect_of
from stream.gateway.order_group import Field, Group
from stream.gateway.plan import code_of
from stream.gateway.prescriptions import DRUG_SEGMENTS, drugs_of
from stream.gateway.segments import DELETED, Segment, raw, text
from stream.gateway.trouble import LeftOut, Told, Trouble, Unusable

if TYPE_CHECKING:
    from schemas.imaging import ImagingOrder

KINDS: Final = {
    "ORM": ("O01",),
    "OMG": ("O19",),
    "OMI": ("O23",),
    "OMP": ("O09",),
    "RDE": ("O11", "O01"),
    "RAS": ("O17", "O01"),
}
"""The events of each message type; before version 2.4 O01 was that of every one."""
_OF_DRUGS: Final = frozenset({"OMP", "RDE", "RAS"})
_OVER: Final = frozenset({"stopped", "completed"})
_CLOCKS_APART: Final = timedelta(minutes=2)
"""So far an order may seem to lie after its message; as an observation, and as the worker's future_s."""


class Orders:
    """Reads the orders of one message: `records` of those that are taken, `told` the rest."""

    def __init__(self, context: Context) -> None:
        """Raises Unusable where the message is at fault."""
        self.records: list[Record] = []
        self.told = Told()
        self._context = context
        self._subject = context.of_one_patient("an order")
        self._kind = text(context.message.header, 9)
        self._counted = _counted(context.message.segments)
        groups = list(_groups(context.message.segments))
        if not groups:
            raise Unusable(Trouble("ORC^1", "100", "the message has no ORC: it says nothing of an order"))
        for number, segments in enumerate(groups, 1):
            try:
                self._read(number, segments)
            except LeftOut as left_out:
                self.told.leave_out(left_out.trouble, "")
        self._tell_observations()

    def _read(self, number: int, segments: list[Segment]) -> None:
        control = segments[0]
        effect, remark = effect_of(text(control, 1), text(control, 5), number)
        if remark is not None:
            self.told.tell(remark)
        group = Group(
            number,
            segments,
            effect,
            self._time(control, number, effect),
            self._context.sent,
            self.told,
            self._where,
            self._moment,
            lambda time: self._context.filed(self._subject, time).patient,
            partial(self._named, number, control, effect),
        )
        is_drug = self._kind in _OF_DRUGS or any(one.name in DRUG_SEGMENTS for one in segments)
        found: list[Medication | ImagingOrder] = []
        is_of_either = not is_drug and effect in _OVER and group.first("OBR") is None
        if is_of_either:
            sentence = "the order does not say of what it was: it ends as one of a drug and as one of images"
            self.told.tell(Trouble(f"ORC^{number}", "101", sentence, "remark"))
        if is_drug or is_of_either:
            found += drugs_of(group)
        if not is_drug:
            found += images_of(group, self._kind, self._context.conventions.key)
        for record in found:
            topic = "medications" if isinstance(record, Medication) else "imaging-orders"
            event = FeedEvent(topic, record.patient, record.time, record)
            self.records.append(Record(event, self._context.filed(self._subject, record.time)))

    def _time(self, control: Segment, number: int, effect: Effect) -> datetime:
        """When this was said of the order: the transaction (ORC-9), or else the message.

        Many senders keep there when the order began. So that an order that is over does not seem to have gone on since,
        its end is never before the message that says so.
        """
        stated, sent, where = text(control, 9), self._context.sent, f"ORC^{number}^9"
        found = None
        try:
            found = self._moment(stated) if stated else None
        except NoMomentError as error:
            self.told.tell(Trouble(where, "102", f"{error}: the message's moment counts", "remark"))
        if found is not None and sent is not None and found > sent + _CLOCKS_APART:
            sentence = "the moment lies after the message was written, whose moment counts"
            self.told.tell(Trouble(where, "102", sentence, "remark"))
            found = None
        if sent is not None and (found is None or (effect in _OVER and sent > found)):
            found = sent
        if found is None:
            raise LeftOut(Trouble(where, "102", "the order has no moment"))
        return found

    def _where(self, segment: Segment, field: int) -> str:
        return f"{segment.name}^{self._counted.get(id(segment), 1)}" + (f"^{field}" if field else "")

    def _moment(self, stated: str) -> datetime:
        return self._context.moment(stated, self._subject)

    def _named(
        self, number: int, control: Segment, effect: Effect, placers: Sequence[Field], fillers: Sequence[Field]
    ) -> str:
        """What stands for the order: the placer's number of it, or else the filler's.

        By the filler's the placer's is found, where one message of the order has had both.
        """
        ours = self._numbered("placer", ((control, 2), *placers))
        theirs = self._numbered("filler", ((control, 3), *fillers))
        memory, where = self._context.memory, f"ORC^{number}^2"
        if ours and theirs and not self._context.is_test:
            memory.name_order(theirs, ours)
        known = ours or memory.order_of(theirs) or theirs
        if not known:
            raise LeftOut(Trouble(where, "101", "the order has no number"))
        if known == theirs and effect in _OVER:
            sentence = "only the filler's number is stated: what goes by its placer's is not known to be over"
            self.told.tell(Trouble(where, "101", sentence, "remark"))
        return self._context.conventions.key.name(f"order|{known}")

    def _numbered(self, whose: str, fields: Sequence[Field]) -> str:
        for segment, field in fields:
            number, *stated = (text(segment, field, at) for at in range(1, 5))
            if number and number != DELETED:
                return repr((whose, *assigner(self._context.conventions.same_authority, *stated), number))
        return ""

    def _tell_observations(self) -> None:
        """Observations beside an order, as height and weight, are nobody's vital signs here."""
        observed = [one for one in self._context.message.segments if one.name == "OBX"]
        for number, segment in enumerate(observed, 1):
            if raw(segment, 5).strip():
                sentence = "an observation beside an order is left out"
                self.told.leave_out(Trouble(f"OBX^{number}", "0", sentence, "left out"), code_of(segment))


def _counted(segments: Sequence[Segment]) -> dict[int, int]:
    """Which of its name each segment is, by its identity."""
    so_far: Counter[str] = Counter()
    found = {}
    for one in segments:
        so_far[one.name] += 1
        found[id(one)] = so_far[one.name]
    return found


def _groups(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    begins = [at for at, segment in enumerate(segments) if segment.name == "ORC"]
    for begin, end in pairwise([*begins, len(segments)]):
        yield list(segments[begin:end])
