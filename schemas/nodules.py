"""Nodules of the lung as a radiologist measured them. No topic carries them: a patient's file for `suggest` may."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from schemas.wire import Code, Instant, Pseudonym, Wire


class LungNodule(Wire):
    """A nodule in a CT of the chest: the one that decides, with what the tables of follow-up ask about it."""

    patient: Pseudonym
    time: Instant = Field(description="When the images were taken. ISO 8601 with a time zone.")
    study_uid: Code | None = Field(default=None, description="Study Instance UID (0020,000D), where it is known.")
    context: Literal["incidental", "screening"] = Field(
        description="`incidental`: found by chance (Fleischner 2017); `screening`: found by a screening for lung "
        "cancer (Lung-RADS v2022)."
    )
    kind: Literal["solid", "part-solid", "ground-glass"] = Field(description="Attenuation of the nodule.")
    diameter_mm: float = Field(gt=0, le=200, description="Mean of the longest and the shortest diameter in mm.")
    solid_part_mm: float | None = Field(
        default=None, ge=0, le=200, description="Mean diameter of the solid part of a part-solid nodule in mm."
    )
    number: Literal["single", "multiple"] = Field(
        default="single", description="Whether there are others. The most suspicious one is described."
    )
    risk: Literal["low", "high"] | None = Field(
        default=None, description="The patient's risk of lung cancer as a clinician judges it. Absent: nobody said."
    )
    known_cancer: Annotated[bool, Strict()] | None = Field(
        default=None, description="Whether a cancer is known. Absent is not false."
    )
    immunosuppressed: Annotated[bool, Strict()] | None = Field(
        default=None, description="Whether the immune system is weakened. Absent is not false."
    )
    seen: Literal["baseline", "new", "growing", "stable"] | None = Field(
        default=None,
        description="Compared with earlier screening: `baseline`, there is none. Absent where nobody compared.",
    )
    earlier_category: Literal["2", "3", "4A", "4B"] | None = Field(
        default=None, description="Lung-RADS category of a stable nodule in the screening before."
    )
