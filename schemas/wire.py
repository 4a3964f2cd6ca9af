"""What all records on the wire have in common: their base, and the types of pseudonyms, times, codes and numbers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError


class Wire(BaseModel):
    """A record on the wire: immutable, strict in what is written, tolerant of unknown fields in what is read.

    Error texts never quote the input, since that is patient data.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )


Pseudonym = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(
        description="The patient's pseudonym, never a name or a hospital's number: a letter or digit, then up to 63 "
        "letters, digits, dots, underscores and hyphens. The Kafka record has the same text as its key."
    ),
]


def _written_out(moment: object) -> object:
    """Refuse a number, also in quotation marks: whether it counts seconds or milliseconds could only be guessed."""
    if isinstance(moment, datetime) or (isinstance(moment, str) and "-" in moment[1:]):
        return moment
    raise PydanticCustomError("instant_form", "an instant is a date and a time in ISO 8601 with a zone")  # noqa: EM101 - a type and a template


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written_out),
    Field(
        description="Date and time in ISO 8601 with a time zone, e.g. 2026-01-02T03:04:05Z. A time without a zone is "
        "refused, and so is a number."
    ),
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=128)]
"""A short text for machines: a code, a name of a rule or an identifier, 1 to 128 characters."""
Measured = Annotated[float, Strict()] | None
"""A measured number or nothing; text and booleans are refused rather than read as numbers."""


class Provenance(Wire):
    """Which version of Wardwatch, which model or rule and which data made this record. Not for clinical use."""

    software: Code = Field(description="Version of Wardwatch.")
    model: Code | None = Field(
        default=None, description="Model and version, e.g. risk/risk-lstm-83499e165303. Absent where no model spoke."
    )
    rule: Code | None = Field(
        default=None, description="Rule and version, e.g. news2/2017.1. Absent where no rule was applied."
    )
    data: Code = Field(
        description="What the model or rule rests on: the fingerprint of the training data, or the edition of the "
        "rule's source. `none` where there is neither."
    )
    notice: Literal["not for clinical use"] = Field(
        default="not for clinical use", description="Always present: this is research software."
    )
