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


class SecondVoice(Wire):
    """What another guideline says of the same, where it differs."""

    text: str = Field(description="What it says, as a short English phrase in our words.")
    citation: Citation = Field(description="Where the statement comes from.")


class Suggestion(Wire):
    """A step in the life of a proposal: what a guideline says for a patient in this state, and what to check first.

    It is never an order. The latest step of a proposal says how it is now: whoever shows proposals shows those that are
    proposed or updated and have not expired, and drops a step whose `id` was seen before.
    """

    id: UUID = Field(
        description="Identifier of this step. A step that is sent again has the same one; the first step of a proposal "
        "has the proposal's own."
    )
    proposal: UUID | None = Field(
        default=None, description="The proposal's identifier: the `id` of its first step. Absent in that step."
    )
    status: Literal["proposed", "updated", "withdrawn", "expired"] = Field(
        default="proposed",
        description="`proposed`: new; `updated`: text, strength or evidence changed, and this step replaces the ones "
        "before; `withdrawn`: what it rested on is gone; `expired`: its time is over.",
    )
    reason: str | None = Field(
        default=None, description="Why it was withdrawn, as a short English phrase. Present in that step only."
    )
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
    second_voices: tuple[SecondVoice, ...] = Field(
        default=(),
        description="Guidelines that say otherwise. Whoever shows the proposal shows them beside it: no contradiction "
        "is hidden.",
    )
    because: UUID | None = Field(
        default=None,
        description="The alarm episode (`alert` of a record in `alerts`) that led here, where it was an alarm.",
    )
    expires: Instant = Field(description="After this moment the proposal no longer holds. ISO 8601 with a time zone.")
    provenance: Provenance
