"""What one sender may cost the others: bytes, time, connections, messages a second. Pure."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

LARGEST_BYTES: Final = 4 * 2**20
"""Of a message; our choice, three times a laboratory's report with its PDF."""
_MOST_SENDERS: Final = 10_000  # whose pace is remembered; our choice
_BURST_S: Final = 1.0  # so much of its rate a sender may send at once; our choice


@dataclass(frozen=True)
class Limits:
    """The limits of a gateway; the numbers are our choice.

    message_bytes  of one message
    held_bytes     of all messages together that have begun and are not yet answered
    connections    at once; what comes over one more is refused with an answer
    handshake_s    for the TLS handshake
    block_s        from the first byte of a block to its last
    idle_s         without a block; a connection whose other end is gone without a word ends sooner, by TCP keepalive
    messages_per_s of one sender, over all its connections
    hold_s         so long a message above that rate is held back before it is refused
    """

    message_bytes: int = LARGEST_BYTES
    held_bytes: int = 64 * 2**20
    connections: int = 2000
    handshake_s: float = 10
    block_s: float = 60
    idle_s: float = 3600
    messages_per_s: float = 1000
    hold_s: float = 5


class Room:
    """Room for bytes that all connections share."""

    def __init__(self, most_bytes: int) -> None:
        self.held_bytes = 0
        self._most_bytes = most_bytes

    def take(self, more_bytes: int) -> bool:
        """Take room; False where there is not so much."""
        if self.held_bytes + more_bytes > self._most_bytes:
            return False
        self.held_bytes += more_bytes
        return True

    def give_back(self, taken_bytes: int) -> None:
        """Give back what was taken."""
        self.held_bytes -= taken_bytes


class Pace:
    """Messages a second by sender, after the generic cell rate algorithm (ITU-T I.371)."""

    def __init__(self, per_s: float, patience_s: float) -> None:
        self._every_s = 1 / per_s
        self._patience_s = patience_s
        self._due_s: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, sender: str, now_s: float) -> float | None:
        """For how long a sender's next message is to be held back; None: for too long, and it is not counted."""
        due_s = max(self._due_s.get(sender, now_s), now_s)
        wait_s = max(0.0, due_s - _BURST_S - now_s)
        if wait_s > self._patience_s:
            return None
        self._due_s[sender] = due_s + self._every_s
        self._due_s.move_to_end(sender)
        if len(self._due_s) > _MOST_SENDERS:
            self._due_s.popitem(last=False)
        return wait_s
