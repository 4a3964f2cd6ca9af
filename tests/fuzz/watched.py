"""Patients as the watch role follows them, without transport, broker and Redis: for the doors of its inputs."""

import re
from collections.abc import Sequence

from models.watch.advance import Timing, advance_clock, advance_event, advance_frames
from models.watch.records_out import RecordOut
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from schemas.topics import TOPICS
from stream.delivery.decode import Decoded, Refused, decode, decode_vitals, new_frames
from stream.delivery.outputs import output
from stream.delivery.records import Record
from tests.builders.ports import NOW_MS, ARecord
from tests.builders.watch_frames import CountingModel
from tests.fuzz.letters_checked import checked_letter
from tests.fuzz.told import nobody_named

FUTURE_MS = 120_000
TIMING = Timing(30_000, 300_000)
MOST_STATE_BYTES = 2**20
"""Of one patient as stored: ours, with room above all bounds of models/watch/bounds.py."""
_PATIENT = re.compile(rb'"patient"\s*:\s*"([^"\\]*)"')


_DAY_MS = 86_400_000


def a_day_passes(patient: str, state: PatientState) -> tuple[PatientState, list[RecordOut]]:
    """Nothing comes for a day: what is due by the clock comes to an end."""
    later, said = advance_clock(patient, state, state.heard_ms + _DAY_MS)
    assert advance_clock(patient, later, state.heard_ms + _DAY_MS)[1] == [], "what was due is due once more"
    return later, said


def a_line(topic: str, value: bytes, offset: int = 0) -> ARecord:
    """A record as a producer sends it who puts the patient into the key, if the value names one."""
    found = _PATIENT.search(value)
    return ARecord(topic, value, key=found.group(1) if found else b"p-1", offset=offset)


class Watched:
    """States by patient, and what was said of them."""

    def __init__(self) -> None:
        self.states: dict[str, PatientState] = {}
        self.said: list[RecordOut] = []

    def frames(self, records: Sequence[ARecord]) -> None:
        """Take frames and blocks in; each becomes columns or a letter."""
        columns, refused = decode_vitals(records, NOW_MS, FUTURE_MS)
        assert len(columns.records) + len(refused) == len(records), "a record that became nothing"
        for one in refused:
            checked_letter(one)
        if not columns.records:
            return
        names, frames, of_frame = new_frames(columns)
        befores = [self.states.get(name, PatientState()) for name in names]
        done = advance_frames(names, befores, frames, CountingModel(), TIMING)
        assert done.failed == 0, "the risk model got what it can't work on"
        self._say(done.said, [columns.records[int(of_frame[one.source])] for one in done.said])
        self.states |= dict(zip(names, done.states, strict=True))

    def event(self, record: ARecord) -> None:
        """Take any other record in; it becomes an event or a letter."""
        decoded = decode(record, NOW_MS, FUTURE_MS)
        if isinstance(decoded, Refused):
            checked_letter(decoded)
            return
        assert isinstance(decoded, Decoded)
        before = self.states.get(decoded.patient, PatientState())
        self.states[decoded.patient], said = advance_event(decoded.patient, before, decoded.model)
        self._say(said, [record] * len(said))

    def a_day_passes(self) -> None:
        """Nothing comes for a day, for nobody."""
        for patient, state in self.states.items():
            self.states[patient], said = a_day_passes(patient, state)
            self._say(said, [a_line("vitals", b"")] * len(said))

    def store_and_load(self) -> None:
        """Store every state and read it again, as a worker's end and its successor do."""
        for patient, state in self.states.items():
            fields = to_fields(state)
            assert sum(map(len, fields.values())) <= MOST_STATE_BYTES, "a state without bound"
            again, unread = from_fields(state.revision, fields)
            assert unread == (), unread
            assert to_fields(again) == fields, "a state that does not come back as it was stored"
            self.states[patient] = again

    def _say(self, said: Sequence[RecordOut], origins: Sequence[Record]) -> None:
        for one, origin in zip(said, origins, strict=True):
            sent = output(one.topic, one.record, origin)
            adapter = TOPICS[one.topic].record
            assert adapter is not None
            adapter.validate_json(sent.value or b"")
            if one.topic == "alerts":
                nobody_named(one.record.model_dump_json(exclude={"patient"}))
        self.said += said
        del self.said[:-100]
