"""Files of recorded stays: what is wrong in them is said by file, column and row, and never by value."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.risk.lab.stays import DataError


def refuse(file: Path, column: str, wrong: NDArray[np.bool_], what: str) -> None:
    """Raise DataError for the first wrong row [n], if there is one."""
    if wrong.any():
        raise DataError.at(file, column, int(np.argmax(wrong)) + 1, what)


def check_exists(path: Path) -> None:
    """Raise DataError where there is neither a file nor a folder."""
    if not path.exists():
        msg = f"{path}: there is no such file or folder"
        raise DataError(msg)


def read_parquet(file: Path) -> pa.Table:
    """Read a whole parquet file; raises DataError where it is none."""
    try:
        return pq.ParquetFile(file).read()
    except (pa.ArrowException, OSError) as reason:
        msg = f"{file.name}: is not a readable parquet file"
        raise DataError(msg) from reason
