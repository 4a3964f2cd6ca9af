"""Extent of a tumour: margins, lymphovascular and perineural invasion."""

import re
from collections.abc import Iterator
from typing import Final

from models.pathology.cues import Assertion, Cues
from models.pathology.finding import Mention
from models.pathology.page import Page

_INVASION: Final = re.compile(
    r"(?<![a-z])(?:(?P<vessels>lymphovascular(?=,? (?:and|or|nor) perineural)|(?:lymphovascular|lympho-vascular"
    r"|angiolymphatic|lymph-vascular|lymphatic|vascular"
    r"|lymphovascular space|lymphatic/vascular|lymphatic and vascular|venous"
    r"|vascular/lymphatic)(?: space)?(?: channel)?(?: invasion| permeation| involvement)|lvi|lvsi)"
    r"|(?P<nerves>perineural(?=,? (?:and|or|nor) (?:lympho)?vascular)|perineural"
    r" (?:invasion|infiltration)|pni))(?: ?\((?:lvi|lvsi|pni)\))?(?![a-z])"
)
_STATUS: Final = re.compile(
    r"(?P<unknown>cannot be (?:determined|assessed)|indeterminate|not applicable|not assessed|not assessable)"
    r"|(?P<absent>not (?:identified|seen|present|detected|found|evident)|absent|negative|none|\bno\b|\bnot\b)"
    r"|(?P<doubt>suspicious|suspected|equivocal|possible|probable|questionable)"
    r"|(?P<present>present|identified|positive|seen|noted|found|detected|extensive|\byes\b)"
)
_AFFIRMED: Final = re.compile(
    r"(?:with|positive for|extensive|focal|multifocal|shows|there is|prominent|and|widespread)(?: focal| extensive)? $"
)
_NO_DOUBT: Final = re.compile(r"no (?:definite|definitive|unequivocal|convincing) $")
_PN: Final = re.compile(r"(?<![a-z0-9])pn(?P<found>[01])(?![a-z0-9(])")
"""Pn0 and Pn1 (UICC) for perineural invasion; in lower case they look like node categories."""
_OWN: Final = 45
"""Characters behind a name in which its status is searched for."""

_CLEAR: Final = re.compile(
    r"margins?(?: of (?:resection|excision))?(?: (?:is|are|all|appear|appears|widely"
    r"|were)){0,2}[ :]{1,2}(?:widely )?(?:negative|clear|free|uninvolved"
    r"|not involved|tumou?r[- ]free)|(?:negative|clear|free|uninvolved) (?:surgical |resection |excision )?margins?"
    r"|tumou?r[- ]free margins?"
    r"|no (?:tumou?r|carcinoma|invasive carcinoma|dcis|malignancy) (?:is |present |seen |identified ){0,2}(?:at"
    r"|on) (?:the |any )?"
    r"(?:inked |surgical |resection )?(?:ink|margins?)|margins? (?:status)?: ?(?:all )?(?:margins? )?(?:negative"
    r"|uninvolved|clear|free)"
)
_INVOLVED: Final = re.compile(
    r"(?<!no )(?:margins?(?: of (?:resection|excision))?(?: (?:is|are|were"
    r"|focally)){0,2}[ :]{1,2}(?:focally )?(?:positive|involved)|(?:positive|involved) (?:surgical |resection )?"
    r"margins?|(?:tumou?r|carcinoma|dcis|malignancy) (?:is |focally |present |extends |transected |seen "
    r"|identified ){1,3}"
    r"(?:at|to|on) (?:the )?(?:inked |surgical |resection |[a-z]{4,12} )?(?:ink|margins?))"
)


def find(page: Page, cues: Cues) -> Iterator[Mention]:
    """Yield margins involved or clear, and lymphovascular and perineural invasion."""
    for one in _INVASION.finditer(page.flat):
        yield from _invasion(page, cues, one)
    for one in _PN.finditer(page.flat):
        if page.original(one.start(), one.start() + 2) == "Pn":
            value = "present" if one["found"] == "1" else "absent"
            yield Mention("perineural_invasion", value, hedged=False, start=one.start(), end=one.end())
    for pattern, value in ((_CLEAR, "clear"), (_INVOLVED, "involved")):
        for one in pattern.finditer(page.flat):
            said = cues.assertion(one.start(), one.end())
            told = "clear" if value == "involved" and said is Assertion.NEGATED else value
            told = "involved" if value == "clear" and cues.value(one.end()) == "no" else told
            if said is not Assertion.PAST:
                yield Mention("margins", told, said is Assertion.HEDGED, one.start(), one.end())


def _invasion(page: Page, cues: Cues, one: re.Match[str]) -> Iterator[Mention]:
    """Yield the status of an invasion, stated before its name or right behind it; a name alone is no finding."""
    name = "lymphovascular_invasion" if one["vessels"] else "perineural_invasion"
    said, sentence = cues.assertion(one.start(), one.end()), page.sentence(one.start())
    if said is Assertion.PAST:
        return
    following = _INVASION.search(page.flat, one.end(), sentence.end)
    until = min(sentence.end, one.end() + _OWN)
    if following and page.flat[one.end() : following.start()].strip(" ,/()") not in {"", "and", "or", "nor"}:
        until = min(until, following.start())
    status = _STATUS.search(page.flat, one.end(), until)
    if said is Assertion.HEDGED and _NO_DOUBT.search(page.flat, max(0, one.start() - 25), one.start()):
        yield Mention(name, "absent", hedged=True, start=one.start(), end=one.end())
        return
    comma = page.flat.find(",", one.end(), status.start()) if status else -1
    if status is not None and (comma < 0 or following):
        if status["unknown"]:
            return
        hedged = said is Assertion.HEDGED or bool(status["doubt"])
        absent = bool(status["absent"]) or (said is Assertion.NEGATED and not status["absent"])
        yield Mention(name, "absent" if absent else "present", hedged, one.start(), status.end())
    elif said is Assertion.NEGATED:
        yield Mention(name, "absent", hedged=False, start=one.start(), end=one.end())
    elif said is Assertion.HEDGED or _AFFIRMED.search(page.flat, max(0, one.start() - 25), one.start()):
        yield Mention(name, "present", said is Assertion.HEDGED, one.start(), one.end())
