"""Suggestions: proposals with their source, never orders."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire


class Citation(Wire):
    """The source of a proposal, so that a reader can look it up."""

    guideline: str = Field(description="Title of the guideline.")
    edition: Code = Field(description="Its edition or year, and where it helps the recommendation's number.")
    reference: str = Field(description="DOI, ISBN, address or number of the document.")
    strength: Code = Field(description="Strength of the recommendation in the guideline's own words.")


class UsedInput(Wire):
    """A value that the rule looked at."""

    name: Code = Field(description="Name of the value: a field of an input topic, news2_total, a gene or a finding.")
    value: float | str = Field(description="The value, in the unit that the name says.")
    age_s: float | None = Field(default=None, description="Seconds from its measurement to the proposal.")


class Suggestion(Wire):
    """A proposal, never an order: what a guideline says for a patient in this state, and what to check first."""

    id: UUID = Field(description="The proposal's identifier. The same cause under the same rule has the same one.")
    patient: Pseudonym
    time: Instant = Field(description="Event time of what brought the proposal about.")
    intent: Literal["proposal"] = Field(
        default="proposal",
        description="Always `proposal`, as FHIR means it: a suggestion that needs a human's decision.",
    )
    rule: Code = Field(description="Name of the rule; its version is in `provenance`.")
    text: str = Field(description="The proposal in English, in our words, for a clinician.")
    citation: Citation = Field(description="Where the statement comes from.")
    inputs: tuple[UsedInput, ...] = Field(description="The values that the rule looked at.")
    missing: tuple[Code, ...] = Field(
        default=(), description="Names of values that a reader of the proposal needs and that are unknown or too old."
    )
    contraindications_checked: tuple[Code, ...] = Field(
        default=(),
        description="Contraindications that were looked for in the record. Empty where nothing could be checked.",
    )
    to_check: tuple[Code, ...] = Field(
        default=(), description="What a clinician has to check, since the record does not tell it, or tells against it."
    )
    because: UUID | None = Field(
        default=None,
        description="The alarm episode (`alert` of a record in `alerts`) that led here, where it was an alarm.",
    )
    expires: Instant = Field(description="After this moment the proposal no longer holds. ISO 8601 with a time zone.")
    provenance: Provenance
