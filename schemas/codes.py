"""Codes of the vital signs: LOINC, IEEE 11073-10101 (MDC) and UCUM.

Sources: LOINC and UCUM after the vital-signs profiles of FHIR R4 and LOINC itself, MDC after ISO/IEEE 11073-10101. A
code that no source could be found for is left out. How well each was read is in docs/sources.md.
"""

from typing import Final, NamedTuple


class VitalCode(NamedTuple):
    """The codes of one vital sign in three vocabularies; `mdc` is None where no source was found."""

    field: str
    loinc: str
    mdc: int | None
    ucum: str


# fmt: off
VITALS: Final[tuple[VitalCode, ...]] = (
    VitalCode("heart_rate_bpm",           "8867-4",  147842, "/min"),
    VitalCode("spo2_percent",             "2708-6",  150456, "%"),
    VitalCode("respiratory_rate_per_min", "9279-1",  151594, "/min"),
    VitalCode("systolic_mmhg",            "8480-6",  None,   "mm[Hg]"),
    VitalCode("mean_arterial_mmhg",       "8478-0",  None,   "mm[Hg]"),
    VitalCode("diastolic_mmhg",           "8462-4",  None,   "mm[Hg]"),
    VitalCode("temperature_celsius",      "8310-5",  None,   "Cel"),
    VitalCode("etco2_mmhg",               "19889-5", 151708, "mm[Hg]"),
    VitalCode("fio2_fraction",            "3150-0",  None,   "1"),
)
# fmt: on
