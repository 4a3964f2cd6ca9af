"""What the CDS service counts: calls, cards and feedback by rule, and how long an answer took. No name is in it."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from stream.cds.card import Card
from stream.cds.live import How

_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Tally:
    """Counts; `registry` holds the metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter("requests", "requests by the status of their answer", "status")
        self._records = self._counter("records", "calls by how the ward's record of the patient was found", "how")
        self._cards = self._counter("cards", "cards by service and rule", "service", "rule", "indicator")
        self._feedback = self._counter("feedback", "what clinicians did with cards, by rule", "rule", "outcome")
        self._took = Histogram(
            "wardwatch_cds_seconds",
            "from a call's last byte to its answer",
            ["service"],
            buckets=_SECONDS,
            registry=self.registry,
        )

    def answered(self, status: int) -> None:
        """A request has its answer."""
        self._requests.labels(str(status)).inc()

    def called(self, service: str, how: How, cards: Iterable[Card], took_s: float) -> None:
        """A call has its cards."""
        self._records.labels(how).inc()
        for one in cards:
            self._cards.labels(service, one.rule, one.indicator).inc()
        self._took.labels(service).observe(took_s)

    def told(self, rule: str | None, outcome: str) -> None:
        """A clinician has done something with a card."""
        self._feedback.labels(rule or "unknown", outcome).inc()

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"wardwatch_cds_{name}_total", what, labels, registry=self.registry)
