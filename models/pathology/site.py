"""Site and procedure of a specimen, from the heading of the report or of its part."""

import re
from collections.abc import Iterator
from typing import Final

from models.pathology.cues import Cues, Effect
from models.pathology.finding import Mention
from models.pathology.headings import BY_WORDS, HEADING, Section
from models.pathology.page import Page, Sentence

LYMPH_NODE: Final = "lymph node"
SITES: Final = {
    "breast": "breast|breasts|mammary",
    "colorectum": "colon|colonic|colorectal|colorectum|rectum|rectal|rectosigmoid|sigmoid|cecum|caecum|cecal|caecal"
    "|hepatic flexure|splenic flexure|large bowel|hemicolectomy|colectomy",
    "lung": "lung|lungs|pulmonary|bronchus|bronchial|endobronchial|transbronchial",
    "prostate": "prostate|prostatic|prostatectomy",
    LYMPH_NODE: "lymph node|lymph nodes|sentinel node|sentinel nodes|axillary nodes|axillary contents",
}
PROCEDURES: Final = {
    "resection": "lumpectomy|mastectomy|excision|excisional biopsy|resection|colectomy|hemicolectomy|lobectomy"
    "|segmentectomy|wedge resection|prostatectomy|polypectomy|quadrantectomy|wide local excision",
    "biopsy": "biopsy|biopsies|core biopsy|core biopsies|needle core|needle cores|core needle biopsy|fine needle"
    " aspiration|fna|punch biopsy|cores|brushings|aspirate",
}


def _pattern(rows: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    values = {phrase: value for value, phrases in rows.items() for phrase in phrases.split("|")}
    phrases = "|".join(re.escape(phrase).replace(r"\ ", "[ -]") for phrase in sorted(values, key=len, reverse=True))
    return re.compile(rf"(?<![a-z])(?:{phrases})(?![a-z])(?! site)"), values


_FIELDS: Final = {"site": _pattern(SITES), "procedure": _pattern(PROCEDURES)}
_KEY: Final = re.compile(r"[*•> -]*(?:tumou?r )?(?:site|specimen|procedure|organ|location)\b[a-z ()]{0,30}:")
_SPOKEN_OF: Final = re.compile(r"\b(?:the|this|these) $")
"""Words before "biopsy" in a sentence that only refers to the specimen."""
_EARLY: Final = 60
"""Characters; a shorter specimen line is assumed to continue in the next sentence."""
_ELSEWHERE: Final = re.compile(r"metasta\w+ (?:from|to)|primary|origin|spread|recurren")
"""Words of a sentence about a place other than the specimen's."""


def find(page: Page, cues: Cues) -> Iterator[Mention]:
    """Yield site and procedure from the specimen lines; where none gives a site, from what is stated below them."""
    found = list(_mentions(page, cues))
    heads = _heads(page)
    stated = [one for one in found if page.sentence(one.start).start in heads]
    sited = any(one.name == "site" for one in stated)
    yield from stated
    if not sited:
        yield from (
            one
            for one in found
            if one.name == "site"
            and page.sentence(one.start).section not in (Section.ASIDE, Section.UNKNOWN)
            and not _ELSEWHERE.search(page.flat, page.sentence(one.start).start, page.sentence(one.start).end)
        )


def in_words(specimen: str) -> tuple[str, ...]:
    """Return the sites that a specimen's label names, such as "breast, left, core biopsy"."""
    pattern, values = _FIELDS["site"]
    return tuple(dict.fromkeys(values[one.group().replace("-", " ")] for one in pattern.finditer(specimen.lower())))


def _mentions(page: Page, cues: Cues) -> Iterator[Mention]:
    for name, (pattern, values) in _FIELDS.items():
        for one in pattern.finditer(page.flat):
            spoken_of = name == "procedure" and _SPOKEN_OF.search(page.flat, max(0, one.start() - 6), one.start())
            if not spoken_of and cues.before(one.start()) in (None, Effect.PLAIN):
                yield Mention(name, values[one.group().replace("-", " ")], False, one.start(), one.end())  # noqa: FBT003 - its fields in order


def _heads(page: Page) -> set[int]:
    """Return the starts of the sentences that describe a specimen."""
    heads: set[int] = set()
    before: Sentence | None = None
    opens = True
    for sentence in page.sentences:
        opens = opens or before is None or (before.section, before.part) != (sentence.section, sentence.part)
        keyed = _KEY.match(page.flat, sentence.start) is not None
        is_relevant = opens and (sentence.section is not Section.DETAIL or not heads)
        is_relevant = (is_relevant or keyed) and sentence.section in (Section.DIAGNOSIS, Section.BODY, Section.DETAIL)
        is_relevant = (is_relevant or sentence.section is Section.SPECIMEN) and not _bare(page, sentence)
        if is_relevant:
            heads.add(sentence.start)
        # A bare heading refers to the text below it; a sentence that a stop cut early continues.
        early = sentence.end - sentence.start < _EARLY and page.flat[sentence.end - 2] in ";."
        opens = _bare(page, sentence) or (is_relevant and early)
        before = sentence
    return heads


def _bare(page: Page, sentence: Sentence) -> bool:
    """Return whether a sentence is a heading and nothing else."""
    patterns = (HEADING, *(pattern for pattern, _ in BY_WORDS))
    found = [pattern.match(page.flat, sentence.start, sentence.end) for pattern in patterns]
    return any(one is not None and one.end() + 2 >= sentence.end for one in found)
