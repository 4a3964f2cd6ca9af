"""Who is logged in to the board, and who is locked out for a while. Pure: time is an argument."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from stream.board.users import User

LASTS: Final = timedelta(hours=8)
"""Ours: a shift."""
LASTS_ON_A_WALL: Final = timedelta(days=30)
"""Ours: a wall that asks for a password in the night shows nothing."""
TRIES: Final = 5
LOCKED: Final = timedelta(minutes=5)
"""Ours: five wrong passwords of one name from one place lock that name at that place for so long.

By name alone anybody could keep a nurse out. NIST SP 800-63B asks for a limit below 100. Behind a proxy all come from
its address, and are locked by name.
"""
_IPV6_SITE: Final = 64
"""One who has an IPv6 address has all of its /64."""


def place(address: str | None) -> str:
    """Return what stands for a client's address: that of an IPv4 client, the network of an IPv6 one."""
    try:
        known = ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    return str(ip_network((known, _IPV6_SITE), strict=False) if known.version == 6 else known)  # noqa: PLR2004 - IPv6


@dataclass(frozen=True)
class Session:
    """A user who is logged in until `ends`; `csrf` must come with every deed."""

    user: User
    csrf: str
    ends: datetime

    def allows(self, csrf: str) -> bool:
        """Return whether a request with this token is the page's own."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


@dataclass
class Sessions:
    """All sessions by their secret, and the failed log-ins."""

    users: Mapping[str, User]
    verify: Callable[[User | None, str], bool]
    _open: dict[str, Session] = field(default_factory=dict)
    _failed: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)

    def is_locked(self, name: str, at: str, now: datetime) -> bool:
        """Return whether a name has had too many wrong passwords from a place of late."""
        recent = [one for one in self._failed.get((name, at), ()) if now - one < LOCKED]
        return len(recent) >= TRIES

    def log_in(self, name: str, password: str, at: str, now: datetime) -> str | None:
        """Return the secret of a new session; None for a wrong name or password, or where the name is locked."""
        if self.is_locked(name, at, now):
            return None
        user = self.users.get(name)
        if not self.verify(user, password) or user is None:
            if user is not None:  # of unknown names nothing is kept, or there would be no end to them
                self._failed = {key: times for key, times in self._failed.items() if now - times[-1] < LOCKED}
                self._failed[name, at] = [*self._failed.get((name, at), ())[-TRIES:], now]
            return None
        self._failed.pop((name, at), None)
        self._open = {secret: one for secret, one in self._open.items() if now < one.ends}
        secret = secrets.token_urlsafe(32)
        self._open[secret] = Session(
            user, secrets.token_urlsafe(32), now + (LASTS_ON_A_WALL if user.role == "wall" else LASTS)
        )
        return secret

    def of(self, secret: str, now: datetime) -> Session | None:
        """Return the session of a secret while it lasts."""
        session = self._open.get(secret)
        return session if session is not None and now < session.ends else None

    def log_out(self, secret: str) -> None:
        """End a session."""
        self._open.pop(secret, None)
