"""Admission data: who lies in the bed, as far as a score or a rule has to know."""

from typing import Literal

from pydantic import Field

from schemas.wire import Code, Instant, Pseudonym, Wire


class PatientRecord(Wire):
    """The latest admission data replace what came before."""

    patient: Pseudonym
    time: Instant
    status: Literal["admitted", "discharged"] = "admitted"
    admitted_to_icu_at: Instant | None = None
    hours_from_hospital_to_icu: float | None = Field(default=None, description="<= 0: hospital admission came first")
    age_years: float | None = Field(default=None, ge=0, le=130)
    sex: Literal["female", "male"] | None = None
    unit: Literal["micu", "sicu"] | None = None
    bed: Code | None = None
    spo2_scale: Literal[1, 2] = Field(
        default=1, description="NEWS2 scale 2 only where a prescriber set the 88-92 % target; never inferred"
    )
    allergies: tuple[Code, ...] = ()
