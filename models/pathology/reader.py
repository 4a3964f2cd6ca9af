"""Read a report's text into findings. Pure, deterministic, and linear in the length of the text."""

import re
from collections.abc import Sequence
from typing import Final

from models.pathology import (
    diagnosis,
    extent,
    grading,
    mismatch_repair,
    organs,
    primary,
    receptors,
    site,
    size,
    staging,
)
from models.pathology import nodes as lymph_nodes
from models.pathology.cues import CUES, Cues
from models.pathology.entities import ENTITIES
from models.pathology.finding import Finding, Mention, ReportReading
from models.pathology.headings import KINDS, Section
from models.pathology.kind import PATHOLOGY, kind_of
from models.pathology.page import Page, Sentence
from models.pathology.reconciliation import LocatedMention, reconcile
from models.pathology.spelling import Spelling, words

MOST_FINDINGS: Final = 100
"""Findings beyond this number are dropped, and `ReportReading.cut` is set: no real report states so many."""
MOST_MENTIONS: Final = 2000
"""Limit of mentions, twenty times the limit of findings.

A text with more is not read at all: reconciliation compares mentions with each other, and could not tell the final
value from a part of them.
"""
_RESULT_WORDS: Final = (
    "complete completely response",
    "positive negative equivocal amplified amplification intact retained preserved deficient proficient estrogen",
    "oestrogen progesterone receptor receptors prostate prostatic nottingham gleason differentiated moderately margins",
    "involved uninvolved lymphovascular perineural present absent mismatch microsatellite instability insufficient",
    "inadequate nuclear expression staining biopsy resection excision mastectomy lumpectomy prostatectomy specimen",
    (
        "unsatisfactory vascular histologic identified diagnostic carcinomas adenocarcinomas malignant invasion"
        " amplified index proportion histological"
    ),
)
SPELLING: Final = Spelling(
    words(entity.phrases for entity in ENTITIES)
    | words(phrases for _, phrases in CUES)
    | words(KINDS)
    | words([*organs.SITES.values(), *organs.PROCEDURES.values(), *_RESULT_WORDS])
)
_OF_DIAGNOSIS: Final = frozenset(
    {
        diagnosis.NO_MALIGNANCY, "behaviour", "histology", "primary", "grade", "gleason", "grade_group", "size_mm",
        "focality", "nodes", "pt", "pn", "pm",
    }
)  # fmt: skip
"""Names that a history repeats, while the diagnosis states them under its own heading."""
_CORRECTS: Final = re.compile(r"revis|amend|correct|chang|instead|in error|erroneous|should read|supersed|replac")


def read(text: str) -> ReportReading:
    """Read a pathologist's report in English: breast, colon and rectum, lung, prostate.

    Spans are characters of `text`. What is not stated is absent. History, gross description, frozen sections and the
    explanation of tests give no findings. Text under an unknown heading before the diagnosis may be a history: no
    diagnosis is read from it, and everything else in it counts as uncertain. An addendum replaces what it reports anew.
    """
    page = Page(text, SPELLING)
    if not page.sentences:
        return ReportReading()
    kind = kind_of(page.flat)
    if kind != PATHOLOGY:
        return ReportReading(kind=kind)
    cues = Cues(page)
    origins = list(primary.find(page, cues))
    places = list(site.find(page, cues, origins))
    nodes = _node_parts(page, places)
    counts = list(lymph_nodes.find(page, cues, nodes))
    mentions = [
        *places,
        *diagnosis.find(page, cues, nodes, {page.sentence(one.start).start for one in counts}),
        *origins,
        *counts,
        *size.find(page, cues),
        *grading.find(page, cues),
        *staging.find(page, cues),
        *extent.find(page, cues),
        *receptors.find(page, cues),
        *mismatch_repair.find(page, cues),
    ]
    labels = {sentence.part for sentence in page.sentences} - {""}
    weighed = [_located(page, one, several=len(labels) > 1) for one in mentions if _counts(page, one)]
    if len(weighed) > MOST_MENTIONS:
        return ReportReading(cut=True)
    findings, contradictions = reconcile(weighed)
    findings = _of_their_parts(findings)
    kept = tuple(findings[:MOST_FINDINGS])
    return ReportReading(kept, tuple(contradictions[:MOST_FINDINGS]), cut=len(findings) > MOST_FINDINGS)


def _of_their_parts(findings: Sequence[Finding]) -> list[Finding]:
    """Leave out what the report says of its specimens together where each has its own, and it is not that of each."""
    parts = {one.part for one in findings} - {""}
    own: dict[tuple[str, str], set[str]] = {}
    for one in findings:
        own.setdefault((one.part, one.name), set()).add(one.value)

    def holds(one: Finding) -> bool:
        of_parts = [own.get((part, one.name), set()) for part in parts]
        return one.part != "" or not parts or not all(of_parts) or all(one.value in values for values in of_parts)

    return [one for one in findings if one.name not in _OF_SPECIMEN or holds(one)]


_OF_SPECIMEN: Final = frozenset({"site", "laterality", "procedure"})
_OF_PATIENT: Final = re.compile(
    r"(?:[a-z /()-]{2,40}: )?(?:(?:this|the|our|a|an) )?(?:is )?(?:(?:a|an) )?(?:(?:patient|he|she|mr|mrs|ms|gentleman"
    r"|lady)\b"
    r"(?! (?:identif|name|label))|\d{1,3}[- ]?(?:years?|yrs?|y/?o)\b|status post|s/p\b)"
)
"""How a sentence begins that tells of a patient and not of a specimen, under whatever heading."""


def _counts(page: Page, mention: Mention) -> bool:
    sentence = page.sentence(mention.start)
    if _OF_PATIENT.match(page.flat, sentence.start):
        return False
    section = sentence.section
    if section is Section.UNKNOWN:
        return mention.name not in _OF_DIAGNOSIS
    return section is not Section.ASIDE and (
        section is not Section.SPECIMEN or mention.name in {"site", "laterality", "procedure"}
    )


def _located(page: Page, mention: Mention, *, several: bool) -> LocatedMention:
    sentence = page.sentence(mention.start)
    start, end = page.place(mention.start, mention.end)
    return LocatedMention(
        mention.name,
        mention.value,
        mention.hedged or sentence.section is Section.UNKNOWN,
        start=start,
        end=end,
        part=sentence.part if several else "",
        level=sentence.level,
        amends=sentence.amends or _corrects(page, sentence),
        in_diagnosis=sentence.section is Section.DIAGNOSIS,
    )


def _corrects(page: Page, sentence: Sentence) -> bool:
    return sentence.level > 0 and _CORRECTS.search(page.flat, sentence.start, sentence.end) is not None


def _node_parts(page: Page, places: list[Mention]) -> set[str]:
    """Return the parts whose specimen is a lymph node and nothing else; outside of parts it must have been excised."""
    sites: dict[str, set[str]] = {}
    taken = {page.sentence(one.start).start for one in places if one.name == "procedure"}
    for one in places:
        sentence = page.sentence(one.start)
        if one.name == "site" and (sentence.part or sentence.start in taken or one.value != organs.LYMPH_NODE):
            sites.setdefault(sentence.part, set()).add(one.value)
    return {part for part, values in sites.items() if values == {organs.LYMPH_NODE}}
