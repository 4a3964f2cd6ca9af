"""A report as one line of lower-case text, mapped to the original, and split into the sentences of its sections."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from models.pathology.headings import BY_WORDS, HEADING, KINDS, Section
from models.pathology.layout import laid_out
from models.pathology.organs import names_specimen
from models.pathology.parts import Label, Labels
from models.pathology.spelling import Spelling

_LINE: Final = re.compile(r"[^\r\n]+")
_TOKEN: Final = re.compile(r"\S+")
_PIECE: Final = re.compile(r"[a-z]+|[^a-z]+")
_BULLET: Final = re.compile(r"(?:[*•>+-]{1,9} ?|\(?\d{1,2}[.)] ){1,4}")
_KEYED: Final = re.compile(r"[a-z][a-z0-9 /()#,+-]{1,60}:")
_WORD: Final = re.compile(r"[a-z0-9]+")
_SHORT_SUBJECTS: Final = frozenset(
    {
        "lung", "colon", "node", "nodes", "grade", "stage", "type", "size", "site", "tumor", "margin", "er", "pr",
        "her2", "ki", "ki67", "pdl1", "pd", "tps", "cps", "mmr", "msi", "mlh1", "pms2", "msh2", "msh6", "ihc", "ish",
        "fish", "pt", "pn", "pm", "part",
    }
)  # fmt: skip
"""Words of a heading that name a subject, and are too short for the spelling vocabulary."""
_GOES_ON: Final = re.compile(r"\(|\d+ ?%")
_STOP: Final = re.compile(r"[.!?;|] ")
_LISTED: Final = re.compile(r" ([a-z])[.)] ")
_SHORT: Final = frozenset(
    {
        "e.g", "i.e", "approx", "vs", "dr", "mr", "mrs", "ms", "ca", "cf", "fig", "st", "incl", "max", "min",
        "resp", "spec", "pt",
    }
)  # fmt: skip
"""Abbreviations whose full stop ends no sentence."""
_UNFINISHED: Final = frozenset(
    {
        "a", "an", "and", "any", "are", "at", "by", "cannot", "consistent", "definite", "evidence", "favor", "favour",
        "features", "for", "from", "further", "in", "invasive", "is", "no", "not", "of", "on", "or", "residual",
        "suspicious", "that", "the", "to", "was", "were", "with", "without",
    }
)  # fmt: skip
"""Words that can end a line, but not a sentence."""
_PLAIN: Final = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-") | {0x2019: "'", 0x200B: " "}
"""Dashes, typographic apostrophe and zero-width space, with their plain replacements."""
_BRACKETED: Final = 40
WRAPPED: Final = 60
"""Characters; a line of at least this length is assumed to continue in the next one unless it ends like a sentence."""

_LATER: Final = (Section.ADDENDUM, Section.AMENDED)
LONGEST: Final = 1000
"""Characters; longer sentences are cut here, so that the work on one is bounded."""

NARROW: Final = 40
"""Characters; no report is wrapped more narrowly, so a shorter line was ended on purpose."""


class Sentence(NamedTuple):
    """A sentence [start, end) of the flat text, with its position in the report.

    level   0 in the report itself, higher in each later addendum
    amends  whether a diagnosis here replaces that of lower levels
    part    the specimen's letter or number, empty outside of a part
    """

    start: int
    end: int
    section: Section
    level: int
    amends: bool
    part: str


class _Heading(NamedTuple):
    """A heading: its kind, an addendum's number, the part that it names, and where it ends.

    ends_unknown  no heading, but a line that ends a section under an unknown heading
    weak          perhaps a line of a form, such as "histologic type:"; it ends only sections without findings
    """

    kind: Section
    number: int
    part: str
    end: int
    weak: bool = False
    ends_unknown: bool = False


class Page:
    """A report as the finders see it. All positions are those of `flat`, except the result of `place`."""

    def __init__(self, text: str, spelling: Spelling) -> None:
        self._text = laid_out(text.translate(_PLAIN))
        self._places: list[int] = []
        pieces: list[str] = []
        self._line_starts: list[int] = []
        self._breaks: set[int] = {0}
        before, before_end = "", 0
        width = max((len(found.group().strip()) for found in _LINE.finditer(self._text)), default=0)
        for found in _LINE.finditer(self._text):
            line = found.group().strip()
            if not line:
                continue
            start = len(self._places)
            self._line_starts.append(start)
            if _begins_anew(before, line, self._text[before_end : found.start()], width):
                self._breaks.add(start)
            self._lay(found.start(), found.group(), spelling, pieces)
            before, before_end = line, found.end()
        self._spelling = spelling
        self.flat: str = "".join(pieces)
        self._labels = Labels(self.flat, lambda at: self._text[self._places[at]].isupper(), self._line_end)
        self.sentences: list[Sentence] = list(self._sentences())
        self._starts = [sentence.start for sentence in self.sentences]

    def _lay(self, offset: int, line: str, spelling: Spelling, pieces: list[str]) -> None:
        """Append a line's words, corrected and each followed by one blank."""
        for token in _TOKEN.finditer(line):
            at = offset + token.start()
            lower = "".join(small if len(small := char.lower()) == 1 else char for char in token.group())
            for piece in _PIECE.finditer(lower):
                word, size = spelling.mend(piece.group()), len(piece.group())
                pieces.append(word)
                self._places += (at + piece.start() + min(index, size - 1) for index in range(len(word) - 1))
                self._places.append(at + piece.end() - 1)
            pieces.append(" ")
            self._places.append(offset + token.end() - 1)

    def original(self, start: int, end: int) -> str:
        """Return a span of the flat text as it was written."""
        first, last = self.place(start, end)
        return self._text[first:last]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the report for a span of the flat text."""
        return self._places[start], self._places[end - 1] + 1

    def sentence(self, at: int) -> Sentence:
        """Return the sentence at a position."""
        return self.sentences[bisect_right(self._starts, at) - 1]

    def _sentences(self) -> Iterator[Sentence]:
        stops = {found.end() for found in _STOP.finditer(self.flat) if not self._shortened(found.start())}
        lines = set(self._line_starts) | {
            bullet.end() for start in self._line_starts if (bullet := _BULLET.match(self.flat, start))
        }
        heads = dict(self._headings(stops, lines))
        heads |= dict(self._unknown(lines - heads.keys(), heads))
        listed = set(self._listed(head.end for head in heads.values() if head.kind is Section.SPECIMEN))
        labelled = list(
            self._labels.find(
                sorted(stops | lines | listed | {head.end for head in heads.values()}),
                sorted((at, head.end) for at, head in heads.items() if not head.weak),
            )
        )
        labels = {label.start: label.part for label in labelled if label.part}
        inside = {label.end for label in labelled} | {end for end in lines if end not in self._breaks}
        cuts = sorted(
            (self._breaks | (stops - inside) | heads.keys() | {label.start for label in labelled}) - {len(self.flat)}
        )
        cuts = [at for cut, end in pairwise([*cuts, len(self.flat)]) for at in range(cut, end, LONGEST)]
        adopted = dict(self._adopted(cuts, labelled, heads))
        section, level, amends, part, told_from = Section.BODY, 0, False, "", 0
        for start, end in pairwise([*cuts, len(self.flat)]):
            if start in heads and _begins(heads[start], section):
                head = heads[start]
                if head.kind in _LATER:
                    section, level, amends = head.kind, head.number, head.kind is Section.AMENDED
                elif not (head.kind is Section.DETAIL and section in _LATER):
                    section, level, amends = head.kind, 0, False
                part, told_from = head.part, head.end
            elif section is Section.SPECIMEN and start > told_from and start not in labels:
                section = Section.BODY  # a specimen's label is one sentence; unlabelled text behind it is about it
            part = labels.get(start, part)
            yield Sentence(start, end, section, level, amends, part or adopted.get(start, ""))

    def _adopted(
        self, cuts: Sequence[int], labelled: Iterable[Label], heads: Mapping[int, _Heading]
    ) -> Iterator[tuple[int, str]]:
        """Yield the specimen's line above a label that stands alone in its line, and the label's part."""
        for label in labelled:
            if label.named and not self.flat[label.end : self._line_end(label.start)].strip():
                above = cuts[max(0, bisect_left(cuts, label.start) - 1)]
                words = self.flat[heads[above].end if above in heads else above : label.start]
                if names_specimen(words):
                    yield above, label.part

    def _shortened(self, stop: int) -> bool:
        """Return whether a stop does not end a sentence: that of an abbreviation, or a semicolon in brackets."""
        if self.flat[stop] == ";":
            before = self.flat[max(0, stop - _BRACKETED) : stop]
            return max(before.rfind("("), before.rfind("[")) > max(before.rfind(")"), before.rfind("]"))
        if self.flat[stop] != ".":
            return False
        word = self.flat[max(0, stop - 8) : stop].rpartition(" ")[2].lstrip("(")
        return word in _SHORT or (word in {"pos", "neg"} and self.flat[stop + 2 : stop + 3] in "(0123456789")

    def _headings(self, stops: set[int], lines: set[int]) -> Iterator[tuple[int, _Heading]]:
        """Yield the position of each heading, and the heading."""
        addenda, found_at = 0, set[int]()
        for found in HEADING.finditer(self.flat):
            kind = KINDS[found["heading"].replace("-", " ")]
            if found["number"] and found["heading"] == "specimen":
                continue  # a part's name, see Labels
            at, colon = found.start(), found["after"].endswith(":")
            line_end = self._line_end(at)
            later = kind in _LATER
            ends_line = found.end() + 1 >= line_end or (later and self.flat[line_end - 2] == ":")
            loud = kind is Section.DIAGNOSIS and " " in found["heading"] and self.original(at, found.end()).isupper()
            if (at in lines and (colon or ends_line or loud or found["after"] == " -")) or (at in stops and colon):
                found_at.add(at)
                addenda += later
                number = max(int(found["number"] or addenda), 1) if later else 0
                yield at, _Heading(kind, number, (found["part"] or "").upper(), min(found.end() + 1, line_end))

        for start in lines - found_at:
            line_end = self._line_end(start)
            for pattern, kind in BY_WORDS:
                other = pattern.match(self.flat, start, line_end)
                if other is not None:
                    yield start, _Heading(kind, 0, "", min(other.end() + 1, line_end), weak=kind is Section.BODY)
                    break

    def _unknown(self, lines: set[int], heads: Mapping[int, _Heading]) -> Iterator[tuple[int, _Heading]]:
        """Yield unknown headings, and the lines that end their sections, before any heading with findings.

        Only where the diagnosis has a known heading: otherwise an unknown one may be that of the diagnosis.
        """
        if all(head.kind is not Section.DIAGNOSIS for head in heads.values()):
            return
        until = min(at for at, head in heads.items() if head.kind not in (Section.ASIDE, Section.SPECIMEN))
        begun = False
        for start in sorted(line for line in lines if line < until):
            found = _KEYED.match(self.flat, start)
            known = found and any(map(self._is_subject, _WORD.findall(found.group())))
            if found and (begun or not known):
                begun = not known
                end = min(found.end() + 1, self._line_end(start))
                yield start, _Heading(Section.UNKNOWN if begun else Section.BODY, 0, "", end, ends_unknown=not begun)

    def _is_subject(self, word: str) -> bool:
        """Return whether a word of a heading may name the subject of its findings."""
        return word in _SHORT_SUBJECTS or self._spelling.knows(word)

    def _listed(self, heads: Iterable[int]) -> Iterator[int]:
        """Yield positions where specimens listed in one line behind a heading may begin: A. this B. that."""
        searched = 0
        for at in sorted(heads):
            if at < searched:
                continue  # the rest of this line was searched from an earlier heading
            searched = self._line_end(at)
            yield from (found.start(1) for found in _LISTED.finditer(self.flat, at, searched))

    def _line_end(self, at: int) -> int:
        """Return the end of the line at a position."""
        following = bisect_right(self._line_starts, at)
        return self._line_starts[following] if following < len(self._line_starts) else len(self.flat)


def _begins(head: _Heading, section: Section) -> bool:
    """Return whether a heading begins a new section behind this one."""
    if head.ends_unknown:
        return section is Section.UNKNOWN
    if head.kind is Section.UNKNOWN:
        return section is not Section.ASIDE
    return not head.weak or section in (Section.ASIDE, Section.UNKNOWN)


def _begins_anew(before: str, line: str, between: str, width: int) -> bool:
    """Return whether a line begins a sentence rather than continuing the one before; `width` is the report's width."""
    if (
        len(between.splitlines()) > 1 + between.startswith("\r\n")
        or not before
        or before.endswith((".", ";", "!", "?"))
    ):
        return True
    lower = line.lower()
    if _BULLET.match(lower):
        return True
    head, _, last = before.lower().rpartition(" ")
    if before.endswith((",", "-", "/", "(")) or (last in _UNFINISHED and not head.endswith(":")):
        return False
    if line.partition(" ")[0].islower() or _GOES_ON.match(line):  # pT2 does not count as a lower-case word
        return False
    if _KEYED.match(lower):
        return True
    # In capitals only the width distinguishes a wrapped line from an ended one.
    filled = line.isupper() and len(before) + 1 + len(line.partition(" ")[0]) > max(width, NARROW)
    return not (before.endswith(":") or len(before) >= WRAPPED or filled)
