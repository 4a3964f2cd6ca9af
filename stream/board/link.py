"""How the board itself stands with the broker, and what it must say about that. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

ANSWER: Final = timedelta(seconds=3)
"""Ours: it is asked once a second and has two seconds to answer."""
BEHIND: Final = timedelta(seconds=10)
"""Ours: what the broker had so long ago has not been read yet."""
UNTOLD: Final = timedelta(seconds=20)
"""Ours: time for a worker to give a sign of life, once the board can hear one."""


class Fault(NamedTuple):
    """Why nothing on the board is of now."""

    text: str
    since: datetime


@dataclass
class Link:
    """What the board knows of its own connection; all by its own clock.

    began     when the board started
    answered  when the broker last answered a question or sent a record
    read      when all that the broker had shortly before had been read
    recalled  scores and forecasts from before the board's hours have been looked for
    dead_letters  how many the broker keeps; None where it does not say, or the board may not ask
    """

    began: datetime
    answered: datetime | None = None
    read: datetime | None = None
    recalled: bool = False
    dead_letters: int | None = None

    def fault(self, now: datetime) -> Fault | None:
        """Return why nothing that is shown can be relied on; None when the board hears everything."""
        if self.answered is None or now - self.answered > ANSWER:
            return Fault("The broker does not answer: nothing new can come.", self.answered or self.began)
        if self.read is None:
            return Fault("The board is still reading what was said before: what it shows is not complete.", self.began)
        if now - self.read > BEHIND:
            return Fault("The board is behind: the broker has records that it has not read.", self.read)
        return None

    def hears(self, now: datetime) -> bool:
        """Return whether a worker that lives must have been heard by now."""
        return self.read is not None and now - self.began > UNTOLD
