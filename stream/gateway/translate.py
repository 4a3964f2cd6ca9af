"""What an HL7 v2 message means in our records: results and alarms (ORU), stays (ADT), documents (MDM), orders.

Whatever is known and is no value, and whatever is not known, is told and left out, never guessed and never passed over.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from stream.feeds.events import FeedEvent
from stream.gateway.admissions import Admission
from stream.gateway.context import Context, context
from stream.gateway.conventions import Conventions
from stream.gateway.documents import Document
from stream.gateway.genetics import Genetics
from stream.gateway.memory import Memory
from stream.gateway.observations import Observations, Record
from stream.gateway.orders import KINDS, Orders
from stream.gateway.pathology_results import Reports
from stream.gateway.profile import Profile, load, recognise
from stream.gateway.segments import Delimiters, Message, Segment, components, first, raw, text
from stream.gateway.trouble import Told, Trouble, Unusable, Unused
from stream.gateway.variants import Variants

_CUT: Final = Trouble("MSH^1", "100", "the message is cut: inside one of its segments another begins")
_EMPTY: Final = Trouble("MSH^1", "0", "the message states no value, and nothing else that is used", "left out")
_DRUGS: Final = frozenset({"RXA", "RXD", "RXE", "RXG", "RXO"})
_LONGEST_SHOWN: Final = 4096  # characters by which a sender is recognised once; our choice
_TESTS: Final = frozenset({"T", "D"})
"""MSH-11 by HL7 table 0103: training and debugging."""
_OBSERVATIONS: Final = frozenset({"R01", "R30", "R31", "R32"})
"""Of ORU: results, and those of tests at the bedside, which differ in who has to place the order (chapter 7.3)."""
_ALARMS: Final = "R40"


@dataclass(frozen=True)
class Translation:
    """The records of a message, in its order, and what of it could not be used.

    heard  the last instant of each subject, which its sender's next stamps may depend on
    sent   when the message was written, by its sender's clock
    """

    records: Sequence[Record] = ()
    troubles: Sequence[Trouble] = ()
    unused: Sequence[Unused] = ()
    heard: dict[str, datetime] = field(default_factory=dict)
    sender: str = ""
    sent: datetime | None = None

    @property
    def events(self) -> list[FeedEvent]:
        """What goes to the broker."""
        return [one.event for one in self.records]


def profile_of(message: Message, conventions: Conventions) -> Profile:
    """The sender's profile: as it is configured, else as the message shows it for certain, else none of a vendor."""
    if conventions.profile is not None:
        return conventions.profile
    header = message.header
    shown = tuple(raw(header, at) for at in (3, 4, 12, 21))
    codes = frozenset(one.fields[3] for one in message.segments if one.name == "OBX" and len(one.fields) > 3)  # noqa: PLR2004 - OBX-3
    is_short = sum(map(len, shown)) + sum(map(len, codes)) <= _LONGEST_SHOWN
    return (_recognised if is_short else _recognised.__wrapped__)(shown, codes, header.delimiters)


@lru_cache(maxsize=1024)
def _recognised(shown: tuple[str, ...], codes: frozenset[str], between: Delimiters) -> Profile:
    """Recognise a sender by MSH-3, 4, 12 and 21 and the codes of OBX-3; they are few, and send again and again."""
    header = Segment("", list(shown), between)
    terms = Segment("", list(codes), between)
    systems = {text(terms, at, part) for at in range(len(codes)) for part in (3, 6)} - {""}
    application, facility, message_profiles = (tuple(components(header, at)) for at in (0, 1, 3))
    return recognise(application, facility, text(header, 2), message_profiles, systems) or load("plain")


def translate(
    message: Message,
    conventions: Conventions,
    memory: Memory | None = None,
    arrived: datetime | None = None,
    profile: Profile | None = None,
) -> Translation:
    """Translate a message; raises Unusable where nothing of it can be used.

    What an admission says of beds and merges is in the memory at once: a message that comes next is read by it.
    """
    if message.is_cut:
        raise Unusable(_CUT)
    header = message.header
    processing = text(header, 11)
    is_test = processing in _TESTS and conventions.takes_tests
    if processing != "P" and not is_test:
        raise Unusable(Trouble("MSH^1^11", "202", "only production messages (MSH-11 P) are taken"))
    kind, trigger = text(header, 9), text(header, 9, 2)
    if not trigger:  # version 2.2 and before
        before = {"ORU": "R01"} | dict.fromkeys(KINDS, "O01")
        trigger = before.get(kind) or text(first(message.segments, "EVN"), 1)
    if kind not in {"ORU", "ADT", "MDM", *KINDS}:
        raise Unusable(Trouble("MSH^1^9", "200", f"the message type is none of ORU, ADT, MDM, {', '.join(KINDS)}"))
    if kind in KINDS and trigger not in KINDS[kind]:
        raise Unusable(Trouble("MSH^1^9", "201", f"of {kind} only {' and '.join(KINDS[kind])} is taken"))
    if kind == "ORU" and trigger not in {*_OBSERVATIONS, _ALARMS}:
        sentence = f"of ORU only {', '.join(sorted(_OBSERVATIONS))} and {_ALARMS} are taken"
        raise Unusable(Trouble("MSH^1^9", "201", sentence))
    profile = profile or profile_of(message, conventions)
    memory = Memory() if memory is None else memory
    read_by = context(message, conventions, profile, memory, arrived, is_test=is_test)
    return _translated(read_by, trigger)


def _translated(read_by: Context, trigger: str) -> Translation:
    found: Admission | Document | Orders
    kind = text(read_by.message.header, 9)
    if kind == "MDM":
        found = Document(read_by, trigger)
    elif kind in KINDS:
        found = Orders(read_by)
    elif kind == "ORU" and trigger in _OBSERVATIONS:
        return _results(read_by)
    elif kind == "ORU":
        alarms = Observations(read_by, are_alarms=True)
        return _translation(read_by, alarms.records, alarms.told, alarms.heard)
    else:
        found = Admission(read_by, trigger)
    return _translation(read_by, found.records, found.told)


def _results(read_by: Context) -> Translation:
    """What of a result message is of genes, what a pathology report, and what is measured."""
    genetics, variants, reports = Genetics(read_by), Variants(read_by), Reports(read_by)
    measured = Observations(read_by, genetics.claimed | variants.claimed | reports.claimed)
    told = Told()
    for one in (measured, genetics, variants, reports):
        told.tell(*one.told.troubles)
        told.unused += one.told.unused
    records = [*measured.records, *genetics.records, *variants.records, *reports.records]
    return _translation(read_by, records, told, measured.heard)


def _translation(
    read_by: Context, records: Sequence[Record], told: Told, heard: dict[str, datetime] | None = None
) -> Translation:
    _refuse_if_nothing_is_left(records, told)
    if text(read_by.message.header, 9) not in KINDS:
        told.tell(*_drugs_beside(read_by.message.segments))
    if not (records or told.troubles):
        told.tell(_EMPTY)
    return Translation(records, list(told.troubles), told.unused, heard or {}, read_by.sender, read_by.sent)


def _drugs_beside(segments: Sequence[Segment]) -> Iterator[Trouble]:
    """What is told of drugs in a message that is no order: of them nothing becomes."""
    counted: Counter[str] = Counter()
    for one in segments:
        if one.name not in _DRUGS:
            continue
        counted[one.name] += 1
        where = f"{one.name}^{counted[one.name]}"
        yield Trouble(where, "0", "a drug in a message that is no order is left out", "left out")


def _refuse_if_nothing_is_left(records: Sequence[Record], told: Told) -> None:
    """What only lacks a meaning here is no fault of the message."""
    if not records and told.faults:
        raise Unusable(told.faults[0], told.troubles, told.unused)
