"""The output record of a pathology report: findings without the text, under an id derived from the report."""

import hashlib
from typing import Final

from models.pathology import site
from models.pathology.reader import read
from schemas.identity import output_id
from schemas.pathology import PathologyFindings, PathologyReport, ReadContradiction, ReadFinding
from schemas.wire import Provenance

RULE: Final = "pathology-reader"


def findings_of(event: PathologyReport, software: str) -> PathologyFindings:
    """Read a report; `software` is the version of the reader. Takes at most about a second for the longest text."""
    reading = read(event.text)
    digest = hashlib.sha256(event.text.encode()).hexdigest()  # part of the id; the text can't be recovered from it
    return PathologyFindings(
        id=output_id("pathology-findings", event.patient, f"{RULE}/{software}", event.time, event.report, digest),
        patient=event.patient,
        time=event.time,
        report=event.report,
        sites=site.in_words(event.specimen or ""),
        findings=tuple(ReadFinding(**one._asdict()) for one in reading.findings),
        contradictions=tuple(ReadContradiction(**one._asdict()) for one in reading.contradictions),
        cut=reading.cut,
        kind=reading.kind,
        provenance=Provenance(software=software, rule=f"{RULE}/{software}", data="none"),
    )
