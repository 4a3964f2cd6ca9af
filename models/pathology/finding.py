"""What is read from a report: values, how certain they are, and where they stand. Never the text itself."""

from typing import Final, Literal, NamedTuple

Certainty = Literal["stated", "hedged"]

NAMES: Final = (
    "site", "procedure", "behaviour", "histology", "grade", "gleason", "grade_group", "pt", "pn", "pm", "margins",
    "lymphovascular_invasion", "perineural_invasion", "er", "er_percent", "pr", "pr_percent", "her2", "her2_ihc",
    "her2_ish", "ki67_percent", "mlh1", "pms2", "msh2", "msh6", "mmr", "msi", "pdl1_tps_percent", "pdl1_cps",
)  # fmt: skip
"""Every name that a finding can have, in the order in which findings are listed."""


class Finding(NamedTuple):
    """One thing that a report states.

    name       one of NAMES
    value      in canonical words; a percentage is a number, a range ("91-100") or a bound ("<1", ">10")
    certainty  hedged where the pathologist left it open
    start end  the characters of the report that it was read from (end is exclusive)
    part       the specimen's letter or number in a report of several, else empty
    """

    name: str
    value: str
    certainty: Certainty
    start: int
    end: int
    part: str = ""


class Contradiction(NamedTuple):
    """A name of which one part of the report states what can't be true together."""

    name: str
    part: str


class ReportReading(NamedTuple):
    """Everything that was read. What the report does not state is not there; what it contradicts is named."""

    findings: tuple[Finding, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    cut: bool = False

    @property
    def empty(self) -> bool:
        """Nothing was read of what the report is for: where a specimen came from is not a finding."""
        return all(one.name in {"site", "procedure"} for one in self.findings)


class Mention(NamedTuple):
    """A finding before it is weighed: [start, end) lies in the page's flat text."""

    name: str
    value: str
    hedged: bool
    start: int
    end: int
