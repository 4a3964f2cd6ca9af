"""Recorded ICU stays of the PhysioNet/CinC 2019 challenge as a feed: hour by hour, laboratory before vital signs."""

import hashlib
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from operator import attrgetter
from typing import Final

import numpy as np

from models.risk.inputs import INPUTS
from models.risk.lab.sepsis.utility import OPTIMAL_H
from models.risk.lab.stays import Stays
from schemas.labs import LabResults
from schemas.patients import PatientRecord
from schemas.vitals import VitalsFrame
from stream.feeds.events import FeedEvent

_INTO_THE_HOUR: Final = {"labs": timedelta(minutes=15), "vitals": timedelta(minutes=30)}
# Row k of a stay stands for its k-th hour in the unit; in the middle of that hour no rounding can move it to another.


def longest_h(stays: Stays) -> float:
    """Return the length of the longest stay in hours, from its first row to the end of its last hour."""
    first, last = stays.start[:-1], stays.start[1:] - 1
    return float((stays.iculos[last] - stays.iculos[first]).max()) + 1


def recorded(stays: Stays, start: datetime, prefix: str = "rec") -> Iterator[FeedEvent]:
    """Yield the stays side by side, the first row of each in the hour that begins at `start`.

    Values are sent as they were read; those that `read_stays` removed as impossible are missing here too.
    """
    return merge(*(_stay(stays, index, start, prefix) for index in range(len(stays))), key=attrgetter("time"))


def onsets(stays: Stays, start: datetime, prefix: str = "rec") -> dict[str, datetime]:
    """Return the onset of sepsis by pseudonym, on the feed's clock.

    That is the end of the sixth hour after the first labelled one. Empty without labels. An onset may lie after the
    last row.
    """
    if stays.label is None:
        return {}
    labelled = np.flatnonzero(stays.label)
    septic, first = np.unique(stays.stay_of_row[labelled], return_index=True)
    hours = stays.iculos[labelled[first]] - stays.iculos[stays.start[septic]] + 1 - OPTIMAL_H
    return {
        pseudonym(str(stays.patient_id[index]), prefix): start + timedelta(hours=float(after_h))
        for index, after_h in zip(septic, hours, strict=True)
    }


def pseudonym(patient_id: str, prefix: str = "rec") -> str:
    """Return the pseudonym of a patient id: the same for the same id, which can't be derived from it."""
    return f"{prefix}-{hashlib.sha256(patient_id.encode()).hexdigest()[:10]}"


def _stay(stays: Stays, index: int, start: datetime, prefix: str) -> Iterator[FeedEvent]:
    patient = pseudonym(str(stays.patient_id[index]), prefix)
    first, end = int(stays.start[index]), int(stays.start[index + 1])
    # Hour 1 in the unit begins with the admission, so a stay whose rows begin later was admitted before `start`.
    admitted = start - timedelta(hours=float(stays.iculos[first]) - 1)
    admission = _admission(_row(stays, first), patient=patient, time=start, admitted=admitted, bed=str(index + 1))
    yield FeedEvent("patients", patient, start, admission)
    for row in range(first, end):
        hour = admitted + timedelta(hours=float(stays.iculos[row]) - 1)
        yield from _hour(_row(stays, row), patient, hour)


def _row(stays: Stays, row: int) -> dict[str, float]:
    """Return the measured values of a row under the names of the wire; missing ones are left out."""
    values = stays.columns[row].tolist()
    # Rounded to the precision of float32, so that 36.6 is 36.6 on the wire.
    return {one.name: float(f"{v:.7g}") for one, v in zip(INPUTS, values, strict=True) if not math.isnan(v)}


def _admission(row: dict[str, float], *, patient: str, time: datetime, admitted: datetime, bed: str) -> PatientRecord:
    sex = row.get("sex_male")
    unit = "micu" if row.get("unit_micu") == 1 else "sicu" if row.get("unit_sicu") == 1 else None
    return PatientRecord(
        patient=patient,
        time=time,
        admitted_to_icu_at=admitted,
        hours_from_hospital_to_icu=row.get("hours_from_hospital_to_icu"),
        age_years=row.get("age_years"),
        sex=None if sex is None else "male" if sex == 1 else "female",
        unit=unit,
        bed=bed,
    )


def _hour(row: dict[str, float], patient: str, begins: datetime) -> Iterator[FeedEvent]:
    """Yield one hour of a stay. A frame is sent even when nothing was measured, since time has passed."""
    measured: dict[str, dict[str, float]] = {"vital": {}, "lab": {}, "static": {}}
    for one in INPUTS:
        if one.name in row:
            measured[one.kind][one.name] = row[one.name]
    if measured["lab"]:
        time = begins + _INTO_THE_HOUR["labs"]
        yield FeedEvent("labs", patient, time, LabResults(patient=patient, time=time, **measured["lab"]))
    time = begins + _INTO_THE_HOUR["vitals"]
    hour = int(row["hours_in_icu"])
    frame = VitalsFrame(patient=patient, time=time, device="recording", sequence=hour, **measured["vital"])
    yield FeedEvent("vitals", patient, time, frame)
