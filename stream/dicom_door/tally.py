"""What the DICOM gateway counts and logs: instances by what became of them, studies, limits. Never an identifier.

A sender is known by its AE title where that looks like one; it is no patient's.
"""

import re
import time
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from structlog import get_logger

from stream.dicom_door.outcome import REASONS, Status

log = get_logger()

OTHERS: Final = "others"
_MOST_SENDERS: Final = 200  # that are counted one by one; our choice
_QUIET_S: Final = 60.0  # what is told again sooner is not logged again
_TITLE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,45}", re.ASCII)  # an AE title, or an address


class Tally:
    """Counts; `registry` holds the metrics. Used by many threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._instances = self._counter("instances", "instances by what became of them", "sender", "became")
        self._events = self._counter("events", "imaging-ready events that the broker has confirmed")
        self._limits = self._counter("limits", "how often a limit was reached", "limit")
        self._commitments = self._counter("commitments", "storage commitments by what became of them", "became")
        self._sent = self._counter("sent", "documents for the archive by what became of them", "became")
        self._senders: set[str] = set()
        self._told_s: dict[tuple[str, str], float] = {}

    def show(self, name: str, what: str, now: Callable[[], float]) -> None:
        """Show a number as it is at the moment when somebody looks."""
        Gauge(f"wardwatch_dicom_{name}", what, registry=self.registry).set_function(now)

    def took(self, sender: str, status: Status) -> None:
        """An instance has its fate."""
        sender = self._known(sender)
        self._instances.labels(sender, REASONS[status]).inc()
        if status is not Status.STORED and self._is_news(REASONS[status], sender):
            log.warning("instance-refused", why=REASONS[status], status=f"{status:04X}", sender=sender)

    def double(self, sender: str) -> None:
        """An instance came again."""
        self._instances.labels(self._known(sender), "again").inc()

    def announced(self, study: str, events: int, instances: int) -> None:
        """The events of a study are confirmed."""
        self._events.inc(events)
        log.info("study-announced", study=study, events=events, instances=instances)

    def limit(self, limit: str, peer: str) -> None:
        """A limit was reached; of each peer that is logged once a minute."""
        self._limits.labels(limit).inc()
        peer = self._known(peer)
        if self._is_news(limit, peer):
            log.warning("limit-reached", limit=limit, peer=peer)

    def commitment(self, became: str) -> None:
        """A storage commitment was asked for, answered, or could not be."""
        self._commitments.labels(became).inc()

    def sent(self, became: str) -> None:
        """A document for the archive was taken, refused or has to wait."""
        self._sent.labels(became).inc()

    def _known(self, sender: str) -> str:
        sender = sender.strip()
        if not _TITLE.fullmatch(sender) or (sender not in self._senders and len(self._senders) >= _MOST_SENDERS):
            return OTHERS
        self._senders.add(sender)
        return sender

    def _is_news(self, what: str, sender: str) -> bool:
        now_s = time.monotonic()
        if now_s - self._told_s.get((what, sender), -_QUIET_S) < _QUIET_S:
            return False
        self._told_s[what, sender] = now_s
        return True

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"wardwatch_dicom_{name}_total", what, labels, registry=self.registry)
