"""The text of a pathology report in observations (OBX): its lines, under the headings of its sections. Pure.

A section that is named only by its code, as LOINC's for the relevant history, gets its heading: without it the reader
would take what a patient once had for what was found.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from models.pathology.headings import KINDS
from stream.gateway.segments import Segment, raw, text

WRITTEN: Final = frozenset({"TX", "FT", "ST"})
"""Types of observations that are text (OBX-2)."""
LARGEST: Final = 100_000  # characters of a report on the wire

# fmt: off
SECTIONS: Final = {
    # LOINC, as NAACCR's standard for pathology reports uses it (volume V, pathology laboratory electronic reporting)
    "22636-5": "Clinical history",         # relevant history
    "22633-2": "Specimen",                 # nature of specimen
    "22634-0": "Gross description",
    "22635-7": "Microscopic description",
    "22637-3": "Final diagnosis",
    "34574-4": "Final diagnosis",
    "22638-1": "Comment",
    "22639-9": "Addendum",                 # supplemental reports
    "60568-3": "Synoptic report",
}
# fmt: on
STUDIES: Final = frozenset({"11526-1", "11529-5", "60567-5", "22049-1"})
"""LOINC of whole reports: pathology study, surgical pathology study, comprehensive pathology report panel, and the
cancer identification battery of NAACCR."""
_ESCAPE: Final = re.compile(r"\\(?:\.(br|sp)(\+?\d*)|([FSTRE])|[HN]|\.[a-z]{2}[+-]?\d*|X([0-9A-F]+))\\")


def written(observations: Sequence[Segment]) -> str:
    """The text: a line for each observation and for each of its repetitions, a heading where another section begins."""
    codes = {text(one, 3) for one in observations}
    lines: list[str] = []
    section = ""
    for one in observations:
        begins = _heading(one, is_one_of_several=len(codes) > 1)
        said = [_plain(line, one) for line in _repeated(one)]
        if begins and begins == _name(one) and text(one, 2) == "ST" and len(said) == 1:
            said, begins = [f"{begins}: {said[0]}"], section  # a value under its name, and no section
        if not any(line.strip() for line in said):
            continue
        if begins != section and begins and not _begins_with(said, begins):
            lines.append(f"{begins}:")
        section = begins
        lines += said
    return "\n".join(lines).strip()


def _heading(observation: Segment, *, is_one_of_several: bool) -> str:
    """The heading of an observation's section: of its code, else its name; empty where the text is a whole report."""
    codes = text(observation, 3), text(observation, 3, 4)
    known = next((SECTIONS[one] for one in codes if one in SECTIONS), "")
    if known or STUDIES.intersection(codes):
        return known
    name = _name(observation)
    return name if is_one_of_several or " ".join(name.casefold().split()) in KINDS else ""


def _name(observation: Segment) -> str:
    return text(observation, 3, 2) or text(observation, 3, 5)


def _begins_with(lines: Iterable[str], heading: str) -> bool:
    """Whether the text has its heading itself."""
    first = next((line for line in lines if line.strip()), "")
    return first.strip().casefold().startswith(heading.casefold())


def _repeated(observation: Segment) -> list[str]:
    return raw(observation, 5).split(observation.delimiters.repetition)


def _plain(line: str, header: Segment) -> str:
    """Undo the escapes of formatted text (chapter 2.7): delimiters, line breaks, blanks; marks of style are dropped."""
    between = header.delimiters
    meant = {"F": between.field, "S": between.component, "T": between.subcomponent, "R": between.repetition, "E": "\\"}

    def one(found: re.Match[str]) -> str:
        command, times, delimiter, digits = found.groups()
        if command:
            return "\n" * min(int(times or 1), 9)
        if delimiter:
            return meant[delimiter]
        return bytes.fromhex(digits).decode("latin-1") if digits and len(digits) % 2 == 0 else ""

    return _ESCAPE.sub(one, line.replace(between.escape, "\\") if between.escape else line)
