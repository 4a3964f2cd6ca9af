"""What arrives in one block: its messages, what becomes of each, and the answers. The same live and in a dry run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from schemas import cloudevents, identity
from schemas.topics import TOPICS
from stream.feeds.events import FeedEvent
from stream.gateway.answer import Verdict, answer, code, wanted
from stream.gateway.charset import decode
from stream.gateway.conventions import Conventions
from stream.gateway.framing import Block
from stream.gateway.memory import Memory
from stream.gateway.observations import Record
from stream.gateway.profile import Profile, load
from stream.gateway.segments import Message, raw, split, text, written
from stream.gateway.translate import Translation, profile_of, translate
from stream.gateway.trouble import Trouble, Unusable

_NO_CONTROL_ID: Final = Trouble("MSH^1^10", "101", "the message has no control id (MSH-10)")
_CHARSET: Final = Trouble("MSH^1^18", "0", "the characters are not of the set that is stated, or none is", "remark")
_PATIENT: Final = Trouble("PID^1^3", "102", "the patient's id has characters of an unknown character set")
AWAY: Final = Trouble("MSH^1", "207", "the broker does not confirm; send the message again")
FAILED: Final = Trouble("MSH^1", "207", "the gateway failed on this message")
TOO_MANY: Final = Trouble("MSH^1", "207", "the gateway has as many connections as it takes; send the message again")
HELD_UP: Final = Trouble("MSH^1", "207", "the sender sends more messages a second than it may; send the message again")
SLOW: Final = Trouble("MSH^1", "207", "the message did not end in time; send it again")
_NO_ROOM: Final = Trouble("MSH^1", "207", "too many messages have begun and not ended; send the message again")
_AGAIN: Final = (_NO_ROOM,)
"""Faults of a block for which its sender is not to blame."""
_FAULTS: Final = {
    "no room": _NO_ROOM,
    "too large": Trouble("MSH^1", "207", "the message is larger than the gateway takes"),
    "no start": Trouble("MSH^1", "100", "the block has an end and no start: what came before it is lost"),
    "end inside": Trouble("MSH^1", "100", "text follows the block's end: the message may have been cut"),
    "cut": Trouble("MSH^1", "100", "another block began before the end of this one"),
}


@dataclass(frozen=True)
class Arrived:
    """One message of a block.

    message  None where it can't be read
    digest   a keyed hash of its content; the ids of its records follow from it
    trouble  why nothing of it is to be used
    """

    message: Message | None
    profile: Profile
    codec: str
    digest: str
    trouble: Trouble | None = None
    is_certain: bool = True

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return text(self.message.header, 10) if self.message else ""

    @property
    def sender(self) -> str:
        """Its application and facility (MSH-3 and 4), as they are sent."""
        return "|".join(raw(self.message.header, number) for number in (3, 4)) if self.message else ""


@dataclass(frozen=True)
class Taken:
    """What becomes of a message, if the broker takes its records."""

    arrived: Arrived
    verdict: Verdict
    translation: Translation


def read(block: Block, conventions: Conventions) -> list[Arrived]:
    """Read a block: its messages, at least one, be it one that can't be read."""
    configured = conventions.profile or load("plain")
    decoded = decode(block.content, configured.charset)
    fault = _FAULTS.get(block.fault)
    try:
        messages = split(decoded.text)
        profiles = [profile_of(message, conventions) for message in messages]
        charset = profiles[0].charset
        if charset != configured.charset and not decoded.is_stated:
            decoded = decode(block.content, charset)
            messages = split(decoded.text)
            profiles = [profile_of(message, conventions) for message in messages]
    except Unusable as unusable:
        return [Arrived(None, configured, decoded.codec, "", fault or unusable.trouble)]
    found = []
    for message, profile in zip(messages, profiles, strict=True):
        trouble = fault if message is messages[-1] else None
        if trouble is None and not text(message.header, 10):
            trouble = _NO_CONTROL_ID
        if trouble is None and not decoded.is_certain and not _identifiers(message).isascii():
            trouble = _PATIENT
        digest = conventions.key.name(f"message|{written(message)}")
        found.append(Arrived(message, profile, decoded.codec, digest, trouble, decoded.is_certain))
    return found


def take(arrived: Arrived, conventions: Conventions, memory: Memory, at: datetime | None) -> Taken:
    """Translate a message; `at` is when it came, None where that says nothing."""
    if arrived.message is None or arrived.trouble is not None:
        return refused(arrived, arrived.trouble or FAILED)
    try:
        translation = translate(arrived.message, conventions, memory, at, arrived.profile)
    except Unusable as unusable:
        told = Translation(troubles=unusable.troubles, unused=unusable.unused)
        return Taken(arrived, Verdict.ERROR, told)
    if not arrived.is_certain:
        translation = replace(translation, troubles=[*translation.troubles, _CHARSET])
    return Taken(
        arrived, Verdict.ACCEPTED, replace(translation, records=_with_ids(translation.records, arrived.digest))
    )


def _with_ids(records: Sequence[Record], digest: str) -> list[Record]:
    """Records with CloudEvents headers; a message that comes again has the same ids again."""
    found = []
    for number, (event, filed) in enumerate(records):
        headers = cloudevents.headers(
            event_id=identity.output_id("hl7", digest, "gateway/1", "", event.topic, str(number)),
            ce_type=TOPICS[event.topic].ce_type,
            subject=event.patient,
            time=event.time,
        )
        with_id = FeedEvent(event.topic, event.patient, event.time, event.record, tuple(headers))
        found.append(Record(with_id, filed))
    return found


def refused(arrived: Arrived, trouble: Trouble) -> Taken:
    """A message of which nothing is used, for one reason."""
    verdict = Verdict.REJECTED if trouble in _AGAIN else Verdict.ERROR
    return Taken(arrived, verdict, Translation(troubles=[trouble]))


def remember(taken: Taken, memory: Memory) -> None:
    """Take note of what a message has said of the time, once its records are where they belong."""
    for known_as, time in taken.translation.heard.items():
        memory.hear(taken.translation.sender, known_as, time)
    for one in taken.translation.records:
        if one.filed.in_bed is not None:
            memory.file_by_bed(*one.filed.in_bed, one.event.time)


def answered(
    taken: Taken, verdict: Verdict, troubles: Sequence[Trouble], now: datetime, controls: Iterator[str]
) -> list[bytes]:
    """The answers that the sender asks for, each under a control id of its own."""
    arrived = taken.arrived
    return [
        answer(arrived.message, said, troubles, now, next(controls), arrived.codec) for said in said_of(taken, verdict)
    ]


def said_of(taken: Taken, verdict: Verdict) -> list[str]:
    """MSA-1 of each answer. None where the sender sends a message again only if nothing is answered."""
    habits = taken.arrived.profile.answers
    if verdict is Verdict.REJECTED and habits.again == "none":
        return []
    kinds = wanted(taken.arrived.message, verdict, is_both=habits.both)
    return [code(verdict, kind, habits.again, habits.never) for kind in kinds]


def _identifiers(message: Message) -> str:
    return "".join(raw(one, 3) for one in message.segments if one.name == "PID")
