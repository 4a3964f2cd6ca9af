"""What a record says as a terminal may show it: signs that steer one, or turn the order of letters, do nothing."""

import unicodedata
from typing import Final

from rich.text import Text

_STEERING: Final = frozenset({"Cc", "Zl", "Zp"})  # C0 and C1 controls, among them escape; separators of lines
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks of the bidirectional algorithm (Unicode UAX 9): with them 13 may look like 31."""
_STAND_IN: Final = "\ufffd"


def printable(text: str, kept: str = "") -> str:
    """The text with a stand-in for each sign that is not one to look at, but for those in `kept`."""
    if text.isprintable():
        return text
    return "".join(one if one in kept or not _acts(one) else _STAND_IN for one in text)


def printable_text(text: Text) -> Text:
    """The same of a styled text, whose styles stay where they are."""
    text.plain = printable(text.plain)
    return text


def _acts(sign: str) -> bool:
    return sign in _TURNING or unicodedata.category(sign) in _STEERING
