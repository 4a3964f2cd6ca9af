"""Technical alarms about Wardwatch itself: a record on `ward-status` when a component fails and when it recovers."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

from structlog import get_logger

from schemas import identity
from schemas.alerts import WardStatus
from schemas.wire import Provenance
from stream.delivery.outputs import SOFTWARE, output
from stream.delivery.sender import Output
from stream.observability.metrics import Metrics

log = get_logger()

Component = Literal[
    "state", "risk-model", "lesion-model", "genomes", "feed", "clock", "worker", "log", "outputs", "alarms"
]


class Status:
    """Tracks which components are away, and publishes each change once."""

    def __init__(self, worker: str, publish: Callable[[Output], Awaitable[None]], metrics: Metrics) -> None:
        self._worker = worker
        self._publish = publish
        self._metrics = metrics
        self._away: set[tuple[Component, str | None, str | None]] = set()

    @property
    def away(self) -> set[str]:
        """The components that are away now."""
        return {component for component, _, _ in self._away}

    async def beat(self, watches: Sequence[int], up_to: datetime | None) -> None:
        """Publish that this worker lives and watches these partitions; none: that it stops."""
        now = datetime.now(UTC)
        listed = ", ".join(map(str, watches))
        text = f"watches the partitions {listed} of vitals" if watches else "watches no partition"
        status = WardStatus(
            id=identity.output_id("ward-status", "", "worker", now, self._worker),
            time=now,
            worker=self._worker,
            component="worker",
            state="restored",
            text=text,
            watches=tuple(watches),
            up_to=up_to,
            provenance=Provenance(software=SOFTWARE, rule="ward-status/1", data="none"),
        )
        await self._publish(output("ward-status", status, None))

    async def tell(
        self, component: Component, text: str, *, away: bool, patient: str | None = None, part: str | None = None
    ) -> None:
        """Publish a change of a component, or of a part of it; do nothing when its state is the same as before."""
        what = (component, patient, part)
        if away == (what in self._away):
            return
        if away:
            self._away.add(what)
        else:
            self._away.discard(what)
        self._metrics.degraded.labels(component).set(sum(name == component for name, _, _ in self._away))
        log.warning("degraded" if away else "restored", component=component, text=text)
        now = datetime.now(UTC)
        status = WardStatus(
            id=identity.output_id("ward-status", patient or "", f"{component}|{part or ''}", now, self._worker),
            time=now,
            worker=self._worker,
            component=component,
            patient=patient,
            part=part,
            state="degraded" if away else "restored",
            text=text,
            provenance=Provenance(software=SOFTWARE, rule="ward-status/1", data="none"),
        )
        await self._publish(output("ward-status", status, None))
