"""When and how often an order is to be carried out (TQ1, or the data type TQ of versions before 2.5). Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from stream.gateway.moments import NoMomentError
from stream.gateway.order_group import Field, Group
from stream.gateway.segments import DELETED, Segment, parts, raw, repetitions, text
from stream.gateway.trouble import Trouble

_LONGEST: Final = 128  # characters of a code on the wire


class Timing(NamedTuple):
    """What is said of one order; empty or None: nothing, or nothing certain."""

    frequency: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    priority: str = ""


class _Stated(NamedTuple):
    frequency: str
    begins: str
    ends: str
    priority: str


def timing(group: Group, older: Sequence[Field]) -> Timing:
    """The timing of an order; `older` are its fields of the type TQ, the first that says anything counts.

    Two timings of one order, as a loading dose and what follows it, are none that the wire could carry: what they agree
    in is taken, and the rest is told.
    """
    quantities = group.every("TQ1")
    stated = [_of_tq1(one) for one in quantities]
    segment, field = (quantities[0], 0) if quantities else next((one for one in older if _of_tq(*one)), (None, 0))
    if segment is None:
        return Timing()
    where, stated = group.where(segment, field), stated or _of_tq(segment, field)
    agreed = []
    for column in zip(*stated, strict=True):
        said = {one for one in column if one not in {"", DELETED}}
        if len(said) > 1:
            sentence = "the order has several timings: what they disagree in is left out"
            group.told.tell(Trouble(where, "207", sentence, "remark"))
        agreed.append(said.pop() if len(said) == 1 else "")
    frequency, begins, ends, priority = agreed
    return Timing(frequency[:_LONGEST], _instant(begins, where, group), _instant(ends, where, group), priority)


def _of_tq1(segment: Segment) -> _Stated:
    pattern = next((one for one in parts(segment, 3, 1) if one), "")
    return _Stated(pattern, text(segment, 7), text(segment, 8), text(segment, 9))


def _of_tq(segment: Segment | None, field: int) -> list[_Stated]:
    """Its components: quantity, interval (repeat pattern and times), duration, start, end, priority."""
    if segment is None or not raw(segment, field).strip():
        return []
    found = []
    for repetition in range(repetitions(segment, field)):
        pattern = next((one for one in parts(segment, field, 2, repetition) if one), "")
        found.append(_Stated(pattern, *(text(segment, field, at, repetition) for at in (4, 5, 6))))
    return found if any(any(one) for one in found) else []


def _instant(stated: str, where: str, group: Group) -> datetime | None:
    try:
        return group.moment(stated) if stated else None
    except NoMomentError as error:
        group.told.tell(Trouble(where, "102", f"of the order's timing {error}", "remark"))
        return None
