"""What a recorded allergy names: drugs of the tables, and classes as wards write them."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from models.treatment.drug_terms import read_drug
from models.treatment.safety import classes

CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "any penicillin": classes.PENICILLINS,
    "any cephalosporin": classes.CEPHALOSPORINS,
    "any carbapenem": classes.CARBAPENEMS,
    "any beta-lactam": (*classes.PENICILLINS, *classes.CEPHALOSPORINS, *classes.CARBAPENEMS, "aztreonam"),
    "any sulfonamide antibiotic": classes.SULFONAMIDE_ANTIBIOTICS,
    "any NSAID": classes.NSAIDS,
    "any macrolide": classes.MACROLIDES,
}
"""Allergens that are a whole class, and their members."""
_WORDS: Final = {
    "any penicillin": r"penicillins?",
    "any cephalosporin": r"(cephalosporin|cefalosporin|cephalosporine)s?",
    "any carbapenem": r"carbapenems?",
    "any beta-lactam": r"(beta|β)[ -]?lactams?( antibiotics?)?",
    "any sulfonamide antibiotic": r"sul(f|ph)a( drugs?| antibiotics?)?|sul(f|ph)onamides?( antibiotics?)?",
    "any NSAID": r"nsaids?|nsar|non[ -]?steroidal anti[ -]?inflammatory( drugs?| agents?)?",
    "any macrolide": r"macrolides?",
}
# fmt: off
_NO_DRUGS: Final = frozenset(
    ["latex", "peanut", "peanuts", "nut", "nuts", "egg", "eggs", "milk", "fish", "shellfish", "soy", "wheat", "pollen",
     "dust", "house dust", "bee venom", "wasp venom", "nickel", "plaster", "adhesive tape", "grass", "cat", "dog",
     "strawberry", "strawberries", "none", "no known allergies", "nka", "nkda"]
)
# fmt: on
"""What is no drug, and so no reason to look further. Ours, and no complete list."""
_SHORTEST: Final = 4
"""A part of a name has this many letters, so that an abbreviation is not found in every other drug."""
_PATTERNS: Final = {name: re.compile(words) for name, words in _WORDS.items()}
_ENDING: Final = re.compile(r"[\s,;:.-]*(allerg(y|ies|ic)|hypersensitivity|class)?\s*$")


@lru_cache(maxsize=4096)
def read_allergy(words: str) -> tuple[str, ...]:
    """Return the allergens that an allergy names; nothing where it names no drug of the tables and no class."""
    plain = _ENDING.sub("", " ".join(words.split()).casefold())
    found = [name for name, pattern in _PATTERNS.items() if pattern.fullmatch(plain)]
    if found:
        return tuple(found)
    read = read_drug(plain)
    return tuple(read.name.split("+")) if read.name != plain or read.understood else ()


def allergens(allergies: Iterable[str]) -> tuple[str, ...]:
    """Return what all the allergies name, in the order of the names, so that the order of their record is none."""
    return tuple(sorted({one for words in allergies for one in read_allergy(words)}))


def unread(allergies: Iterable[str]) -> int:
    """Return how many of the allergies name neither a known drug or class nor a known thing that is no drug."""
    return sum(not read_allergy(words) and words.casefold().strip() not in _NO_DRUGS for words in allergies)


def names(allergy: str, drug: str) -> bool:
    """Tell whether a recorded allergy names a drug, or a part of its name: rather one too many than one too few."""
    word = allergy.casefold().strip()
    return word == drug or (len(word) >= _SHORTEST and word in drug) or drug in word
