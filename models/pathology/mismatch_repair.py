"""DNA mismatch repair: expression of MLH1, PMS2, MSH2 and MSH6, and microsatellite instability."""

import re
from collections.abc import Iterator
from typing import Final

from models.pathology.cues import Assertion, Cues
from models.pathology.finding import Mention
from models.pathology.markers import Group, groups
from models.pathology.page import Page

PROTEINS: Final = ("mlh1", "pms2", "msh2", "msh6")
_STATUS: Final = re.compile(
    r"(?P<intact>\(\+\)|no loss|not lost|intact|retained|preserved|present|positive|normal|proficient)(?! (?:internal"
    r"|external|positive) )"
    r"|(?P<lost>\(-\)|\blost\b|\bloss\b|absent|not expressed|negative|defective|deficient|deficiency|not retained"
    r"|no (?:nuclear )?(?:expression|staining))"
)
_BEFORE: Final = re.compile(
    r"(?:(?P<intact>no (?:evidence of )?(?:loss|absence)|without loss|intact|retained|preserved|normal|proficient)"
    r"|(?P<lost>loss|lost|absence|absent|lacks|lacking|lack|no|deficient"
    r"|defective))(?: of)?(?: nuclear)?(?: protein)?(?: expression"
    r"| staining| immunoreactivity)?"
    r"(?: of| for| in)?(?: the| all)?(?: four| 4)?(?: mmr| mismatch repair)?(?: proteins?)?[ (:]{1,3}$"
)
_CONTROL: Final = re.compile(
    r"(?:with |and )?(?:intact|positive|retained|appropriate) (?:internal|external)[^;.]{0,30}controls?"
)
_DIRECT: Final = re.compile(r"(?<![a-z])(?:(?P<deficient>dmmr|mmr-?d)|(?P<proficient>pmmr|mmr-?p))(?![a-z])")
_MSI: Final = re.compile(
    r"(?<![a-z])(?:(?P<stable>mss|ms-?stable|microsatellite[- ]stable|stable microsatellites?"
    r"|(?:no (?:evidence of )?|negative for |absence of )(?:microsatellite instability|msi)(?!-)"
    r"|(?:microsatellite instability|msi|microsatellite)(?: ?\(msi\))?(?: status| testing| analysis"
    r"| by pcr)?[ :]{1,2}(?:is |was )?(?:not detected|negative|stable|absent))"
    r"|(?P<high>msi[- ]h(?:igh)?|microsatellite[- ]instability[- ]{1,3}high|high(?:-level"
    r"|-frequency)? microsatellite instability|microsatellite[- ]unstable"
    r"|(?:microsatellite instability|msi)(?: ?\(msi\))?(?: status| testing)?:? ?(?:high|present|detected|positive))"
    r"|(?P<low>msi[- ]l(?:ow)?|microsatellite[- ]instability[- ]{1,3}low))(?![a-z])"
)


def find(page: Page, cues: Cues) -> Iterator[Mention]:
    """Yield the results that are stated or uncertain: each protein, mismatch repair as a whole, and microsatellites."""
    for group in groups(page, cues):
        if set(group.names) & {*PROTEINS, "mmr"}:
            yield from _expressed(page, group)
    for pattern, name in ((_DIRECT, "mmr"), (_MSI, "msi")):
        for one in pattern.finditer(page.flat):
            said, value = cues.assertion(one.start(), one.end()), str(one.lastgroup)
            if (
                said is Assertion.STATED
                or said is Assertion.HEDGED
                or (value == "stable" and said is Assertion.NEGATED)
            ):
                yield Mention(name, value, said is Assertion.HEDGED, one.start(), one.end())


def _expressed(page: Page, group: Group) -> Iterator[Mention]:
    """Yield the result stated right before the names, else the one behind them; controls are not the tumour."""
    before = _BEFORE.search(page.flat, max(page.sentence(group.start).start, group.start - 90), group.start)
    control = _CONTROL.search(page.flat, group.end, group.until)
    until = control.start() if control else group.until
    status = before or _STATUS.search(page.flat, group.end, until)
    if status is None:
        return
    start, end = min(group.start, status.start()), max(group.end, status.end())
    for name in dict.fromkeys(group.names):
        if name in PROTEINS:
            yield Mention(name, str(status.lastgroup), group.hedged, start, end)
        elif name == "mmr" and not set(group.names) & set(PROTEINS):
            denied = group.negated and status.group().startswith("deficien")
            value = "proficient" if denied or status.lastgroup == "intact" else "deficient"
            yield Mention(name, value, group.hedged, start, end)
