"""The organ that a metastasis came from, as the report names it: it is not the specimen's own."""

import re
from collections.abc import Iterator
from typing import Final

from models.pathology.cues import Assertion, Cues
from models.pathology.finding import Mention
from models.pathology.organs import LYMPH_NODE, ORGANS
from models.pathology.page import Page

_ORGAN: Final = ORGANS[0].pattern
_PRIMARY: Final = re.compile(
    rf"metastatic (?:[a-z-]+ ){{0,3}}?(?P<kind>{_ORGAN})(?=(?: [a-z-]+){{0,3}} (?:adeno)?(?:carcinoma|cancer"
    rf"|melanoma))"
    rf"|(?P<named>{_ORGAN})(?= (?:primary\b|origin\b|carcinoma primary|cancer primary))"
    r"|(?:metasta\w+(?: [a-z-]+){0,3}|spread|arising|originating|derived|primary (?:site|tumou?r"
    r"|lesion)?) ?(?:is |: ?)?"
    rf"(?:from|of|in)? ?(?:(?:a|an|the|her|his|known|patient's|primary|left"
    rf"|right) ){{0,3}}(?P<source>(?<=[ :]){_ORGAN})"
)
_INTO: Final = re.compile(r"metasta\w+(?: [a-z-]+){0,3} (?:to|in|of|involving)\b|primary (?:tumou?r )?(?:of|in) the")
"""Words of where a metastasis lies, or of the specimen's own tumour."""
_ORIGIN: Final = re.compile(r" (?:primary|origin)\b")


def find(page: Page, cues: Cues) -> Iterator[Mention]:
    """Yield the organ of origin, uncertain where it is left open, such as behind "consistent with"."""
    for one in _PRIMARY.finditer(page.flat):
        group = str(one.lastgroup)
        value = ORGANS[1][one[group].replace("-", " ")]
        said = cues.assertion(one.start(group), one.end(group))
        into = group == "source" and _INTO.match(one.group()) and not _ORIGIN.match(page.flat, one.end())
        if value != LYMPH_NODE and not into and said is not Assertion.NEGATED:
            yield Mention("primary", value, said is Assertion.HEDGED, one.start(group), one.end(group))
