"""Find the patient's names and numbers in attributes where the profile expects none, such as a manufacturer's text.

This goes beyond the profile, which decides by attribute alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydicom import Dataset
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.tag import BaseTag

NUMBERS: Final = frozenset(
    {"AccessionNumber", "AdmissionID", "InstitutionName", "OtherPatientIDs", "PatientID", "StudyID"}
)
TEXTS: Final = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
WORD: Final = re.compile(r"[^\W_]+")
SHORTEST_NAME: Final = 3  # letters; shorter words and numbers occur in too many texts by chance; our choice
SHORTEST_NUMBER: Final = 4


@dataclass(frozen=True)
class Identities:
    """Names and numbers that identify the people, the institution and the documents of a data set, in lower case."""

    names: frozenset[str]  # single words
    numbers: frozenset[str]  # whole values

    def are_in(self, text: str) -> bool:
        """Return whether the text contains a word of a name, or one of the numbers."""
        low = text.lower()
        return not self.names.isdisjoint(WORD.findall(low)) or any(number in low for number in self.numbers)


def identities(dataset: Dataset) -> Identities:
    """Collect the identities of a data set, including those in its sequences."""
    names: set[str] = set()
    numbers: set[str] = set()
    for inside, tag, vr in _all_attributes(dataset):
        if vr == "PN":
            names |= set(WORD.findall(str(inside[tag].value).lower()))
        elif keyword_for_tag(tag) in NUMBERS:
            numbers |= {part.strip() for part in re.split(r"[\\[\],']+", str(inside[tag].value).lower())}
    return Identities(
        frozenset(name for name in names if len(name) >= SHORTEST_NAME),
        frozenset(number for number in numbers if len(number) >= SHORTEST_NUMBER),
    )


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
