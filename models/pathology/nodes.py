"""Counts of lymph nodes: how many have a metastasis, of how many that were examined."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from models.pathology.cues import Assertion, Cues
from models.pathology.finding import Mention
from models.pathology.page import Page

_SMALL: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_WORDS: Final = {word: number for number, word in enumerate(_SMALL)} | {
    "no": 0,
    "none": 0,
    "a": 1,
    "single": 1,
    "both": 2,
}
_N: Final = r"\d{1,2}|twenty[- ](?:one|two|three|four|five|six|seven|eight|nine)|" + "|".join(_SMALL[::-1])
_NODE: Final = r"(?:(?!number |of |out |and |or |in )[a-z-]+ ){0,4}?(?:nodes?\b|ln\b|lns\b)"
_COUNTED: Final = re.compile(
    rf"(?<![\d/.+=])(?P<part>\d{{1,2}}) ?/ ?(?P<whole>\d{{1,2}})(?![\d/]|\.\d|\+| ?mm| ?cm)"
    rf"|(?<![a-z0-9.])(?P<told>{_N}|none|no) (?:out )?of (?:the |a total of )?(?P<all>{_N})(?![a-z0-9])"
    rf"|(?<![a-z0-9./])(?P<those>{_N}|single|both) (?:\(\d{{1,2}}\) ?)?{_NODE}(?=(?P<says>[^.;:/]{{0,60}}))"
)
_CLEAN: Final = re.compile(
    r"negative|free of|no (?:evidence|metasta|tumou?r|carcinoma|malignan)|without|uninvolved|benign|not involved"
)
_DIRTY: Final = re.compile(
    r"positive|(?<!no )(?<!without )(?<!for )(?<!of )metasta|involved by|with (?:carcinoma|tumou?r)"
)
_OF_NODES: Final = re.compile(r"\bnodes?\b|\bnodal\b|\blns?\b|axilla")
_NO_COUNT: Final = re.compile(r"score|nottingham|gleason|grade|core|block|slide|margin|quadrant|polyp|foci|lobe")
_POSITIVE_KEY: Final = re.compile(
    rf"(?:nodes?: [^.;]{{0,30}}?(?:positive|involved)|nodes? (?:positive|involved"
    r"|with (?:metasta\w+|tumou?r|carcinoma))|(?:positive|involved) (?:lymph )?nodes?)"
    rf"[a-z ()/-]{{0,40}}: ?(?P<number>{_N}|none)(?![a-z0-9/.])"
)
_EXAMINED_KEY: Final = re.compile(
    rf"(?:nodes?:? (?:examined|retrieved|identified|found|submitted|sampled|in total|total)|(?:total|examined)"
    rf" (?:number of )?(?:lymph )?nodes?)[a-z ()/-]{{0,40}}: ?(?P<number>{_N})(?![a-z0-9/.])"
)
_ALL_NEGATIVE: Final = re.compile(r"all (?:[a-z-]+ ){0,2}(?:lymph )?nodes? (?:are )?(?:negative|free|uninvolved)")
_FAR: Final = 400
"""Characters between the two lines of a form that together give one count."""


def find(page: Page, cues: Cues, node_parts: Collection[str]) -> Iterator[Mention]:
    """Yield counts as positive/examined, from words, fractions and the two lines of a form."""
    for one in _COUNTED.finditer(page.flat):
        mention = _counted(page, one, node_parts)
        if mention is not None and cues.assertion(one.start(), one.start() + 1) is not Assertion.PAST:
            yield mention
    yield from _keyed(page)


def _counted(page: Page, one: re.Match[str], node_parts: Collection[str]) -> Mention | None:
    sentence, flat = page.sentence(one.start()), page.flat
    end = min(one.end(), sentence.end)
    near = slice(max(sentence.start, one.start() - 120), min(sentence.end, one.end() + 80))
    words = flat[near]
    if one["those"]:
        told = flat[one.start("says") : min(one.end("says"), sentence.end)]
        before = flat[near.start : one.start()]
        if _OF_FRACTION.search(words):
            return None  # a fraction in the same sentence says it exactly
        negative = _CLEAN.search(told) or re.search(r"(?:no|negative for|free of) [a-z ]{0,40}(?:in|on) $", before)
        positive = _DIRTY.search(told) or (
            not negative and re.search(r"metasta\w+ [a-z ]{0,30}(?:in|to|involving) $", before)
        )
        if bool(negative) == bool(positive):
            return None
        examined = _number(one["those"])
        return Mention("nodes", f"{0 if negative else examined}/{examined}", False, one.start(), end)  # noqa: FBT003 - its fields in order
    of_nodes = _OF_NODES.search(words) is not None or sentence.part in node_parts
    few, examined = _number(one["part"] or one["told"]), _number(one["whole"] or one["all"])
    if (
        not of_nodes
        or few > examined
        or not examined
        or _NO_COUNT.search(flat, max(near.start, one.start() - 20), near.stop)
    ):
        return None
    return Mention("nodes", f"{few}/{examined}", False, one.start(), end)  # noqa: FBT003 - its fields in order


_OF_FRACTION: Final = re.compile(rf"\d ?/ ?\d|(?:{_N}) (?:out )?of (?:the )?(?:{_N})")


def _keyed(page: Page) -> Iterator[Mention]:
    positives = [(one.start(), _number(one["number"])) for one in _POSITIVE_KEY.finditer(page.flat)]
    positives += [(one.start(), 0) for one in _ALL_NEGATIVE.finditer(page.flat)]
    positives.sort()
    taken = 0
    for one in _EXAMINED_KEY.finditer(page.flat):
        while taken < len(positives) and positives[taken][0] < one.start() - _FAR:
            taken += 1
        if taken == len(positives):
            return
        start, few = positives[taken]
        examined = _number(one["number"])
        if start - one.end() <= _FAR and few <= examined:
            taken += 1
            yield Mention("nodes", f"{few}/{examined}", False, one.start(), one.end())  # noqa: FBT003 - its fields in order


def _number(words: str) -> int:
    if words.isdigit():
        return int(words)
    tens, _, ones = words.replace("-", " ").partition(" ")
    return _WORDS[tens] + (_WORDS[ones] if ones else 0)
