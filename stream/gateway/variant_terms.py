"""A disease-related variant as laboratories code it: LOINC's terms for genomics reporting, in HL7 v2 and in FHIR. Pure.

The terms and answers are those of the variant panel in the HL7 v2.5.1 Lab Results Interface (clinical genomics) and of
the profiles Variant and Diagnostic Implication in the FHIR guide Genomics Reporting. The laboratory's class is carried
as it is, or told and left out where it is not understood, so that it wipes no earlier finding out.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeVar

from models.treatment.variant_terms import Significance, read_significance, read_symbol
from stream.gateway.codes import LOINC, system_of

Role = Literal[
    "assessment", "gene", "transcript", "coding", "genomic", "protein", "variation", "significance", "zygosity",
    "origin", "condition",
]  # fmt: skip
_T = TypeVar("_T")
Zygosity = Literal["heterozygous", "homozygous", "hemizygous"]

# fmt: off
ROLES: Final[Mapping[str, Role]] = {
    "69548-6": "assessment",     # Genetic variant assessment
    "48018-6": "gene",           # Gene studied [ID]
    "51958-7": "transcript",     # Transcript reference sequence [ID]
    "48004-6": "coding",         # DNA change (c.HGVS)
    "81290-9": "genomic",        # Genomic DNA change (gHGVS)
    "48005-3": "protein",        # Amino acid change (pHGVS)
    "81252-9": "variation",      # Discrete genetic variant: ClinVar's identifier with its name
    "53037-8": "significance",   # Genetic variation clinical significance [Imp]
    "53034-5": "zygosity",       # Allelic state
    "48002-0": "origin",         # Genomic source class [Type]
    "81259-4": "condition",      # Associated phenotype
}
_ASSESSED: Final = {
    "la9633-4": "present", "present": "present", "detected": "present", "positive": "present",
    "la9634-2": "absent", "absent": "absent", "not detected": "absent", "negative": "absent",
}
_ZYGOSITY: Final[Mapping[str, Zygosity]] = {
    "la6706-1": "heterozygous", "heterozygous": "heterozygous", "het": "heterozygous",
    "la6705-3": "homozygous", "homozygous": "homozygous", "hom": "homozygous",
    "la6707-9": "hemizygous", "hemizygous": "hemizygous", "hemi": "hemizygous",
}
_ORIGIN: Final[Mapping[str, Literal["germline", "somatic", "fetal"]]] = {
    "la6683-2": "germline", "germline": "germline", "la18194-3": "germline", "likely germline": "germline",
    "la26807-0": "germline", "de novo": "germline",
    "la6684-0": "somatic", "somatic": "somatic", "la18195-0": "somatic", "likely somatic": "somatic",
    "la6685-7": "fetal", "la10429-1": "fetal", "la18196-8": "fetal", "fetal": "fetal", "likely fetal": "fetal",
    "prenatal": "fetal", "likely prenatal": "fetal",
}
# fmt: on
NAMES: Final = frozenset({"coding", "genomic", "protein", "variation"})
"""Terms that name a variant: without one and without its class, an observation is of no variant."""
LONGEST: Final = 128
LONGEST_HGVS: Final = 512
_SEQUENCE: Final = r"[A-Z]{2,4}_?\d+(?:\.\d+)?(?:\((?P<gene>[A-Za-z0-9-]+)\))?"
_HGVS: Final = re.compile(rf"(?P<sequence>{_SEQUENCE}:)?(?P<change>[cgmnrp]\.[^\s,;|]+)")
_SYMBOL: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")
_CLINVAR: Final = re.compile(r"(?:[VRS]CV\d{6,}(?:\.\d+)?)|\d{1,9}")
_LOINC_FORM: Final = re.compile(r"\d{1,5}-\d")
# fmt: off
_UNDETERMINED: Final = ("0", "whether the variant is there was not determined")
_OF_A_CHILD: Final = ("207", "the variant is of an unborn child, not of its subject")
_NO_CLASS: Final = ("0", "the variant comes without its class (clinical significance)")
_CLASS_UNKNOWN: Final = ("103", "the class of the variant is not understood")
_TWO_CLASSES: Final = ("207", "two classes are said of one variant")
_NO_NAME: Final = ("101", "the variant is named by no HGVS expression")
_LONG_NAME: Final = ("102", "the name of the variant is longer than 512 characters")
_NO_GENE: Final = ("101", "the variant names no gene (48018-6)")
_TWO_GENES: Final = ("207", "the variant names two genes")
# fmt: on


class Value(NamedTuple):
    """A coded value: its words before its codes, and the system of its code."""

    texts: tuple[str, ...]
    system: str = ""


class Found(NamedTuple):
    """A variant that was found; `is_absent`: it was looked for and is not there."""

    gene: str
    hgvs: str
    significance: str
    zygosity: Zygosity | None
    origin: Literal["germline", "somatic"] | None
    condition: str | None
    clinvar: str | None
    is_absent: bool


class NotRead(Exception):  # noqa: N818 - an expected result
    """Why an observation of a variant is left out; `code` is of HL7 table 0357."""

    def __init__(self, why: tuple[str, str]) -> None:
        self.code, sentence = why
        super().__init__(sentence)


def role_of(code: str, system: str) -> Role | None:
    """What a term says of a variant; None where it is another's."""
    if system_of(system) != LOINC and (system or not _LOINC_FORM.fullmatch(code)):
        return None
    return ROLES.get(code)


def is_of_a_variant(roles: Iterable[Role]) -> bool:
    """Whether observations that belong together are of a disease-related variant, and not of a gene for drugs."""
    return not {"assessment", "significance", *NAMES}.isdisjoint(roles)


def read_variant(said: Mapping[Role, Sequence[Value]]) -> Found:
    """Read what observations that belong together say of one variant. Raises NotRead."""
    assessed = _one_of(said, "assessment", _ASSESSED)
    if said.get("assessment") and assessed is None:
        raise NotRead(_UNDETERMINED)
    is_absent = assessed == "absent"
    if not is_absent and not _texts(said, "significance"):  # as variants that name a star allele are sent: no fault
        raise NotRead(_NO_CLASS)
    hgvs = _hgvs(said)
    gene = _gene(said, hgvs)
    origin = _one_of(said, "origin", _ORIGIN)
    if origin == "fetal":
        raise NotRead(_OF_A_CHILD)
    zygosity = _one_of(said, "zygosity", _ZYGOSITY)
    return Found(
        gene=gene,
        hgvs=hgvs,
        significance="Not classified" if is_absent else _significance(said),
        zygosity=zygosity,
        origin=origin,
        condition=next((one[:LONGEST] for one in _texts(said, "condition")), None),
        clinvar=_clinvar(said),
        is_absent=is_absent,
    )


def _texts(said: Mapping[Role, Sequence[Value]], role: Role) -> list[str]:
    return [text for value in said.get(role, ()) for text in value.texts]


def _one_of(said: Mapping[Role, Sequence[Value]], role: Role, known: Mapping[str, _T]) -> _T | None:
    """Return what the values of a role say, None where they say nothing that is known, or two things."""
    found = {known[text.casefold()] for text in _texts(said, role) if text.casefold() in known}
    return found.pop() if len(found) == 1 else None


def _significance(said: Mapping[Role, Sequence[Value]]) -> str:
    understood: dict[Significance, str] = {}
    for text in _texts(said, "significance"):
        read = read_significance(text[:LONGEST])
        if read is not None:
            understood.setdefault(read, text[:LONGEST])
    if not understood:
        raise NotRead(_CLASS_UNKNOWN)
    if len(understood) > 1:
        raise NotRead(_TWO_CLASSES)
    return next(iter(understood.values()))


def _hgvs(said: Mapping[Role, Sequence[Value]]) -> str:
    """Return the expressions that name the variant: in its transcript, in the genome, in the protein."""
    transcript = next((one for one in _texts(said, "transcript") if re.fullmatch(_SEQUENCE, one)), "")
    roles: tuple[Role, ...] = ("coding", "genomic", "protein")
    expressions = [_expression(_texts(said, role), transcript if role == "coding" else "") for role in roles]
    if not any(expressions):
        expressions = [_expression(_texts(said, "variation"), "")]
    found = " ".join(dict.fromkeys(one for one in expressions if one))
    if not found:
        raise NotRead(_NO_NAME)
    if len(found) > LONGEST_HGVS:
        raise NotRead(_LONG_NAME)
    return found


def _expression(texts: Sequence[str], sequence: str) -> str:
    """Return the first HGVS expression of some texts, those that are nothing else before others."""
    ranked = sorted(texts, key=lambda text: _HGVS.fullmatch(text) is None)  # stable
    found = next((one for text in ranked if (one := _HGVS.search(text)) is not None), None)
    if found is None:
        return ""
    own = found["sequence"] or (f"{sequence}:" if sequence else "")
    return f"{own}{found['change']}"


def _gene(said: Mapping[Role, Sequence[Value]], hgvs: str) -> str:
    """Return the gene's symbol, which stands in the name of the variant where no term names it."""
    named = []
    for value in said.get("gene", ()):
        symbol = next((text for text in value.texts if _SYMBOL.fullmatch(text)), "")
        named += [read_symbol(symbol)] if symbol else []
    inside = [one["gene"] for text in (hgvs, *_texts(said, "variation")) for one in _HGVS.finditer(text) if one["gene"]]
    genes = dict.fromkeys(named or [read_symbol(one) for one in inside])
    if not genes:
        raise NotRead(_NO_GENE)
    if len(genes) > 1:
        raise NotRead(_TWO_GENES)
    return next(iter(genes))[:LONGEST]


def _clinvar(said: Mapping[Role, Sequence[Value]]) -> str | None:
    """Return ClinVar's accession; a number alone is that of a variation, which VCV writes with nine digits."""
    for value in said.get("variation", ()):
        if "clinvar" not in value.system.casefold():
            continue
        found = next((text for text in value.texts if _CLINVAR.fullmatch(text)), None)
        if found is not None:
            return f"VCV{found:0>9}" if found.isdecimal() else found
    return None
