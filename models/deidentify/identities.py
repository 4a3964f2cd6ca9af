"""Find the patient's names and numbers in attributes where the profile expects none, such as a manufacturer's text.

This goes beyond the profile, which decides by attribute alone.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydicom import Dataset
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.tag import BaseTag

NUMBERS: Final = frozenset(
    {"AccessionNumber", "AdmissionID", "InstitutionName", "OtherPatientIDs", "PatientID", "StudyID"}
)
TEXTS: Final = frozenset({"LO", "LT", "SH", "ST", "UC", "UR", "UT"})
CODED: Final = frozenset({"AS", "CS", "DS", "IS"})
"""Representations that are no place for a name, in which files have one all the same."""
BYTES: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
WORD: Final = re.compile(r"[^\W_]+")
PART: Final = re.compile(r"[^\W\d_]+")  # letters alone: a name may be joined with a number
SHORTEST_NAME: Final = 3  # letters; shorter words and numbers occur in too many texts by chance; our choice
SHORTEST_INSIDE: Final = 5  # letters of a name that is looked for within words as well
SHORTEST_NUMBER: Final = 4
SHORTEST_IN_BYTES: Final = 6  # bytes
IDEOGRAPHS: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Kana, Chinese and Korean characters: their words have no spaces between, and names are of one to three."""
SHORTEST_IDEOGRAPHIC: Final = 2
SPELT_OUT: Final = str.maketrans({"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00f8": "oe", "\u00e5": "aa"})


@dataclass(frozen=True)
class Identities:
    """Names and numbers that identify the people, the institution and the documents of a data set, folded."""

    names: frozenset[str]  # single words, and all words of a name joined
    numbers: frozenset[str]  # whole values

    def are_in(self, text: str) -> bool:
        """Return whether the text contains a word of a name, also joined with others, or one of the numbers."""
        return any(self._are_in(folded) for folded in _foldings(text)) or not self.names.isdisjoint(_humps(text))

    def are_in_bytes(self, data: bytes) -> bool:
        """Return whether binary data hold one of the names or numbers as text; short ones occur in any by chance."""
        low = data.lower().replace(b"\0", b"")  # UTF-16 as well
        sought = (one for one in self.names | self.numbers if len(one.encode()) >= SHORTEST_IN_BYTES)
        return any(one.encode() in low for one in sought)

    def _are_in(self, folded: str) -> bool:
        return (
            not self.names.isdisjoint(WORD.findall(folded))
            or not self.names.isdisjoint(PART.findall(folded))
            or any(name in folded for name in self.names if len(name) >= SHORTEST_INSIDE or IDEOGRAPHS.search(name))
            or any(number in folded for number in self.numbers)
        )


def identities(dataset: Dataset) -> Identities:
    """Collect the identities of a data set, including those in its sequences."""
    names: set[str] = set()
    numbers: set[str] = set()
    for inside, tag, vr in _all_attributes(dataset):
        if vr == "PN":
            for name in re.split(r"[=\\]", str(inside[tag].value)):
                names |= _names_of(name)
        elif keyword_for_tag(tag) in NUMBERS:
            numbers |= {_folded(part).strip() for part in re.split(r"[\\[\],']+", str(inside[tag].value))}
        elif keyword_for_tag(tag) == "PatientBirthDate":
            numbers |= _dates_of(str(inside[tag].value))
    return Identities(
        frozenset(name for name in names if _is_long_enough(name)),
        frozenset(number for number in numbers if len(number) >= SHORTEST_NUMBER),
    )


def _names_of(name: str) -> set[str]:
    """Return the words of one name in each folding, and all of them joined in both orders."""
    found: set[str] = set()
    for folded in _foldings(name):
        words = WORD.findall(folded)
        found |= {*words, "".join(words), "".join(reversed(words))}
    return found


def _is_long_enough(name: str) -> bool:
    return len(name) >= (SHORTEST_IDEOGRAPHIC if IDEOGRAPHS.search(name) else SHORTEST_NAME)


def _dates_of(day: str) -> set[str]:
    """Return a date of YYYYMMDD as texts write it."""
    if re.fullmatch(r"\d{8}", day) is None:
        return set()
    year, month, date = day[:4], day[4:6], day[6:]
    return {f"{day}"} | {
        sign.join(order) for sign in ".-/" for order in ((year, month, date), (date, month, year), (month, date, year))
    }


def _foldings(text: str) -> set[str]:
    """Return the text in small letters without accents, and with umlauts spelt out as many files have them."""
    return {_folded(text), _folded(unicodedata.normalize("NFKC", text).casefold().translate(SPELT_OUT))}


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(one for one in plain if not (unicodedata.combining(one) and one < "\u3000"))
    return unicodedata.normalize("NFC", kept)


def _humps(text: str) -> list[str]:
    """Return the words of a text that are parted by capitals alone, folded: LeeAnn."""
    return [_folded(part) for part in re.findall(r"[A-Z][a-z]+|[A-Z]+(?![a-z])", text)]


def attributes(dataset: Dataset) -> list[tuple[BaseTag, str]]:
    """Return each tag with its value representation: the file's own, or else the data dictionary's."""
    return [(tag, _representation(dataset, tag)) for tag in dataset.keys()]  # noqa: SIM118 values would be decoded


def _representation(dataset: Dataset, tag: BaseTag) -> str:
    vr = dataset.get_item(tag).VR
    if vr not in {None, "UN"}:
        return str(vr)
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"


def _all_attributes(dataset: Dataset) -> Iterator[tuple[Dataset, BaseTag, str]]:
    for tag, vr in attributes(dataset):
        yield dataset, tag, vr
        if vr == "SQ" and not tag.is_private:
            for item in dataset[tag].value:
                yield from _all_attributes(item)
