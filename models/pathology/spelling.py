"""Correct words that are mistyped by one letter: left out, doubled, swapped or replaced.

Only long words are corrected, and only to a single known word with the same beginning, so that "typical" never becomes
"atypical".
"""

import re
from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 6
"""Letters; shorter words are too similar to others."""
LONGEST: Final = 24

_WORD: Final = re.compile(r"[a-z]+")


class Spelling:
    """Spelling correction with a vocabulary."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._known = {word for word in vocabulary if SHORTEST <= len(word) <= LONGEST}
        self._shortened: dict[str, set[str]] = {}
        for word in self._known:
            for form in _shortened(word):
                self._shortened.setdefault(form, set()).add(word)

    def knows(self, word: str) -> bool:
        """Return whether a lower-case word is in the vocabulary, which holds long words only."""
        return word in self._known

    def mend(self, word: str) -> str:
        """Return the correction of a lower-case word, or the word itself where that is ambiguous."""
        if word in self._known or not SHORTEST <= len(word) <= LONGEST:
            return word
        near = {
            known
            for form in _shortened(word)
            for known in self._shortened.get(form, ())
            if known[0] == word[0] and _one_apart(word, known)
        }
        return near.pop() if len(near) == 1 else word


def words(phrases: Iterable[str]) -> set[str]:
    """Return every word of these phrases."""
    return {word for phrase in phrases for word in _WORD.findall(phrase)}


def _shortened(word: str) -> set[str]:
    """Return the word, and the word without any one of its letters."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def _one_apart(one: str, other: str) -> bool:
    """Return whether one letter was left out, added, replaced, or swapped with its neighbour."""
    if len(one) > len(other):
        one, other = other, one
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) != len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return swapped or one[at + 1 :] == other[at + 1 :]
