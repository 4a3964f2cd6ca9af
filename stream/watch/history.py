"""What of a backlog is history, and what its alerts are published as. Pure.

Age is how long ago a record came, by the broker's stamp, never by a bed's clock: a device whose clock is behind alarms
like any other.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from models.watch import untold
from models.watch.records_out import RecordOut
from models.watch.state import PatientState
from schemas.alerts import Alert
from stream.delivery.records import Record

States = dict[str, PatientState]


def by_age(records: Sequence[Record], since_ms: float) -> tuple[Sequence[Record], Sequence[Record]]:
    """The records before the first that came at this moment or later, and the rest."""
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
