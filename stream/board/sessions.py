"""Who is logged in to the board, and who is locked out for a while. Pure: time is an argument."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from stream.board.users import User

LASTS: Final = timedelta(hours=8)
"""Ours: a shift."""
TRIES: Final = 5
LOCKED: Final = timedelta(minutes=5)
"""Ours: five wrong passwords of one name lock that name for so long; NIST SP 800-63B asks for a limit below 100."""


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
    _failed: dict[str, list[datetime]] = field(default_factory=dict)

    def is_locked(self, name: str, now: datetime) -> bool:
        """Return whether a name has had too many wrong passwords of late."""
        recent = [one for one in self._failed.get(name, ()) if now - one < LOCKED]
        return len(recent) >= TRIES

    def log_in(self, name: str, password: str, now: datetime) -> str | None:
        """Return the secret of a new session; None for a wrong name or password, or a locked name."""
        if self.is_locked(name, now):
            return None
        user = self.users.get(name)
        if not self.verify(user, password) or user is None:
            if user is not None:  # of unknown names nothing is kept, or there would be no end to them
                self._failed[name] = [*self._failed.get(name, ())[-TRIES:], now]
            return None
        self._failed.pop(name, None)
        self._open = {secret: one for secret, one in self._open.items() if now < one.ends}
        secret = secrets.token_urlsafe(32)
        self._open[secret] = Session(user, secrets.token_urlsafe(32), now + LASTS)
        return secret

    def of(self, secret: str, now: datetime) -> Session | None:
        """Return the session of a secret while it lasts."""
        session = self._open.get(secret)
        return session if session is not None and now < session.ends else None

    def log_out(self, secret: str) -> None:
        """End a session."""
        self._open.pop(secret, None)
