"""DiagnosticReport: pathology as it was written, for its reader, and results that lie inside a report. Pure.

Only what is signed is taken. The text is an attached plain text or HTML, else the conclusion, else the narrative.
"""

import re
from base64 import b64decode
from datetime import datetime
from html.parser import HTMLParser
from typing import Final

from schemas.pathology import PathologyReport
from stream.feeds.events import FeedEvent
from stream.fhir_door.elements import Element, codings, part, parts, said
from stream.fhir_door.identities import patient_of
from stream.fhir_door.observations import observation
from stream.fhir_door.reading import Made, Reading
from stream.gateway.charset import named as codecs_named
from stream.gateway.report_text import LARGEST, SECTIONS, STUDIES
from stream.gateway.trouble import LeftOut, Trouble

_SECTION: Final = frozenset({"SP", "PAT", "CP", "PTH"})
"""HL7 table 0074: surgical pathology, pathology, cytopathology; and what senders write."""
_WHOLE: Final = frozenset({"final", "amended", "corrected", "appended"})
_TAKEN_BACK: Final = frozenset({"cancelled", "entered-in-error"})
_BREAKS: Final = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dt"}
)
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)


def report(resource: Element, where: str, reading: Reading, made: Made) -> None:
    """Add a pathology report; raises LeftOut where it is one and can't be used."""
    if not _is_pathology(resource, where):
        _results(resource, where, reading, made)
        return
    status = said(resource, "status", where)
    if status in _TAKEN_BACK:
        sentence = "the report is taken back; one that was sent before still counts"
        made.leave_out(f"{where}.status", "207", sentence)
        return
    if status not in _WHOLE:
        made.leave_out(f"{where}.status", "0", "the report is not final")
        return
    number = next((one for at, each in parts(resource, "identifier", where) if (one := said(each, "value", at))), "")
    number = number or said(resource, "id", where)
    if not number:
        raise LeftOut(Trouble(f"{where}.identifier", "101", "the report has no number"))
    who = patient_of(resource, "subject", where, reading)
    whole = _text(resource, where, made)
    if not whole:
        raise LeftOut(Trouble(f"{where}.presentedForm", "101", "the report has no text", "left out"))
    if len(whole) > LARGEST:
        raise LeftOut(Trouble(f"{where}.presentedForm", "102", f"the report has more than {LARGEST} characters"))
    time = _issued(resource, where, reading)
    filed = reading.filed(who, time)
    specimen = next(
        (shown for at, one in parts(resource, "specimen", where) if (shown := said(one, "display", at))), ""
    )
    name = reading.conventions.key.name(f"report|{number}")
    record = PathologyReport(patient=filed.patient, time=time, report=name, specimen=specimen[:128] or None, text=whole)
    made.add(FeedEvent("pathology-reports", filed.patient, time, record), filed)


def _results(resource: Element, where: str, reading: Reading, made: Made) -> None:
    """Add the results that lie inside a report: of patient and moment they say what they do not say themselves."""
    inside = []
    for at, one in parts(resource, "result", where):
        found = reading.resource(reference, resource) if (reference := said(one, "reference", at))[:1] == "#" else {}
        if found.get("resourceType") == "Observation":
            inside.append((at, found))
    if not inside:
        sentence = "of reports only those of pathology are read; results come as observations of their own"
        made.leave_out(f"{where}.code", "0", sentence)
        return
    if said(resource, "status", where) not in _WHOLE | {"preliminary", "partial"}:
        made.leave_out(f"{where}.status", "207", "by its status the report has no results")
        return
    for at, found in inside:
        has_moment = any(name.startswith("effective") for name in found)
        names = ("subject", "issued") if has_moment else ("subject", "issued", "effectiveDateTime", "effectivePeriod")
        inherited = {name: resource[name] for name in (*names, "contained") if name in resource}
        try:
            observation(inherited | found, at, reading, made)
        except LeftOut as left_out:
            made.told.leave_out(left_out.trouble, "")


def _is_pathology(resource: Element, where: str) -> bool:
    for at, one in parts(resource, "category", where):
        if any(coding.code in _SECTION for coding in codings(one, at)):
            return True
    stated = {one.code for one in codings(part(resource, "code", where), f"{where}.code")}
    return bool(stated & (STUDIES | SECTIONS.keys()))


def _issued(resource: Element, where: str, reading: Reading) -> datetime:
    """When this version was issued."""
    stated = {
        f"{where}.issued": said(resource, "issued", where),
        f"{where}.meta.lastUpdated": said(part(resource, "meta", where), "lastUpdated", where),
        f"{where}.effectiveDateTime": said(resource, "effectiveDateTime", where),
    }
    for place, one in stated.items():
        if one:
            return reading.moment(one, place)
    raise LeftOut(Trouble(f"{where}.issued", "101", "the report has no moment"))


def _text(resource: Element, where: str, made: Made) -> str:
    found = []
    for at, one in parts(resource, "presentedForm", where):
        kind = said(one, "contentType", at)
        data = said(one, "data", at)
        if not data or not kind.lower().startswith("text/"):
            made.leave_out(at, "0", "of what is attached only text that comes with it is read")
            continue
        written = _decoded(data, kind, at)
        found.append(_without_tags(written) if kind.lower().startswith("text/html") else written)
    conclusion = said(resource, "conclusion", where)
    if not found and conclusion:
        found.append(conclusion)
    if not found:
        found.append(_without_tags(said(part(resource, "text", where), "div", f"{where}.text")))
    return "\n\n".join(one.strip() for one in found if one.strip())


def _decoded(data: str, kind: str, at: str) -> str:
    """The attached bytes as text, in the character set that the type states."""
    stated = _CHARSET.search(kind)
    codec = next(iter(codecs_named(stated[1])), "unknown") if stated else "utf-8"
    try:
        return b64decode("".join(data.split()), validate=True).decode(codec)
    except (ValueError, LookupError):  # no base64, no text of that set, no such set
        raise LeftOut(Trouble(f"{at}.data", "102", "the attached text can't be decoded")) from None


class _Lines(HTMLParser):
    """The text of HTML, a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line with each block."""
        del attrs
        self.found += ["\n"] if tag in _BREAKS else [" "] if tag == "td" else []

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        self.found.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002 - the library's
        """Pass over `<![...>` as browsers do; the library raises where the word in it is none that it knows."""
        del report
        return self.parse_bogus_comment(i)


def _without_tags(markup: str) -> str:
    parser = _Lines()
    parser.feed(markup)
    parser.close()
    return "\n".join(line.strip() for line in "".join(parser.found).splitlines() if line.strip())
