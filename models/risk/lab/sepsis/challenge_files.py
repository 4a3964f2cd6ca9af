"""Files of ICU stays, as they lie on disk: .psv of the challenge, or parquet with a patient_id column."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from models.risk.lab.source_files import check_exists, read_parquet
from models.risk.lab.stays import DataError
from models.risk.plausible import COLUMNS

_LABEL = "SepsisLabel"
_MISSING = ["", "NaN", "nan", "NA"]
_NUMERIC = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)


@dataclass(frozen=True)
class FileTable:
    """One file's rows, unchecked but numeric: columns [n, 40], label [n] or None, patient_id [n]."""

    file: Path
    hospital: str
    patient_id: NDArray[np.object_]
    columns: NDArray[np.float32]
    label: NDArray[np.float32] | None


def read_files(path: Path) -> Iterator[FileTable]:
    """Read every file of stays at or below `path`, in the order of the paths; raises DataError."""
    check_exists(path)
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.suffix in _READERS)
    kinds = {file.suffix for file in files}
    if not files or not kinds <= _READERS.keys():
        msg = f"{path}: holds neither .psv nor .parquet files"
        raise DataError(msg)
    if len(kinds) > 1:
        msg = f"{path}: holds both .psv and .parquet files; which are the stays?"
        raise DataError(msg)
    for file in files:
        yield _READERS[file.suffix](file)


def _read_parquet(file: Path) -> FileTable:
    """Read a table of many stays; the file's name is the hospital."""
    table = read_parquet(file)
    if "patient_id" not in table.column_names:
        msg = f"{file.name}: has no patient_id column"
        raise DataError(msg)
    column = table.column("patient_id")
    ids = np.array([str(patient) for patient in column.to_numpy()], dtype=object)
    missing = column.is_null(nan_is_null=True).to_numpy() | (ids == "")
    if missing.any():
        raise DataError.at(file, "patient_id", int(np.argmax(missing)) + 1, "is missing")
    return _numeric(file, table, ids, hospital=file.stem)


def _read_psv(file: Path) -> FileTable:
    """Read one stay; its name is the patient, its folder the hospital."""
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys((*COLUMNS, _LABEL), pa.float64()), null_values=_MISSING, strings_can_be_null=True
    )
    try:
        table = csv.read_csv(
            file,
            read_options=csv.ReadOptions(use_threads=False),
            parse_options=csv.ParseOptions(delimiter="|"),
            convert_options=convert,
        )
    except (pa.ArrowException, OSError) as reason:
        # Arrow's own text repeats the value, so we look for the place ourselves and drop its chain.
        raise _psv_fault(file) from (reason if isinstance(reason, OSError) else None)
    return _numeric(file, table, np.full(table.num_rows, file.stem, dtype=object), hospital=file.resolve().parent.name)


def _psv_fault(file: Path) -> DataError:
    """Find the first row or value that makes a .psv file unreadable."""
    try:
        header, *rows = file.read_text(encoding="utf-8").splitlines()
    except (ValueError, OSError):
        return DataError(f"{file.name}: is empty or not a text file")
    names = header.split("|")
    for number, row in enumerate(rows, start=1):
        fields = row.split("|")
        if len(fields) != len(names):
            return DataError(f"{file.name}: row {number} has not as many fields as the header")
        for name, field in zip(names, fields, strict=True):
            if not _is_number(field):
                return DataError.at(file, name, number, "is not a number")
    return DataError(f"{file.name}: is not a readable .psv file")


def _is_number(field: str) -> bool:
    try:
        float(field or "nan")
    except ValueError:
        return field in _MISSING
    return True


def _numeric(file: Path, table: pa.Table, patient_id: NDArray[np.object_], hospital: str) -> FileTable:
    """Take the challenge's columns out of a table; raises DataError for missing, doubled or non-numeric ones."""
    names: list[str] = table.column_names
    absent = [column for column in COLUMNS if column not in names]
    if absent:
        msg = f"{file.name}: lacks the columns {', '.join(absent)}"
        raise DataError(msg)
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        msg = f"{file.name}: has these columns twice: {', '.join(doubled)}"
        raise DataError(msg)
    if table.num_rows == 0:
        msg = f"{file.name}: the stay is empty" if file.suffix == ".psv" else f"{file.name}: holds no rows"
        raise DataError(msg)
    columns = np.empty((table.num_rows, len(COLUMNS)), dtype=np.float32)
    for at, column in enumerate(COLUMNS):
        columns[:, at] = _numbers(file, table, column)
    label = _numbers(file, table, _LABEL) if _LABEL in names else None
    return FileTable(file, hospital, patient_id, columns, label)


def _numbers(file: Path, table: pa.Table, column: str) -> NDArray[np.float32]:
    """One column as float32, nulls as NaN; raises DataError where it is text or infinite."""
    values = table.column(column)
    if pa.types.is_null(values.type):
        return np.full(len(values), np.nan, dtype=np.float32)
    if not any(of_kind(values.type) for of_kind in _NUMERIC):
        texts = values.to_pylist()
        wrong = [text is not None and not _is_number(str(text)) for text in texts]
        raise DataError.at(file, column, (wrong.index(True) if any(wrong) else 0) + 1, "is not a number")
    numbers: NDArray[np.float64] = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        small = numbers.astype(np.float32)
    infinite = np.isinf(small)
    if infinite.any():
        raise DataError.at(file, column, int(np.argmax(infinite)) + 1, "is not a finite number")
    return small


_READERS = {".parquet": _read_parquet, ".psv": _read_psv}
