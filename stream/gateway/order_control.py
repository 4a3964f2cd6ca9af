"""What an order's control code (ORC-1) and status (ORC-5) mean for the order. Pure.

A code that says nothing certain of the order is told and changes nothing: a drug that was stopped must never be read as
one that was begun, nor a request that was turned down as one that was carried out.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from stream.gateway.trouble import LeftOut, Trouble

Effect = Literal["ordered", "running", "held", "stopped", "completed"]
"""What becomes of the order: placed or changed, begun, on hold, over before its end, done."""


class _Control(NamedTuple):
    """One code of ORC-1.

    effect      what it says of the order; None: nothing that could be taken
    by_status   whether ORC-5 counts before it
    why         instead of an effect, in a sentence; `is_fault`: what has to be put right, as by asking
    """

    effect: Effect | None
    by_status: bool = False
    why: str = ""
    is_fault: bool = False


_NO_NEWS: Final = _Control(None, why="by its control code (ORC-1) nothing becomes of the order")
_STANDS: Final = _Control(
    None, why="a request was turned down, and how the order stood before it is not known here", is_fault=True
)

# fmt: off
# HL7 table 0119, version 2.8.2 (chapter 4.5.1.1). What the filler answers to a request counts as the request does.
_CONTROLS: Final[Mapping[str, _Control]] = {
    "NW": _Control("ordered"),                  # new
    "OK": _Control("ordered"),                  # accepted
    "SN": _Control("ordered"),                  # new, from the filler, who asks for a number
    "RO": _Control("ordered"),                  # takes another's place
    "CH": _Control("ordered"),                  # follows from another
    "RL": _Control("ordered"),                  # a hold is released
    "OE": _Control("ordered"),
    "OR": _Control("ordered"),
    "OP": _Control("ordered"),                  # to be dispensed outside
    "PY": _Control("ordered"),                  # the same, in another's place
    "FU": _Control("ordered"),                  # refilled
    "OF": _Control("ordered"),
    "UC": _Control("ordered"),                  # could not be cancelled: it goes on
    "UD": _Control("ordered"),                  # could not be discontinued
    "XO": _Control("ordered", by_status=True),  # changed
    "XX": _Control("ordered", by_status=True),
    "XR": _Control("ordered", by_status=True),
    "RE": _Control("ordered", by_status=True),  # what was done follows; the code of encoded orders up to version 2.7
    "SC": _Control(None, by_status=True),       # its status has changed
    "SR": _Control(None, by_status=True),       # its status was asked for
    "HD": _Control("held"),
    "OH": _Control("held"),
    "HR": _Control("held"),
    "UR": _Control("held"),                     # could not be released
    "CA": _Control("stopped"),                  # cancelled
    "OC": _Control("stopped"),
    "CR": _Control("stopped"),
    "DC": _Control("stopped"),                  # discontinued
    "OD": _Control("stopped"),
    "DR": _Control("stopped"),
    "RP": _Control("stopped"),                  # others take its place (RO)
    "RQ": _Control("stopped"),
    "RU": _Control("stopped"),
    "UA": _Control("stopped"),                  # could not be accepted
    "UH": _STANDS,                              # could not be held
    "UM": _STANDS,                              # could not be replaced
    "UX": _STANDS,                              # could not be changed
    "UF": _NO_NEWS,                             # could not be refilled
    "NA": _NO_NEWS,                             # has a number
    "RR": _NO_NEWS,                             # the request has come
    "RF": _NO_NEWS,                             # a refill is asked for
    "AF": _NO_NEWS,
    "DF": _NO_NEWS,
    "SS": _NO_NEWS,                             # the status is asked for
    "LI": _NO_NEWS,                             # linked with a problem
    "UN": _NO_NEWS,
    "IN": _NO_NEWS,                             # information
    "MC": _NO_NEWS,                             # a charge
    "CN": _NO_NEWS,                             # a result of several orders
    "RC": _NO_NEWS,                             # a change is recommended
    "DE": _Control(None, why="the sender says that the order's data had errors", is_fault=True),
    "PA": _Control(None, why="it is only the parent of other orders"),
    "PR": _Control(None, why="it is an earlier order, sent along with a new one"),
}

# HL7 table 0038, and what senders write out.
_STATUSES: Final[Mapping[str, Effect]] = {
    "SC": "ordered", "IP": "running", "A": "running", "CM": "completed", "HD": "held",
    "CA": "stopped", "DC": "stopped", "RP": "stopped",
    "ORDERED": "ordered", "SCHEDULED": "ordered", "ACTIVE": "running", "IN PROGRESS": "running",
    "COMPLETED": "completed", "COMPLETE": "completed", "ON HOLD": "held", "HELD": "held",
    "CANCELLED": "stopped", "CANCELED": "stopped", "DISCONTINUED": "stopped", "STOPPED": "stopped",
    "EXPIRED": "stopped", "REPLACED": "stopped",
}
# fmt: on
_UNKNOWN_ORDER: Final = "ER"
"""Of table 0038: an error, there is no such order."""


class Control(NamedTuple):
    """What becomes of an order, and what is odd about how that is said."""

    effect: Effect
    remark: Trouble | None = None


def effect_of(code: str, status: str, number: int) -> Control:
    """What becomes of order `number` of the message; raises LeftOut where that is not certain."""
    where, at_status = f"ORC^{number}^1", f"ORC^{number}^5"
    if not code:
        raise LeftOut(Trouble(where, "101", "the order has no control code"))
    control = _CONTROLS.get(code.upper())
    if control is None:
        raise LeftOut(Trouble(where, "103", "the order's control code is none of HL7 table 0119"))
    if control.why:
        raise LeftOut(
            Trouble(where, "207", control.why) if control.is_fault else Trouble(where, "0", control.why, "left out")
        )
    said = _STATUSES.get(status.upper())
    if status.upper() == _UNKNOWN_ORDER:
        raise LeftOut(Trouble(at_status, "207", "the sender says that there is no such order"))
    remark = None
    if status and said is None:
        remark = Trouble(at_status, "103", "the order's status is none of HL7 table 0038", "remark")
    if control.by_status:
        effect = said or control.effect
        if effect is None:
            raise LeftOut(Trouble(at_status, "103", "the order's status has changed, and to what is not understood"))
        return Control(effect, remark)
    assert control.effect is not None  # noqa: S101 - rows without an effect have a reason, or go by the status
    if control.effect in {"ordered", "held"} and said in {"stopped", "completed"}:
        raise LeftOut(Trouble(at_status, "207", "by its control code the order stands, and by its status it is over"))
    return Control(control.effect, remark)
