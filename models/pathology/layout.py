r"""Give a text its lines back: what exports, forms and tables made of line ends and columns. Lengths never change.

HL7 v2.5.1 (2.7.1, 2.7.4, 2.5.3.6) writes a line end as an escape (`\.br\`, `\X0A\`) or as a repetition (`~`), a
narrative of FHIR R4 is XHTML, and a text that went through a spreadsheet has a comma or blanks where its lines ended.
Every replacement is as long as what it replaces, so that a place in the result is the same place in the report.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from models.pathology.boxes import unboxed
from models.pathology.headings import KINDS

_MARK: Final = re.compile(
    r"\\\.(?:br|sp|ce|fi|nf)(?:[+ ]?\d+)?\\|\\X(?:0[AD]){1,2}\\|\\r\\n|\\n(?![a-z])|\\n(?=[a-z]+ )|_x000[DA]_"
    r"|&#x?(?:10|13|0?[AaDd]);|[\x0b\x0c\x85\u2028\u2029¶]"
    r"|(?:<|&lt;)/?(?:br|p|div|tr|li|ul|ol|h[1-6]|table|tbody|pre)\b[^<>&\n]{0,80}/?(?:>|&gt;)"
)
"""What stands for the end of a line."""
_TAG: Final = re.compile(
    r"</?(?:td|th|span|b|i|u|em|strong|font|thead|a|sup|sub)\b[^<>\n]{0,80}>|&(?:nbsp|#160|#xA0);|\\[HN]\\|\*\*"
    r"|^#{1,4} (?=\S)"
)
_CELL: Final = re.compile(r"(?i)</t[dh]> {0,3}<t[dh]\b[^<>\n]{0,80}>")
_TILDES: Final = 3
"""A text with fewer of them, or with as many line ends, uses them for "about"."""
_COMMA_END: Final = re.compile(r"[.:;)],(?=[^\s\d,])|, ?,")
"""A comma where no sentence has one: it was the end of a line."""
_COMMA: Final = re.compile(
    r",(?=[^\s\d,.])|(?<=[^\d\s]),(?=\d)|(?<=[.:;)\s]),(?=\s?\S)|,(?=,|\s+,)"
    r"|(?<=\d),(?=[A-Z•])"
)
_COMMAS: Final = 2
LONG: Final = 100
"""Characters; in a longer line, headings and items begin lines of their own. Forms are printed more narrowly."""

_FORM_KEYS: Final = (
    r"procedure|(?:specimen )?laterality|tumou?r (?:site|size|type|focality)|size of tumou?r|focality"
    r"|histologic(?:al)? (?:type|grade)|(?:overall|nottingham|nuclear|combined) (?:grade|score)|grade"
    r"|gleason(?: score| grade)?|grade group|(?:surgical |resection |excision )?margins?(?: status)?"
    r"|lympho-?vascular (?:space )?invasion|(?:angio)?lymphatic invasion|perineural invasion|venous invasion"
    r"|(?:regional )?lymph nodes?(?: status| examined| positive)?|extranodal extension|treatment effect"
    r"|number of (?:lymph )?nodes (?:examined|involved|positive|with [a-z ]{3,30})"
    r"|(?:pathologic(?:al)? )?(?:stage|staging|tnm)(?: classification| category)?|[tnm] stage(?:,? pathologic)?"
    r"|p[tnm](?: category)?|o?estrogen(?: receptors?)?(?: \(er\))?|progesterone(?: receptors?)?(?: \(pg?r\))?|er|pr"
    r"|her-?2(?:/neu)?(?: \((?:fish|ihc)\))?|ki-?67(?: index)?|pd-?l1|tps|cps|mlh1|pms2|msh2|msh6|mmr|msi"
    r"|ductal carcinoma in situ(?: \(dcis\))?|dcis"
)
_WORDS: Final = "|".join(sorted((re.escape(one) for one in KINDS if " " in one), key=len, reverse=True))
_SINGLE: Final = "|".join(form for one in KINDS if " " not in one for form in (one.title(), one.upper()))
_INLINE: Final = re.compile(
    rf"(?<=[\s,])(?=(?P<words>(?i:{_WORDS})(?: ?#?\d{{1,2}})?(?: \([^()\n]{{0,40}}\))? ?:)"
    rf"|(?P<word>(?:{_SINGLE}) ?:)"
    r"|(?P<part>(?:PART|Part|SPECIMEN|Specimen) ?#?(?:\d{1,2}|[A-Z])[:.)])"
    r"|(?<=\s)(?P<bullet>[•‣▪◦●]\s?\S))"
)
"""Places in a long line where a line of its own began: a heading, a part, a bullet."""
_QUALIFIED: Final = re.compile(
    r"(?:\b(?:and|of|or|the|&|clinical|history|surgical|pathology|provisional|admission|admitting|discharge"
    r"|cytolog\w+"
    r"|previous|referring|initial|working|differential|frozen|section|gross|macroscopic|rapid|outside"
    r"|consult\w*|prior"
    r"|operative|(?:pre|post)-? ?op\w*|radiolog\w+|imaging|original|amended|corrected|revised|molecular|hormone"
    r"|receptors?|her-?2(?:/neu)?|er|pr|ki-?67|pd-?l1|by)|/)"
    r"[ -]{1,2}$",
    re.IGNORECASE,
)
"""A word before a heading that makes it another, longer one."""
_FORM: Final = re.compile(
    rf"(?<=[\w)%+] )(?=[A-Zpt])(?=(?P<key>(?i:{_FORM_KEYS}) ?:))"
    r"|(?<=[a-z0-9)%,] )(?=(?P<capitals>(?!NOT?\b|NEGATIVE\b|POSITIVE\b|YES\b"
    r"|PRESENT\b)[A-Z][A-Z]+(?:[ /,()'-]{1,2}[A-Z()]+){0,9}(?<=[A-Z)]{2}) ?:))"
)
"""A line of a form, or words in capitals before a colon: only where several of them follow no stop."""
_LINES_OF_FORM: Final = 3
_ITEM: Final = re.compile(r"(?<=[\s,])(?P<label>[A-Z]|\d{1,2})[.):] {0,12}(?=[A-Z\d(\"])")

_IN_PART: Final = re.compile(r"(?:PART|Part|SPECIMEN|Specimen) ?#?(?:\d{1,2}|[A-Z])[:.)]")
_NEAR: Final = 200

_VALUE: Final = re.compile(
    r"(?:positive|negative|pos|neg|equivocal|yes|no|none|absent|present|intact|lost|retained|not |non|involved|clear"
    r"|free|uninvolved|identified|unifocal|multifocal|left|right|high|low|grade|p[tnm]|[<>≤≥]? ?\d|cannot|n/?a\b"
    r"|amplified|invasive|adenocarcinoma)",
    re.IGNORECASE,
)
_COLUMNS: Final = re.compile(
    r"(?P<left>^[ \t•*-]{0,12}[A-Za-z][^:|\t\n]{1,70}?)(?P<gap>\t+ *| {3,}"
    r"|[ ]?\t[ \t]*)(?P<right>[^\s|])",
    re.MULTILINE,
)
_PIPED: Final = re.compile(r"^[^|\n]*\|[^\n]*$", re.MULTILINE)


def laid_out(text: str) -> str:
    """Return a text of the same length: its lines, a colon between label and value, of boxes only what is ticked."""
    marked = _CELL.sub(lambda found: _padded("|", found.group()), text)
    marked = _MARK.sub(_ended, marked)
    marked = _TAG.sub(lambda found: " " * len(found.group()), marked)
    marked = _entities(marked)
    if marked.count("~") >= _TILDES > marked.count("\n"):
        marked = marked.replace("~", "\n")
    if len(_COMMA_END.findall(marked)) >= _COMMAS and marked.count("\n") * LONG * 2 < len(marked):
        marked = _COMMA.sub("\n", marked)
    marked = "\n".join(_broken(line) if len(line) > LONG else line for line in marked.split("\n"))
    return _tabulated(unboxed(marked))


def _padded(mark: str, words: str) -> str:
    return mark + " " * (len(words) - 1)


def _ended(found: re.Match[str]) -> str:
    return _padded("\n", found.group())


def _entities(text: str) -> str:
    for entity, plain in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, " " * (len(entity) - 1) + plain)
    return text


def _broken(line: str) -> str:
    """Return a long line with line ends in the place of the blank or comma before whatever began a line."""
    places = set(_items(line)) | set(_apart(line, _INLINE.finditer(line)))
    form = set(_apart(line, _FORM.finditer(line)))
    places |= form if len(form) >= _LINES_OF_FORM else set()
    if not places:
        return line
    cut = [0, *sorted(at - 1 for at in places if at > 1), len(line)]
    pieces = [line[start:end] for start, end in pairwise(cut)]
    return pieces[0] + "".join("\n" + piece[1:] for piece in pieces[1:])


def _apart(line: str, found: Iterable[re.Match[str]]) -> Iterator[int]:
    """Yield the starts of headings that are no part of a longer one."""
    until = 0
    for one in found:
        if one.start() >= until and not _qualified(line, one.start()):
            yield one.start()
        until = max(until, one.end(str(one.lastgroup)))


def _qualified(line: str, at: int) -> bool:
    return _QUALIFIED.search(line, max(0, at - 24), at) is not None


def _items(line: str) -> Iterator[int]:
    """Yield where the items of a list begin: A, B, C or 1, 2, 3, in order, at least two of them."""
    runs: dict[str, list[tuple[int, int]]] = {"letters": [], "numbers": []}
    for found in _ITEM.finditer(line):
        label = found["label"]
        if label.isdigit() and not _opens(line, found.start()):
            continue
        kind, number = ("numbers", int(label)) if label.isdigit() else ("letters", ord(label) - ord("A") + 1)
        run = runs[kind]
        if number == 1 or (run and number == run[-1][1] + 1):
            run.append((found.start(), number))
    for run in runs.values():
        for index, (at, number) in enumerate(run):
            if (
                number > 1
                or (index + 1 < len(run) and run[index + 1][1] == number + 1)
                or _opens(line, at)
                or _IN_PART.search(line, max(0, at - _NEAR), at)
            ):
                yield at


_BLANKS: Final = 8


def _opens(line: str, at: int) -> bool:
    """Return whether something opens at a place: right behind a colon or a stop."""
    return line[max(0, at - _BLANKS) : at].rstrip(" ,")[-1:] in {":", ".", ";"}


def _tabulated(text: str) -> str:
    """Return a text whose tables have a colon behind the first column, where a value stands in the second."""
    text = _PIPED.sub(_row, text) if "|" in text else text
    return _COLUMNS.sub(_column, text)


def _column(found: re.Match[str]) -> str:
    if not _VALUE.match(found.string, found.start("right")) or found["left"].rstrip().endswith(("-", "=", ",", ".")):
        return found.group()
    return found["left"] + _padded(":", found["gap"]) + found["right"]


def _row(found: re.Match[str]) -> str:
    """Return a row of a table that bars divide: its first cell, a colon, and the others with commas."""
    line = found.group()
    bars = [at for at, mark in enumerate(line) if mark == "|"]
    if not line[: bars[0]].strip():
        line = line[: bars[0]] + " " + line[bars[0] + 1 :]
        bars = bars[1:]
    marks = list(line)
    for index, at in enumerate(bars):
        last = not line[at + 1 :].strip(" |")
        marks[at] = " " if last or line[:at].rstrip().endswith(":") else ":" if index == 0 else ","
    return "".join(marks)
