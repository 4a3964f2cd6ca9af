"""Pathology: a report as it was written, and what a program read of it."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire

TextKind = Literal[
    "pathology report", "operative note", "radiology report", "discharge summary", "clinical note", "autopsy report"
]
Part = Field(
    default="",
    max_length=16,
    description="The specimen's letter or number, in a report on several specimens. Empty: it holds for all of them.",
)


class PathologyReport(Wire):
    """A report as the pathologist wrote it. A later `time` under the same `report` replaces an earlier version."""

    patient: Pseudonym
    time: Instant = Field(description="When this version of the report was issued, in ISO 8601 with a time zone.")
    report: Code = Field(
        description="The report's identifier, the same in all its versions. It must not name the patient."
    )
    specimen: Code | None = Field(
        default=None,
        description="What the order called the specimen, e.g. breast, left, core biopsy. Its site counts where the "
        "text names none.",
    )
    text: str = Field(
        max_length=100_000,
        description="The whole report as plain text in English. Line breaks that an export wrote as \\.br\\, <br/>, "
        "~ or commas are known as such. Read are breast, colon and rectum, lung and prostate. No output but a dead "
        "letter has the text.",
    )


class ReadFinding(Wire):
    """One thing that the report states, or leaves open."""

    name: Code = Field(
        description="What it is about, e.g. site, laterality, procedure, behaviour, histology, primary, grade, "
        "size_mm, focality, nodes, pt, pn, margins, er, er_h_score, her2_ihc, mmr."
    )
    value: Code = Field(
        description="The value in fixed words, e.g. malignant, metastatic or no residual tumour; a percentage as a "
        "number, a range (91-100) or a bound (<1); nodes as positive/examined, e.g. 2/8."
    )
    certainty: Literal["stated", "hedged"] = Field(
        description="`stated`: the report says so; `hedged`: the pathologist left it open. No proposal rests on "
        "`hedged`."
    )
    start: int = Field(ge=0, description="Where it stands in the report: the first character, counted from 0.")
    end: int = Field(ge=0, description="Where it stands in the report: the character after the last one.")
    part: str = Part


class ReadContradiction(Wire):
    """A name under which the report, or one part of it, states things that cannot be true together."""

    name: Code = Field(description="The name, as in a finding. No proposal rests on the findings of this name.")
    part: str = Part


class PathologyFindings(Wire):
    """What a program read of a report: values and places, never its words."""

    id: UUID = Field(description="Identifier: the same report, version and reader have the same one.")
    patient: Pseudonym
    time: Instant = Field(description="When the version of the report was issued that was read.")
    report: Code = Field(description="The report's identifier, as it came.")
    sites: tuple[Code, ...] = Field(
        default=(), description="The organs that the order's name for the specimen names, e.g. breast or colorectum."
    )
    findings: tuple[ReadFinding, ...] = Field(default=(), description="What the report states or leaves open.")
    contradictions: tuple[ReadContradiction, ...] = Field(
        default=(), description="Where the report contradicts itself."
    )
    cut: bool = Field(
        default=False,
        description="True if the text mentions more than can be read. Some of it is missing here then, or all.",
    )
    kind: TextKind | None = Field(
        default=None,
        description="What kind of text it is; findings are read from pathology reports alone. None: from a version "
        "that did not tell.",
    )
    provenance: Provenance
