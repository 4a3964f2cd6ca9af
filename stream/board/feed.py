"""What has changed on the ward, for any number of viewers.

Nothing is queued for a viewer: each asks for what is newer than what it has seen. Of a bed that is the latest picture,
however many lay between; steps of alarms are kept one by one, and who has missed any begins anew. So a viewer that is
slow or frozen costs no memory, and one that comes back names the last event that it saw and gets the rest.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from uuid import uuid4

import orjson

_STEPS: Final = 1000
_DIGITS: Final = 18


class _Said(NamedTuple):
    number: int
    content: bytes


class Feed:
    """The numbered pictures of all beds, and what is said of the ward."""

    def __init__(self, run: str = "") -> None:
        self._run = run or uuid4().hex[:8]
        self._number = 0
        self._beds: dict[str, _Said] = {}
        self._gone: dict[str, int] = {}
        self._steps: deque[_Said] = deque(maxlen=_STEPS)
        self._dropped = 0  # the newest step that is not kept any more
        self._ward = b"null"
        self._news = asyncio.Event()

    @property
    def number(self) -> int:
        """The number of the newest change."""
        return self._number

    def see(
        self,
        shown: Mapping[str, Any],
        looked_at: Iterable[str],
        steps: Iterable[Mapping[str, Any]] = (),
        ward: Mapping[str, Any] | None = None,
    ) -> None:
        """Take the pictures of the beds that were looked at; one that is not among those shown has gone."""
        before = self._number
        for one in steps:
            if len(self._steps) == _STEPS:
                self._dropped = self._steps[0].number
            self._number += 1
            self._steps.append(_Said(self._number, orjson.dumps(one)))
        for patient, bed in shown.items():
            content = orjson.dumps(bed)
            if patient not in self._beds or self._beds[patient].content != content:
                self._number += 1
                self._beds[patient] = _Said(self._number, content)
                self._gone.pop(patient, None)
        for patient in looked_at:
            if patient not in shown and self._beds.pop(patient, None) is not None:
                self._number += 1
                self._gone[patient] = self._number
        if ward is not None:
            self._ward = orjson.dumps(ward)
        if ward is not None or self._number != before:
            self._news.set()
            self._news = asyncio.Event()

    async def news(self) -> None:
        """Wait for the next change or sign of life."""
        await self._news.wait()

    def seen(self, last_event_id: str) -> int | None:
        """Return the number of the last change that a viewer has seen by its own word; None: it has to begin anew."""
        run, _, number = last_event_id.partition("-")
        if run != self._run or not number.isdecimal() or len(number) > _DIGITS or int(number) > self._number:
            return None
        return int(number)

    def since(self, seen: int | None) -> bytes:
        """Return what is newer than `seen` as server-sent events; with None everything, and that it begins anew.

        The last event alone carries the number: who breaks off before it has not seen them all.
        """
        fresh = seen is None or self._dropped > seen
        known = 0 if seen is None or fresh else seen
        events = [(b"begin", b"{}")] if fresh else []
        if not fresh:
            events += [(b"alarm", one.content) for one in self._steps if one.number > known]
            events += [(b"gone", orjson.dumps(name)) for name, number in self._gone.items() if number > known]
        events += [(b"bed", one.content) for one in self._beds.values() if one.number > known]
        events.append((b"ward", self._ward))
        text = b"\n\n".join(b"event: %s\ndata: %s" % event for event in events)
        return text + b"\nid: %s-%d\n\n" % (self._run.encode(), self._number)
