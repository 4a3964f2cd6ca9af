"""The size of a tumour in millimetres, and in how many places it grows."""

import re
from collections.abc import Iterator
from typing import Final

from models.pathology.cues import Assertion, Cues
from models.pathology.finding import Mention
from models.pathology.page import Page, Sentence

_NUMBER: Final = r"\d{1,3}(?:\.\d{1,2})?"
_SIZE: Final = re.compile(
    rf"(?<![\d./<>-])(?P<first>{_NUMBER})(?: ?(?:cm|mm)?(?: ?[x\u00d7] ?| and | by )(?P<second>{_NUMBER}))?"
    rf"(?: ?(?:cm|mm)?(?: ?[x\u00d7] ?| and | by )(?P<third>{_NUMBER}))? ?(?P<unit>cm|mm|millimet(?:er|re)s?"
    rf"|centimet(?:er|re)s?)(?![a-z0-9/])"
)
_OF_TUMOUR: Final = re.compile(
    r"carcinoma|tumou?r|malignan|invasive component|invasive focus|lesion|melanoma|(?:greatest|maximum|maximal"
    r"|largest) (?:linear )?dimension"
    r"|\bcancer|neoplasm"
)
_OF_OTHER: Final = re.compile(
    r"(?<![a-z])(?:margin|distance|from (?:the )?(?:ink|edge|nipple|skin)|clearance|closest|nodes?\b|nodal|metasta\w*"
    r"|deposit|[cm]m of\b"
    r"|in situ|dcis|lcis"
    r"|cores?\b|specimen|fragment|tissue|measuring up to|clip|cavity|scar|depth|breslow|skin ellipse|length of"
    r"|in length|wall|polyp\b"
    r"|extraprostatic|whole tumou?r size|per (?:sq|high)|mm2|field|thickness|aggregate|invades|invasion|cyst"
    r"|fibroadenoma|adenoma\b)"
)
_FOCI: Final = re.compile(
    r"(?P<number>\d{1,2}|two|three|four|five|six) (?:separate |distinct )?(?:foci|tumou?rs|masses|lesions)\b"
    r"|(?P<many>multifocal|multicentric)(?!i)|(?P<one>unifocal|single focus|unicentric)"
    r"|(?P<key>(?:multicentric\w*|multifocal\w*|focality)(?:/multifocality)?[a-z ]{0,30}): ?(?P<value>no\b"
    r"|yes\b|absent|present|single|multiple|not identified)"
)
_NUMBERS: Final = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
_ABOUT: Final = 90
"""Characters before a size in which the words stand that tell what it is the size of."""
_LARGEST_MM: Final = 400.0


def find(page: Page, cues: Cues) -> Iterator[Mention]:
    """Yield the largest dimension of a tumour where the sentence says that it is one, and the number of its foci."""
    for one in _SIZE.finditer(page.flat):
        sentence = page.sentence(one.start())
        if one.end() <= sentence.end and _of_tumour(page, sentence, one):
            said = cues.assertion(one.start(), one.end())
            scale = 10.0 if one["unit"].startswith("c") else 1.0
            largest_mm = max(float(number) for number in (one["first"], one["second"], one["third"]) if number) * scale
            if 0 < largest_mm <= _LARGEST_MM and said is not Assertion.PAST:
                yield Mention("size_mm", f"{round(largest_mm, 1):g}", said is Assertion.HEDGED, one.start(), one.end())
    for one in _FOCI.finditer(page.flat):
        if cues.assertion(one.start(), one.end()) is Assertion.STATED or one["key"]:
            yield Mention("focality", _foci(one), hedged=False, start=one.start(), end=one.end())


def _of_tumour(page: Page, sentence: Sentence, one: re.Match[str]) -> bool:
    """Return whether the words around a size are about the tumour; right before it they count for more."""
    before = page.flat[max(sentence.start, one.start() - _ABOUT) : one.start()]
    behind = page.flat[one.end() : min(sentence.end, one.end() + 40)]
    if _OF_OTHER.search(before) or re.match(r" ?(?:from|to|of|away|clear|margin)", behind):
        return False
    return (
        _OF_TUMOUR.search(before) is not None
        or re.match(r" ?(?:invasive|infiltrating|\w*carcinoma|tumou?r|\(pt)", behind) is not None
    )


def _foci(one: re.Match[str]) -> str:
    if one["number"]:
        return _NUMBERS.get(one["number"], one["number"])
    if one["key"]:
        single = one["value"] in {"no", "absent", "not identified", "single"}
        of_many = one["key"].startswith("multi") or one["value"] in {"single", "multiple"}
        return "1" if single and of_many else "multiple"
    return "multiple" if one["many"] else "1"
