"""Messages that came before: the same again, or another under the same control id. Pure.

Told by sender and control id, and by a hash of the content. What is forgotten here, or comes after a restart, is
sent to the broker again, under the same ids as before.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

from stream.gateway.trouble import Trouble

SAME: Final = Trouble("MSH^1^10", "0", "the same message came before: its records are not sent again", "remark")
OTHER: Final = Trouble("MSH^1^10", "205", "another message came under this control id: both are taken", "remark")
_MOST: Final = 200_000  # messages, and what was told of them; our choice: some minutes of a large site


class Before(NamedTuple):
    """A message that was accepted: the hash of its content, and what was told of it."""

    digest: str
    troubles: Sequence[Trouble]


class Doubles:
    """The last message of each sender and control id that was accepted."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._held = 0
        self._known: OrderedDict[tuple[str, str], Before] = OrderedDict()

    def before(self, sender: str, control_id: str) -> Before | None:
        """What came last under a control id."""
        return self._known.get((sender, control_id))

    def accepted(self, sender: str, control_id: str, digest: str, troubles: Sequence[Trouble]) -> None:
        """Take note of a message that was accepted."""
        self._forget(self._known.pop((sender, control_id), None))
        self._known[sender, control_id] = Before(digest, tuple(troubles))
        self._held += 1 + len(troubles)
        while self._held > self._most:
            self._forget(self._known.popitem(last=False)[1])

    def _forget(self, one: Before | None) -> None:
        if one is not None:
            self._held -= 1 + len(one.troubles)
