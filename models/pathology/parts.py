"""The parts of a report: which of its letters and numbers name a specimen, and which count the items under one."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from models.pathology.entities import PATTERN
from models.pathology.organs import names_specimen

_LABEL: Final = re.compile(
    r"(?:(?P<word>part|specimen|sample|container|pot|jar)[ #]{1,3})?\(?(?P<label>[a-z]|\d{1,2})"
    r"(?:[.):]{1,2} | ?- (?=[a-z]))"
)
_WORD_ALONE: Final = re.compile(r"(?P<word>part|specimen)[ #]{1,3}(?P<label>[a-z]|\d{1,2}) ")
"""A part's name without a colon, which has a line of its own."""
_AHEAD: Final = 160
"""Characters behind a label in which the words are looked at that tell what it labels."""


class Label(NamedTuple):
    """A label of the flat text at [start, end); `part` is empty where it labels an item and no specimen."""

    start: int
    end: int
    part: str
    named: bool = False


class _Found(NamedTuple):
    start: int
    end: int
    word: str
    label: str


class Labels:
    """Finds the labels of a page, section by section.

    "Part 1" and "specimen A" name specimens, and letters and numbers under them count items. Without such names letters
    in order name specimens, unless the line above them names the only one; and so do numbers of which the first is
    followed by an organ.
    """

    def __init__(self, flat: str, is_upper: Callable[[int], bool], line_end: Callable[[int], int]) -> None:
        self._flat, self._is_upper, self._line_end = flat, is_upper, line_end
        self._highest = "@"  # the character before A

    def find(self, places: Sequence[int], heads: Sequence[tuple[int, int]]) -> Iterator[Label]:
        """Yield the labels at some of the places; `heads` are starts and ends of headings, both in order."""
        found = [one for at in places if (one := self._match(at)) is not None]
        starts = [start for start, _ in heads]
        sections: dict[int, list[_Found]] = {}
        for one in found:
            sections.setdefault(bisect_right(starts, one.start), []).append(one)
        numbered = any(one.word and one.label.isdigit() for one in found)
        for index in sorted(sections):
            begins = heads[index - 1][1] if index else 0
            yield from self._section(sections[index], begins, numbered=numbered)

    def _match(self, at: int) -> _Found | None:
        one = _LABEL.match(self._flat, at)
        if one is None:
            one = _WORD_ALONE.match(self._flat, at)
            if one is None or one.end() != self._line_end(at):
                return None
        if not one["word"] and one["label"].isalpha() and not self._is_upper(one.start("label")):
            return None
        return _Found(at, one.end(), one["word"] or "", one["label"].upper())

    def _section(self, found: Sequence[_Found], begins: int, *, numbered: bool) -> Iterator[Label]:
        if any(one.word for one in found):
            yield from self._named(found)
            return
        letters = [one for one in found if one.label.isalpha()]
        numbers = [one for one in found if one.label.isdigit()]
        first = min(found, key=lambda one: one.start)
        if first.label == "1" and not numbered and self._ahead(first, names_specimen):
            yield from (Label(one.start, one.end, one.label) for one in numbers)
            yield from (Label(one.start, one.end, "") for one in letters)
            return
        items = numbered or self._are_items(letters, begins)
        for one in letters:
            if items:
                yield Label(one.start, one.end, "")
            elif one.label <= chr(ord(self._highest) + 1):
                self._highest = max(self._highest, one.label)
                yield Label(one.start, one.end, one.label)

    def _named(self, found: Sequence[_Found]) -> Iterator[Label]:
        """Yield specimens that a word names; one whose number an earlier one has is told from it by its order."""
        seen: dict[str, int] = {}
        for one in found:
            if not one.word:
                yield Label(one.start, one.end, "")
                continue
            again = one.label in seen and self._ahead(one, names_specimen)
            seen[one.label] = seen.get(one.label, 0) + (again or one.label not in seen)
            times = seen[one.label]
            yield Label(one.start, one.end, one.label if times == 1 else f"{one.label} ({times})", named=True)

    def _are_items(self, letters: Sequence[_Found], begins: int) -> bool:
        """Return whether letters count what was found in the one specimen that the line above them names."""
        if not letters or letters[0].label != "A":
            return False
        above = self._flat[max(begins, letters[0].start - _AHEAD) : letters[0].start]
        return names_specimen(above) and self._ahead(letters[0], _names_lesion)

    def _ahead(self, one: _Found, tells: Callable[[str], bool]) -> bool:
        return tells(self._flat[one.end : min(one.end + _AHEAD, self._line_end(one.start))])


def _names_lesion(words: str) -> bool:
    lesion = PATTERN.search(words)
    return lesion is not None and not names_specimen(words[: lesion.start()]) and ":" not in words[: lesion.start()]
