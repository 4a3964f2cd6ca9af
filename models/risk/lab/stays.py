"""ICU stays in one table, whichever source they come from, with their fingerprint.

Shapes: N rows (hours of all stays, one stay after the other), P stays, I inputs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.risk.inputs import Input


class DataError(Exception):
    """Data that can't be used: one sentence that names file, column and row, and no value."""

    @classmethod
    def at(cls, file: Path, column: str, row: int, what: str) -> "DataError":
        """Say what is wrong where; row 1 is the first below the header."""
        return cls(f"{file.name}: {column} {what} in row {row}")


class NoLabelsError(Exception):
    """Figures were asked of stays without labels."""


@dataclass(frozen=True)
class Stays:
    """Hourly ICU stays.

    inputs       [I]              what the columns are: vital signs, laboratory values, statics, the hours in the ICU
    columns      float32 [N, I]   raw units; NaN = not measured, or impossible and hidden (see `impossible`)
    label        int8 [N] or None  1 in the hours that the outcome is forecast in
    iculos       float32 [N]      hours in the ICU; rises strictly within a stay, hours may be missing
    start        int64 [P + 1]    stay p owns the rows start[p]:start[p + 1]
    patient_id   object [P]
    hospital     object [P]       the parquet file's name or the .psv file's folder
    impossible   bool [N, I]      where an impossible value was read, which `columns` hides
    digest       S64 [P]          SHA-256 of each stay as it was read
    severity     float32 [P] each  points of severity that the source gives, by their name; NaN = unknown
    """

    inputs: tuple[Input, ...]
    columns: NDArray[np.float32]
    label: NDArray[np.int8] | None
    iculos: NDArray[np.float32]
    start: NDArray[np.int64]
    patient_id: NDArray[np.object_]
    hospital: NDArray[np.object_]
    impossible: NDArray[np.bool_]
    digest: NDArray[np.bytes_]
    severity: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

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

    def at_first(self, name: str) -> NDArray[np.float32]:
        """Return what the first row of each stay says of an input, [P]."""
        return np.asarray(self.columns[self.start[:-1], self._place(name)])

    def impossible_counts(self) -> dict[str, int]:
        """Impossible values per column, for the columns that hold any."""
        counts = self.impossible.sum(axis=0).tolist()
        return {one.column: count for one, count in zip(self.inputs, counts, strict=True) if count}

    def rows_of(self, stays: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of these stays (indices into [P]), one stay after the other, and where each begins."""
        hours = self.hours[stays]
        start = np.concatenate(([0], np.cumsum(hours)))
        return np.repeat(self.start[:-1][stays] - start[:-1], hours) + np.arange(start[-1]), start

    def take(self, stays: Sequence[int] | NDArray[np.int64]) -> "Stays":
        """Return these stays (indices into [P]) in this order; raises IndexError beyond the last stay."""
        chosen = np.asarray(stays, dtype=np.int64)
        rows, start = self.rows_of(chosen)
        return Stays(
            inputs=self.inputs,
            columns=self.columns[rows],
            label=None if self.label is None else self.label[rows],
            iculos=self.iculos[rows],
            start=start,
            patient_id=self.patient_id[chosen],
            hospital=self.hospital[chosen],
            impossible=self.impossible[rows],
            digest=self.digest[chosen],
            severity={name: points[chosen] for name, points in self.severity.items()},
        )

    def without(self, names: Sequence[str]) -> "Stays":
        """Return the stays with these inputs never measured."""
        columns = self.columns.copy()
        columns[:, [self._place(name) for name in names]] = np.nan
        return replace(self, columns=columns)

    def _place(self, name: str) -> int:
        return [one.name for one in self.inputs].index(name)


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
