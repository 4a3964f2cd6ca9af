"""A drug as an order codes it: its name, its RxNorm code, and its code in another system. Pure.

Of two codings the one that names an ingredient for every reader counts: RxNorm has a field of its own, and of the
others ATC comes before a product's code, and a product's code before one of the house.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from stream.gateway.codes import system_of
from stream.gateway.segments import DELETED, Segment, text

_LONGEST: Final = 128  # characters of a code on the wire

# fmt: off
# HL7 table 0396 by name, HL7's registry of OIDs and FHIR's addresses. In the table ATC is the American Type Culture
# Collection, of cells and microbes, and WHO's system is WC; who writes ATC beside a drug means WHO's.
_SYSTEMS: Final[Mapping[str, str]] = {
    "RXNORM": "rxnorm", "RXN": "rxnorm", "RXCUI": "rxnorm", "2.16.840.1.113883.6.88": "rxnorm",
    "HTTP://WWW.NLM.NIH.GOV/RESEARCH/UMLS/RXNORM": "rxnorm",
    "WC": "atc", "ATC": "atc", "WHO ATC": "atc", "WHOATC": "atc", "2.16.840.1.113883.6.73": "atc",
    "HTTP://WWW.WHOCC.NO/ATC": "atc", "HTTP://FHIR.DE/CODESYSTEM/BFARM/ATC": "atc",
    "NDC": "ndc", "2.16.840.1.113883.6.69": "ndc", "HTTP://HL7.ORG/FHIR/SID/NDC": "ndc",
    "SCT": "snomed",
    "UNII": "unii", "2.16.840.1.113883.4.9": "unii",
}
# fmt: on
_RANKS: Final = ("atc", "unii", "snomed", "ndc")


class CodedDrug(NamedTuple):
    """One drug; empty: not said. `system` is as the wire names it, or as the sender does."""

    name: str = ""
    rxnorm: str = ""
    code: str = ""
    system: str = ""

    @property
    def is_named(self) -> bool:
        """Whether anything says which drug it is."""
        return bool(self.name or self.rxnorm or self.code)

    @property
    def is_common(self) -> bool:
        """Whether it has a code that means the same everywhere."""
        return bool(self.rxnorm) or self.system == "atc"

    def known_as(self, ordered: "CodedDrug") -> "CodedDrug":
        """This drug, which only the house's code may name, with what it was ordered as: rather a name too many."""
        names = dict.fromkeys(one for one in (self.shown, ordered.shown) if one)
        code, system = (ordered.code, ordered.system) if ordered.system == "atc" else (self.code, self.system)
        return CodedDrug(" + ".join(names)[:_LONGEST], ordered.rxnorm, code, system)

    def is_same(self, other: "CodedDrug") -> bool:
        """Whether both say the same drug, by code or, where one has none, by name."""
        if self.code and other.code:
            return (self.system, self.code) == (other.system, other.code)
        if self.rxnorm and other.rxnorm:
            return self.rxnorm == other.rxnorm
        return self.name.casefold() == other.name.casefold()

    @property
    def shown(self) -> str:
        """Its name, or where it has none its code."""
        return self.name or self.code or self.rxnorm


def coded_drug(segment: Segment | None, field: int) -> CodedDrug:
    """The drug of a field of the types CE and CWE: two codings, and the text as it was entered (9)."""
    codings = []
    for at in (1, 4):
        code, name, system = (_said(segment, field, at + more) for more in range(3))
        codings.append((code, name, system))
    return drug_of(codings, _said(segment, field, 9))


def drug_of(codings: Sequence[tuple[str, str, str]], as_entered: str) -> CodedDrug:
    """The drug of codings (code, name and system of each) and of the text as it was entered."""
    name = next((name for _, name, _ in codings if name), "") or as_entered
    coded = [(code, _system(system)) for code, _, system in codings if code]
    rxnorm = next((code for code, system in coded if system == "rxnorm"), "")
    others = [one for one in coded if one[1] != "rxnorm"]
    code, system = min(others, key=lambda one: _rank(one[1]), default=("", ""))
    return CodedDrug(name[:_LONGEST], rxnorm[:_LONGEST], code[:_LONGEST], system[:_LONGEST])


def _said(segment: Segment | None, field: int, component: int) -> str:
    found = text(segment, field, component)
    return "" if found == DELETED else found


def _system(stated: str) -> str:
    plain = system_of(stated).removeprefix("URN:OID:")
    return _SYSTEMS.get(plain, plain)


def _rank(system: str) -> int:
    return _RANKS.index(system) if system in _RANKS else len(_RANKS)
