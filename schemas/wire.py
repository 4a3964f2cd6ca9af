"""What every record on the wire has in common."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError


class Wire(BaseModel):
    """A record on the wire: frozen, strict about what it emits, tolerant of unknown fields that it reads.

    Error texts never carry the input, since that is patient data.
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
    Field(description="The patient's pseudonym; it keys the record in Kafka and the state in Redis."),
]


def _written_out(moment: object) -> object:
    """Refuse a number, also in quotation marks: whether it counts seconds or milliseconds could only be guessed."""
    if isinstance(moment, datetime) or (isinstance(moment, str) and "-" in moment[1:]):
        return moment
    raise PydanticCustomError("instant_form", "an instant is a date and a time in ISO 8601 with a zone")  # noqa: EM101 - a type and a template


Instant = Annotated[
    AwareDatetime, BeforeValidator(_written_out), Field(description="Event time, ISO 8601 with a zone.")
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Measured = Annotated[float, Strict()] | None
"""A measured number; text and booleans are refused rather than read as numbers."""


class Provenance(Wire):
    """Which model, rule, data and program made an output."""

    software: Code = Field(description="Wardwatch's version")
    model: Code | None = Field(default=None, description="model and version, e.g. risk/3f9c21ab")
    rule: Code | None = Field(default=None, description="rule and version, e.g. news2/2017.1")
    data: Code = Field(description="fingerprint of the training data, or edition of the rule's source")
    notice: Literal["not for clinical use"] = "not for clinical use"
