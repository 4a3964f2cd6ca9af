"""Read a drug as pharmacies write it, with salt, dose, form, brand and codes, as the ingredients that rules name."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from models.treatment.drug_table import DRUGS, OTHER_DRUGS
from models.treatment.ward_table import WARD_DRUGS

Code = tuple[str, str]
"""A code system as the wire names it, and a code of it."""


class DrugReading(NamedTuple):
    """A drug as the rules name it; where nothing was understood, `name` is what was written, in lower case."""

    name: str  # the ingredients that rules name, joined by +
    understood: bool


_SYSTEMS: Final = {
    "rxnorm": "rxnorm",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "atc": "atc",
    "http://www.whocc.no/atc": "atc",
    "urn:oid:2.16.840.1.113883.6.73": "atc",
}
_ATC: Final = re.compile(r"[A-Z]\d{2}[A-Z]{2}\d{2}")


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.sub(r"[^a-z0-9]", " ", text.casefold()).split())


def _spellings(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield a name as words; one of a single word also without its last e, as other languages write it."""
    for name in names:
        yield _words(name)
        if name.endswith("ine") and " " not in name:
            yield _words(name[:-1])


_TABLES: Final = (*DRUGS, *WARD_DRUGS)
_NAMES: Final[Mapping[tuple[str, ...], str]] = {
    spelling: drug.name for drug in _TABLES for spelling in _spellings((drug.name, *drug.others))
}
_OTHERS: Final = frozenset(spelling for name in OTHER_DRUGS for spelling in _spellings([name]))
_LONGEST: Final = max(map(len, [*_NAMES, *_OTHERS]))
_CODES: Final[Mapping[Code, str]] = {
    code: drug.name
    for drug in _TABLES
    for code in (*((("rxnorm", drug.rxnorm),) if drug.rxnorm else ()), *(("atc", one) for one in drug.atc))
}
_SUBGROUPS: Final = frozenset(code[:5] for system, code in _CODES if system == "atc")


@lru_cache(maxsize=4096)
def _find(words: tuple[str, ...]) -> tuple[frozenset[str], bool]:
    """Return the drugs of rules that are named, and whether any drug at all is; of two names the longer counts."""
    drugs, other, start = set(), False, 0
    while start < len(words):
        spans = (words[start : start + size] for size in range(min(_LONGEST, len(words) - start), 0, -1))
        span = next((span for span in spans if span in _NAMES or span in _OTHERS), None)
        if span is None:
            start += 1
            continue
        if span in _NAMES:
            drugs.update(_NAMES[span].split("+"))
        other |= span in _OTHERS
        start += len(span)
    return frozenset(drugs), other


def read_drug(name: str, codes: Iterable[tuple[str | None, str | None]] = ()) -> DrugReading:
    """Return the ingredients that name and codes name together: rather one too many than one too few.

    A code of ATC whose chemical subgroup has no drug of a rule is understood as such a drug; what has neither a known
    name nor a known code is not understood.
    """
    named, other = _find(_words(name)[:32])
    drugs, understood = set(named), bool(named) or other
    for system, code in codes:
        kind = _SYSTEMS.get((system or "").strip().casefold())
        plain = (code or "").strip().upper()
        if kind is None or not plain:
            continue
        if (drug := _CODES.get((kind, plain))) is not None:
            drugs.update(drug.split("+"))
            understood = True
        elif kind == "atc" and _ATC.fullmatch(plain) and plain[:5] not in _SUBGROUPS:
            understood = True
    return DrugReading("+".join(sorted(drugs)) or " ".join(name.split()).casefold(), understood)
