"""The result of reading a report: values, their certainty and their text spans, without the text itself."""

from typing import Final, Literal, NamedTuple

from models.pathology.kind import PATHOLOGY
from schemas.pathology import TextKind

Certainty = Literal["stated", "hedged"]

NAMES: Final = (
    "site", "laterality", "procedure", "behaviour", "histology", "primary", "grade", "gleason", "grade_group",
    "size_mm", "focality", "nodes", "pt", "pn", "pm", "margins", "lymphovascular_invasion", "perineural_invasion", "er",
    "er_percent", "er_h_score", "pr", "pr_percent", "pr_h_score", "her2", "her2_ihc", "her2_ish", "ki67_percent",
    "mlh1", "pms2", "msh2", "msh6", "mmr", "msi", "pdl1_tps_percent", "pdl1_cps",
)  # fmt: skip
"""Every name that a finding can have, in the order in which findings are listed."""


class Finding(NamedTuple):
    """One fact that a report states.

    name       one of NAMES
    value      in canonical words; a percentage is a number, a range ("91-100") or a bound ("<1", ">10")
    certainty  "hedged" where the pathologist left it uncertain
    start end  span of the report that it was read from, in characters (end is exclusive)
    part       the specimen's letter or number in a report on several, else empty
    """

    name: str
    value: str
    certainty: Certainty
    start: int
    end: int
    part: str = ""


class Contradiction(NamedTuple):
    """A name for which one part of the report states values that exclude each other."""

    name: str
    part: str


class ReportReading(NamedTuple):
    """Everything that was read. What the report does not state is absent; what it contradicts is named.

    `kind` is what the text is; only a pathology report has findings.
    """

    findings: tuple[Finding, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    cut: bool = False
    kind: TextKind = PATHOLOGY

    @property
    def empty(self) -> bool:
        """Return whether there are no findings besides the specimen's site and procedure."""
        return all(one.name in {"site", "laterality", "procedure"} for one in self.findings)


class Mention(NamedTuple):
    """A finding before reconciliation; [start, end) is a span of the page's flat text."""

    name: str
    value: str
    hedged: bool
    start: int
    end: int
