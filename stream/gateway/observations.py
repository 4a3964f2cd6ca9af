"""Observations (ORU^R01) and alarms (ORU^R40): which OBX is a value or an alarm of ours, when, and of whom. Pure.

One bad observation costs that observation. All of one patient's vital signs that were measured at one instant become
one frame, whichever requests they came under, so that a sensor that is off hides no other; results stay with their
request.
"""

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from schemas.labs import LabResults
from schemas.patients import PatientRecord
from schemas.vitals import VitalsFrame
from stream.feeds.events import FeedEvent
from stream.gateway.alarm_draft import Draft
from stream.gateway.codes import Meaning, NotUsed
from stream.gateway.context import Context
from stream.gateway.device_alarms import Alarms
from stream.gateway.filing import Filed, Subject, is_somebody
from stream.gateway.moments import NoMomentError
from stream.gateway.persons import NO_PATIENT, Identity, Place, identity, place
from stream.gateway.plan import LONGEST_SHOWN, Plan, code_of, plan
from stream.gateway.segments import DELETED, Segment, raw, text
from stream.gateway.selection import DOUBTFUL, OFF, SOUND, ZERO, Source, choose, is_plausible
from stream.gateway.trouble import LeftOut, Told, Trouble
from stream.gateway.values import Read, off, read

_NO_RESULTS: Final = frozenset({"X", "Y", "Z"})
"""OBR-25 by HL7 table 0123: the order is cancelled, or there is none, or no such patient."""
_CLOCKS_APART: Final = timedelta(minutes=2)
"""So far an observation may seem to lie after its message, or a request beside it; as the worker's future_s."""
_VALIDITY: Final = {"value": SOUND, "zero": ZERO, "off": OFF}


class Record(NamedTuple):
    """A record and under whom it is filed."""

    event: FeedEvent
    filed: Filed


class _Request(NamedTuple):
    """One OBR: which, when, under which report its results are."""

    number: int
    stated: str
    report: str | None = None
    has_results: bool = True


@dataclass
class _Part:
    """What a message says of one patient: all from one PID to the next. Sources by request, topic, field and rank."""

    who: Identity | None
    number: int  # which PID, from 1; 0 before the first
    alarms: Alarms
    places: list[Place] = field(default_factory=list)
    sources: dict[tuple[_Request, str, str, int], list[Source]] = field(default_factory=lambda: defaultdict(list))
    is_observed: bool = False

    def subject(self, sender: str) -> Subject:
        """Whom it is about; of two places neither."""
        return Subject(self.who, self.places[0] if len(self.places) == 1 else None, sender, self.number)


class Observations:
    """Reads the observations of one message, but those that are `claimed`: results that are read elsewhere, from 1.

    `records` are of all that counts, `told` is the rest, `heard` the last instant of each subject.
    """

    def __init__(self, context: Context, claimed: Container[int] = frozenset(), *, are_alarms: bool = False) -> None:
        self.records: list[Record] = []
        self.told = Told()
        self.heard: dict[str, datetime] = {}
        self._context = context
        self._claimed = claimed
        self._are_alarms = are_alarms
        self._moments: dict[tuple[str, int], datetime | NoMomentError] = {}
        self._is_passed_over = False
        self._read()
        if self._is_passed_over and not (self.records or self.told.troubles):
            self.told.tell(
                Trouble("MSH^1", "0", "the message says something of devices and nothing of a patient", "left out")
            )

        if self._are_alarms and not (self.records or self.told.troubles):
            self.told.tell(Trouble("OBX", "101", "the message holds no alarm"))

    def _read(self) -> None:
        context = self._context
        part, request = self._part(None, 0), _Request(0, "")
        persons = requests = observations = 0
        for segment in context.message.segments:
            if segment.name == "PID":
                self._close(part)
                persons += 1
                who = identity(segment, context.conventions, context.profile.authority)
                part, request = self._part(who, persons), _Request(0, "")
            elif segment.name == "PV1":
                where = place(segment)
                part.places += [] if where is None or where in part.places else [where]
            elif segment.name == "OBR":
                requests += 1
                request = self._request(segment, requests)
                part.alarms.begin(segment, requests)
            elif segment.name == "OBX":
                observations += 1
                part.is_observed = True
                if observations in self._claimed:
                    continue
                try:
                    if self._are_alarms:
                        part.alarms.observe(segment, observations)
                    else:
                        self._observe(segment, observations, request, part)
                except LeftOut as left_out:
                    self.told.leave_out(left_out.trouble, code_of(segment))
        self._close(part, is_only=not persons)

    def _part(self, who: Identity | None, number: int) -> _Part:
        return _Part(who, number, Alarms(self._context, self.told))

    def _request(self, segment: Segment, number: int) -> _Request:
        filler = text(segment, 3)
        report = self._context.conventions.key.name(f"report|{filler}") if filler else None
        return _Request(number, text(segment, 7), report, text(segment, 25) not in _NO_RESULTS)

    def _observe(self, segment: Segment, number: int, request: _Request, part: _Part) -> None:
        """Put one observation where it belongs; raises LeftOut."""
        planned = plan(segment, self._context.profile)
        if planned.alarm is not None:
            if text(segment, 5):
                part.alarms.observe_vendor(segment, number, planned.alarm)
            return
        status, meaning = planned.status, planned.meaning
        has_value = _has_value(segment, meaning)
        if isinstance(meaning, NotUsed):
            if has_value and status in {"measured", "corrected", "unknown"} and meaning.kind != "structure":
                code = "0" if meaning.kind == "no place" else "103"
                raise LeftOut(Trouble(f"OBX^{number}^3", code, meaning.reason, "left out"))
            self._is_passed_over |= has_value
            return
        where = request, meaning.topic, meaning.field, meaning.rank
        if status == "withdrawn":
            part.sources.pop(where, None)
        _require_a_result(number, status, meaning, request, has_value=has_value)
        if not has_value or status not in {"measured", "corrected"}:
            return
        if meaning.remark:
            self.told.tell(Trouble(f"OBX^{number}^3", "103", meaning.remark, "remark"))
        found, validity = self._judged(segment, number, meaning, planned)
        time = self._moment(segment, number, request, part)
        is_corrected = status == "corrected"
        source = Source(time, meaning.field, validity, meaning.rank, is_corrected, number, planned.code, found.value)
        part.sources[where].append(source)

    def _judged(self, segment: Segment, number: int, meaning: Meaning, planned: Plan) -> tuple[Read, int]:
        """What it says, and how far that can be relied on; OBX-8 may say of a value that it is none."""
        profile = self._context.profile
        flags = planned.flags
        if "test" in flags:
            raise LeftOut(Trouble(f"OBX^{number}^8", "202", "test data is no patient's value", "left out"))
        if "off" in flags:
            if meaning.topic == "labs":
                raise LeftOut(Trouble(f"OBX^{number}^8", "207", "the sender says that the value is not valid"))
            return off(number, meaning), OFF
        found = read(segment, number, meaning, profile, planned.conversion)
        validity = _VALIDITY[found.kind]
        if "doubtful" in flags:
            self.told.tell(Trouble(f"OBX^{number}^8", "0", "the sender doubts the value", "remark"))
        if validity == SOUND and ("doubtful" in flags or not is_plausible(meaning.topic, meaning.field, found.value)):
            validity = DOUBTFUL
        return found, validity

    def _moment(self, segment: Segment, number: int, request: _Request, part: _Part) -> datetime:
        """When it was measured: its own moment (OBX-14) before its request's (OBR-7)."""
        own = text(segment, 14)
        if not own and not request.number:
            raise LeftOut(Trouble(f"OBX^{number}", "100", "an observation comes before its request (OBR)"))
        try:
            time = self._instant(own or request.stated, part)
        except NoMomentError as error:
            where = f"OBX^{number}^14" if own else f"OBR^{request.number}^7"
            raise LeftOut(Trouble(where, "102", str(error))) from None
        if own and self._is_after_message(time) and request.number:
            time = self._of_request(time, number, request, part)
        return time

    def _is_after_message(self, time: datetime) -> bool:
        sent = self._context.sent
        return sent is not None and time > sent + _CLOCKS_APART

    def _of_request(self, own: datetime, number: int, request: _Request, part: _Part) -> datetime:
        """Instead of a moment that lies after the message was written, the request's, if that is the message's."""
        try:
            requested = self._instant(request.stated, part)
        except NoMomentError:
            return own
        sent = self._context.sent
        if sent is None or abs(requested - sent) > _CLOCKS_APART:
            return own
        sentence = "the moment lies after the message was written; its request's counts"
        self.told.tell(Trouble(f"OBX^{number}^14", "102", sentence, "remark"))
        return requested

    def _instant(self, stated: str, part: _Part) -> datetime:
        """The instant of a time-stamp, read once a message; raises NoMomentError."""
        key = stated, part.number
        found = self._moments.get(key)
        if found is None:
            try:
                found = self._context.moment(stated, part.subject(self._context.sender))
            except NoMomentError as error:
                found = error
            self._moments[key] = found
        if isinstance(found, NoMomentError):
            raise found
        return found

    def _close(self, part: _Part, *, is_only: bool = False) -> None:
        """Make records of all that was said of one patient."""
        part.alarms.end()
        if not (part.number or part.is_observed or is_only) or (self._are_alarms and not part.alarms.drafts):
            return
        subject = part.subject(self._context.sender)
        if not is_somebody(subject, self._context.conventions):
            self.told.tell(Trouble(f"PID^{max(1, part.number)}^3", "101", NO_PATIENT))
            return
        vitals: list[Source] = []
        labs: dict[_Request, list[Source]] = defaultdict(list)
        for (request, topic, _, _), sources in part.sources.items():
            (vitals if topic == "vitals" else labs[request]).extend(sources)
        for time, measured in self._chosen(vitals):
            filed = self._context.filed(subject, time)
            record = VitalsFrame(patient=filed.patient, time=time, device=self._context.device, **measured)
            self._add(FeedEvent("vitals", filed.patient, time, record), filed, subject)
        for request, sources in labs.items():
            for time, measured in self._chosen(sources):
                filed = self._context.filed(subject, time)
                result = LabResults(patient=filed.patient, time=time, report=request.report, **measured)
                self._add(FeedEvent("labs", filed.patient, time, result), filed, subject)

        for draft in part.alarms.drafts:
            self._close_alarm(draft, part, subject)

    def _close_alarm(self, draft: Draft, part: _Part, subject: Subject) -> None:
        """Make a record of an alarm, of the first of its stamps that can be its moment."""
        for stamp in draft.stamps:
            try:
                time = self._instant(stamp.stated, part)
            except NoMomentError as error:
                self.told.tell(Trouble(stamp.where, "102", str(error), "remark"))
                continue
            if not self._is_after_message(time):
                break
            sentence = "the moment lies after the message was written; the next stated one counts"
            self.told.tell(Trouble(stamp.where, "102", sentence, "remark"))
        else:
            no_moment = Trouble(f"OBX^{draft.number}^14", "102", "the alarm has no moment that can be used")
            self.told.leave_out(no_moment, f"{draft.code}^{draft.event}^{draft.system}"[:LONGEST_SHOWN])
            return
        filed = self._context.filed(subject, time)
        alarm = draft.made(filed.patient, time, self._context.conventions.key, self.told)
        self._add(FeedEvent("device-alarms", filed.patient, time, alarm), filed, subject)

    def _chosen(self, sources: list[Source]) -> Iterable[tuple[datetime, dict[str, Any]]]:
        chosen = choose(sources)
        self.told.tell(*chosen.troubles)
        self.told.unused += chosen.unused
        return chosen.values.items()

    def _add(self, event: FeedEvent, filed: Filed, subject: Subject) -> None:
        if filed.remark is not None:
            self.told.tell(filed.remark)
        context = self._context
        if filed.is_unknown and subject.place and context.memory.heard(context.sender, subject.known_as) is None:
            bed = PatientRecord(patient=filed.patient, time=event.time, status="updated", bed=subject.place.label)
            self.records.append(Record(FeedEvent("patients", filed.patient, event.time, bed), filed))
        self.records.append(Record(event, filed))
        self.heard[subject.known_as] = event.time


def _has_value(segment: Segment, meaning: Meaning | NotUsed) -> bool:
    """Whether anything is stated; a monitor that deletes a value says that it has none."""
    stated = raw(segment, 5).strip()
    return bool(stated) and not (stated == DELETED and isinstance(meaning, Meaning) and meaning.topic == "vitals")


def _require_a_result(number: int, status: str, meaning: Meaning, request: _Request, *, has_value: bool) -> None:
    """Leave out what does not count by its status or its request's."""
    if status in {"measured", "corrected"} and request.has_results:
        return
    where = f"OBX^{number}^11"
    if status == "withdrawn":
        raise LeftOut(
            Trouble(where, "207", "the result is withdrawn and left out; one that was sent before still counts")
        )
    if status == "off" and meaning.topic == "labs":  # a monitor says so all the time: a sensor is off
        raise LeftOut(Trouble(where, "0", "no result could be obtained; one that was sent before still counts"))
    if not has_value or status in {"pending", "off"}:
        return
    if status == "unknown":
        raise LeftOut(Trouble(where, "103", "the status is none of HL7 table 0085"))
    if not request.has_results:
        raise LeftOut(Trouble(f"OBR^{request.number}^25", "207", "by its status the request has no results"))
