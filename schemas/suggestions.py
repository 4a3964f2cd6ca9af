"""Suggestions: proposals with their source, never orders."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire


class Citation(Wire):
    """Where a rule comes from."""

    guideline: str
    edition: Code
    reference: str = Field(description="DOI, PMID or address")
    strength: Code = Field(description="strength of recommendation in the guideline's own words")


class UsedInput(Wire):
    """An input that the rule looked at."""

    name: Code
    value: float | str
    age_s: float | None = None


class Suggestion(Wire):
    """A proposal: what a guideline says for a patient in this state, and what has to be checked first."""

    id: UUID
    patient: Pseudonym
    time: Instant
    intent: Literal["proposal"] = "proposal"
    rule: Code
    text: str
    citation: Citation
    inputs: tuple[UsedInput, ...]
    missing: tuple[Code, ...] = Field(default=(), description="what the rule would have liked to know")
    contraindications_checked: tuple[Code, ...] = ()
    to_check: tuple[Code, ...] = Field(default=(), description="what a clinician has to check by hand")
    because: UUID | None = Field(default=None, description="the alert or report that led here")
    expires: Instant
    provenance: Provenance
