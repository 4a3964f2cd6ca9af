"""A ward of simulated patients as one feed: seeded, pure, in the order of sending.

Not based on real patients; the courses and their numbers are in stream/feeds/courses.py.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from operator import attrgetter
from typing import Final

import numpy as np

from schemas.imaging import ImagingReady
from schemas.labs import LabResults
from schemas.pathology import PathologyReport
from schemas.patients import PatientRecord
from schemas.therapy import GenomicResult, Medication
from schemas.vitals import VitalsFrame
from stream.feeds.courses import LABS, WARD, Course
from stream.feeds.events import FeedEvent
from stream.feeds.monitor import Monitor, monitor_frames
from stream.feeds.physiology import laboratory, severity
from stream.feeds.scenes import with_arrest, with_overrides, with_skewed_oximeter

LABS_EVERY_S: Final = 6 * 60 * 60
LABS_FIRST_S: Final = 20 * 60
EXTRA_LABS_AT: Final = 0.5  # severity at which an extra blood sample is sent
EXTRA_LABS_AFTER_S: Final = 40 * 60  # until the extra sample is drawn; by then the laboratory values have followed
PHARMACY_BED: Final = 2  # takes clopidogrel and turns out to be a poor metaboliser of it
BIOPSY_BED: Final = 7  # has had a biopsy of the breast
BIOPSY: Final = """CLINICAL HISTORY: Mass in the left breast on ultrasound.
DIAGNOSIS: Left breast, core needle biopsy: invasive carcinoma of no special type, histologic grade 3.
RECEPTORS: Estrogen receptor negative. Progesterone receptor negative. HER2 immunohistochemistry: equivocal (2+).
"""
"""Written for this ward; it is no real patient's."""


@dataclass(frozen=True)
class Ward:
    """Parameters of a simulated ward.

    start   the patients' admission and the first moment of the feed
    prefix  of the pseudonyms, so that two replays to one broker are two wards
    """

    patients: int
    start: datetime
    hours: float = 8.0
    seed: int = 0
    frame_s: float = 60.0
    prefix: str = "sim"


def pseudonym(ward: Ward, bed: int) -> str:
    """Return the pseudonym of the patient in a bed; beds count from 1."""
    return _pseudonym(ward.prefix, bed)


def _pseudonym(prefix: str, bed: int) -> str:
    return f"{prefix}-{bed:02d}"


PHARMACY_PATIENT: Final = _pseudonym(Ward.prefix, PHARMACY_BED)
"""The patient in that bed, of a ward with no prefix of its own."""


def simulated(ward: Ward, studies: Iterable[ImagingReady] = ()) -> Iterator[FeedEvent]:
    """Yield every event of the ward in the order of sending; `studies` are imaging events to send at their times."""
    imaging = sorted((FeedEvent("imaging-ready", s.patient, s.time, s) for s in studies), key=_TIME)
    return merge(*(_stay(ward, bed) for bed in range(1, ward.patients + 1)), imaging, key=_TIME)


_TIME = attrgetter("time")


def _stay(ward: Ward, bed: int) -> Iterator[FeedEvent]:
    course = WARD[(bed - 1) % len(WARD)]
    rng = np.random.default_rng([ward.seed, bed])
    patient = pseudonym(ward, bed)
    admission = FeedEvent("patients", patient, ward.start, _admission(ward, bed, rng))
    monitor = Monitor(
        patient=patient,
        device=f"monitor-{bed}",
        start=ward.start,
        # Each monitor sends at its own second of the minute, as on a real ward.
        first_s=ward.frame_s * bed / (ward.patients + 1),
        every_s=ward.frame_s,
        stay_s=ward.hours * 3600,
    )
    vitals = _SCENES.get(course.name, _as_shown)(list(monitor_frames(monitor, course, rng)))
    labs = list(_labs(ward, patient, course, rng))
    pharmacy = _pharmacy(ward, patient) if bed == PHARMACY_BED else []
    biopsy = _biopsy(ward, patient) if bed == BIOPSY_BED else []
    return merge([admission], labs, pharmacy, biopsy, vitals, key=_TIME)


def _as_shown(frames: list[VitalsFrame]) -> Iterator[FeedEvent]:
    for frame in frames:
        yield FeedEvent("vitals", frame.patient, frame.time, frame)


_SCENES: Final[dict[str, Callable[[list[VitalsFrame]], Iterator[FeedEvent]]]] = {
    "artefacts": with_overrides,
    "arrest": with_arrest,
    "two-devices": with_skewed_oximeter,
}


def _admission(ward: Ward, bed: int, rng: np.random.Generator) -> PatientRecord:
    return PatientRecord(
        patient=pseudonym(ward, bed),
        time=ward.start,
        admitted_to_icu_at=ward.start,
        hours_from_hospital_to_icu=round(-float(rng.gamma(2.0, 6.0)), 2),
        age_years=float(rng.integers(34, 88)),
        sex="female" if rng.random() < 0.5 else "male",  # noqa: PLR2004 - even odds
        unit="micu" if bed % 2 else "sicu",
        bed=str(bed),
        allergies=("penicillin",) if bed == 1 else (),
    )


def _labs(ward: Ward, patient: str, course: Course, rng: np.random.Generator) -> Iterator[FeedEvent]:
    """Yield the regular laboratory results, and extra ones when the patient is seen to deteriorate."""
    stay_s = ward.hours * 3600
    due = np.arange(LABS_FIRST_S, stay_s, LABS_EVERY_S).tolist()
    minutes = np.arange(0, stay_s, 60)
    falls_ill = severity(course, minutes / stay_s) >= EXTRA_LABS_AT
    if falls_ill.any():
        due.append(float(minutes[np.argmax(falls_ill)]) + EXTRA_LABS_AFTER_S)
    person = rng.normal(size=len(LABS))
    for number, second in enumerate(sorted(second for second in due if second < stay_s)):
        time = ward.start + timedelta(seconds=second)
        results = laboratory(course, second / stay_s, person, rng)
        yield FeedEvent(
            "labs", patient, time, LabResults(patient=patient, time=time, report=f"lab-{number + 1}", **results)
        )


def _biopsy(ward: Ward, patient: str) -> list[FeedEvent]:
    """Return the pathology report, which comes after half of the stay."""
    time = ward.start + timedelta(hours=ward.hours / 2)
    report = PathologyReport(patient=patient, time=time, report="biopsy-1", specimen="breast, left", text=BIOPSY)
    return [FeedEvent("pathology-reports", patient, time, report)]


def _pharmacy(ward: Ward, patient: str) -> list[FeedEvent]:
    """Return a drug order, the later genomic result that speaks against it, and at last the correction of that."""

    def at(minutes: float) -> datetime:
        return ward.start + timedelta(minutes=minutes)

    medication = Medication(
        patient=patient, time=at(30), order="order-1", drug="clopidogrel", rxnorm="32968", status="active"
    )
    result = GenomicResult(
        patient=patient,
        time=at(95),
        gene="CYP2C19",
        diplotype="*2/*2",
        phenotype="Poor Metabolizer",
        source="simulated panel",
        coverage="full",
    )
    corrected = GenomicResult(
        patient=patient,
        time=at(360),
        gene="CYP2C19",
        diplotype="*1/*1",
        phenotype="Normal Metabolizer",
        source="simulated panel, repeated",
        coverage="full",
        status="corrected",
    )
    events = [
        FeedEvent("medications", patient, medication.time, medication),
        FeedEvent("genomics", patient, result.time, result),
        FeedEvent("genomics", patient, corrected.time, corrected),
    ]
    return [event for event in events if event.time < at(ward.hours * 60)]
