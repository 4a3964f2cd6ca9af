"""The acknowledgement of an HL7 v2 message (chapter 2.9.2, original mode): what became of it, and why not."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from stream.gateway.segments import Message, text
from stream.gateway.translate import Trouble

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


class Verdict(StrEnum):
    """HL7 table 0008."""

    ACCEPTED = "AA"  # the broker has confirmed every record
    ERROR = "AE"  # the message is at fault: sending it again changes nothing
    REJECTED = "AR"  # the broker is away: send it again


def answer(
    message: Message | None, verdict: Verdict, troubles: Sequence[Trouble], now: datetime, control: str
) -> bytes:
    """Write the ACK. `message` is None where it could not be read; `control` names the answer itself.

    Under AA a trouble is a warning, or for information where the message is as it should be: the rest was taken.
    """
    header = None if message is None else message[0]
    asked = [text(header, number) for number in (5, 6, 3, 4)]  # we are now the sender
    kind = "ACK" if header is None else f"ACK^{text(header, 9, 2)}^ACK"
    version = text(header, 11) or "P", text(header, 12) or "2.6"
    lines = [
        "|".join(["MSH", "^~\\&", *asked, f"{now:%Y%m%d%H%M%S%z}", "", kind, control, *version]),
        f"MSA|{verdict}|{text(header, 10)}",
    ]
    for one in troubles:
        severity = "I" if one.code == "0" else "W" if verdict is Verdict.ACCEPTED else "E"
        lines.append(f"ERR||{one.where}|{one.code}^{_CONDITIONS[one.code]}^HL70357|{severity}|||{one.sentence}")
    return ("\r".join(lines) + "\r").encode()
