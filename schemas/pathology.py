"""Pathology: the report as it was written, and what was read of it."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire

Part = Field(default="", max_length=16, description="the specimen's letter or number in a report of several")


class PathologyReport(Wire):
    """A report as the pathologist wrote it, in English. An amended one keeps its id and has a later time."""

    patient: Pseudonym
    time: Instant
    report: Code
    specimen: Code | None = Field(default=None, description="its site counts where the text names none")
    text: str = Field(max_length=100_000)


class ReadFinding(Wire):
    """One thing that the report states or leaves open."""

    name: Code
    value: Code
    certainty: Literal["stated", "hedged"]
    start: int = Field(ge=0, description="where it stands in the report, in characters")
    end: int = Field(ge=0, description="the first character behind it")
    part: str = Part


class ReadContradiction(Wire):
    """A finding's name of which the report, or a part of it, states what can't be true together."""

    name: Code
    part: str = Part


class PathologyFindings(Wire):
    """What a program read of a report: values and places, never its words. It follows the report's id and time."""

    id: UUID
    patient: Pseudonym
    time: Instant
    report: Code
    sites: tuple[Code, ...] = Field(default=(), description="what the order called the specimen")
    findings: tuple[ReadFinding, ...] = ()
    contradictions: tuple[ReadContradiction, ...] = ()
    cut: bool = Field(default=False, description="the report says more than a report can: not all of it is here")
    provenance: Provenance
