"""ICU stays in the form of the PhysioNet/CinC 2019 challenge: checked, in one table, with their fingerprint.

Shapes: N rows (hours of all stays, one stay after the other), P stays, 40 columns in the challenge's order.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.files import DataError, Part, find_parts
from models.risk.plausible import COLUMNS, LIMITS, YES_NO

__all__ = ["COLUMNS", "DataError", "Stays", "digests", "read_stays"]

_ICULOS: Final = COLUMNS.index("ICULOS")


@dataclass(frozen=True)
class Stays:
    """Hourly ICU stays.

    columns      float32 [N, 40]  raw units; NaN = not measured, or impossible and hidden (see `impossible`)
    label        int8 [N] or None  the challenge's SepsisLabel: 1 from six hours before onset on
    iculos       float32 [N]      hours in the ICU; rises strictly within a stay, hours may be missing
    start        int64 [P + 1]    stay p owns the rows start[p]:start[p + 1]
    patient_id   object [P]
    hospital     object [P]       the parquet file's name or the .psv file's folder
    impossible   bool [N, 40]     values outside `models.risk.plausible`, which `columns` hides as NaN
    digest       S64 [P]          SHA-256 of each stay as it was read
    """

    columns: NDArray[np.float32]
    label: NDArray[np.int8] | None
    iculos: NDArray[np.float32]
    start: NDArray[np.int64]
    patient_id: NDArray[np.object_]
    hospital: NDArray[np.object_]
    impossible: NDArray[np.bool_]
    digest: NDArray[np.bytes_]

    def __len__(self) -> int:
        """Return the number of stays, P."""
        return len(self.start) - 1

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the stays' content, whatever files they came in and in whatever order."""
        return hashlib.sha256(b"".join(sorted(self.digest.tolist()))).hexdigest()

    @property
    def hours(self) -> NDArray[np.int64]:
        """Rows of each stay, [P]."""
        return np.diff(self.start)

    @property
    def stay_of_row(self) -> NDArray[np.int64]:
        """Index of the stay that each row belongs to, [N]."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.hours)

    @property
    def missing_before(self) -> NDArray[np.int64]:
        """Hours without a row between each row and the one before it in the same stay, [N]; 0 in a stay's first row."""
        gaps = np.diff(self.iculos, prepend=self.iculos[:1] - 1).astype(np.int64) - 1
        gaps[self.start[:-1]] = 0
        return gaps

    def impossible_counts(self) -> dict[str, int]:
        """Impossible values per column, for the columns that hold any."""
        counts = self.impossible.sum(axis=0).tolist()
        return {column: count for column, count in zip(COLUMNS, counts, strict=True) if count}

    def take(self, stays: Sequence[int] | NDArray[np.int64]) -> "Stays":
        """Return these stays (indices into [P]) in this order; raises IndexError beyond the last stay."""
        chosen = np.asarray(stays, dtype=np.int64)
        hours = self.hours[chosen]
        start = np.concatenate(([0], np.cumsum(hours)))
        rows = np.repeat(self.start[:-1][chosen] - start[:-1], hours) + np.arange(start[-1])
        return Stays(
            columns=self.columns[rows],
            label=None if self.label is None else self.label[rows],
            iculos=self.iculos[rows],
            start=start,
            patient_id=self.patient_id[chosen],
            hospital=self.hospital[chosen],
            impossible=self.impossible[rows],
            digest=self.digest[chosen],
        )


def read_stays(path: Path) -> Stays:
    """Read a .psv file, a parquet file with patient_id, or a folder (with folders) of either.

    Stays keep the order of the file; files come in the order of their paths. SepsisLabel is optional, but then it is
    missing everywhere. Impossible values are hidden and flagged; everything else that is wrong raises DataError, whose
    text names file, column and row (1 = the first below the header) and never a value.
    """
    stays = [_checked(part) for part in find_parts(path)]
    labelled = [part for part in stays if part.label is not None]
    if labelled and len(labelled) != len(stays):
        msg = f"{path.name}: some files have a SepsisLabel column and others have none"
        raise DataError(msg)
    joined = _join(stays)
    if len(set(joined.patient_id.tolist())) != len(joined):
        msg = f"{path.name}: a patient_id appears in more than one file or in separate places of one file"
        raise DataError(msg)
    return joined


def _join(parts: list[Stays]) -> Stays:
    """Put the stays of several files one after the other."""
    if len(parts) == 1:
        return parts[0]
    hours = np.concatenate([part.hours for part in parts])
    labels = [part.label for part in parts if part.label is not None]
    return Stays(
        columns=np.concatenate([part.columns for part in parts]),
        label=np.concatenate(labels) if labels else None,
        iculos=np.concatenate([part.iculos for part in parts]),
        start=np.concatenate(([0], np.cumsum(hours))),
        patient_id=np.concatenate([part.patient_id for part in parts]),
        hospital=np.concatenate([part.hospital for part in parts]),
        impossible=np.concatenate([part.impossible for part in parts]),
        digest=np.concatenate([part.digest for part in parts]),
    )


def _checked(part: Part) -> Stays:
    """Turn one file's table into stays, or raise DataError."""
    columns = part.columns.copy()
    new_stay = np.ones(len(part.patient_id), dtype=bool)
    new_stay[1:] = part.patient_id[1:] != part.patient_id[:-1]
    start = np.append(np.flatnonzero(new_stay), len(new_stay))
    iculos = columns[:, _ICULOS]
    _check_hours(part, iculos, new_stay)
    label = None if part.label is None else _check_label(part, part.label, new_stay)
    impossible = _impossible(columns)
    columns[impossible] = np.nan
    ids = part.patient_id[new_stay]
    return Stays(
        columns=columns,
        label=label,
        iculos=iculos.copy(),
        start=start,
        patient_id=ids,
        hospital=np.full(len(ids), part.hospital, dtype=object),
        impossible=impossible,
        digest=digests(ids, part.columns, label, start),
    )


def _check_hours(part: Part, iculos: NDArray[np.float32], new_stay: NDArray[np.bool_]) -> None:
    """Raise DataError unless the hours are whole, from 1 to a year, and rise within each stay."""
    _, lowest, highest = LIMITS[_ICULOS]
    _refuse(part, "ICULOS", np.isnan(iculos), "is missing")
    _refuse(part, "ICULOS", (iculos != np.rint(iculos)), "is not a whole hour")
    _refuse(part, "ICULOS", (iculos < lowest) | (iculos > highest), f"is outside {lowest:.0f} to {highest:.0f} hours")
    step = np.diff(iculos, prepend=iculos[:1] - 1)
    _refuse(part, "ICULOS", (step == 0) & ~new_stay, "repeats the hour of the row before it")
    _refuse(part, "ICULOS", (step < 0) & ~new_stay, "lies before the hour of the row before it")


def _check_label(part: Part, label: NDArray[np.float32], new_stay: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return the labels; raise DataError unless they are 0 or 1 and stay 1 once they are."""
    _refuse(part, "SepsisLabel", ~np.isin(label, (0, 1)), "is neither 0 nor 1")
    _refuse(part, "SepsisLabel", (np.diff(label, prepend=label[:1]) < 0) & ~new_stay, "falls back from 1 to 0")
    return label.astype(np.int8)


def _refuse(part: Part, column: str, wrong: NDArray[np.bool_], what: str) -> None:
    """Raise DataError for the first wrong row, if there is one."""
    if wrong.any():
        raise DataError.at(part.file, column, int(np.argmax(wrong)) + 1, what)


def _impossible(columns: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which values lie outside the table of limits; a missing value is never impossible."""
    lowest = np.array([low for _, low, _ in LIMITS], dtype=np.float32)
    highest = np.array([high for _, _, high in LIMITS], dtype=np.float32)
    impossible = (columns < lowest) | (columns > highest)
    for column in YES_NO:
        at = COLUMNS.index(column)
        impossible[:, at] = ~np.isnan(columns[:, at]) & ~np.isin(columns[:, at], (0, 1))
    return impossible


def digests(
    ids: NDArray[np.object_],
    columns: NDArray[np.float32],
    label: NDArray[np.int8] | None,
    start: NDArray[np.int64],
) -> NDArray[np.bytes_]:
    """SHA-256 of each stay: id, values (one NaN, one zero, little-endian) and labels."""
    same = np.where(np.isnan(columns), np.float32(np.nan), columns + np.float32(0)).astype("<f4")
    digests = []
    for patient, first, end in zip(ids, start[:-1], start[1:], strict=True):
        content = hashlib.sha256(f"{patient}\n".encode())
        content.update(same[first:end].tobytes())
        if label is not None:
            content.update(label[first:end].tobytes())
        digests.append(content.hexdigest())
    return np.array(digests, dtype="S64")
