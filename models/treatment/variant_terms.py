"""Read the class that a laboratory gave a variant, in ClinVar's terms. Nothing is classified here.

What is not understood is said to be so: it is never taken for benign, nor for pathogenic.
"""

import re
from typing import Final, Literal

Significance = Literal[
    "Pathogenic",
    "Likely pathogenic",
    "Uncertain significance",
    "Likely benign",
    "Benign",
    "Low penetrance",
    "Conflicting",
    "Not classified",
]
"""ClinVar's five classes of germline variants; low penetrance and risk alleles; classes that contradict each other; and
what says no class, such as `risk factor` or `not provided` alone."""
SPEAKS: Final[frozenset[str]] = frozenset({"Pathogenic", "Likely pathogenic"})
"""The classes for which something may be proposed."""
NOT_UNDERSTOOD: Final = "Not Understood"

# fmt: off
_WORDS: Final[dict[str, Significance]] = {
    # ClinVar's terms (https://www.ncbi.nlm.nih.gov/clinvar/docs/clinsig/), usual abbreviations, and the classes 1 to 5
    # of IARC (Plon and others, Hum Mutat 29 (2008) 1282).
    "pathogenic": "Pathogenic", "p": "Pathogenic", "path": "Pathogenic", "class 5": "Pathogenic",
    "likely pathogenic": "Likely pathogenic", "lp": "Likely pathogenic", "class 4": "Likely pathogenic",
    "probably pathogenic": "Likely pathogenic",
    "uncertain significance": "Uncertain significance", "uncertain": "Uncertain significance",
    "variant of uncertain significance": "Uncertain significance", "vus": "Uncertain significance",
    "variant of unknown significance": "Uncertain significance", "unknown significance": "Uncertain significance",
    "vous": "Uncertain significance", "class 3": "Uncertain significance",
    "likely benign": "Likely benign", "lb": "Likely benign", "class 2": "Likely benign",
    "probably benign": "Likely benign",
    "benign": "Benign", "b": "Benign", "class 1": "Benign",
    "pathogenic low penetrance": "Low penetrance", "likely pathogenic low penetrance": "Low penetrance",
    "established risk allele": "Low penetrance", "likely risk allele": "Low penetrance",
    "uncertain risk allele": "Uncertain significance",
    "conflicting classifications of pathogenicity": "Conflicting", "conflicting": "Conflicting",
    "conflicting interpretations of pathogenicity": "Conflicting", "conflicting data from submitters": "Conflicting",
    **dict.fromkeys(("affects", "association", "association not found", "confers sensitivity", "drug response", "other",
                     "protective", "risk factor", "not provided", "not classified", "no classification"),
                    "Not classified"),
    # German
    "pathogen": "Pathogenic", "wahrscheinlich pathogen": "Likely pathogenic",
    "unklare signifikanz": "Uncertain significance", "variante unklarer signifikanz": "Uncertain significance",
    "unklare klinische bedeutung": "Uncertain significance", "wahrscheinlich benigne": "Likely benign",
    "wahrscheinlich gutartig": "Likely benign", "benigne": "Benign", "gutartig": "Benign",
    # LOINC's answers to 53037-8 (Genetic variation clinical significance).
    "la6668 3": "Pathogenic", "la26332 9": "Likely pathogenic", "la26333 7": "Uncertain significance",
    "la26334 5": "Likely benign", "la6675 8": "Benign",
}
# fmt: on
_CLASS: Final = re.compile(r"\bclass ([1-5])\b|^([1-5])\b(?= )")
"""A class beside its words, such as `class 4 (likely pathogenic)` or `5 - pathogenic`."""
_COUNT: Final = re.compile(r"\(\d+\)")
"""How many submitters say a class, as ClinVar writes it: `Pathogenic(3)`."""
_ALIKE: Final = (SPEAKS, frozenset({"Likely benign", "Benign"}))
"""Classes that may stand together: the milder of them counts."""


def read_significance(text: str) -> Significance | None:
    """Return the class that a text says; None where it is not understood.

    Of several parts (`Pathogenic/Likely pathogenic; risk factor`) those count that say a class: of two that agree the
    more careful one; two that do not agree are conflicting.
    """
    if (whole := _one(text)) is not None:
        return whole
    parts = [_one(part) for part in re.split(r"[/;|]", text)]
    if None in parts:
        return None
    classes = {part for part in parts if part is not None and part != "Not classified"}
    if len(classes) == 1:
        return next(iter(classes))
    if not classes:
        return "Not classified"
    alike = next((group for group in _ALIKE if classes <= group), None)
    if alike is None:
        return "Conflicting"
    return "Likely pathogenic" if "Pathogenic" in classes else "Likely benign"


def _one(text: str) -> Significance | None:
    """Return the class of a text that says one, by words or by a number or by both, if they agree."""
    plain = _plain(_COUNT.sub(" ", text))
    if plain in _WORDS:
        return _WORDS[plain]
    number = _CLASS.search(plain)
    if number is None:
        return None
    by_words = _WORDS.get(" ".join(_CLASS.sub(" ", plain).split()))
    return by_words if by_words == _WORDS[f"class {number[1] or number[2]}"] else None


def read_symbol(text: str) -> str:
    """Return a gene's symbol without blanks, in upper case."""
    return "".join(text.upper().removesuffix(" GENE").split())


def _plain(text: str) -> str:
    plain = text.strip().casefold().removeprefix("http://loinc.org|").removeprefix("loinc:")
    words = [word for word in re.sub(r"[^a-z0-9]", " ", plain).split() if word not in {"acmg", "iarc"}]
    return " ".join("class" if word == "klasse" else word for word in words)
