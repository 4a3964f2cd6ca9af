"""What becomes of an instance that is to be stored, as DICOM numbers it. Pure."""

from enum import IntEnum
from typing import NamedTuple


class Status(IntEnum):
    """Status of a C-STORE response (PS3.4 B.2.3, PS3.7 annex C), and the failure reason of STOW-RS (PS3.18 I.2.2)."""

    STORED = 0x0000
    FAILED = 0x0110  # processing failure
    CLASS_NOT_SUPPORTED = 0x0122
    NO_SPACE = 0xA700  # refused: out of resources
    TOO_LARGE = 0xA701  # of the same range, PS3.4 table B.2-1; our own number in it
    MISMATCH = 0xA900  # the data set does not match the SOP class, or what the request says of it
    NOT_UNDERSTOOD = 0xC000
    SYNTAX_NOT_SUPPORTED = 0xC122  # of STOW-RS alone; a C-STORE in such a syntax finds no presentation context


REASONS = {
    Status.STORED: "stored",
    Status.FAILED: "failed",
    Status.CLASS_NOT_SUPPORTED: "class",
    Status.NO_SPACE: "no-space",
    Status.TOO_LARGE: "too-large",
    Status.MISMATCH: "mismatch",
    Status.NOT_UNDERSTOOD: "not-understood",
    Status.SYNTAX_NOT_SUPPORTED: "syntax",
}
"""A word for each status, for metrics and log."""


class Outcome(NamedTuple):
    """What became of one instance; its identifiers as far as they are known."""

    status: Status
    sop_class_uid: str = ""
    sop_instance_uid: str = ""


class NotStored(Exception):  # noqa: N818 - an expected result, not a fault
    """An instance can't be stored; its text says nothing of the instance."""

    def __init__(self, status: Status) -> None:
        super().__init__(REASONS[status])
        self.status = status
