"""Names of tested proteins and genes, groups of them, and the text that states their results."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from models.pathology.cues import Assertion, Cues
from models.pathology.page import Page

OTHER: Final = "other"
_TOLD: Final = r" ?[:=-]? ?(?:(?:strongly |weakly )?(?:positive|negative|pos|neg|low|equivocal)\b|\d{1,3} ?%)"
"""A hormone in a table of receptors, which names it alone."""
_NAMES: Final = {
    "er": rf"o?estrogen[- ]receptors?|er(?! controls?)|o?estrogen(?={_TOLD})",
    "pr": rf"progesterone[- ]receptors?|pr|pgr|progesterone(?={_TOLD})",
    "her2": r"her-?2(?:[/-]?neu)?|her 2(?:/neu)?|c-?erbb-?2|erbb2",
    "ish": r"(?:fluorescen\w+ |chromogenic |silver )?in[- ]situ hybridi[sz]ation|(?:d|f|c|s)?ish|d-ish",
    "ki67": r"ki-?67|ki 67|mib-?1",
    "pdl1": r"pd-?l1|pd l1",
    "tps": r"tps|tumou?r proportion score",
    "cps": r"cps|combined positive score",
    "mlh1": r"h?mlh-?1",
    "pms2": r"h?pms-?2",
    "msh2": r"h?msh-?2",
    "msh6": r"h?msh-?6",
    "mmr": r"mmr|(?:dna )?mismatch[- ]repair(?: proteins?)?",
    OTHER: r"(?:h?mlh-?1|braf|kras|nras|egfr|alk|ros1|met|ret|top2a|ntrk|brca[12]|pik3ca)(?: (?:gene "
    r"|promoter )?(?:promoter|hyper"
    r"methylation|methylation|mutations?|germline|variants?|rearrangements?|v600e))?|ttf-?1|p40|p63|ck ?\d{1,2}"
    r"|ck5/6|cd56"
    r"|chromogranin|synaptophysin|gata-?3|e-cadherin|napsin(?: a)?|cdx-?2|amacr|p53|androgen receptor|ar|nkx3\.1|psa",
}
_METHYLATED: Final = (
    r"(?P<other_mlh1>h?mlh-?1 (?:gene )?(?:promoter|hypermethylation|methylation|mutation|germline|variant))"
)
_MARKER: Final = re.compile(
    r"(?<![a-z0-9])(?:"
    + _METHYLATED
    + "|"
    + "|".join(f"(?P<{name}>{words})" for name, words in _NAMES.items())
    + r")(?![a-z0-9])(?! (?:internal |external )?controls?\b)"
)
_JOINED: Final = re.compile(
    r"[ ,/&()\[\]:]{0,3}(?:(?:and|or|by|for|of|gene|status|dual|probe|testing|test|analysis|using|studies|protein|the"
    r")[ ,/&()]{1,2}){0,4}"
)
_OPEN: Final = re.compile(
    r"[^a-z0-9]*(?:(?:status|testing|studies|immunostains?|stains?|analysis|results?|ihc|by ihc|is|are|was|were"
    r"|will|to|be)[ :,()]+){0,5}"
    r"(?:pending|follow|awaited|ordered|requested|not (?:performed|done|assessed|available|tested|reported"
    r"|applicable|yet)"
    r"|cannot|reported separately|deferred|n/a)"
)
LONGEST: Final = 100
"""Characters behind a name in which its result is searched for."""


class Group(NamedTuple):
    """Markers that are named together, the text [end, until) that may state their result, and its assertion status."""

    names: tuple[str, ...]
    start: int
    end: int
    until: int
    hedged: bool
    negated: bool


def groups(page: Page, cues: Cues) -> Iterator[Group]:
    """Yield every group of markers that may have a result here, not those that are pending, past or merely defined."""
    joined = list(_joined(page))
    for index, (names, start, end) in enumerate(joined):
        sentence = page.sentence(start)
        until = min(sentence.end, end + LONGEST, joined[index + 1][1] if index + 1 < len(joined) else sentence.end)
        until = max(until, end)
        said = cues.assertion(start, end)
        if said is not Assertion.PAST and not _OPEN.match(page.flat, end, until) and not _defines(page, start, until):
            former = _FORMER.search(page.flat, end, until)
            until = former.start() if former else until
            yield Group(names, start, end, until, said is Assertion.HEDGED, said is Assertion.NEGATED)


def _joined(page: Page) -> Iterator[tuple[tuple[str, ...], int, int]]:
    names: list[str] = []
    start = end = 0
    for one in _MARKER.finditer(page.flat):
        name = OTHER if one["other_mlh1"] else str(one.lastgroup)
        same = page.sentence(one.start()).start <= start and one.start() - end <= _APART
        together = bool(names) and same and OTHER not in (name, *names)
        if (
            together
            and _JOINED.fullmatch(page.flat, end, one.start())
            and (name not in names or one.start() - end <= _ALIAS)
        ):
            names += [name] if name not in names else []
        else:
            if names:
                yield tuple(names), start, end
            names, start = [name], one.start()
        end = one.end()
    if names:
        yield tuple(names), start, end


_FORMER: Final = re.compile(r"(?:previously|originally|initially|erroneously|incorrectly)\b")
"""Words before a former result that no longer holds."""
_APART: Final = 40
_ALIAS: Final = 3  # "Ki-67 (MIB-1)": a second name of the same marker
_DEFINES: Final = re.compile(
    r"(?:is|are) (?:scored \d|considered|defined|regarded|scored as)|defined as|cut-?off|threshold|reference range"
    r"|\bif\b"
    r"|scoring (?:system|criteria)|interpreted as follows|eligib"
)


def _defines(page: Page, start: int, until: int) -> bool:
    """Return whether the sentence explains a test instead of stating its result."""
    sentence = page.sentence(start)
    return _DEFINES.search(page.flat, max(sentence.start, start - LONGEST), until) is not None
