"""Site, side and procedure of a specimen, from the heading of the report or of its part."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from models.pathology.cues import Cues, Effect
from models.pathology.finding import Mention
from models.pathology.headings import BY_WORDS, HEADING, Section
from models.pathology.organs import FIELDS, ORGANS, SIDES, SITES
from models.pathology.page import Page, Sentence

_SOUGHT: Final = {**FIELDS, "site": ORGANS, "laterality": SIDES}
_KEY: Final = re.compile(
    r"[*•> -]*(?:tumou?r )?(?:specimen )?(?:site|specimen|procedure|organ|location|laterality|side)\b[a-z ()]{0,30}:"
)
_BARE_LABEL: Final = re.compile(r"(?:part|specimen)[ #]{1,3}[a-z0-9]{1,2}[.:)]?(?= )")
_SPOKEN_OF: Final = re.compile(r"\b(?:the|this|these) $")
"""Words before "biopsy" in a sentence that only refers to the specimen."""
_EARLY: Final = 60
"""Characters; a shorter specimen line is assumed to continue in the next sentence."""
_ELSEWHERE: Final = re.compile(r"metasta\w+ (?:from|to)|primary|origin|spread|recurren")
"""Words of a sentence about a place other than the specimen's."""


def find(page: Page, cues: Cues, origins: Iterable[Mention]) -> Iterator[Mention]:
    """Yield site, side and procedure from the specimen lines; where none gives a site, from what is stated below them.

    `origins` are the organs that a metastasis came from, which are no site of the specimen.
    """
    away = {(one.start, one.end) for one in origins}
    found = [one for one in _mentions(page, cues) if (one.start, one.end) not in away]
    heads = _heads(page)
    stated = [one for one in found if page.sentence(one.start).start in heads]
    main = {page.sentence(one.start).start for one in stated if one.name == "site" and one.value in SITES}
    sited = any(one.name == "site" for one in stated)
    for one in stated:
        other = one.name == "site" and one.value not in SITES
        if not (other and page.sentence(one.start).start in main):
            yield one
    if not sited:
        yield from (
            one
            for one in found
            if one.name == "site"
            and one.value in SITES
            and page.sentence(one.start).section not in (Section.ASIDE, Section.UNKNOWN)
            and not _ELSEWHERE.search(page.flat, page.sentence(one.start).start, page.sentence(one.start).end)
        )


def in_words(specimen: str) -> tuple[str, ...]:
    """Return the sites that a specimen's label names, such as "breast, left, core biopsy"."""
    pattern, values = FIELDS["site"]
    return tuple(dict.fromkeys(values[one.group().replace("-", " ")] for one in pattern.finditer(specimen.lower())))


def _mentions(page: Page, cues: Cues) -> Iterator[Mention]:
    for name, (pattern, values) in _SOUGHT.items():
        for one in pattern.finditer(page.flat):
            spoken_of = name == "procedure" and _SPOKEN_OF.search(page.flat, max(0, one.start() - 6), one.start())
            if not spoken_of and _is_here(cues, one.start()):
                yield Mention(name, values[one.group().replace("-", " ")], False, one.start(), one.end())  # noqa: FBT003 - its fields in order


def _is_here(cues: Cues, start: int) -> bool:
    """Return whether a word is about the specimen: it is not denied, left open or of an earlier time."""
    return cues.before(start) in (None, Effect.PLAIN) and not cues.treated(start)


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
    found.append(_BARE_LABEL.match(page.flat, sentence.start, sentence.end))
    return any(one is not None and one.end() + 2 >= sentence.end for one in found)
