"""Pathology reports that come as results (ORU^R01): of each request one report, as it was written. Pure.

A request is of pathology by its section (OBR-24), by its code, or because an observation is a section of such a report.
"""

import re
from typing import Final

from schemas.pathology import PathologyReport
from stream.feeds.events import FeedEvent
from stream.gateway.context import Context
from stream.gateway.observations import Record
from stream.gateway.plan import code_of
from stream.gateway.report_text import LARGEST, SECTIONS, STUDIES, WRITTEN, written
from stream.gateway.results import Result, issued_at, results, subject_of
from stream.gateway.segments import DELETED, Message, Segment, parts, raw, text
from stream.gateway.trouble import LeftOut, Told, Trouble

_SURGICAL_PATHOLOGY: Final = "SP"  # HL7 table 0074
_CPT: Final = re.compile(r"8830[02-9]")
"""Surgical pathology by CPT: levels I to VI."""
_LONGEST: Final = 128  # characters of a code on the wire


class Reports:
    """Reads the reports of one message: `records`, `told`, and which OBX are `claimed`, be they used or not."""

    def __init__(self, context: Context) -> None:
        self.records: list[Record] = []
        self.told = Told()
        self.claimed: set[int] = set()
        self._context = context
        by_request: dict[int, list[Result]] = {}
        for result in results(context.message) if _has_texts(context.message) else ():
            if text(result.segment, 2) in WRITTEN and raw(result.segment, 5).strip():
                by_request.setdefault(result.request_number, []).append(result)
        for observed in by_request.values():
            if not _is_pathology(observed):
                continue
            self.claimed |= {one.number for one in observed}
            try:
                self._read(observed)
            except LeftOut as left_out:
                self.told.leave_out(left_out.trouble, code_of(observed[0].segment))

    def _read(self, observed: list[Result]) -> None:
        context, first = self._context, observed[0]
        number = text(first.request, 3) or text(first.request, 2)
        if not number or number == DELETED:
            raise LeftOut(Trouble(f"OBR^{first.request_number}^3", "101", "the report has no number"))
        for one in observed:  # one that is missing might be the one that denies the others
            one.require_to_stand()
            if one.is_taken_back:
                sentence = "the report is taken back; one that was sent before still counts"
                raise LeftOut(Trouble(f"OBX^{one.number}^11", "207", sentence))
        whole = written([one.segment for one in observed])
        if not whole:
            raise LeftOut(Trouble(f"OBX^{first.number}^5", "101", "the report has no text"))
        if len(whole) > LARGEST:
            sentence = f"the report has more than {LARGEST} characters"
            raise LeftOut(Trouble(f"OBX^{first.number}^5", "102", sentence))
        subject = subject_of(first, context)
        time = issued_at(first, context, subject, self.told)
        filed = context.filed(subject, time)
        name = context.conventions.key.name(f"report|{number}")
        specimen = _specimen(first.request)
        report = PathologyReport(patient=filed.patient, time=time, report=name, specimen=specimen, text=whole)
        self.records.append(Record(FeedEvent("pathology-reports", filed.patient, time, report), filed))


def _has_texts(message: Message) -> bool:
    """Whether anything but numbers is observed."""
    return any(raw(one, 2) not in {"NM", ""} for one in message.segments if one.name == "OBX")


def _is_pathology(observed: list[Result]) -> bool:
    request = observed[0].request
    if request is None:
        return False
    if text(request, 24).upper() == _SURGICAL_PATHOLOGY:
        return True
    codes = {text(request, 4), text(request, 4, 4)}
    if codes & (STUDIES | SECTIONS.keys()) or any(map(_CPT.fullmatch, codes)):
        return True
    return any(text(one.segment, 3) in SECTIONS for one in observed)


def _specimen(request: Segment | None) -> str | None:
    """What the order calls the specimen (OBR-15, its first component: code, name)."""
    named = parts(request, 15, 1)
    return next((one for one in reversed(named[:2]) if one not in {"", DELETED}), "")[:_LONGEST] or None
