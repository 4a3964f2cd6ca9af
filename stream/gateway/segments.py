"""Messages of HL7 v2, split by hand: segments, fields, components, read the same way everywhere. Pure, linear in size.

python-hl7 makes an object of every component, some hundred times the work; a segment here is split into its fields and
a field only when it is asked for.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from stream.gateway.trouble import Trouble, Unusable

DELETED: Final = '""'
"""What a field holds whose value is to be deleted (chapter 2.5.3)."""
MOST_SEGMENTS: Final = 20_000
"""Of one block; our choice, some hundred times a monitor's."""
MOST_REPETITIONS: Final = 100
"""Of a patient's identifiers; our choice."""

_ENVELOPES: Final = ("FHS", "BHS", "BTS", "FTS")
"""Files and batches (chapter 2.10.3): they say nothing of the messages that they hold."""
_BEFORE: Final = "\ufeff\x00\r\n\t "
_SEGMENT_END: Final = re.compile(r"\r\n|\r|\n(?=[A-Z][A-Z0-9]{2}[^A-Za-z0-9\s]|\Z)")
_HEADER: Final = re.compile(r"MSH([^A-Za-z0-9\s])((?:(?!\1)[^A-Za-z0-9\s]){0,5})(?:\1|\Z)")
_UNREADABLE: Final = Trouble("MSH^1", "100", "what came is no HL7 v2 message")
_TOO_MANY: Final = Trouble("MSH^1", "207", f"the message has more than {MOST_SEGMENTS} segments")


class Delimiters(NamedTuple):
    """What separates the parts of a message, as its header states."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def encoding(self) -> str:
        """As MSH-2 writes them."""
        return self.component + self.repetition + self.escape + self.subcomponent


class Segment(NamedTuple):
    """One segment; `fields[n]` is its field n as it was sent, `fields[0]` its name."""

    name: str
    fields: list[str]
    delimiters: Delimiters


class Message(NamedTuple):
    """One message, header first. `is_cut`: inside one of its segments another message began."""

    segments: list[Segment]
    is_cut: bool = False

    @property
    def header(self) -> Segment:
        """MSH."""
        return self.segments[0]


def split(block: str) -> list[Message]:
    """The messages of a block: one, or several where the end of one was lost or a batch was sent.

    Raises Unusable where it does not begin with a header, or is endless.
    """
    whole = block.strip(_BEFORE)
    lines = [line for line in (_SEGMENT_END.split(whole) if "\n" in whole else whole.split("\r")) if line]
    while lines and lines[0].startswith(_ENVELOPES):
        del lines[0]
    if not lines or not _HEADER.match(lines[0]):
        raise Unusable(_UNREADABLE)
    if len(lines) > MOST_SEGMENTS:
        raise Unusable(_TOO_MANY)
    return list(_messages(lines))


def _messages(lines: list[str]) -> Iterator[Message]:
    delimiters = Delimiters()
    held: list[Segment] = []
    begins = "MSH|^"
    for line in lines:
        if line.startswith("MSH") and (header := _HEADER.match(line)):
            if held:
                yield Message(held)
            delimiters, held = _stated(header), []
            begins = f"MSH{delimiters.field}{delimiters.component}"
        elif line.startswith(_ENVELOPES):
            continue
        while (another := line.find(begins, 1)) > 0:
            yield Message([*held, _segment(line[:another], delimiters)], is_cut=True)
            line, held = line[another:], []  # noqa: PLW2901 - the rest of the line begins another message
        held.append(_segment(line, delimiters))
    yield Message(held)


def _stated(header: re.Match[str]) -> Delimiters:
    """What the header states; what it leaves out is as HL7 recommends."""
    said = header.group(2)
    return Delimiters(header.group(1), *said[:4], *Delimiters()[1 + len(said) :])


def _segment(line: str, delimiters: Delimiters) -> Segment:
    fields = line.split(delimiters.field)
    if fields[0] == "MSH":  # MSH-1 is the separator itself
        fields.insert(1, delimiters.field)
    return Segment(fields[0].strip().upper(), fields, delimiters)


def written(message: Message) -> str:
    """A message as HL7 writes it, a carriage return behind each segment."""
    between = message.header.delimiters.field
    lines = (one.fields[:1] + one.fields[2:] if one.name == "MSH" else one.fields for one in message.segments)
    return "".join(between.join(fields) + "\r" for fields in lines)


def raw(segment: Segment | None, field: int) -> str:
    """A whole field as it was sent."""
    return "" if segment is None or field >= len(segment.fields) else segment.fields[field]


def text(segment: Segment | None, field: int, component: int = 1, repetition: int = 0) -> str:
    """One component of a field, without blanks round it; empty where it is not there."""
    if segment is None or field >= len(segment.fields) or not (found := segment.fields[field]):
        return ""
    _, apart, again, escape, _ = segment.delimiters  # a message is asked a hundred times: what is rare is not called
    if repetition or again in found:
        found = _part(found, again, repetition)
    if apart in found:
        found = found.partition(apart)[0] if component == 1 else _part(found, apart, component - 1)
    elif component > 1:
        return ""
    return (_plain(found, segment.delimiters) if escape in found else found).strip()


def parts(segment: Segment | None, field: int, component: int, repetition: int = 0) -> list[str]:
    """The subcomponents of a component, without blanks round them."""
    found = raw(segment, field)
    if not found or segment is None:
        return []
    between = segment.delimiters
    found = _part(_part(found, between.repetition, repetition), between.component, component - 1)
    return [_plain(one, between).strip() for one in found.split(between.subcomponent)]


def repetitions(segment: Segment | None, field: int) -> int:
    """How often a field is repeated, as far as any is read; 0 where it is empty."""
    found = raw(segment, field)
    if not found or segment is None:
        return 0
    return min(found.count(segment.delimiters.repetition) + 1, MOST_REPETITIONS)


def components(segment: Segment | None, field: int) -> list[str]:
    """All components of a field's repetitions."""
    found = raw(segment, field)
    if not found or segment is None:
        return []
    between = segment.delimiters
    return [
        _plain(one, between).strip()
        for repeated in found.split(between.repetition)
        for one in repeated.split(between.component)
    ]


def first(segments: list[Segment], name: str) -> Segment | None:
    """The first segment of a name, or None."""
    return next((segment for segment in segments if segment.name == name), None)


def _part(whole: str, separator: str, at: int) -> str:
    found = whole.split(separator, at + 1)
    return found[at] if at < len(found) else ""


def _plain(written: str, between: Delimiters) -> str:
    """Undo the escapes of the delimiters (chapter 2.7)."""
    if between.escape not in written:
        return written
    meant = {"F": between.field, "S": between.component, "T": between.subcomponent, "R": between.repetition}
    meant["E"] = between.escape
    escape = re.escape(between.escape)
    return re.sub(f"{escape}([FSTRE]){escape}", lambda found: meant[found.group(1)], written)
