"""Grades: Nottingham and three-tier grades, Gleason scores and grade groups.

Nottingham score to grade: Elston CW, Ellis IO. Histopathology 1991, doi:10.1111/j.1365-2559.1991.tb00229.x.
Gleason score to grade group: Epstein JI et al., ISUP 2014. Am J Surg Pathol 2016, doi:10.1097/PAS.0000000000000530.
"""

import re
from collections.abc import Iterator
from typing import Final

from models.pathology.cues import Assertion, Cues
from models.pathology.finding import Mention
from models.pathology.page import Page

_ROMAN: Final = {"i": "1", "ii": "2", "iii": "3"}
_DIFFERENTIATED: Final = {"well": "1", "moderately": "2", "poorly": "3"}  # AJCC's G1, G2, G3
_NUMBER: Final = r"(?P<grade>[123]|iii|ii|i)(?![a-z0-9])(?! ?(?:-|to|or) ?(?:[123]|i{1,3})\b)"
_SYSTEM: Final = (
    r"(?:nottingham|sbr|bloom[- ]richardson|elston(?:[- ]ellis)?|histologic(?:al)?|combined|overall|tumou?r)"
)

_GRADE: Final = re.compile(
    rf"(?<![a-z])(?<!nuclear )(?<!group )(?<!isup )(?<!gleason )(?<!cytologic )(?:{_SYSTEM}[ ,]{{1,2}}){{0,3}}grade"
    rf"(?: \([a-z ]{{1,30}}\))?(?: ?[:=]| is| of)?(?: grade)?(?: g)? ?{_NUMBER}"
    rf"|(?<![a-z0-9])g ?(?P<short>[123])(?![a-z0-9%]|\.\d)"
    r"|nottingham:? (?P<bare>[123]|iii|ii|i)(?= ?(?:\(?of|/) ?(?:3|iii))"
)
_WORDS: Final = re.compile(
    r"(?<![a-z-])(?<!to )(?P<how>well|moderately|poorly)[ -](?:to (?:moderately|poorly)[ -])?differentiated"
)
_TWO_TIER: Final = re.compile(
    r"(?<![a-z])(?P<tier>low|high)[ -]grade(?=,? ?(?:invasive |colonic |colorectal |mucinous "
    r"|urothelial )?(?:adeno)?carcinoma(?! in situ)|"
    r"(?: ?\((?:well|poorly|moderately)))|grade: ?(?P<keyed>low|high)(?:[ -]grade)?|\((?P<told>low|high)[ -]grade\)"
)
_SCORE: Final = re.compile(
    r"(?:nottingham|sbr|bloom[- ]richardson)(?: [a-z]{1,15}){0,2}[ :]{1,2}(?:of )?(?P<score>[3-9]) ?(?:/|of|out of) ?9"
)

_PATTERNS: Final = (
    r"(?P<primary>[1-5]) ?\+ ?(?P<secondary>[1-5])\)?(?: ?(?:=|:|,)? ?(?:score )?(?P<sum>\d{1,2})(?!\d))?"
)
_GLEASON: Final = re.compile(
    rf"gleason[a-z :,'(]{{0,30}}(?P<leading>(?:10|[2-9])(?: ?/ ?10)? ?[,=:]? ?\(? ?)?{_PATTERNS}"
    r"|gleason(?:'s)?(?: combined| total)?(?: score| sum)?(?: is| of)?[ :=]{1,3}(?P<alone>10|[2-9])(?! ?[+\d])"
)
_GROUP: Final = re.compile(
    r"(?:(?:isup|who|prognostic)[ /]?)?(?:isup )?(?:grade group|isup grade|group grade"
    r"|grade grouping)[ :=(]{0,3}(?:is |of )?"
    r"(?P<group>[1-5])(?![0-9])(?! ?-)"
)


def group_of(primary: int, secondary: int) -> int:
    """Return the grade group of a Gleason score, ISUP 2014: up to 6, 3+4, 4+3, 8, 9 and 10."""
    score = primary + secondary
    if score == 7:  # noqa: PLR2004 - the score for which the primary pattern decides
        return 2 if primary == 3 else 3  # noqa: PLR2004
    return 1 if score < 7 else 4 if score == 8 else 5  # noqa: PLR2004


def nottingham_grade(score: int) -> int:
    """Return the grade of a Nottingham score of 3 to 9: 3 to 5, 6 and 7, 8 and 9."""
    return 1 if score <= 5 else 2 if score <= 7 else 3  # noqa: PLR2004


def find(page: Page, cues: Cues) -> Iterator[Mention]:
    """Yield grades that are stated or uncertain. A Gleason score is written 3+4=7, with the report's own sum."""
    for mention in (*_grades(page), *_gleason(page)):
        said = cues.assertion(mention.start, mention.end)
        if said in (Assertion.STATED, Assertion.HEDGED):
            yield mention._replace(hedged=said is Assertion.HEDGED)


def _grades(page: Page) -> Iterator[Mention]:
    flat = page.flat
    for one in _GRADE.finditer(flat):
        value = one["grade"] or one["short"] or one["bare"]
        yield Mention("grade", _ROMAN.get(value, value), hedged=False, start=one.start(), end=one.end())
    for one in _WORDS.finditer(flat):
        if " to " not in one.group():
            yield Mention("grade", _DIFFERENTIATED[one["how"]], hedged=False, start=one.start(), end=one.end())
    for one in _TWO_TIER.finditer(flat):
        yield Mention(
            "grade", one["tier"] or one["keyed"] or one["told"], hedged=False, start=one.start(), end=one.end()
        )
    for one in _SCORE.finditer(flat):
        yield Mention("grade", str(nottingham_grade(int(one["score"]))), hedged=False, start=one.start(), end=one.end())


def _gleason(page: Page) -> Iterator[Mention]:
    for one in _GLEASON.finditer(page.flat):
        if one["alone"]:
            yield Mention("gleason", one["alone"], hedged=False, start=one.start(), end=one.end())
            continue
        score = int(one["primary"]) + int(one["secondary"])
        leading = re.match(r"\d+", one["leading"] or "")
        told = {int(one["sum"])} if one["sum"] else set()
        told |= {int(leading.group())} if leading else set()
        for total in sorted(told or {score}):
            value = f"{one['primary']}+{one['secondary']}={total}"
            yield Mention("gleason", value, hedged=False, start=one.start(), end=one.end())
    for one in _GROUP.finditer(page.flat):
        yield Mention("grade_group", one["group"], hedged=False, start=one.start(), end=one.end())
