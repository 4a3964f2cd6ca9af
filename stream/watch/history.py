"""What of a backlog is history, and what its alerts are published as. It reads no clock.

Age is how long ago a record came, by the broker's stamp, never by a bed's clock: a device whose clock is behind alarms
like any other.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from models.watch import untold
from models.watch.records_out import RecordOut
from models.watch.state import PatientState
from schemas.alerts import Alert
from stream.delivery.records import Record

States = dict[str, PatientState]


class Ages:
    """From when on the records of each partition are no history.

    When all of a partition was read, the last record was as old as its clock is behind ours: that is taken off. So a
    partition that is read as it comes has no history, whatever its stamps.
    """

    def __init__(self, history_s: float) -> None:
        self._history_s = history_s
        self._lag_s: dict[TopicPartition, float] = {}  # between the stamp of the last record and its work
        self._skew_s: dict[TopicPartition, float] = {}

    def note(self, tp: TopicPartition, lag_s: float) -> None:
        """The last record of a run was worked on so long after its stamp."""
        self._lag_s[tp] = lag_s

    def all_was_read(self, tp: TopicPartition) -> None:
        """Nothing of the partition is unread."""
        self._skew_s[tp] = max(0.0, self._lag_s.get(tp, 0.0))

    def forget(self) -> None:
        """The partitions were taken away."""
        self._lag_s.clear()
        self._skew_s.clear()

    def since_ms(self, tp: TopicPartition, now_s: float) -> float:
        """The stamp from which on records are no history."""
        return 1000 * (now_s - self._history_s - self._skew_s.get(tp, 0.0))

    def split(
        self, tp: TopicPartition, records: Sequence[Record], now_s: float
    ) -> tuple[Sequence[Record], Sequence[Record]]:
        """Those that are history, up to the first that is not, and the rest."""
        since_ms = self.since_ms(tp, now_s)
        at = next((at for at, record in enumerate(records) if record.timestamp >= since_ms), len(records))
        return records[:at], records[at:]


def published(
    states: Mapping[str, PatientState], said: Sequence[RecordOut], now_s: float, *, old: bool
) -> tuple[States, list[RecordOut]]:
    """The states after the alerts among these records were published, and the records as they are published."""
    alerts: dict[str, list[Alert]] = defaultdict(list)
    for one in said:
        if isinstance(one.record, Alert):
            alerts[one.record.patient].append(one.record)
    after = dict(states)
    for patient, own in alerts.items():
        state = after[patient]
        after[patient] = untold.held_back(state, own, now_s) if old else untold.told(state, own)
    if not old:
        return after, list(said)
    return after, [
        one._replace(record=untold.as_history(one.record)) if isinstance(one.record, Alert) else one for one in said
    ]


def said_again(states: Mapping[str, PatientState]) -> tuple[States, list[Alert]]:
    """The states of patients whose records are of now, and the alarms of which only history was published so far."""
    after = dict(states)
    said: list[Alert] = []
    for patient, state in states.items():
        if state.untold:
            after[patient], own = untold.still_open(patient, state)
            said += own
    return after, said
