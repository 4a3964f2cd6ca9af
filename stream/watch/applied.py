"""What records and the clock make of states, and which records a state knows already. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from models.watch.advance import advance_clock, advance_event
from models.watch.records_out import RecordOut
from models.watch.state import PatientState
from stream.broker.lineage import Log
from stream.delivery.decode import Decoded
from stream.delivery.records import Record, log_of, place_of
from stream.watch.history import published, said_again


def is_new(state: PatientState, record: Record) -> bool:
    """A record that was applied before a restart has had its outputs confirmed then: it changes nothing again."""
    return state.positions.get(place_of(record), 0) <= record.offset


def advance_events(
    events: Sequence[Decoded], known: Mapping[str, PatientState], log: Log, now_s: float, *, old: bool
) -> tuple[dict[str, PatientState], list[tuple[RecordOut, Record]]]:
    """The states of the patients whom these events change, and what follows from them. Pure.

    `old`: they are history at `now_s`, see stream/watch/history.py; the same below.
    """
    changed: dict[str, PatientState] = {}
    follows: list[tuple[RecordOut, Record]] = []
    for one in events:
        before = changed.get(one.patient, known[one.patient])
        after, said = advance_event(one.patient, before, one.model, one.record.timestamp)
        after_all, said = published({one.patient: after}, said, now_s, old=old)
        changed[one.patient] = applied(after_all[one.patient], [one.record], log)
        follows += [(out, one.record) for out in said]
    return changed, follows


def advance_clocks(
    states: Mapping[str, PatientState],
    clock_ms: int,
    now_s: float,
    again: Collection[str],
    *,
    old: bool,
) -> tuple[dict[str, PatientState], list[RecordOut]]:
    """The states of these patients when the clock shows that, and what is due by then. Pure.

    Of those in `again` first of all the alarms of which only history was published so far.
    """
    changed: dict[str, PatientState] = {}
    follows: list[RecordOut] = []
    for patient, state in states.items():
        told, repeated = said_again({patient: state} if patient in again else {})
        after, said = advance_clock(patient, told.get(patient, state), clock_ms)
        if after is not state:
            after_all, said = published({patient: after}, said, now_s, old=old)
            changed |= after_all
            follows += [*(RecordOut("alerts", one, 0) for one in repeated), *said]
    return changed, follows


def by_patient(named: Iterable[tuple[str, Record]]) -> dict[str, list[Record]]:
    """Named records by name, in their order."""
    records: dict[str, list[Record]] = defaultdict(list)
    for name, record in named:
        records[name].append(record)
    return records


def applied(state: PatientState, records: Sequence[Record], log: Log) -> PatientState:
    """A state that knows that these records, in their order, were applied to it, and in which log they lie.

    `log` is that of the run that brought them.
    """
    after = state.copied()
    positions, logs, counts = dict(state.positions), dict(state.logs), dict(state.counts)
    for record in records:
        place = place_of(record)
        positions[place], logs[place] = record.offset + 1, str(log_of(record, log))
        counts[record.topic] = counts.get(record.topic, 0) + 1
    after.positions, after.logs, after.counts = positions, logs, counts
    return after
