"""Documents (MDM, HL7 chapter 9): surgical pathology as it was written, for the reader of pathology reports.

Only what a pathologist has signed is taken. What replaces a document goes by the document that it replaces (TXA-13), so
that its version counts; an addendum leaves its document in place and is a report of its own.
"""

from datetime import datetime
from typing import Final

from schemas.pathology import PathologyReport
from stream.feeds.events import FeedEvent
from stream.gateway.context import Context
from stream.gateway.filing import Subject
from stream.gateway.moments import NoMomentError
from stream.gateway.observations import Record
from stream.gateway.plan import code_of
from stream.gateway.report_text import LARGEST, WRITTEN, written
from stream.gateway.segments import Segment, first, raw, text
from stream.gateway.trouble import Told, Trouble, Unusable

WITH_CONTENT: Final = frozenset({"T02", "T04", "T06", "T08", "T10"})
"""HL7 table 0003: original, status change, addendum, edit, replacement; each with the document's content."""
_REPLACING: Final = frozenset({"T08", "T10"})
_SURGICAL_PATHOLOGY: Final = "SP"  # HL7 table 0270
_SIGNED: Final = frozenset({"AU", "LA"})  # HL7 table 0271: authenticated, legally authenticated
_GONE: Final = frozenset({"CA", "OB", "UN"})  # HL7 table 0273: deleted, obsolete, unavailable


class Document:
    """Reads one document. `records` is its report, or nothing; `told` is why, and what else there is."""

    def __init__(self, context: Context, trigger: str) -> None:
        """Raises Unusable where the message is at fault."""
        self.records: list[Record] = []
        self.told = Told()
        self._context = context
        header = first(context.message.segments, "TXA")
        if header is None:
            raise Unusable(Trouble("TXA^1", "100", "the message has no TXA: it says nothing of a document"))
        why_not = _why_not(header, trigger)
        if why_not is not None:
            self.told.tell(why_not)
            return
        self._read(header, is_replacing=trigger in _REPLACING)

    def _read(self, header: Segment, *, is_replacing: bool) -> None:
        context = self._context
        subject = context.of_one_patient("a document")
        number = (text(header, 13) if is_replacing else "") or text(header, 12)
        if not number:
            raise Unusable(Trouble("TXA^1^12", "101", "the document has no number (TXA-12)"))
        whole = self._written()
        if not whole:
            raise Unusable(Trouble("OBX^1^5", "101", "the document has no text"), self.told.troubles, self.told.unused)
        if len(whole) > LARGEST:
            raise Unusable(Trouble("OBX^1^5", "102", f"the document has more than {LARGEST} characters"))
        time = self._time(header, subject)
        filed = context.filed(subject, time)
        name = context.conventions.key.name(f"report|{number}")
        report = PathologyReport(patient=filed.patient, time=time, report=name, text=whole)
        self.records.append(Record(FeedEvent("pathology-reports", filed.patient, time, report), filed))

    def _written(self) -> str:
        """The text of all observations that are text."""
        texts = []
        observed = [one for one in self._context.message.segments if one.name == "OBX"]
        for number, segment in enumerate(observed, 1):
            if text(segment, 2) in WRITTEN:
                texts.append(segment)
            elif raw(segment, 5):
                sentence = "of a document only plain text is taken"
                self.told.leave_out(Trouble(f"OBX^{number}^2", "0", sentence, "left out"), code_of(segment))
        return written(texts)

    def _time(self, header: Segment, subject: Subject) -> datetime:
        """When this version was issued: when the event was recorded, else edited, transcribed, begun, sent."""
        event = first(self._context.message.segments, "EVN")
        edited = raw(header, 8).split(header.delimiters.repetition)[-1]
        stated = (text(event, 2), edited, text(header, 7), text(header, 6), text(header, 4))
        try:
            found = next((one for one in stated if one), text(self._context.message.header, 7))
            return self._context.moment(found, subject)
        except NoMomentError as error:
            raise Unusable(Trouble("EVN^1^2", "102", str(error))) from None


def _why_not(header: Segment, trigger: str) -> Trouble | None:
    """Why a document is none that is taken, though nothing is wrong with it."""
    if trigger not in WITH_CONTENT:
        return Trouble("MSH^1^9", "0", "the message has no document, only news of one", "left out")
    if text(header, 2) != _SURGICAL_PATHOLOGY:
        return Trouble("TXA^1^2", "0", "of documents only surgical pathology (SP) is taken", "left out")
    if text(header, 17) not in _SIGNED:
        return Trouble("TXA^1^17", "0", "the document is not signed yet (AU or LA)", "left out")
    if text(header, 19) in _GONE:
        return Trouble("TXA^1^19", "0", "the document was taken back", "left out")
    return None
