"""Stays in the form of the PhysioNet/CinC Challenge 2019, checked and put together.

Shapes: N rows (hours of all stays, one stay after the other), n rows of one file, P stays, 40 columns in the
challenge's order.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.inputs import INPUTS
from models.risk.lab.sepsis.challenge_files import FileTable, read_files
from models.risk.lab.source_files import refuse
from models.risk.lab.stays import DataError, Stays, digests
from models.risk.plausible import COLUMNS, LIMITS, YES_NO

_ICULOS: Final = COLUMNS.index("ICULOS")


def read_stays(path: Path) -> Stays:
    """Read a .psv file, a parquet file with patient_id, or a folder (with folders) of either.

    Stays keep the order of the file; files come in the order of their paths. SepsisLabel is optional, but then it is
    missing everywhere. Impossible values are hidden and flagged; everything else that is wrong raises DataError, whose
    text names file, column and row (1 = the first below the header) and never a value.
    """
    stays = [_checked(table) for table in read_files(path)]
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
        inputs=INPUTS,
        columns=np.concatenate([part.columns for part in parts]),
        label=np.concatenate(labels) if labels else None,
        iculos=np.concatenate([part.iculos for part in parts]),
        start=np.concatenate(([0], np.cumsum(hours))),
        patient_id=np.concatenate([part.patient_id for part in parts]),
        hospital=np.concatenate([part.hospital for part in parts]),
        impossible=np.concatenate([part.impossible for part in parts]),
        digest=np.concatenate([part.digest for part in parts]),
    )


def _checked(table: FileTable) -> Stays:
    """Turn one file's table into stays, or raise DataError."""
    columns = table.columns.copy()
    new_stay = np.ones(len(table.patient_id), dtype=bool)
    new_stay[1:] = table.patient_id[1:] != table.patient_id[:-1]
    start = np.append(np.flatnonzero(new_stay), len(new_stay))
    iculos = columns[:, _ICULOS]
    _check_hours(table, iculos, new_stay)
    label = None if table.label is None else _check_label(table, table.label, new_stay)
    impossible = _impossible(columns)
    columns[impossible] = np.nan
    ids = table.patient_id[new_stay]
    return Stays(
        inputs=INPUTS,
        columns=columns,
        label=label,
        iculos=iculos.copy(),
        start=start,
        patient_id=ids,
        hospital=np.full(len(ids), table.hospital, dtype=object),
        impossible=impossible,
        digest=digests(ids, table.columns, label, start),
    )


def _check_hours(table: FileTable, iculos: NDArray[np.float32], new_stay: NDArray[np.bool_]) -> None:
    """Raise DataError unless the hours are whole, from 1 to a year, and rise within each stay."""
    _, lowest, highest = LIMITS[_ICULOS]
    refuse(table.file, "ICULOS", np.isnan(iculos), "is missing")
    refuse(table.file, "ICULOS", (iculos != np.rint(iculos)), "is not a whole hour")
    refuse(
        table.file, "ICULOS", (iculos < lowest) | (iculos > highest), f"is outside {lowest:.0f} to {highest:.0f} hours"
    )
    step = np.diff(iculos, prepend=iculos[:1] - 1)
    refuse(table.file, "ICULOS", (step == 0) & ~new_stay, "repeats the hour of the row before it")
    refuse(table.file, "ICULOS", (step < 0) & ~new_stay, "lies before the hour of the row before it")


def _check_label(table: FileTable, label: NDArray[np.float32], new_stay: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return the labels; raise DataError unless they are 0 or 1 and stay 1 once they are."""
    refuse(table.file, "SepsisLabel", ~np.isin(label, (0, 1)), "is neither 0 nor 1")
    refuse(table.file, "SepsisLabel", (np.diff(label, prepend=label[:1]) < 0) & ~new_stay, "falls back from 1 to 0")
    return label.astype(np.int8)


def _impossible(columns: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which values lie outside the table of limits; a missing value is never impossible."""
    lowest = np.array([low for _, low, _ in LIMITS], dtype=np.float32)
    highest = np.array([high for _, _, high in LIMITS], dtype=np.float32)
    impossible = (columns < lowest) | (columns > highest)
    for column in YES_NO:
        at = COLUMNS.index(column)
        impossible[:, at] = ~np.isnan(columns[:, at]) & ~np.isin(columns[:, at], (0, 1))
    return impossible
