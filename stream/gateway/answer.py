"""The acknowledgement of an HL7 v2 message (chapter 2.9): what became of it, and why not."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from stream.gateway.charset import named
from stream.gateway.segments import DELETED, Delimiters, Message, raw, text
from stream.gateway.trouble import Trouble

_CONDITIONS: Final = {
    "0": "Message accepted",
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "205": "Duplicate key identifier",
    "207": "Application internal error",
}
"""HL7 table 0357."""
MOST_ERRORS: Final = 100
"""ERR segments of one answer; our choice."""


class Verdict(StrEnum):
    """What became of a message, in the words of HL7 table 0008."""

    ACCEPTED = "AA"  # the broker has confirmed every record
    ERROR = "AE"  # the message is at fault: sending it again changes nothing
    REJECTED = "AR"  # the broker is away: send it again


Kind = Literal["application", "accept", ""]
"""Which answer goes out: of the application (AA, AE, AR), that the message was accepted (CA, CE, CR), none."""

# fmt: off
# Chapter 2.9.1 to 2.9.3 and HL7 table 0155. Both answers would leave at one moment, when it is known whether the broker
# has the records, and a sender that waits for one would take the second for the next message's: so the application's
# goes where it is wanted, and says what the other would. A sender whose profile says that it waits for both gets both.
_ROWS: Final[tuple[tuple[str, str, Kind, Kind], ...]] = (
    # MSH-15 MSH-16  if taken       if not
    ("",     "",     "application", "application"),  # original mode; every other row is enhanced mode
    ("",     "AL",   "application", "application"),
    ("",     "NE",   "",            ""),
    ("",     "ER",   "",            "application"),
    ("",     "SU",   "application", ""),
    ("AL",   "",     "accept",      "accept"),
    ("AL",   "AL",   "application", "application"),
    ("AL",   "NE",   "accept",      "accept"),
    ("AL",   "ER",   "accept",      "application"),
    ("AL",   "SU",   "application", "accept"),
    ("NE",   "",     "",            ""),
    ("NE",   "AL",   "application", "application"),
    ("NE",   "NE",   "",            ""),
    ("NE",   "ER",   "",            "application"),
    ("NE",   "SU",   "application", ""),
    ("ER",   "",     "",            "accept"),
    ("ER",   "AL",   "application", "application"),
    ("ER",   "NE",   "",            "accept"),
    ("ER",   "ER",   "",            "application"),
    ("ER",   "SU",   "application", "accept"),
    ("SU",   "",     "accept",      ""),
    ("SU",   "AL",   "application", "application"),
    ("SU",   "NE",   "accept",      ""),
    ("SU",   "ER",   "accept",      "application"),
    ("SU",   "SU",   "application", ""),
)
# fmt: on
_WANTED: Final = {(accept, application): (taken, refused) for accept, application, taken, refused in _ROWS}


def wanted(message: Message | None, verdict: Verdict, *, is_both: bool = False) -> tuple[Kind, ...]:
    """Which answers the sender asks for, in their order; what can't be read of its wish means always.

    `is_both`: this sender waits for the commit's answer and then for the application's, where it asks for both; after a
    commit that is refused no other follows (chapter 2.9.3.2). No answer is ever answered.
    """
    if message is None:
        return ("application",)
    header = message.header
    if text(header, 9) in {"ACK", "MCF"}:
        return ()
    stated = ("" if (one := text(header, number).upper()) == DELETED else one for number in (15, 16))
    accept, application = (one if one in {"", "AL", "NE", "ER", "SU"} else "AL" for one in stated)
    is_taken = verdict is Verdict.ACCEPTED
    taken, refused = _WANTED[accept, application]
    found = taken if is_taken else refused
    if is_both and found == "application" and accept in {"AL", "SU" if is_taken else "ER"}:
        return ("accept", "application") if is_taken else ("accept",)
    return (found,) if found else ()


def code(verdict: Verdict, kind: Kind, again: str = "AR", never: str = "AE") -> str:
    """MSA-1; `again` and `never` are how this sender reads the two ways of refusal, the first be it as silence."""
    said = {Verdict.ACCEPTED: "AA", Verdict.ERROR: never, Verdict.REJECTED: again}[verdict]
    return "C" + said[1] if kind == "accept" else said


def answer(
    message: Message | None, said: str, troubles: Sequence[Trouble], now: datetime, control: str, codec: str = "utf-8"
) -> bytes:
    """Write the ACK. `message` is None where it could not be read; `control` names the answer itself.

    It is written with the sender's own delimiters and characters. Where the message was taken a trouble is a warning,
    or for information where the message is as it should be: the rest was taken.
    """
    header = None if message is None else message.header
    between = header.delimiters if header else Delimiters()
    asked = [raw(header, number) for number in (5, 6, 3, 4)]  # we are now the sender
    kind = between.component.join(part for part in ("ACK", text(header, 9, 2), "ACK" if header else "") if part)
    last = raw(header, 11) or "P", raw(header, 12) or "2.6"
    fields = ["MSH", between.encoding, *asked, f"{now:%Y%m%d%H%M%S%z}", "", kind, control, *last]
    charset = raw(header, 18)
    if charset and named(charset):
        fields += [*[""] * 5, charset]
    lines = [[_without_controls(one) for one in fields], ["MSA", said, _without_controls(raw(header, 10))]]
    is_taken = said.endswith("A")
    lines += [_error(one, between, is_taken=is_taken) for one in _first(troubles)]
    return "".join(between.field.join(line) + "\r" for line in lines).encode(codec, "replace")


def _without_controls(echoed: str) -> str:
    """What we say after the sender without what would end our answer (VT, FS, CR) or steer who reads it (ESC, NUL)."""
    return "".join(letter for letter in echoed if unicodedata.category(letter) != "Cc")


def _first(troubles: Sequence[Trouble]) -> list[Trouble]:
    """As many as an answer has room for."""
    if len(troubles) <= MOST_ERRORS:
        return list(troubles)
    rest = Trouble("MSH^1", "0", f"and {len(troubles) - MOST_ERRORS} more of the same kinds", "remark")
    return [*troubles[:MOST_ERRORS], rest]


def _error(one: Trouble, between: Delimiters, *, is_taken: bool) -> list[str]:
    severity = "I" if one.code == "0" else "W" if is_taken or one.weight != "fault" else "E"
    condition = (one.code, _CONDITIONS[one.code], "HL70357")
    sentence = "".join(" " if letter in between else letter for letter in one.sentence)
    where = one.where.replace("^", between.component)
    return ["ERR", "", where, between.component.join(condition), severity, "", "", "", sentence]
