"""What became of the records of the last minute: refused in bulk, not applied, misplaced, stamped by a wrong clock.

Each is told on `ward-status`, and as over when it is. All thresholds are ours.
"""

from collections import deque
from typing import Final, NamedTuple

from prometheus_client.metrics import MetricWrapperBase

from schemas.partitioner import PARTITIONER
from stream.observability.metrics import Metrics
from stream.observability.status import Status

_WINDOW_S: Final = 60.0
_BULK: Final = 20  # letters a minute, and more than half of what came
_FEW: Final = 5  # records a minute that say nothing about anything
CLOCK_S: Final = 60.0
"""A time-stamp so far from ours, on a record that has only just come, is that of a wrong clock."""


class Totals(NamedTuple):
    """Counts since the worker began."""

    at_s: float
    records: float
    refused: float
    suppressed: float
    unsendable: float
    moved: float


class Outcomes:
    """Looks at the metrics now and then; `now_s` is of one monotonic clock."""

    def __init__(self, status: Status, metrics: Metrics) -> None:
        self._status = status
        self._metrics = metrics
        self._row: deque[Totals] = deque()
        self._was_caught_up = False
        self.nothing_applied = False
        """Records came within the last minute, and none of them was applied."""

    async def look(self, now_s: float, *, caught_up: bool) -> None:
        """Judge the last minute; `caught_up`: nothing is unread."""
        now = self._totals(now_s)
        before = self._row[-1] if self._row else Totals(now_s, 0, 0, 0, 0, 0)
        self._row += [now] if self._row else [before, now]
        while now_s - self._row[0].at_s > _WINDOW_S:
            self._row.popleft()
        first = self._row[0]
        came, refused = now.records - first.records, now.refused - first.refused
        suppressed = now.suppressed - first.suppressed
        self.nothing_applied = came >= _FEW and came <= refused + suppressed
        await self._tell_applied(came, refused, suppressed)
        await self._tell_refused(came, refused)
        if now.unsendable == first.unsendable:
            await self._status.tell("outputs", "no output was too large for a minute", away=False)
        await self._tell_moved(now.moved - first.moved, now.moved)
        await self._tell_backlog(_sum(self._metrics.arrival_age_s), caught_up, now.records > before.records)
        if caught_up and self._was_caught_up and now.records > before.records:
            await self._tell_clock(_sum(self._metrics.arrival_age_s))
        self._was_caught_up = caught_up

    async def _tell_applied(self, came: float, refused: float, suppressed: float) -> None:
        text = (
            f"of {came:.0f} records of the last minute none was applied: "
            f"{refused:.0f} were refused, {suppressed:.0f} had been applied before"
        )
        text = text if self.nothing_applied else "records are applied again"
        await self._status.tell("log", text, away=self.nothing_applied, part="applied")

    async def _tell_refused(self, came: float, refused: float) -> None:
        bulk = refused >= _BULK and refused > came / 2
        text = f"{refused:.0f} of {came:.0f} records of the last minute became dead letters"
        await self._status.tell("feed", text if bulk else "few records become dead letters", away=bulk, part="refused")

    async def _tell_moved(self, moved: float, in_all: float) -> None:
        """Records lay in other partitions than their keys', so that they reached another worker than their patients."""
        text = (
            f"{moved:.0f} records of the last minute lay in another partition than their key's ({PARTITIONER}) and "
            "were moved there: a sender has another partitioner, or partitions were added"
        )
        over = f"no record was misplaced for a minute; {in_all:.0f} were moved since this worker began"
        await self._status.tell("feed", text if moved else over, away=moved > 0, part="partitioner")

    async def _tell_backlog(self, age_s: float, caught_up: bool, read: bool) -> None:  # noqa: FBT001 - see `look`
        """Old records are read: what is published now is late, and what is live waits behind it."""
        if caught_up:
            await self._status.tell("log", "the backlog is read", away=False, part="backlog")
        elif read and age_s > CLOCK_S:
            text = (
                f"a backlog is read: records are {age_s:.0f} s old, and alerts are late; old ones do not sound, "
                "and what is still open sounds at the end"
            )
            await self._status.tell("log", text, away=True, part="backlog")

    async def _tell_clock(self, age_s: float) -> None:
        wrong = abs(age_s) > CLOCK_S
        text = (
            f"records that have only just come are stamped {abs(age_s):.0f} s {'ago' if age_s > 0 else 'ahead'}: the "
            "clock of a producer is wrong, or the broker's where it stamps them, or ours"
        )
        await self._status.tell("clock", text if wrong else "records are stamped as they come", away=wrong)

    def _totals(self, now_s: float) -> Totals:
        of = self._metrics
        counters = (of.records, of.dead_letters, of.suppressed, of.unsendable, of.moved)
        return Totals(now_s, *(_sum(one) for one in counters))


def _sum(metric: MetricWrapperBase) -> float:
    """A counter over all its labels, or a gauge."""
    samples = (sample for family in metric.collect() for sample in family.samples)
    return sum(sample.value for sample in samples if not sample.name.endswith("_created"))
