"""Admission data: who lies in the bed, as far as a score or a rule has to know."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from schemas.wire import Code, Instant, Measured, Pseudonym, Wire


class PatientRecord(Wire):
    """What is known of a patient's stay. An absent or null field says nothing: the last known value of the stay stands.

    `admitted` begins a stay, and nothing that an earlier record said counts any more. `updated` changes what it says,
    also after a discharge that was cancelled. `discharged` changes what it says and ends the patient's alarms.
    """

    patient: Pseudonym
    time: Instant = Field(
        description="When this became so: the admission, the change or the discharge. ISO 8601 with a time zone."
    )
    status: Literal["admitted", "updated", "discharged"] = Field(
        default="admitted",
        description="`admitted` begins a stay and forgets the one before, `updated` changes what it says, "
        "`discharged` ends the patient's alarms.",
    )
    admitted_to_icu_at: Instant | None = Field(
        default=None,
        description="When the patient came to the intensive care unit, from which the risk model counts the hours. "
        "ISO 8601 with a time zone. Without it, or where it lies over 48 hours before the first vital signs, the "
        "hours count from those.",
    )
    hours_from_hospital_to_icu: float | None = Field(
        default=None,
        description="Hours from the admission to intensive care to the admission to hospital: 0 or less, e.g. -6.5 "
        "where the hospital came six and a half hours earlier.",
    )
    age_years: float | None = Field(
        default=None,
        ge=0,
        le=130,
        description="Age in years; fractions are allowed. NEWS2 is not computed under 16, and most treatment rules "
        "are silent under 18.",
    )
    sex: Literal["female", "male"] | None = Field(
        default=None, description="Sex as the risk model knows it. Leave it out where it is neither or not known."
    )
    weight_kg: Measured = Field(
        default=None, gt=0, le=700, description="Body weight in kilograms, as it was last measured or stated."
    )
    height_cm: Measured = Field(default=None, gt=0, le=300, description="Body height in centimetres.")
    is_pregnant: Annotated[bool, Strict()] | None = Field(
        default=None,
        description="Whether the patient is pregnant: true, false, or absent where nobody said. Absent is not false.",
    )
    unit: Literal["micu", "sicu"] | None = Field(
        default=None, description="Kind of intensive care unit: medical (`micu`) or surgical (`sicu`)."
    )
    bed: Code | None = Field(
        default=None, description="The bed as the ward calls it, e.g. icu-07. Shown, never judged."
    )
    spo2_scale: Literal[1, 2] | None = Field(
        default=None,
        description="SpO2 scale of NEWS2. Send 2 only where a prescriber set the target of 88 to 92 % for "
        "hypercapnic respiratory failure; no program may infer it. 1 holds until then.",
    )
    allergies: tuple[Code, ...] | None = Field(
        default=None,
        description="All allergies that are known, in lower case, drugs by their generic names, e.g. penicillin. An "
        "empty list says that none is known. Where the field was never sent, proposals name allergies as missing.",
    )
    allergies_added: tuple[Code, ...] | None = Field(
        default=None,
        description="Allergies that are known besides those known before, named like `allergies`.",
    )
    allergies_removed: tuple[Code, ...] | None = Field(
        default=None,
        description="Allergies of those known before that turned out to be none, named like `allergies`.",
    )
