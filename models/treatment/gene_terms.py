"""Read genes, phenotypes and allele statuses as laboratories write them, in the terms of the rules.

What is not understood is said to be so and counts as no call: it is never taken for a normal result.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from models.treatment.facts import NO_CALL, TAKEN_BACK

Doubt = Literal["gene-not-understood", "phenotype-not-understood"]


class Reading(NamedTuple):
    """What a result says of a gene or of an allele, in the terms of the rules."""

    gene: str  # symbol, or an allele such as HLA-B*57:01
    phenotype: str
    activity: str | None = None  # as CPIC writes it, e.g. 1.0 or ≥3.75


GENES: Final = frozenset(
    [
        "ABCG2",
        "CACNA1S",
        "CFTR",
        "CYP2B6",
        "CYP2C19",
        "CYP2C9",
        "CYP2D6",
        "CYP3A4",
        "CYP3A5",
        "CYP4F2",
        "DPYD",
        "G6PD",
        "HLA-A",
        "HLA-B",
        "IFNL3",
        "IFNL4",
        "MT-RNR1",
        "NAT2",
        "NUDT15",
        "RYR1",
        "SLCO1B1",
        "TPMT",
        "UGT1A1",
        "VKORC1",
    ]
)
"""The genes of CPIC's guidelines of level A, and those that PharmCAT reports beside them."""
_COMPACT: Final = {re.sub(r"[^A-Z0-9]", "", gene): gene for gene in GENES}
_ALLELE: Final = re.compile(r"\*?\s*(\d{2,3}):?(\d{2})(?::\d{2,3})*[A-Z]?(?!\d)")
_HLA: Final = re.compile(r"HLA\s*-?\s*([AB])\b|HLA\s*-?\s*([AB])(?=\s*\*?\d)", re.IGNORECASE)

# fmt: off
_LOINC: Final = {
    # LOINC answer codes after the value set of therapeutic implications in the HL7 guide Genomics Reporting, and answer
    # lists LL3856-3 (metabolizer), LL744-4 (detected), LL2021-5 (positive).
    "la10315-2": "ultrarapid metabolizer", "la25390-8": "rapid metabolizer", "la25391-6": "normal metabolizer",
    "la10316-0": "extensive metabolizer", "la10317-8": "intermediate metabolizer", "la9657-3": "poor metabolizer",
    "la25392-4": "increased function", "la25393-2": "normal function", "la25395-7": "decreased function",
    "la25394-0": "poor function",
    "la6576-8": "positive", "la6577-6": "negative", "la11882-0": "detected", "la11883-8": "not detected",
    "la11884-6": "indeterminate", "la13538-6": "not tested", "la9663-1": "inconclusive",
}
_SPEEDS: Final = {
    "pm": "Poor", "poor": "Poor", "im": "Intermediate", "intermediate": "Intermediate",
    "nm": "Normal", "normal": "Normal",
    "em": "Normal", "extensive": "Normal",  # as CPIC called it before its terms of 2017: doi:10.1038/gim.2016.87
    "rm": "Rapid", "rapid": "Rapid",
    "um": "Ultrarapid", "ultrarapid": "Ultrarapid", "urm": "Ultrarapid", "ultra rapid": "Ultrarapid",
}
_ACETYLATORS: Final = {"slow": "poor", "sa": "poor", "fast": "rapid", "ra": "rapid", "ia": "intermediate"}
"""What NAT2's phenotypes were called before CPIC's guideline of 2025: doi:10.1002/cpt.70071."""
_FUNCTIONS: Final = {"increased": "Increased", "normal": "Normal", "decreased": "Decreased", "poor": "Poor"}
_LIKELIHOODS: Final = {"likely": "Likely ", "probable": "Likely ", "possible": "Possible ", "": ""}
_NO_CALLS: Final = {
    "indeterminate": "Indeterminate", "uncertain": "Indeterminate", "inconclusive": "Indeterminate",
    "equivocal": "Indeterminate", "no call": "No Call", "nocall": "No Call", "not called": "No Call",
    "failed": "No Call",
    "no result": "No Result", "none": "No Result", "pending": "No Result", "not available": "No Result",
    "unavailable": "No Result", "n a": "No Result", "na": "No Result", "not applicable": "No Result", "-": "No Result",
    "not tested": "No Result", "untested": "No Result", "not done": "No Result", "not performed": "No Result",
    "unknown": "Unknown", "not known": "Unknown", "not determined": "Unknown", "undetermined": "Unknown",
    "entered in error": TAKEN_BACK, "unable to determine": "Unknown", "not assigned": "Unknown",
}
_ALLELE_WORDS: Final = {
    "negative": "negative", "neg": "negative", "not detected": "negative", "undetected": "negative",
    "not present": "negative", "absent": "negative", "non carrier": "negative", "noncarrier": "negative",
    "not found": "negative", "-": "negative", "no": "negative",
    "positive": "positive", "pos": "positive", "detected": "positive", "present": "positive", "carrier": "positive",
    "found": "positive", "heterozygous": "positive", "homozygous": "positive", "+": "positive", "yes": "positive",
}
_OTHERS: Final = {
    # The whole words of genes without metabolizers or functions, after the phenotypes of CPIC's recommendations.
    "G6PD": {"normal": "Normal", "deficient": "Deficient", "deficient with cnsha": "Deficient with CNSHA",
             "variable": "Variable"},
    "MT-RNR1": {f"{how} risk{more}": f"{how} risk of aminoglycoside-induced hearing loss"
                for how in ("increased", "normal", "uncertain")
                for more in ("", " of aminoglycoside induced hearing loss")},
    "RYR1": {"malignant hyperthermia susceptibility": "Malignant Hyperthermia Susceptibility",
             "malignant hyperthermia susceptible": "Malignant Hyperthermia Susceptibility",
             "uncertain susceptibility": "Uncertain Susceptibility"},
    "CFTR": {f"ivacaftor {how}{more}": f"ivacaftor {kept} in CF patients"
             for how, kept in (("responsive", "responsive"), ("non responsive", "non-responsive"))
             for more in ("", " in cf patients")},
}
# fmt: on
_VKORC1: Final = re.compile(r"(?:vkorc1 )?(?:[cg] )?1639 ?([ag]) ?([ag])")
"""The genotype at VKORC1 -1639 by its bases, which the name of the variant (-1639G>A) alone does not tell."""
_BY_WORDS: Final = frozenset({"G6PD", "MT-RNR1", "RYR1", "CACNA1S", "CFTR"})
_FUNCTIONAL: Final = frozenset({"SLCO1B1", "ABCG2"})
_DPYD_PHENOTYPES: Final = ((0.5, "Poor Metabolizer"), (1.5, "Intermediate Metabolizer"), (2.0, "Normal Metabolizer"))
"""Up to which activity score a phenotype reaches: CPIC 2017, doi:10.1002/cpt.911, table 1."""


def read_result(
    gene: str, phenotype: str, activity_score: float | str | None = None
) -> tuple[tuple[Reading, ...], tuple[Doubt, ...]]:
    """Return what a result says, one reading for each allele or gene, and what of it was not understood."""
    if (hla := _HLA.match(gene.strip())) is not None:
        return _alleles(f"HLA-{(hla[1] or hla[2]).upper()}", gene.strip()[hla.end() :], phenotype)
    symbol = _COMPACT.get(re.sub(r"[^A-Z0-9]", "", gene.upper().removesuffix(" GENE")))
    known = symbol or " ".join(gene.split()).upper()
    doubts: list[Doubt] = [] if symbol else ["gene-not-understood"]
    activity = activity_score if isinstance(activity_score, str | None) else repr(float(activity_score))
    said = _phenotype(known, phenotype)
    if said in NO_CALL and known == "DPYD" and isinstance(activity_score, float | int):
        said = next((name for upper, name in _DPYD_PHENOTYPES if activity_score <= upper), said)
    if said is None and symbol:
        doubts.append("phenotype-not-understood")
    return (Reading(known, said or "Not Understood", activity),), tuple(doubts)


def _phenotype(gene: str, text: str) -> str | None:
    """Return a phenotype in CPIC's words; None where it is not understood."""
    words = _words(text)
    if words in _NO_CALLS:
        return _NO_CALLS[words]
    if gene == "VKORC1":
        bases = _VKORC1.fullmatch(_words(re.sub(r"g\s*>\s*a", " ", text.casefold())))
        return f"-1639 {''.join(sorted(bases.groups())).upper()}" if bases else None
    if gene in _BY_WORDS:
        words = words.removeprefix(gene.casefold().replace("-", " ")).strip()
        return _OTHERS["RYR1" if gene == "CACNA1S" else gene].get(words)
    words = words.removeprefix(gene.casefold()).strip()
    first, _, rest = words.partition(" ")
    likely, rest = (_LIKELIHOODS[first], rest) if rest and first in _LIKELIHOODS else ("", words)
    of_function = rest.removesuffix(" function")
    if (gene in _FUNCTIONAL or of_function != rest) and of_function in _FUNCTIONS:
        return f"{likely}{_FUNCTIONS[of_function]} Function"
    speed = re.sub(r"\s*\b(metaboli[sz]|acetylat)[eo]rs?\b", "", rest)
    if gene == "NAT2":
        speed = _ACETYLATORS.get(speed, speed)
    return f"{likely}{_SPEEDS[speed]} Metabolizer" if speed in _SPEEDS and gene not in _FUNCTIONAL else None


def _alleles(gene: str, named: str, text: str) -> tuple[tuple[Reading, ...], tuple[Doubt, ...]]:
    """Return the status of each allele, which stands in the gene's name or in the phenotype."""
    if (allele := _ALLELE.search(named)) is not None:
        status = _status(text)
        return (Reading(f"{gene}*{allele[1]}:{allele[2]}", status or "Not Understood"),), _doubts([status])
    if named.strip():
        return (), ("gene-not-understood",)
    if _words(text) in _NO_CALLS:
        return (Reading(gene, _NO_CALLS[_words(text)]),), ()
    readings, statuses = [], []
    for part in re.split(r"[;,/|]|\band\b", text):
        for allele in _ALLELE.finditer(part):
            status = _status(_ALLELE.sub("", part))
            statuses.append(status)
            readings.append(Reading(f"{gene}*{allele[1]}:{allele[2]}", status or "Not Understood"))
    return tuple(readings), _doubts(statuses or [None])


def _status(text: str) -> str | None:
    words = re.sub(r"\s*\b(hla|a|b|allele|status|for|is)\b\s*", " ", _words(text)).strip()
    return _NO_CALLS.get(words) if words in _NO_CALLS and words not in _ALLELE_WORDS else _ALLELE_WORDS.get(words)


def _doubts(statuses: Sequence[str | None]) -> tuple[Doubt, ...]:
    return ("phenotype-not-understood",) if None in statuses else ()


def _words(text: str) -> str:
    """Return a text in lower case, without punctuation, a LOINC answer code as the words that it stands for."""
    plain = text.strip().casefold()
    if plain in {"+", "-"}:
        return plain
    plain = _LOINC.get(plain.removeprefix("http://loinc.org|").removeprefix("loinc:").strip(), plain)
    return " ".join(re.sub(r"[^a-z0-9]", " ", plain).split())
