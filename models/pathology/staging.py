"""Pathological stage categories as they are written: AJCC Cancer Staging Manual, 8th edition, 2017."""

import re
from collections.abc import Iterator
from typing import Final

from models.pathology.cues import Assertion, Cues
from models.pathology.finding import Mention
from models.pathology.page import Page

_T: Final = (
    r"t ?(?P<t>is(?: ?\((?:dcis|lcis|paget|lamn|ais|scis)\))?|0|x|[1-4](?:mi|[a-d][12]?)?)"
    r"(?P<multiple> ?\((?:m|[2-9])\))?"
)
_N: Final = r"n ?(?P<n>x|[0-3](?:mi|[a-c])?)(?P<told>(?: ?\((?:sn|f|i[+-]|mol[+-])\)){0,3})"
_M: Final = r"m ?(?P<m>x|0|1[a-d]?)"
_END: Final = r"(?![a-z0-9])"
_NEXT: Final = r"[ ,;/]{0,2}"
_STAGE: Final = re.compile(
    rf"(?<![a-z0-9])(?P<prefix>[yra]{{0,2}}p)(?:{_T}(?:{_NEXT}(?P<again>[yra]{{0,2}}p)?{_N})?(?:{_NEXT}[yra]{{0,2}}p{_M})?"
    rf"|{_N.replace('<n>', '<n2>').replace('<told>', '<told2>')}|{_M.replace('<m>', '<m2>')}){_END}"
)
"""T, optionally followed by N without its p, and by M, which without p is the clinical one; or one of them alone."""
_BARE: Final = re.compile(rf"(?<![a-z0-9]){_T}{_NEXT}{_N}{_END}")
"""A stage without p, which is pathological only where the sentence says so."""
_PATHOLOGICAL: Final = re.compile(r"patholog\w* (?:\w+ )?(?:stag|tnm|classif)|\bptnm\b")
_AT_LEAST: Final = re.compile(r"at least \(?$")


def find(page: Page, cues: Cues) -> Iterator[Mention]:
    """Yield pT, pN and pM with prefixes (yp, rp, ap) and suffixes ((m), (sn), (i+), ...); "at least" is uncertain."""
    for one in _STAGE.finditer(page.flat):
        if page.original(one.start(), one.start() + 2) == "Pn":
            continue  # perineural invasion written like a TNM category, see extent.py
        yield from _categories(page, cues, one, one["prefix"], one["again"])
    for one in _BARE.finditer(page.flat):
        sentence = page.sentence(one.start())
        if _PATHOLOGICAL.search(page.flat, sentence.start, one.start()):
            yield from _categories(page, cues, one, "p", None)


def _categories(page: Page, cues: Cues, one: re.Match[str], prefix: str, again: str | None) -> Iterator[Mention]:
    said = cues.assertion(one.start(), one.end())
    if said not in (Assertion.STATED, Assertion.HEDGED):
        return
    hedged = said is Assertion.HEDGED or _AT_LEAST.search(page.flat, max(0, one.start() - 12), one.start()) is not None
    groups = one.groupdict()
    for letter, value, suffix in (
        ("T", groups["t"], groups["multiple"]),
        ("N", groups["n"] or groups.get("n2"), groups["told"] or groups.get("told2")),
        ("M", groups.get("m") or groups.get("m2"), None),
    ):
        if value:
            own = again if letter == "N" and again else prefix
            written = f"{own}{letter}{_canonical(value)}{(suffix or '').replace(' ', '')}"
            yield Mention(f"p{letter.lower()}", written, hedged, one.start(), one.end())


def _canonical(value: str) -> str:
    """Return a category in AJCC's spelling: X and the letters behind Tis are capitals."""
    if value == "x":
        return "X"
    return value[:2] + value[2:].replace(" ", "").upper() if value.startswith("is") else value
