"""Cue words for negation, uncertainty and history, and the terms that they apply to. After NegEx; the list is our own.

Chapman WW et al. A simple algorithm for identifying negated findings and diseases in discharge summaries. J Biomed
Inform 2001, doi:10.1006/jbin.2001.1029: a cue applies to the terms of its sentence, up to a word that ends its scope.
"""

import re
from bisect import bisect_left
from enum import Enum
from typing import Final, NamedTuple

from models.pathology.page import Page

REACH: Final = 110
"""Scope of a cue, in characters ahead; NegEx counts five words, which lists in reports exceed."""
REACH_NEAR: Final = 40
"""Scope in characters of cues that apply only to what follows directly; it ends at a comma."""
REACH_BACK: Final = 60
_KEY_ENDS: Final = 10  # characters from a term to the colon of its key, as in "in situ (DCIS): absent"
_NEAR: Final = frozenset({"not", "never"})
_QUALIFIED: Final = re.compile(r"^, (?:[a-z-]+ type|(?:high|low)[ -]grade|nos|nst|invasive|usual)\b")
"""Additions to a lesion's name behind a comma, which are part of the name."""
_VALUE: Final = re.compile(
    r"(?<![/\d]):-? ?(?:(?P<no>no|none|absent|not (?:identified|present|seen|involved|found|detected)|negative|false)"
    r"|(?P<yes>yes|present|identified|true)"
    r"|(?P<unknown>n/?a|not (?:applicable|assessed|assessable|reported|performed|done|submitted|received|known"
    r"|evaluated|specified)|cannot be (?:assessed|determined|evaluated)|unknown|pending))(?![a-z0-9-])"
)
"""The value of a label; it is one only where nothing else follows in the sentence."""
_PUNCTUATED: Final = re.compile(r"[.;:!?] ")
_SINCE: Final = re.compile(
    r"\b(?:but|however|now|shows?|showing|there is|there are|is present|are present|residual)\b|[;:] "
)
REACH_KEY: Final = 100
"""Characters from a term to the colon of the label that it stands in."""
_OTHER: Final = re.compile(
    r"invasion|margin|nodes?\b|receptor|her-?2|calcif|necrosis|extension|\ber\b|\bpr\b|component"
)
"""Subjects of their own: a cue behind one of them applies to it, and to nothing before it."""


class Effect(Enum):
    """Effect of a cue, and the side that it applies to."""

    NEGATES = "what follows is not there"
    DOUBTS = "what follows is left open"
    TREATED = "what follows in the sentence was treated before"
    PAST = "what follows was before, or is asked, or of somebody else, or was replaced"
    NEGATED = "what precedes is not there"
    DOUBTED = "what precedes is left open"
    NEGATED_ALL = "all of a list that precedes is not there"
    BETWEEN = "what precedes and what follows are left open"
    STOPS = "no cue reaches over this"
    PLAIN = "what follows is as it is said"


_NOT: Final = "|".join(
    f"{verb} not {said}"
    for verb in ("does", "do", "did", "could", "would")
    for said in (
        "align with", "correspond to", "match", "fit", "support", "represent", "indicate", "suggest", "favor", "favour",
        "meet criteria for", "meet the criteria for", "fulfil the criteria for", "fulfill criteria for", "qualify as",
        "amount to", "contain", "demonstrate", "have features of", "show features of",
    )
) + "|" + "|".join(
    f"not {said}"
    for said in (
        "consistent with", "compatible with", "in keeping with", "suggestive of", "suspicious for", "indicative of",
        "typical of", "characteristic of", "supportive of", "representative of", "concerning for", "aligned with",
    )
) + "|inconsistent with|incompatible with|no suspicion of|no suspicion for|no residual|no longer"  # fmt: skip
_TREATED: Final = "|".join(
    f"{after} {how}{what} for"
    for after in ("s/p", "status post", "after", "following", "previous", "prior", "history of", "completed")
    for how in ("", "neoadjuvant ", "neo adjuvant ", "adjuvant ", "preoperative ")
    for what in (
        "chemotherapy", "chemo", "chemoradiation", "chemoradiotherapy", "radiation", "radiotherapy",
        "radiation therapy", "therapy", "treatment", "endocrine therapy", "hormone therapy", "immunotherapy",
        "systemic therapy",
    )
) + "|treated for|treated with chemotherapy for|post chemotherapy for|post treatment for"  # fmt: skip
"""A treatment and what it was given for."""
# fmt: off
CUES: Final[tuple[tuple[Effect, str], ...]] = (
    (Effect.NEGATES, ("no|not|no evidence of|no definite evidence of|no convincing evidence of|without"
                   "|without evidence of"
                   "|without any evidence of|negative for|absence of|free of|free from|lack of|lacks|lacking|never|nor"
                   "|neither|fails to show|fail to show|failed to show|fails to reveal|fail to reveal"
                   "|does not reveal|do not reveal"
                   "|does not show|do not show|failed to reveal|no features of|no sign of"
                   "|no signs of|non|excludes|ruled out for|argues against|argue against"
                   "|low probability of|low likelihood of|rather than|devoid of"
                   "|nothing|clear of|nothing to suggest|negative on|nothing to indicate|no histological evidence of"
                   "|no histologic evidence of"
                   "|no microscopic evidence of|never shows"
                   "|excluding|" + _NOT)),
    (Effect.DOUBTS, ("suspicious for|suspicious of|suspicion of|suspicion for|suggestive of|suggests|suggesting|suggest"
                  "|cannot exclude|can not exclude|cannot rule out|can not rule out|does not exclude|not exclude"
                  "|unable to exclude|consistent with|compatible with|in keeping with|favor|favors|favour|favours"
                  "|favoring|favouring|favored to be|favoured to be|possible|possibly|probable|probably|likely"
                  "|presumed|presumptive|may represent|might represent|could represent|may be|might be|could be"
                  "|concerning for|worrisome for|worrying for|of concern for|question of|questionable"
                  "|differential diagnosis includes|differential includes|differential diagnosis"
                  "|raises the possibility of"
                  "|possibility of|not diagnostic of|not diagnostic for|insufficient for a diagnosis of|no definite"
                  "|insufficient for"
                  "|insufficient for the diagnosis of|insufficient for diagnosis of|not sufficient for"
                  "|no definitive|no unequivocal|equivocal for|indeterminate for"
                  "|falls short of|borderline for|cannot be distinguished from|appears to be|impression of"
                  "|provisional|in favour of|in favor of|leaning towards|leaning toward|cannot entirely exclude"
                  "|cannot completely exclude"
                  "|cannot definitively exclude|cannot fully exclude|cannot entirely rule out"
                  "|cannot completely rule out"
                  "|concern for|concerns for|suspect|reminiscent of|may reflect|presumably|thought to be"
                  "|believed to be|questionable for|tentative diagnosis of|uncertain whether|queried|highly likely")),
    (Effect.TREATED, _TREATED),
    (Effect.PAST, ("history of|h/o|known|previous|previously|prior|past|previous biopsy showed|previous biopsy shows"
                "|prior biopsy showed|prior biopsy shows|previous biopsy with|prior biopsy with|earlier|status post"
                "|s/p|family history of|mother|father"
                "|sister|brother|aunt|grandmother|grandfather|previously reported as|previously diagnosed as"
                "|initially reported as|initially diagnosed as|originally reported as|originally diagnosed as"
                "|originally|initially|erroneously|incorrectly|in error|corrected from|changed from|amended from"
                "|revised from|clinically|clinical suspicion of|clinical suspicion for|clinically suspected"
                "|personal history of|hx of|known case of|prior diagnosis of|recent diagnosis of"
                "|outside biopsy showed|referred with"
                "|presented with|imaging shows|imaging showed|imaging suggests|mammogram|mammography"
                "|radiologically|should not read|not as|to exclude|to rule out|rule out|r/o|query|screening for")),
    (Effect.NEGATED, ("is not identified|not identified|is not seen|not seen|is absent|absent"
                     "|not present|is not present"
                   "|not detected|not evident|not observed|is ruled out|ruled out|was not identified|was not seen"
                   "|is excluded|has been excluded|is not demonstrated|not demonstrated|not found|is not found"
                   "|has been ruled out|was excluded|is not a feature|not a feature|not appreciated|not noted"
                   "|not recognised"
                    "|not recognized|has not been identified|could not be identified|not apparent"
                    "|not found to be present"
                    "|none|none identified|none seen|cannot be identified")),
    (Effect.NEGATED_ALL, ("are not identified|are not seen|are absent|are not present|are not evident|are excluded"
                       "|were not identified|were not seen|are not found|are not detected"
                        "|are not recognised|are not recognized|are not noted|have been excluded|have been ruled out")),
    (Effect.DOUBTED, ("cannot be excluded|can not be excluded|is not excluded|not excluded|cannot be ruled out"
                   "|cannot be entirely excluded|cannot be completely excluded|is suspected|is favored"
                   "|is favoured|favored|favoured|should be considered|is considered likely|is likely|is possible"
                   "|is a possibility|is in the differential|cannot be confirmed|is not certain|not certain|?"
                   "|cannot entirely be excluded|needs to be excluded|must be excluded"
                    "|cannot be definitively excluded|cannot be fully excluded|cannot be entirely ruled out"
                    "|cannot be completely ruled out|not entirely excluded|not completely excluded|not ruled out"
                    "|is difficult to exclude|is queried|must be considered|is the favored diagnosis"
                    "|is the favoured diagnosis"
                    "|is a consideration|is considered|is most likely|is thought likely")),
    (Effect.BETWEEN, "versus|vs|suspected|is favored over|is favoured over|favored over|favoured over"),
    (Effect.STOPS, ("but|however|although|though|except|apart from|aside from|besides|yet|whereas|while|which is|now"
                 "|there is|there are|shows|showing|shown to be|is present|are present|to read|should read|is now"
                 "|is revised to|is amended to|is corrected to|is changed to|revised to|amended to|corrected to"
                 "|changed to|with|but is|other than|beyond")),
    (Effect.PLAIN, ("previous biopsy|previous biopsy site|prior biopsy|prior biopsy site|previous procedure"
                 "|prior procedure"
                 "|prior surgery|previous surgery|prior excision|previous excision|prior treatment|previous treatment"
                 "|known to be|no change|not only|no longer in doubt|diagnostic of|diagnostic for|positive for"
                 "|no doubt of"
                 "|not otherwise specified|no special type|of no special type|no specific type|unequivocal|definite"
                 "|definitive|not applicable|non small|without change|confirms|confirming|confirmed")),
)
# fmt: on
_TURNS: Final = {phrase: turn for turn, phrases in CUES for phrase in phrases.split("|")}
_PATTERN: Final = re.compile(
    r"(?<![a-z0-9])(?:"
    + "|".join(re.escape(phrase).replace(r"\ ", "[ -]") for phrase in sorted(_TURNS, key=len, reverse=True))
    + r")(?![a-z0-9])"
)
_AHEAD: Final = frozenset({Effect.NEGATES, Effect.DOUBTS, Effect.PAST, Effect.PLAIN, Effect.BETWEEN})
_BACK: Final = frozenset({Effect.NEGATED, Effect.NEGATED_ALL, Effect.DOUBTED, Effect.BETWEEN})


class Assertion(Enum):
    """Assertion status of a term in its sentence."""

    STATED = "stated"
    HEDGED = "hedged"
    NEGATED = "negated"
    PAST = "past"


class _Cue(NamedTuple):
    start: int
    end: int
    turn: Effect


class Cues:
    """The cues of a page, and the assertion status of its terms."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._cues = [
            _Cue(found.start(), found.end(), _TURNS[found.group().replace("-", " ")])
            for found in _PATTERN.finditer(page.flat)
        ]
        self._starts = [cue.start for cue in self._cues]
        self._treatments = [cue.end for cue in self._cues if cue.turn is Effect.TREATED]
        self._values = [
            (one.start(), one.end(), str(one.lastgroup))
            for one in _VALUE.finditer(page.flat)
            if page.flat[one.end()] in ".,;)" or one.end() + 1 >= page.sentence(one.start()).end
        ]

    def assertion(self, start: int, end: int) -> Assertion:
        """Return the assertion status of a term at [start, end) of the flat text."""
        before, after = self.before(start), self._after(end)
        if before is Effect.PAST or self.treated(start):
            return Assertion.PAST
        value = self.value(end)
        if value == "unknown":
            return Assertion.PAST
        if after in (Effect.NEGATED, Effect.NEGATED_ALL) or (before is Effect.NEGATES and after is None):
            return Assertion.NEGATED
        if value == "no":
            return Assertion.NEGATED
        if after in (Effect.DOUBTED, Effect.BETWEEN) or before in (Effect.DOUBTS, Effect.BETWEEN):
            return Assertion.HEDGED
        return Assertion.STATED

    def value(self, end: int) -> str | None:
        """Return "no", "yes" or "unknown" where a term ends inside the label of a form that has this value."""
        index = bisect_left(self._values, (end, 0, ""))
        if index == len(self._values):
            return None
        colon, _, value = self._values[index]
        if colon - end > REACH_KEY or colon >= self._page.sentence(end - 1).end:
            return None
        return None if _PUNCTUATED.search(self._page.flat, end, colon) else value

    def treated(self, start: int) -> bool:
        """Return whether a term is what an earlier treatment in the same sentence was given for."""
        index = bisect_left(self._treatments, start) - 1
        if index < 0 or self._treatments[index] < self._page.sentence(start).start:
            return False
        return _SINCE.search(self._page.flat, self._treatments[index], start) is None

    def before(self, start: int) -> Effect | None:
        """Return the nearest cue whose scope contains a term behind it."""
        sentence, flat = self._page.sentence(start), self._page.flat
        for index in range(bisect_left(self._starts, start) - 1, -1, -1):
            cue = self._cues[index]
            if cue.start < sentence.start or start - cue.end > REACH or cue.turn is Effect.STOPS:
                return None
            if cue.turn in _AHEAD and cue.end <= start:
                if flat[cue.start : cue.end] == "non" and start - cue.end > 1:
                    continue  # it applies to the next word alone
                near = cue.turn is Effect.PAST or flat[cue.start : cue.end] in _NEAR
                between = flat[cue.end : start]
                far = len(between) > REACH_NEAR or "," in between or (cue.turn is Effect.PAST and " to " in between)
                return None if near and far else cue.turn
        return None

    def _after(self, end: int) -> Effect | None:
        """Return the nearest cue behind a term that applies to it; only the cue of a list crosses a comma."""
        sentence, flat = self._page.sentence(end - 1), self._page.flat
        for index in range(bisect_left(self._starts, end), len(self._cues)):
            cue = self._cues[index]
            if cue.start >= sentence.end or cue.start - end > REACH_BACK or cue.turn is Effect.STOPS:
                return None
            if cue.turn in _BACK:
                between = _QUALIFIED.sub("", flat[end : cue.start])
                if _OTHER.search(between) or between.find(":") > _KEY_ENDS:
                    return None
                listed = cue.turn is Effect.NEGATED_ALL and (" and " in between or " or " in between)
                return cue.turn if listed or "," not in between else None
        return None
