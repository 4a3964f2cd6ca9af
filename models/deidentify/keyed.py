"""What stands for an identity: keyed hashes, the same for the same key, and of no use to who has not the key."""

import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

REGISTERED: Final = "1.2.840.10008."
"""The standard's own UIDs, PS3.6 annex A: they name kinds and vocabularies."""
MOST_DAYS: Final = 1461
"""Dates move into the past by up to four years, whole days; our choice."""
SHORTEST_KEY_BYTES: Final = 16
"""128 bit, the least strength of NIST SP 800-131A."""


@dataclass(frozen=True)
class Keyed:
    """A secret key and what follows from it: HMAC-SHA256, with a word before each use, so that none tells of another.

    Raises ValueError when the key is too short.
    """

    key: bytes

    def __post_init__(self) -> None:
        """Refuse a key that could be guessed."""
        if len(self.key) < SHORTEST_KEY_BYTES:
            message = f"the key has fewer than {SHORTEST_KEY_BYTES} bytes"
            raise ValueError(message)

    def uid(self, uid: str) -> str:
        """The UID that stands for this one: 2.25 and a UUID (PS3.5 B.2). The standard's own stay; empty stays empty."""
        if not uid or uid.startswith(REGISTERED):
            return uid
        return f"2.25.{UUID(bytes=self._digest('uid', uid)[:16], version=4).int}"

    def name(self, identity: str) -> str:
        """24 hex digits that stand for a person or thing."""
        return self._digest("name", identity)[:12].hex()

    def days(self, identity: str) -> int:
        """By how many days the dates of this patient move: -1 to -1461."""
        return -1 - int.from_bytes(self._digest("days", identity)[:8]) % MOST_DAYS

    def _digest(self, use: str, text: str) -> bytes:
        return hmac.digest(self.key, f"{use}|{text}".encode(), "sha256")


def shifted(moment: str, days: int) -> str:
    """A DICOM date or date-time (PS3.5 6.2, DA, DT) moved by days; empty where it does not begin with a full date.

    The time of day stays as it is.
    """
    try:
        day = date.fromisoformat(f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}") + timedelta(days=days)
    except (ValueError, OverflowError):
        return ""
    return f"{day:%Y%m%d}{moment[8:]}" if day.year >= 1000 else ""  # noqa: PLR2004 four digits
