"""What the parts of one message are read by: its sender, zone, profile, and what was known when it came. Pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from stream.gateway.conventions import Conventions
from stream.gateway.filing import Filed, Subject, filed
from stream.gateway.memory import Memory
from stream.gateway.moments import Clock, NoMomentError, moment, zone_of
from stream.gateway.persons import NO_PATIENT, identity
from stream.gateway.profile import Profile
from stream.gateway.segments import Message, components, raw, text
from stream.gateway.trouble import Trouble, Unusable


@dataclass(frozen=True)
class Context:
    """One message and what it is read by.

    sender   its application and facility (MSH-3 and 4), as they are sent
    sent     when it was written (MSH-7); None where that can't be read
    arrived  when it came; None where that says nothing, as for a file
    is_test  it is of a test stand (MSH-11)
    """

    message: Message
    conventions: Conventions
    profile: Profile
    memory: Memory
    sender: str
    zone: tzinfo | None
    sent: datetime | None
    arrived: datetime | None
    is_test: bool

    @property
    def device(self) -> str | None:
        """What the sending application calls itself, as far as the wire has room."""
        return next((one for one in components(self.message.header, 3) if one), "")[:128] or None

    def moment(self, stated: str, subject: Subject) -> datetime:
        """The instant of a time-stamp; raises NoMomentError."""
        heard = self.memory.heard(self.sender, subject.known_as)
        return moment(stated, Clock(self.zone, heard, self.arrived))

    def of_one_patient(self, what: str) -> Subject:
        """The one patient that the message is about; raises Unusable. `what` it brings, as "a document"."""
        persons = [one for one in self.message.segments if one.name == "PID"]
        who = identity(persons[0], self.conventions, self.profile.authority) if len(persons) == 1 else None
        if who is None:
            sentence = NO_PATIENT if len(persons) < 2 else f"{what} is of one patient"  # noqa: PLR2004 - two or more
            raise Unusable(Trouble("PID^1^3", "101", sentence))
        return Subject(who, None, self.sender)

    def filed(self, subject: Subject, time: datetime) -> Filed:
        """Under whom what happened at an instant is filed."""
        return filed(subject, time, self.memory, self.conventions, is_test=self.is_test)


def context(
    message: Message,
    conventions: Conventions,
    profile: Profile,
    memory: Memory,
    arrived: datetime | None,
    *,
    is_test: bool,
) -> Context:
    """Put together what a message is read by."""
    header = message.header
    zone = zone_of(text(header, 7)) or (ZoneInfo(profile.zone) if profile.zone else conventions.zone)
    try:
        sent = moment(text(header, 7), Clock(zone, None, arrived))
    except NoMomentError:
        sent = None
    sender = "|".join(raw(header, number) for number in (3, 4))
    return Context(message, conventions, profile, memory, sender, zone, sent, arrived, is_test)
