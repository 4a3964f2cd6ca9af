"""Which earlier reports on a study a new one replaces: those whose instances it all covers. Pure.

An archive may announce a study whole each time, or each series separately and then the whole. A report on other
instances of the same study does not replace the earlier one, whose images it does not cover.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from schemas.imaging import ImagingReady, LesionReport, Replaced
from stream.check.report import instances

MARK: Final = 8  # hex digits of an instance's hash; a collision among one patient's thousands is very unlikely


@dataclass(frozen=True)
class CurrentReport:
    """A report that none has replaced yet, as stored with the patient."""

    id: str
    dicom_sr: bool
    marks: list[str]  # hashes of its instances


def replaced(event: ImagingReady, standing: Iterable[CurrentReport]) -> tuple[Replaced, ...]:
    """Return which of the current reports (oldest first) a report on this event replaces, newest first."""
    covered = set(_instance_hashes(event))
    earlier = [one for one in standing if covered.issuperset(one.marks)]
    return tuple(Replaced(id=UUID(one.id), dicom_sr=one.dicom_sr) for one in reversed(earlier))


def current_after(event: ImagingReady, report: LesionReport, standing: Sequence[CurrentReport]) -> list[CurrentReport]:
    """Return the current reports after this one has been sent."""
    gone = {one.id.hex for one in report.replaces}
    new = CurrentReport(report.id.hex, report.dicom_sr_url is not None, _instance_hashes(event))
    return [*(one for one in standing if one.id not in gone), new]


def _instance_hashes(event: ImagingReady) -> list[str]:
    return [
        hashlib.sha256(f"{event.study_uid}\n{instance}".encode()).hexdigest()[:MARK] for instance in instances(event)
    ]
