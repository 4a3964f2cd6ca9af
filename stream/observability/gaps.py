"""The gap ledger: records that were not read in their turn, told on `ward-status`, in metrics and by `/readyz`.

A gap is told as soon as it is noticed, and as restored when its partition has been read to the end since.
"""

from collections import deque
from typing import Any, Final

from stream.broker.lineage import Gap
from stream.observability.metrics import Metrics
from stream.observability.status import Status

_SHOWN: Final = 20


class GapLedger:
    """What `LogBook` notices, kept until somebody has time to tell it."""

    def __init__(self, status: Status, metrics: Metrics) -> None:
        self._status = status
        self._metrics = metrics
        self._untold: deque[tuple[str, str, bool]] = deque()
        self._open: dict[str, Gap] = {}
        self._latest: deque[Gap] = deque(maxlen=_SHOWN)

    def note(self, gap: Gap) -> None:
        """Keep a gap."""
        self._latest.append(gap)
        self._metrics.gaps.labels(gap.kind, gap.rule).inc()
        self._metrics.gap_records.labels(gap.kind, gap.rule).inc(gap.records or 0)
        part = f"{gap.place} {gap.kind}"
        self._open[part] = gap
        self._untold.append((part, str(gap), True))

    def news(self, part: str, text: str, *, away: bool) -> None:
        """Keep news of a log that is no gap."""
        self._untold.append((part, text, away))

    async def tell(self, *, caught_up: bool) -> None:
        """Tell what is new; `caught_up`: every partition of ours was read to its end after that."""
        while self._untold:
            part, text, away = self._untold.popleft()
            await self._status.tell("log", text, away=away, part=part)
        if caught_up:
            for part, gap in self._open.items():
                await self._status.tell("log", f"{gap.place} is read to its end", away=False, part=part)
            self._open.clear()

    def told(self) -> list[dict[str, Any]]:
        """The latest gaps, oldest first."""
        return [gap._asdict() for gap in self._latest]
