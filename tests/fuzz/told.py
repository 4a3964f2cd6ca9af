"""What is said while an input is worked on: log lines of any library, and a planted name that must be in none."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from structlog.testing import capture_logs

NAME: Final = "zzplanted"
"""A patient's name, as it stands in seeds; a mutation may write it in capitals."""
NUMBER: Final = "qx900777"
"""A patient's number in the hospital."""

_WORD: Final = re.compile(rf"(?<![a-z0-9])(?:{NAME}|{NUMBER})(?![a-z0-9])")


class NameToldError(AssertionError):
    """A planted name was told."""


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def listening(*, for_names: bool = True) -> Iterator[list[str]]:
    """Collect what is logged; raises NameToldError where that has a planted name, if names are listened for.

    A warning of NumPy's, of a number too large for what it becomes, is no fault: what comes of it might be one.
    """
    lines = _Lines()
    root = logging.getLogger()
    root.addHandler(lines)
    try:
        with capture_logs() as logged, warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            yield lines.lines
        if for_names:
            nobody_named(*map(str, logged), *lines.lines)
    finally:
        root.removeHandler(lines)


def nobody_named(*texts: str) -> None:
    """Raise NameToldError where one of these texts has a planted name as a word of its own, not glued to another."""
    for text in texts:
        if found := _WORD.search(text.casefold()):
            raise NameToldError(text[max(0, found.start() - 100) : found.end() + 100])
