"""The observations of a result message (ORU^R01) one by one, each with its request and its patient."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from stream.gateway.context import Context
from stream.gateway.filing import Subject
from stream.gateway.moments import NoMomentError
from stream.gateway.persons import NO_PATIENT, identity
from stream.gateway.segments import Message, Segment, text
from stream.gateway.trouble import LeftOut, Told, Trouble

_CLOCKS_APART: Final = timedelta(minutes=2)
"""So far a report may seem to lie after its message; as an observation."""
_TAKEN_BACK: Final = frozenset({"D", "W"})
_STANDING: Final = frozenset({"", "F", "C", "A", "B", "U", "V"})
"""OBX-11 by HL7 table 0085: deleted or wrong; final, corrected, amended, appended, and what senders leave out."""


class Result(NamedTuple):
    """Observation `number` of the message, what asked for it, and who the message names; of these which, from 1."""

    number: int
    segment: Segment
    request: Segment | None
    request_number: int
    person: Segment | None
    person_number: int

    @property
    def is_taken_back(self) -> bool:
        """Whether by its status it is withdrawn."""
        return text(self.segment, 11).upper() in _TAKEN_BACK

    def require_to_stand(self) -> None:
        """Raise LeftOut where by its status or its request's it is not final."""
        if text(self.request, 25).upper() in {"P", "I", "S", "O", "X", "Y", "Z"}:
            sentence = "by its status the request has no final results"
            raise LeftOut(Trouble(f"OBR^{self.request_number}^25", "0", sentence, "left out"))
        if text(self.segment, 11).upper() not in _STANDING | _TAKEN_BACK:
            raise LeftOut(Trouble(f"OBX^{self.number}^11", "0", "the result is not final", "left out"))


def results(message: Message) -> Iterator[Result]:
    """The observations in their order."""
    person = request = None
    persons = requests = observations = 0
    for segment in message.segments:
        if segment.name == "PID":
            persons, person, request = persons + 1, segment, None
        elif segment.name == "OBR":
            requests, request = requests + 1, segment
        elif segment.name == "OBX":
            observations += 1
            yield Result(observations, segment, request, requests, person, persons)


def subject_of(result: Result, context: Context) -> Subject:
    """Whom a result is about. Nobody is looked for by bed: what is kept for good needs a name. Raises LeftOut."""
    who = identity(result.person, context.conventions, context.profile.authority)
    if who is None:
        raise LeftOut(Trouble(f"PID^{max(1, result.person_number)}^3", "101", NO_PATIENT))
    return Subject(who, None, context.sender, result.person_number)


def issued_at(result: Result, context: Context, subject: Subject, told: Told) -> datetime:
    """When the laboratory issued a result: its report (OBR-22), else the observation, else the message."""
    stated = {
        f"OBR^{result.request_number}^22": text(result.request, 22),
        f"OBX^{result.number}^14": text(result.segment, 14),
        f"OBR^{result.request_number}^7": text(result.request, 7),
    }
    for where, one in stated.items():
        if not one:
            continue
        try:
            found = context.moment(one, subject)
        except NoMomentError as error:
            told.tell(Trouble(where, "102", f"{error}: another moment counts", "remark"))
            continue
        if context.sent is None or found <= context.sent + _CLOCKS_APART:
            return found
        sentence = "the moment lies after the message was written: another counts"
        told.tell(Trouble(where, "102", sentence, "remark"))
    if context.sent is None:
        raise LeftOut(Trouble("MSH^1^7", "102", "the result has no moment"))
    return context.sent
