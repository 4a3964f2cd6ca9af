"""The age of a patient at the examination, as a header states it."""

import re
from datetime import date
from typing import Final

from pydicom import Dataset

AGE: Final = re.compile(r"\s*0*(\d{1,3})\s*([DWMY]?)\s*")  # PS3.5 6.2, AS; a number alone is one of years
YEARS: Final = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0, "": 1.0}
DATES: Final = ("StudyDate", "AcquisitionDate", "SeriesDate", "ContentDate", "AcquisitionDateTime")


def ages_years(header: Dataset) -> tuple[tuple[str, float], ...]:
    """Return each age that the header states, with the tag that it follows from; none where it states none.

    They are Patient's Age, and Birth Date against the first date of the examination that can be read.
    """
    found: list[tuple[str, float]] = []
    if age := AGE.fullmatch(str(header.get("PatientAge") or "").upper()):
        found.append(("Patient's Age (0010,1010)", int(age[1]) * YEARS[age[2]]))
    born = _day(str(header.get("PatientBirthDate") or ""))
    seen = next((day for keyword in DATES if (day := _day(str(header.get(keyword) or "")))), None)
    if born and seen and seen >= born:
        found.append(("Patient's Birth Date (0010,0030)", (seen - born).days / 365.25))
    return tuple(found)


def _day(text: str) -> date | None:
    """Return a date of YYYYMMDD, also with dots or hyphens between; of a year or month alone, its first day."""
    parts = re.match(r"\s*(\d{4})[.-]?(\d{2})?[.-]?(\d{2})?", text)
    if parts is None:
        return None
    try:
        return date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
    except ValueError:
        return None
