"""Behaviour and histological type of the lesions in a specimen."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from models.pathology.cues import Assertion, Cues
from models.pathology.entities import PATTERN, entity_of
from models.pathology.finding import Mention
from models.pathology.page import Page

NO_MALIGNANCY: Final = "no malignancy"
"""Name of a denied malignancy; it takes part in the reconciliation and is no finding of its own."""

_NO_LESION: Final = re.compile(
    r" (?:protocol|template|biomarkers?|staging|case|checklist|registry|cent(?:er|re)|panel|screening|unit|clinic"
    r"|network|conference|mdt|multidisciplinary|summary|reporting|susceptibility|predisposition|syndrome)\b"
)
"""Words behind "cancer" and the like where these are part of another name."""
_WHOLE: Final = frozenset(
    {
        "malignancy", "malignancies", "malignant", "malignant cell", "malignant cells", "carcinoma", "cancer",
        "malignant neoplasm", "metastatic carcinoma", "metastatic adenocarcinoma", "metastasis", "metastases",
        "metastatic disease", "metastatic tumor", "metastatic tumour", "adenocarcinoma", "prostatic adenocarcinoma",
        "malignant tumor", "malignant tumour",
    }
)  # fmt: skip
"""Terms whose denial means that the specimen is not malignant at all."""
_BESIDE: Final = re.compile(
    r"\bnodes?\b|margin|\bink|seminal vesicle|nipple|\bskin\b|perineural|lymphovascular|uninvolved|remaining|remainder"
    r"|rest of|background|additional|adjacent|elsewhere|other (?:areas?|sites?|cores?|margins?|quadrants?"
    r"|levels?)\b|separate|extraprostatic|extracapsular|extranodal"
    r"|muscle|chest wall|\bpleura|residual breast"
)
"""A sentence with one of these is about something next to the lesion."""
_NO_TUMOUR: Final = re.compile(
    r"(?<![a-z])(?:no (?:evidence of |viable )?(?P<left>residual )?(?:viable )?(?:tumou?r|neoplasm|neoplasia)"
    r"(?= (?:is |was )?(?:seen|identified|present|found)|\.)"
    r"|(?:negative for|free of|without|no evidence of) (?:any )?(?P<still>residual )?(?:viable )?(?:metastatic )?"
    r"(?:tumou?r|neoplasm|neoplasia|residual disease)(?! (?:necrosis|cells? at|type|size))"
    r"|(?:pathologic(?:al)? )?complete (?:pathologic(?:al)? )?response|(?P<never>no residual disease"
    r"|no residual (?:invasive )?(?:ductal |lobular )?(?:carcinoma )?(?:or|and) (?:dcis"
    r"|(?:ductal carcinoma )?in[- ]situ)))"
)
_NOT_DEFINITE: Final = re.compile(r"no (?:definite|definitive|unequivocal|convincing) (?:[a-z-]+ ){0,2}$")
_CELLS: Final = frozenset({"malignant cell", "malignant cells", "malignancy", "malignant"})
"""Words for any malignancy: beside a metastasis they are about it."""
TYPE_DENIED: Final = "no adenocarcinoma"
"""Value of a denied malignancy that is of one type: another may be there."""
NO_RESIDUAL: Final = "no residual tumour"
"""Behaviour of a specimen in which a treated tumour is looked for and not found."""
_METASTATIC: Final = re.compile(r"metastatic (?:[a-z-]+,? ){0,4}$")
_RESIDUAL: Final = re.compile(r"residual (?:viable |invasive )?$")
_BLOOD: Final = re.compile(r"lymphoma|myeloma|leuk")
_NONE_OF: Final = re.compile(r"(?<![\d/.])(?:0|zero|none) ?(?:/|of|out of|in) ?(?:the )?(?:\d+|[a-z]+ )")
_BEHIND: Final = 30
"""Characters behind "metastasis" in which a count of no nodes is searched for."""
_INSUFFICIENT: Final = re.compile(
    r"(?<![a-z])(?:(?:insufficient|inadequate|unsatisfactory|scant|too little(?: tissue"
    r"| material)?) (?:for (?:diagnosis|diagnostic"
    r"|evaluation"
    r"|interpretation|histolog|cytolog|a diagnosis)|(?:material|tissue|specimen|sample|biopsy|cellularity)"
    r"(?! for (?!diagnos|evaluat|interpret)))|(?:material|tissue|specimen|sample|biopsy) (?:is "
    r"|was )?(?:insufficient|inadequate"
    r"|unsatisfactory|non-?diagnostic)(?! for (?!diagnos|evaluat|interpret))|non-?diagnostic(?: (?:material"
    r"|specimen|sample|biopsy))?"
    r"|no (?:breast|lung|prostatic|diagnostic) tissue (?:present|identified|seen|survived|survives))"
)


class _Around(NamedTuple):
    """What the sentences around the lesions of a page say, found in one pass for all mentions.

    beside   starts of the sentences about something next to the lesion
    nodes    the parts that are lymph nodes
    counted  starts of the sentences that count nodes
    none_of  [start, end) of every count of zero, in order
    """

    beside: frozenset[int]
    nodes: frozenset[str]
    counted: frozenset[int]
    none_of: list[tuple[int, int]]


def find(page: Page, cues: Cues, nodes: Collection[str], counted: Collection[int] = ()) -> Iterator[Mention]:
    """Yield behaviour and type of every lesion that is stated or uncertain, and every denial of malignancy.

    `nodes` are the parts of the report that are lymph nodes: there a node is the specimen itself. Elsewhere a
    metastasis in nodes is told by their count; `counted` are the starts of the sentences that have one.
    """
    around = _around(page, nodes, counted)
    lesions = [
        mention
        for one in PATTERN.finditer(page.flat)
        if not _NO_LESION.match(page.flat, one.end())
        for mention in _lesion(page, cues, around, one)
    ]
    spread = {page.sentence(one.start).part for one in lesions if one.value == "metastatic" and not one.hedged}
    for mention in lesions:
        of_spread = mention.value == "malignant" and page.flat[mention.start : mention.end] in _CELLS
        told_so = of_spread and page.sentence(mention.start).part in spread
        yield mention._replace(value="metastatic") if told_so else mention
    for one in _NO_TUMOUR.finditer(page.flat):
        if page.sentence(one.start()).start not in around.beside:
            yield from _none_left(one) if one.lastgroup or "response" in one.group() else _denied(one)
    for one in _INSUFFICIENT.finditer(page.flat):
        if cues.assertion(one.start(), one.end()) is not Assertion.NEGATED:
            yield Mention("behaviour", "insufficient", hedged=False, start=one.start(), end=one.end())


def _denied(one: re.Match[str]) -> Iterator[Mention]:
    value = TYPE_DENIED if one.group() in {"adenocarcinoma", "prostatic adenocarcinoma"} else "benign"
    yield Mention(NO_MALIGNANCY, value, hedged=False, start=one.start(), end=one.end())


def _none_left(one: re.Match[str]) -> Iterator[Mention]:
    yield Mention("behaviour", NO_RESIDUAL, hedged=False, start=one.start(), end=one.end())


def _around(page: Page, nodes: Collection[str], counted: Collection[int]) -> _Around:
    beside = {
        sentence.start
        for one in _BESIDE.finditer(page.flat)
        if (sentence := page.sentence(one.start())).part not in nodes and one.end() <= sentence.end
    }
    return _Around(
        frozenset(beside), frozenset(nodes), frozenset(counted), [one.span() for one in _NONE_OF.finditer(page.flat)]
    )


def _lesion(page: Page, cues: Cues, around: _Around, one: re.Match[str]) -> Iterator[Mention]:
    said, entity = cues.assertion(one.start(), one.end()), entity_of(one.group())
    sentence = page.sentence(one.start()).start
    if one.group().startswith("metasta") and _none_of(around, sentence, one.end()):
        said = Assertion.NEGATED
    if said is Assertion.NEGATED:
        if one.group() in _WHOLE and sentence not in around.beside:
            left = _RESIDUAL.search(page.flat, max(sentence, one.start() - 30), one.start())
            yield from _none_left(one) if left else _denied(one)
    elif said is not Assertion.PAST and not _NOT_DEFINITE.search(page.flat, max(0, one.start() - 40), one.start()):
        hedged = said is Assertion.HEDGED
        behaviour = entity.behaviour
        if behaviour == "malignant" and _metastatic(page, around, one):
            if sentence in around.counted and page.sentence(one.start()).part not in around.nodes:
                return
            behaviour = "metastatic"
        yield Mention("behaviour", behaviour, hedged, one.start(), one.end())
        if entity.type:
            yield Mention("histology", entity.type, hedged, one.start(), one.end())


def _metastatic(page: Page, around: _Around, one: re.Match[str]) -> bool:
    """Return whether a lesion is a metastasis: it is called one, or lies in a specimen of nodes alone."""
    sentence = page.sentence(one.start())
    if _BLOOD.search(one.group()):
        return False
    if one.group().startswith("metasta") or sentence.part in around.nodes:
        return True
    return _METASTATIC.search(page.flat, max(sentence.start, one.start() - 60), one.start()) is not None


def _none_of(around: _Around, sentence: int, end: int) -> bool:
    """Return whether a sentence counts zero nodes up to a lesion's end or right behind: "metastasis in 0 of 12"."""
    first = bisect_left(around.none_of, (sentence, 0))
    return first < len(around.none_of) and around.none_of[first][1] <= end + _BEHIND
