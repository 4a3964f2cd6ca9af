"""Which patients train, which tune, and which are held out: drawn from the patient id alone.

The part does not depend on file, order or seed, so a held-out patient stays held out in every training and evaluation.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.stays import DataError, Stays

Part = Literal["all", "train", "tune", "test"]
TEST_SHARE: Final = 0.15  # touched by nothing but the final figures
TUNE_SHARE: Final = 0.10  # threshold, calibration and abstention


def parts_of(patient_ids: Iterable[object]) -> NDArray[np.str_]:
    """Return each patient's part [P]: "train", "tune" or "test"."""
    draws = np.array([_draw(patient) for patient in patient_ids])
    return np.where(draws < TEST_SHARE, "test", np.where(draws < TEST_SHARE + TUNE_SHARE, "tune", "train"))


def take_part(stays: Stays, part: Part) -> Stays:
    """Take the patients of a part, or all; raises DataError when there are none."""
    if part == "all":
        return stays
    chosen = np.flatnonzero(parts_of(stays.patient_id) == part)
    if not len(chosen):
        msg = f"none of these patients belongs to the part {part}"
        raise DataError(msg)
    return stays.take(chosen)


def take_hospital(stays: Stays, hospital: str) -> Stays:
    """Take the stays of one hospital; raises DataError, which names those that there are, when there are none."""
    own = np.flatnonzero(stays.hospital == hospital)
    if not len(own):
        msg = f"no stay is of this hospital; there are {', '.join(sorted(set(stays.hospital.tolist())))}"
        raise DataError(msg)
    return stays.take(own)


def folds_of(patient_ids: Iterable[object], folds: int) -> NDArray[np.int64]:
    """Return each patient's fold [P], 0 to folds - 1, for predictions on patients that a model has not seen."""
    return np.array([int(_draw(patient) * 10_000) % folds for patient in patient_ids], dtype=np.int64)


def _draw(patient: object) -> float:
    """A number from 0 to 1 that belongs to the patient."""
    digest = hashlib.sha256(f"wardwatch risk {patient}".encode()).hexdigest()
    return int(digest[:8], 16) / 2**32
