"""From raw records to what they say: validated, keyed by their patient, with a believable time. Pure; bytes in.

What can't be used is `Refused` with its stage and becomes a dead letter; a block with one unusable row is refused
whole, since half a block would be neither what was sent nor a record that can be replayed.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from models.scores.news2 import LEVELS
from models.watch.frames import Frames
from schemas.dead_letters import Stage
from schemas.topics import TOPICS
from schemas.vitals import NUMERICS, OBSERVED, VITALS_RECORD, VitalsBlock, VitalsFrame
from schemas.wire import Wire
from stream.delivery.records import Record, SetAside

_NUMERIC_VALUES = attrgetter(*NUMERICS)
_LEVEL: Final[dict[str | None, int | None]] = {None: None, **{level: index for index, level in enumerate(LEVELS)}}
CLOCK_SET_MS: Final = 946_684_800_000
"""2000-01-01: a time-stamp before it comes from a device whose clock was never set."""


class Refused(NamedTuple):
    """A record that can't be used, and why."""

    record: Record
    stage: Stage
    error: Exception | str


class Decoded(NamedTuple):
    """One usable record: of `rows` frames for vital signs, the validated model for everything else."""

    record: Record
    patient: str
    model: Wire


class DecodedVitals(NamedTuple):
    """The frames of many records in columns, in order of arrival.

    records, patients, devices [r]; of_record [n] index into them; time_ms [n]; values [n, 11] as in
    models.watch.state.COLUMNS; sequence [n] the device's running number, -1 without one
    """

    records: list[Record]
    patients: list[str]
    devices: list[str]
    of_record: npt.NDArray[np.int64]
    time_ms: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    sequence: npt.NDArray[np.int64]

    def named(self) -> Iterator[tuple[str, Record]]:
        """Every record with its patient."""
        return zip(self.patients, self.records, strict=True)

    def speaking(self) -> Iterator[tuple[str, Record]]:
        """Every record that says something, with its patient: an empty frame shows that a monitor is on, no more."""
        says = ~np.isnan(self.values).all(axis=1)
        records = set(self.of_record[says].tolist())
        return (named for at, named in enumerate(self.named()) if at in records)


MOST_RECORD_BYTES: Final = 4 * 2**20
"""A longer value is not read. Ours: four times what a broker takes by default in one batch, so only a compressed record
can be longer, and reading it would hold up everybody else's."""


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def latest_allowed_ms(record: Record, now_ms: int, future_ms: int) -> int:
    """The newest event time that this record may carry: measured at its arrival, so a later replay decides alike."""
    return min(record.timestamp, now_ms) + future_ms


def decode(record: Record, now_ms: int, future_ms: int) -> Decoded | Refused:
    """Read one record of any input topic but vitals."""
    adapter = TOPICS[record.topic].record
    if adapter is None:
        return Refused(record, "decode", "this topic carries no records to be read")
    if unread := _unread(record):
        return unread
    try:
        model = adapter.validate_json(record.value or b"")
    except ValidationError as error:
        return _unreadable(record, error)
    fault = _key_fault(record, model.patient) or _time_fault(
        to_ms(model.time), to_ms(model.time), latest_allowed_ms(record, now_ms, future_ms)
    )
    return Refused(record, "validate", fault) if fault else Decoded(record, model.patient, model)


def decode_vitals(records: Sequence[Record], now_ms: int, future_ms: int) -> tuple[DecodedVitals, list[Refused]]:
    """Read frames and blocks of frames into columns."""
    usable: list[Record] = []
    patients: list[str] = []
    of_record: list[int] = []
    time_ms: list[int] = []
    devices: list[str] = []
    sequence: list[int] = []
    rows: list[tuple[Any, ...]] = []
    refused: list[Refused] = []
    for record in records:
        if unread := _unread(record):
            refused.append(unread)
            continue
        value = record.value or b""
        try:
            # A frame is read without the detour through the union; only a block can hold the word.
            model = (
                VITALS_RECORD.validate_json(value) if b'"times"' in value else VitalsFrame.model_validate_json(value)
            )
        except ValidationError as error:
            refused.append(_unreadable(record, error))
            continue
        times = _times(model)
        latest_ms = latest_allowed_ms(record, now_ms, future_ms)
        fault = _key_fault(record, model.patient) or _time_fault(min(times), max(times), latest_ms)
        if fault:
            refused.append(Refused(record, "validate", fault))
            continue
        of_record.extend([len(usable)] * len(times))
        usable.append(record)
        patients.append(model.patient)
        time_ms.extend(times)
        devices.append(model.device or "")
        sequence.extend(_numbers(model))
        rows.extend(_rows(model))
    values = np.array(rows, np.float64) if rows else np.empty((0, len(NUMERICS) + len(OBSERVED)))
    columns = DecodedVitals(
        usable,
        patients,
        devices,
        np.array(of_record, np.int64),
        np.array(time_ms, np.int64),
        values,
        np.array(sequence, np.int64),
    )
    return columns, refused


def new_frames(
    columns: DecodedVitals, new: npt.NDArray[np.bool_] | None = None
) -> tuple[list[str], Frames, npt.NDArray[np.int64]]:
    """The frames of the records that are `new` [r], for the pure core; without it, of all.

    Returns the names of their patients in order of appearance, the frames with places in these names, and of each
    frame [k] the place of its record among those of `columns`.
    """
    new = np.ones(len(columns.records), bool) if new is None else new
    names = list(dict.fromkeys(name for name, is_new in zip(columns.patients, new, strict=True) if is_new))
    place = {name: at for at, name in enumerate(names)}
    kept = new[columns.of_record]
    of_frame = columns.of_record[kept]
    owners = np.array([place.get(name, -1) for name in columns.patients], np.int64)
    devices = tuple(dict.fromkeys(columns.devices))
    known_as = {name: at for at, name in enumerate(devices)}
    device = np.array([known_as[name] for name in columns.devices], np.int64)
    frames = Frames(
        owners[of_frame],
        columns.time_ms[kept],
        columns.values[kept],
        _arrived_ms(columns)[kept],
        device[of_frame],
        columns.sequence[kept],
        devices,
    )
    return names, frames, of_frame


def _arrived_ms(columns: DecodedVitals) -> npt.NDArray[np.int64]:
    """When each frame arrived; in a block as much before its newest row as it was measured before that.

    So a block means the same as its frames sent one by one.
    """
    arrived_ms = np.array([record.timestamp for record in columns.records], np.int64)
    newest_ms = np.zeros(len(columns.records), np.int64)
    np.maximum.at(newest_ms, columns.of_record, columns.time_ms)
    before_ms: npt.NDArray[np.int64] = newest_ms[columns.of_record] - columns.time_ms
    return arrived_ms[columns.of_record] - before_ms


def _times(model: VitalsFrame | VitalsBlock) -> list[int]:
    return [to_ms(model.time)] if isinstance(model, VitalsFrame) else [to_ms(time) for time in model.times]


def _numbers(model: VitalsFrame | VitalsBlock) -> list[int]:
    """The running number of each frame; -1 where the record has none."""
    if isinstance(model, VitalsFrame):
        return [-1 if model.sequence is None else model.sequence]
    if model.first_sequence is None:
        return [-1] * len(model.times)
    return list(range(model.first_sequence, model.first_sequence + len(model.times)))


def _rows(model: VitalsFrame | VitalsBlock) -> list[tuple[Any, ...]]:
    """The rows of a record; None where nothing was measured (NumPy reads it as NaN)."""
    if isinstance(model, VitalsFrame):
        return [(*_NUMERIC_VALUES(model), model.on_oxygen, _LEVEL[model.consciousness])]
    nothing = (None,) * len(model.times)
    columns = [getattr(model, name) or nothing for name in (*NUMERICS, "on_oxygen")]
    columns.append(tuple(_LEVEL[level] for level in model.consciousness or nothing))
    return list(zip(*columns, strict=True))


def _unread(record: Record) -> Refused | None:
    """A record that is refused unread, if it is one."""
    if isinstance(record, SetAside):
        return Refused(record, "decode", record.fault)
    if record.value is not None and len(record.value) > MOST_RECORD_BYTES:
        return Refused(record, "decode", f"the value is longer than {MOST_RECORD_BYTES} bytes")
    return None


def _unreadable(record: Record, error: ValidationError) -> Refused:
    broken = any(found["type"] == "json_invalid" for found in error.errors(include_input=False))
    return Refused(record, "decode" if broken else "validate", error)


def _key_fault(record: Record, patient: str) -> str | None:
    if record.key != patient.encode():
        return "the record's key is not its patient, so its order can't be kept"
    return None


def _time_fault(earliest_ms: int, newest_ms: int, latest_ms: int) -> str | None:
    if newest_ms > latest_ms:
        return f"the time-stamp lies {(newest_ms - latest_ms) / 1000:.0f} s further ahead than is allowed"
    if earliest_ms < CLOCK_SET_MS:
        return "the time-stamp lies before the year 2000: the device's clock is not set"
    return None
