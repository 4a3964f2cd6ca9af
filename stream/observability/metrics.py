"""Prometheus metrics of a worker. No label carries a patient."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """One worker's metrics, in a registry of their own so that tests can create several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.records = self._counter("records", "records taken in", "topic")
        self.outputs = self._counter("outputs", "outputs confirmed by the broker", "topic")
        self.dead_letters = self._counter("dead_letters", "records that could not be used", "stage")
        self.unsendable = self._counter("outputs_too_large", "outputs that the broker would not take", "topic")
        self.flagged = self._counter("frames_flagged", "frames that were late, doubled or had unusable values", "why")
        self.suppressed = self._counter("records_suppressed", "records that had been applied before a restart", "topic")
        self.moved = self._counter(
            "records_moved", "records that lay in another partition than their key's and were moved there", "topic"
        )
        self.positions_set_back = self._counter(
            "positions_set_back", "patients whose position was one in a log that is no more", "topic"
        )
        self.gaps = self._counter("gaps", "times that records were not read in their turn", "kind", "rule")
        self.gap_records = self._counter("gap_records", "records of these, where their number is known", "kind", "rule")
        self.alarms_suppressed = self._counter(
            "alarms_suppressed", "alerts that were recorded in silence, since a greater alarm sounded", "condition"
        )
        self.alerts_late = self._counter("alerts_late", "alerts that were published long after their time")
        self.alerts_history = self._counter("alerts_history", "alerts of a backlog that were published in silence")
        self.alert_latency_s = self._histogram(
            "alert_latency_seconds", "from an input's arrival at the broker to its alert's"
        )
        self.queue_wait_s = self._histogram("queue_wait_seconds", "from an input's arrival at the broker to its work")
        self.run_s = self._histogram("run_seconds", "work on one run of records, without confirmation")
        self.advance_s = self._histogram("advance_seconds", "the pure core's part of a run: scores, alarms, forecasts")
        self.inference_s = self._histogram("inference_seconds", "one step of the risk model, reasons included")
        self.run_records = self._sizes("run_records", "records in a run: the micro-batch")
        self.forecasts_batch = self._sizes("forecast_batch_size", "patients in one step of the risk model")
        self.arrival_age_s = self._gauge(
            "arrival_age_seconds", "how old the latest input was by its stamp when it came"
        )
        self.lag = self._gauge("lag_records", "records in our partitions that are not yet read")
        self.log_look_age_s = self._gauge("log_look_age_seconds", "since the broker last told of our partitions' logs")
        self.runs_in_work = self._gauge("runs_in_work", "runs begun and not finished")
        self.patients_in_memory = self._gauge("patients_in_memory", "patients whose state this worker holds")
        self.degraded = self._gauge("degraded", "1 while a part is away", "component")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"wardwatch_{name}_total", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"wardwatch_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(f"wardwatch_{name}", text, buckets=_SECONDS, registry=self.registry)

    def _sizes(self, name: str, text: str) -> Histogram:
        return Histogram(f"wardwatch_{name}", text, buckets=[2**power for power in range(15)], registry=self.registry)
