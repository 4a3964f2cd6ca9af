"""Baseline: the first keyword or number of each kind anywhere in the text, as a text search would find it.

It knows the same names of lesions and forms of numbers as the reader, but no sections, negation, uncertainty, addenda
or which value belongs to which name.
"""

import re
from typing import Final

from models.pathology.entities import PATTERN, entity_of
from models.pathology.lab.writing import Statement
from models.pathology.organs import PROCEDURES, SITES

_FIRST: Final = {
    "grade": r"grade:? (?P<value>[123])\b",
    "gleason": r"gleason\D{0,10}(?P<value>[1-5]\+[1-5])",
    "grade_group": r"grade group (?P<value>[1-5])",
    "pt": r"(?P<value>y?pt[0-4x][a-d]?(?:\(m\))?)",
    "pn": r"(?P<value>y?pn[0-3x](?:mi|[a-c])?(?:\((?:sn|i\+|i-)\))*)",
    "er_percent": r"\b(?:er|o?estrogen receptor)\D{0,40}(?P<value>\d{1,3}) ?%",
    "pr_percent": r"\b(?:pr|progesterone receptor)\D{0,40}(?P<value>\d{1,3}) ?%",
    "ki67_percent": r"ki-?67\D{0,40}(?P<value>\d{1,3}) ?%",
    "her2_ihc": r"her-?2\D{0,20}(?P<value>[0-3]\+|0)",
    "pdl1_tps_percent": r"pd-?l1\D{0,40}(?P<value><?\d{1,3}) ?%",
    "er": r"\b(?:er|o?estrogen receptor)\W{1,3}(?P<value>positive|negative)",
    "pr": r"\b(?:pr|progesterone receptor)\W{1,3}(?P<value>positive|negative)",
    "her2": r"her-?2\W{1,3}(?P<value>positive|negative|equivocal)",
    "her2_ish": r"(?P<value>not amplified|amplified)",
    "msi": r"\b(?P<value>mss|msi-high)\b",
    "mmr": r"\b(?P<value>deficient|proficient)\b",
    "mlh1": r"mlh1\W{1,3}(?P<value>lost|intact)",
    "pms2": r"pms2\W{1,3}(?P<value>lost|intact)",
    "msh2": r"msh2\W{1,3}(?P<value>lost|intact)",
    "msh6": r"msh6\W{1,3}(?P<value>lost|intact)",
    "margins": r"margins?\b.{0,20}?(?P<value>involved|positive|clear|negative|uninvolved)",
}
_PATTERNS: Final = {name: re.compile(pattern) for name, pattern in _FIRST.items()}
_MEANS: Final = {
    "mss": "stable",
    "msi-high": "high",
    "positive": "involved",
    "negative": "clear",
    "uninvolved": "clear",
}
_PRESENT: Final = {
    "lymphovascular_invasion": ("lymphovascular invasion", "lvi"),
    "perineural_invasion": ("perineural", "pni"),
}


def keywords(text: str) -> frozenset[Statement]:
    """Return what a keyword search finds; everything counts as stated."""
    lower = " ".join(text.lower().split())
    found = {
        (name, _value(name, one["value"])) for name, pattern in _PATTERNS.items() if (one := pattern.search(lower))
    }
    lesion = PATTERN.search(lower)
    if lesion:
        entity = entity_of(lesion.group())
        found |= {("behaviour", entity.behaviour)} | ({("histology", entity.type)} if entity.type else set())
    for name, rows in (("site", SITES), ("procedure", PROCEDURES)):
        places = [
            (lower.find(word), value) for value, words in rows.items() for word in words.split("|") if word in lower
        ]
        found |= {(name, min(places)[1])} if places else set()
    found |= {(name, "present") for name, words in _PRESENT.items() if any(word in lower for word in words)}
    return frozenset((name, value, "stated") for name, value in found)


def _value(name: str, value: str) -> str:
    match name:
        case "pt" | "pn":
            return value.replace("pt", "pT").replace("pn", "pN").replace("x", "X")
        case "gleason":
            return f"{value}={int(value[0]) + int(value[2])}"
        case "msi" | "margins":
            return _MEANS.get(value, value)
    return value
