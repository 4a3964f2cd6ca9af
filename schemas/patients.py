"""Admission data: who lies in the bed, as far as a score or a rule has to know."""

from typing import Literal

from pydantic import Field

from schemas.wire import Code, Instant, Pseudonym, Wire


class PatientRecord(Wire):
    """What is known of a stay. A field that is absent says nothing: within a stay, what was known before stands.

    "admitted" begins a stay, in which nothing of an earlier one counts; "updated" changes it, also after a discharge
    that was cancelled; "discharged" ends its alarms.
    """

    patient: Pseudonym
    time: Instant
    status: Literal["admitted", "updated", "discharged"] = "admitted"
    admitted_to_icu_at: Instant | None = None
    hours_from_hospital_to_icu: float | None = Field(default=None, description="<= 0: hospital admission came first")
    age_years: float | None = Field(default=None, ge=0, le=130)
    sex: Literal["female", "male"] | None = None
    unit: Literal["micu", "sicu"] | None = None
    bed: Code | None = None
    spo2_scale: Literal[1, 2] | None = Field(
        default=None,
        description="NEWS2 scale 2 only where a prescriber set the 88-92 % target; never inferred. 1 until one did",
    )
    allergies: tuple[Code, ...] | None = Field(default=None, description="all that are known; empty: none is known of")
