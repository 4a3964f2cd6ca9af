"""What the FHIR gateway counts and logs: requests, resources, records, and what was not used, by code.

Nothing of a resource is shown but its type and codes of the systems that everybody shares: another may be a patient's.
"""

import re
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from structlog import get_logger

from stream.fhir_door.translate import READERS, Outcome
from stream.gateway.codes import LOINC, MDC, system_of
from stream.gateway.tally import HIDDEN, MOST_SERIES, OTHERS

log = get_logger()

_CODE: Final = re.compile(r"[\w.-]{1,40}", re.ASCII)
_SHARED: Final = frozenset({LOINC, MDC, "SCT"})


class Tally:
    """Counts and logs what became of resources; `registry` holds the metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter("requests", "FHIR requests by the status of their answer", "status")
        self._resources = self._counter("resources", "FHIR resources by what became of them", "type", "fate")
        self._records = self._counter("records", "records confirmed by the broker", "topic")
        self._unused = self._counter("unused", "observations that became no value", "code", "why")
        self._seen: set[tuple[str, str]] = set()

    def answered(self, status: int) -> None:
        """A request has its answer."""
        self._requests.labels(str(status)).inc()

    def double(self, kind: str) -> None:
        """A resource came before."""
        self._resources.labels(_shown_type(kind), "double").inc()

    def became(self, kind: str, outcome: Outcome, *, is_refused: bool) -> None:
        """A resource has its fate."""
        fate = "refused" if is_refused else "taken" if outcome.records else "not used"
        kind = _shown_type(kind)
        self._resources.labels(kind, fate).inc()
        for one in outcome.records if not is_refused else ():
            self._records.labels(one.event.topic).inc()
        is_new = False
        for unused in outcome.unused:
            is_new |= self._count(_shown_code(unused.code), unused.why)
        if (is_refused or is_new) and outcome.troubles:  # of a refused transaction most entries have none
            first = next((one for one in outcome.troubles if one.code != "0"), None) or outcome.troubles[0]
            name = "resource-refused" if is_refused else "left-out"
            log.warning(name, type=kind, where=first.where, why=first.sentence)

    def _count(self, code: str, why: str) -> bool:
        """Count one that was not used; whether it was not counted before."""
        series = code, why
        if series not in self._seen and len(self._seen) >= MOST_SERIES:
            series = OTHERS, why
        is_new = series not in self._seen
        self._seen.add(series)
        self._unused.labels(*series).inc()
        return is_new

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"wardwatch_gateway_{name}_total", what, labels, registry=self.registry)


def _shown_type(kind: str) -> str:
    return kind if kind in READERS else OTHERS


def _shown_code(label: str) -> str:
    """A code with its system, if the system is one that everybody shares."""
    code, _, system = label.partition("^")
    shared = system_of(system)
    return f"{code}^{shared}" if shared in _SHARED and _CODE.fullmatch(code) else HIDDEN
