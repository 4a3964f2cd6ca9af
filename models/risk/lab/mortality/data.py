"""Stays of the PhysioNet/CinC Challenge 2012: time-stamped samples of the first 48 hours, brought to hourly rows.

Shapes: n samples, P stays, T = 48 hours, N = P * T rows, I inputs.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from models.risk.lab.mortality.inputs import INPUTS, NAMES, PARAMETERS, SOURCES, Source
from models.risk.lab.source_files import check_exists, read_parquet, refuse
from models.risk.lab.stays import DataError, NoLabelsError, Stays, digests

HOURS: Final = 48
DEATH: Final = "In-hospital_death"
SEVERITY: Final = ("SAPS-I", "SOFA")
"""Points that the outcome files may hold beside the outcome; -1 where they are unknown."""
_COLUMNS: Final = ("record_id", "time", "parameter", "value")
_RECORD_ID: Final = "RecordID"
_CLOCK: Final = re.compile(r"(\d\d):([0-5]\d)")
_UNKNOWN: Final = -1.0  # the challenge's word for an unknown height, weight or sex; no impossible value


@dataclass(frozen=True)
class _Samples:
    """Checked samples, sorted by time: stay and hour (0 to T - 1) as one place [n], parameter [n], value [n]."""

    place: NDArray[np.int64]
    parameter: NDArray[np.object_]
    value: NDArray[np.float32]


def read_stays(path: Path) -> Stays:
    """Read a parquet file of samples, or a folder of them, and the outcomes*.csv beside it, if there are any.

    Every stay has T rows; its label is 1 in all of them where the patient died in hospital; its hospital is the file.
    The files have the columns record_id, time (HH:MM since admission, up to 48:00), parameter and value. Impossible
    values are hidden and flagged; everything else that is wrong raises DataError, whose text names file, column and row
    and never a value. Without outcome files the stays have no label; with them every stay must have its outcome.
    """
    check_exists(path)
    files = [path] if path.is_file() else sorted(path.glob("*.parquet"))
    if not files:
        msg = f"{path}: holds no .parquet files"
        raise DataError(msg)
    read = [_read(file) for file in files]
    ids = np.concatenate([one[0] for one in read])
    if len(set(ids.tolist())) != len(ids):
        msg = f"{path.name}: a record_id appears in more than one file"
        raise DataError(msg)
    columns, impossible = (np.concatenate([one[at] for one in read]) for at in (1, 2))
    outcomes = _outcomes(files[0].parent, ids)
    deaths = outcomes.pop(DEATH, None)
    label = None if deaths is None else np.repeat(deaths.astype(np.int8), HOURS)
    start = np.arange(0, len(columns) + 1, HOURS)
    return Stays(
        inputs=INPUTS,
        columns=columns,
        label=label,
        iculos=columns[:, NAMES.index("hours_in_icu")].copy(),
        start=start,
        patient_id=ids,
        hospital=np.repeat(np.array([file.stem for file in files], dtype=object), [len(one[0]) for one in read]),
        impossible=impossible,
        digest=digests(ids, columns, label, start),
        severity={name: np.where(points < 0, np.nan, points) for name, points in outcomes.items()},
    )


def died(stays: Stays) -> NDArray[np.int8]:
    """Return who died in hospital, [P]; raises NoLabelsError where that is not known."""
    if stays.label is None:
        msg = "the stays have no outcome, so nothing can be measured or learned"
        raise NoLabelsError(msg)
    return stays.label[::HOURS]


def _read(file: Path) -> tuple[NDArray[np.object_], NDArray[np.float32], NDArray[np.bool_]]:
    """Return record ids [P], rows [N, I] and which cells had an impossible sample [N, I]."""
    table = read_parquet(file)
    absent = [name for name in _COLUMNS if name not in table.column_names]
    if absent:
        msg = f"{file.name}: lacks the columns {', '.join(absent)}"
        raise DataError(msg)
    if table.num_rows == 0:
        msg = f"{file.name}: holds no rows"
        raise DataError(msg)
    ids, samples = _checked(file, table)
    columns = np.full((len(ids) * HOURS, len(INPUTS)), np.nan, np.float32)
    impossible = np.zeros(columns.shape, bool)
    columns[:, NAMES.index("hours_in_icu")] = np.tile(np.arange(1, HOURS + 1), len(ids))
    for at, source in enumerate(SOURCES[:-1]):
        for parameter in reversed(source.parameters):  # the best last, over the others
            _fill(columns[:, at], impossible[:, at], source, _samples_of(samples, parameter))
    return ids, columns, impossible


def _checked(file: Path, table: pa.Table) -> tuple[NDArray[np.object_], _Samples]:
    """Return the record ids in the order of the file, and the samples; raises DataError."""
    record, time, parameter, value = (table.column(name) for name in _COLUMNS)
    if not (pa.types.is_integer(value.type) or pa.types.is_floating(value.type)):
        msg = f"{file.name}: value is no column of numbers"
        raise DataError(msg)
    for name, column in zip(_COLUMNS[:3], (record, time, parameter), strict=True):
        refuse(file, name, column.is_null().to_numpy(), "is missing")
    texts, of_text = np.unique(time.cast(pa.string()).to_numpy().astype(str), return_inverse=True)
    minutes = np.array([_minutes(text) for text in texts.tolist()])[of_text]
    refuse(file, "time", minutes < 0, "is no time from 00:00 to 48:00")
    names = parameter.cast(pa.string()).to_numpy()
    refuse(file, "parameter", ~np.isin(names, [*PARAMETERS, _RECORD_ID]), "is none of the challenge's")
    numbers, first, stay = np.unique(record.to_numpy(), return_index=True, return_inverse=True)
    rank = np.empty(len(numbers), np.int64)
    rank[np.argsort(first)] = np.arange(len(numbers))
    place = rank[stay] * HOURS + np.minimum(minutes // 60, HOURS - 1)
    order = np.argsort(minutes, kind="stable")
    ids = np.array([str(number) for number in numbers[np.argsort(first)]], dtype=object)
    return ids, _Samples(place[order], names[order], value.to_numpy().astype(np.float32)[order])


def _minutes(text: str) -> int:
    """Minutes since admission; -1 for what is none."""
    found = _CLOCK.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    return minutes if minutes <= HOURS * 60 else -1


def _samples_of(samples: _Samples, parameter: str) -> _Samples:
    """Return the samples of a parameter; of "name=k" whether each is k, as 0 or 1."""
    name, _, level = parameter.partition("=")
    own = samples.parameter == name
    value = samples.value[own]
    return _Samples(
        samples.place[own], samples.parameter[own], (value == float(level)).astype("f4") if level else value
    )


def _fill(column: NDArray[np.float32], impossible: NDArray[np.bool_], source: Source, samples: _Samples) -> None:
    """Write what each hour tells of these samples into the column [N], in place, and flag the impossible ones."""
    value = samples.value
    known = ~np.isnan(value) & (value != _UNKNOWN)
    possible = (value >= source.lowest) & (value <= source.highest)
    impossible[samples.place[known & ~possible]] = True
    place, value = samples.place[possible], value[possible]
    match source.hour:
        case "last":
            column[place] = value  # sorted by time: the last one stays
        case "lowest":
            lowest = np.full(len(column), np.inf, np.float32)
            np.minimum.at(lowest, place, value)
            column[place] = lowest[place]
        case "sum" | "mean":
            total = np.bincount(place, value, len(column))
            count = np.bincount(place, minlength=len(column)) if source.hour == "mean" else np.ones(len(column))
            column[place] = (total[place] / count[place]).astype(np.float32)


def _outcomes(folder: Path, ids: NDArray[np.object_]) -> dict[str, NDArray[np.float32]]:
    """Return the outcome of these stays [P] and such of SEVERITY as every file has; nothing without a file."""
    files = sorted(folder.glob("outcomes*.csv"))
    tables = []
    for file in files:
        try:
            table = csv.read_csv(file)
        except (pa.ArrowException, OSError):
            msg = f"{file.name}: is not a readable table"
            raise DataError(msg) from None  # Arrow's own text repeats the value
        absent = [name for name in (_RECORD_ID, DEATH) if name not in table.column_names]
        if absent:
            msg = f"{file.name}: lacks the columns {', '.join(absent)}"
            raise DataError(msg)
        refuse(file, DEATH, ~np.isin(table.column(DEATH).to_numpy(), (0, 1)), "is neither 0 nor 1")
        tables.append(table)
    if not tables:
        return {}
    place = {str(number): at for at, number in enumerate(_joined(tables, _RECORD_ID))}
    rows = np.array([place.get(number, -1) for number in ids])
    if (rows < 0).any():
        msg = f"{folder.name}: {int((rows < 0).sum())} of {len(ids)} stays have no outcome in the outcome files"
        raise DataError(msg)
    names = [DEATH, *(name for name in SEVERITY if all(name in table.column_names for table in tables))]
    return {name: _joined(tables, name).astype(np.float32)[rows] for name in names}


def _joined(tables: list[pa.Table], name: str) -> NDArray[np.int64]:
    return np.concatenate([table.column(name).to_numpy() for table in tables])
