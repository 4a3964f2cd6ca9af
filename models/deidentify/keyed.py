"""Pseudonyms by keyed hash: the same for the same key, and not reversible without it."""

import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

REGISTERED: Final = "1.2.840.10008."
"""Prefix of the UIDs that the standard registers for kinds and vocabularies; PS3.6 annex A."""
MOST_DAYS: Final = 1461
"""Dates are moved into the past by up to four years, in whole days; our choice."""
SHORTEST_KEY_BYTES: Final = 16
"""128 bit, the least security strength of NIST SP 800-131A."""


@dataclass(frozen=True)
class Keyed:
    """A secret key and the pseudonyms derived from it.

    Each is HMAC-SHA256 over a label for its use and the identity, so that pseudonyms for different uses can't be
    linked. Raises ValueError when the key is too short.
    """

    key: bytes

    def __post_init__(self) -> None:
        """Refuse a key that is short enough to be guessed."""
        if len(self.key) < SHORTEST_KEY_BYTES:
            message = f"the key has fewer than {SHORTEST_KEY_BYTES} bytes"
            raise ValueError(message)

    def uid(self, uid: str) -> str:
        """Return the UID's replacement: 2.25 and a UUID (PS3.5 B.2). The standard's own UIDs and empty ones stay."""
        if not uid or uid.startswith(REGISTERED):
            return uid
        return f"2.25.{UUID(bytes=self._digest('uid', uid)[:16], version=4).int}"

    def name(self, identity: str) -> str:
        """Return the pseudonym of a person or thing: 24 hex digits."""
        return self._digest("name", identity)[:12].hex()

    def days(self, identity: str) -> int:
        """Return by how many days the dates of this patient are moved: -1 to -1461."""
        return -1 - int.from_bytes(self._digest("days", identity)[:8]) % MOST_DAYS

    def _digest(self, use: str, text: str) -> bytes:
        return hmac.digest(self.key, f"{use}|{text}".encode(), "sha256")


def shifted(moment: str, days: int) -> str:
    """Move a DICOM date or date-time (PS3.5 6.2, DA, DT) by days; empty where it does not begin with a full date.

    The time of day stays as it is.
    """
    try:
        day = date.fromisoformat(f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}") + timedelta(days=days)
    except (ValueError, OverflowError):
        return ""
    return f"{day:%Y%m%d}{moment[8:]}" if day.year >= 1000 else ""  # noqa: PLR2004 four digits
