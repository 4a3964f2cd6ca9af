"""The boxes of a form: what is ticked stays, what is not becomes blanks of the same length."""

import re
from typing import Final

_BOX: Final = re.compile(
    r"(?P<ticked>\[ ?[xX✓✔*] ?\]|\( ?[xX✓✔] ?\)|☑|☒|■|✓|✔|_{1,3}[xX✓]_{1,3})"
    r"|(?P<empty>\[[ _]{0,3}\]|\( {1,3}\)|☐|□|❑|_{3,})"
)
_GAP: Final = re.compile(r"[:\t]| {3,}|, ")
"""What an option that stands before its box does not reach over."""
_OTHER: Final = re.compile(r" {3,}\S|\s[A-Za-z0-9/-]{2,20}:")
"""What an option that stands behind its box does not reach into: another column, or another label."""
_LONGEST: Final = 120
"""Characters of an option; what stands further from its box is another matter."""


def unboxed(text: str) -> str:
    """Return a text of the same length without its boxes and without the options that are not ticked."""
    if _BOX.search(text) is None:
        return text
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    boxes = list(_BOX.finditer(line))
    if not boxes:
        return line
    behind = not line[boxes[-1].end() :].strip(" .,;") and bool(line[: boxes[0].start()].strip(" :.,;-*•"))
    if behind and line[: boxes[0].start()].rstrip().endswith(":") and len(boxes) > 1:
        behind = False  # the last option has no words
    marks = list(line)
    for index, box in enumerate(boxes):
        if behind:
            least = boxes[index - 1].end() if index else 0
            least = max(least, box.start() - _LONGEST)
            gaps = [found.end() for found in _GAP.finditer(line, least, len(line[: box.start()].rstrip()))]
            start, end = max([least, *gaps]), box.end()
        else:
            start = box.start()
            end = boxes[index + 1].start() if index + 1 < len(boxes) else min(len(line), box.end() + _LONGEST)
            words = box.end() + len(line[box.end() : end]) - len(line[box.end() : end].lstrip())
            other = _OTHER.search(line, words, end)
            end = other.start() if other else end
        blank = (start, end) if box["empty"] else box.span()
        marks[blank[0] : blank[1]] = " " * (blank[1] - blank[0])
    return "".join(marks)
