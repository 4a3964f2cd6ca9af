"""The door of HL7: a whole connection of the gateway, without a socket."""

import asyncio
import re
import zlib
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final, NamedTuple

from prometheus_client import generate_latest

from models.deidentify.keyed import Keyed
from schemas.topics import TOPICS
from stream.feeds.events import FeedEvent
from stream.gateway.conventions import Conventions
from stream.gateway.framing import Framer, framed
from stream.gateway.limits import LARGEST_BYTES
from stream.gateway.outlet import Kept
from stream.gateway.peer import Peer
from stream.gateway.server import Gateway
from tests.builders.hl7_messages import HEART_RATE, SYSTOLIC, admission, alert, laboratory, message, observed, request
from tests.builders.hl7_orders import CHEST, GIVE, STUDY, administered, control, encoded, genetic, imaged
from tests.fuzz.told import NAME, NUMBER, listening, nobody_named

_READING: Final = Conventions(Keyed(b"a key of sixteen bytes or more"))
_WHO: Final = f"PID|||{NUMBER.upper()}^^^HOSPITAL^MR||{NAME.upper()}^JANE||19600229|F"
_BARE: Final = f"PID|||{NUMBER.upper()}||{NAME.upper()}|JANE|19600229|F"
_VARIANT: Final = [
    f"OBX|1|CWE|{code}^^LN|2a|{value}||||||F"
    for code, value in (
        ("69548-6", "LA9633-4^Present^LN"),
        ("48018-6", "HGNC:1100^BRCA1^HGNC"),
        ("51958-7", "NM_007294.4"),
        ("48004-6", "c.5266dup"),
        ("81252-9", "17677^NM_007294.4(BRCA1):c.5266dup^ClinVar-V"),
        ("53037-8", "LA6668-3^Pathogenic^LN"),
    )
]
_WHOLE: Final = (
    observed(SYSTOLIC, HEART_RATE, laboratory("2160-0", "1.2", "mg/dL"), person=_WHO),
    observed(SYSTOLIC, "OBX|9|NM|PI^Perfusion^99OURS||1.7|%|||||R", person=_BARE),
    observed(
        "OBX|1|SN|2524-7^Lactate^LN||>^4|mmol/L|||||F", "OBX|2|ST|X^Y||text\\.br\\more", "NTE|1||note", person=_WHO
    ),
    message(_WHO, "PV1||I|ICU^2^1", request(), HEART_RATE, "PID|||QX900778", request(), SYSTOLIC),
    message('PID|||""||' + NAME, "PV1||I|ICU^2^1", request(), HEART_RATE),
    message(_WHO, request(), HEART_RATE, more="|||AL|NE||8859/1"),
    admission("A01", "AL1||DA|SULFA", person=_WHO),
    admission("A08", "IAM|1|DA|PENICILLIN||||A", person=_WHO),
    message("EVN||20261121100000+0100", _WHO, "MRG|QX900779^^^HOSPITAL^MR", kind="ADT^A40"),
    message("EVN||20261121100000+0100", _BARE, "PV1||I|A^1^1", "PID|||QX900779", "PV1||I|A^1^2", kind="ADT^A17"),
    message(_WHO, request(), "OBX|1|ST|196616^MDC_EVT_ALARM^MDC|1.0.0.0.1|x|||||F", kind="ORU^R40"),
    alert("OBX|5|ST|68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC|1.1.0.1.5|audio-paused~x||||||R", person=_WHO),
    observed("OBX||TX|2^Yellow Alarm^MDIL-ALERT||HR Low, HR=55 /min||||||F", HEART_RATE, person=_BARE),
    encoded(person=_WHO),
    encoded(control("DC"), GIVE, "RXC|A|444^Ranitidine Inj 25 mg/mL^L|50|mg", person=_BARE),
    encoded(control("RE"), administered(), kind="RAS^O17", person=_WHO),
    imaged(control(), CHEST, STUDY, control("CA"), CHEST, person=_WHO),
    genetic(person=_WHO),
    genetic(*_VARIANT, person=_WHO),
    message(_WHO, "OBR|1||S26-1|11529-5^Surgical pathology^LN", "OBX|1|TX|22637-3^Diagnosis^LN||Benign.||||||F"),
)
_BREAKS: Final = re.compile(rb"[\r\n\x0b\x1c]")
_PERSON: Final = re.compile(rb"(PID|MRG|NK1)\W")
SEEDS = (
    *map(framed, _WHOLE),
    b"".join(map(framed, _WHOLE[:3])),
    b"\n" + framed(_WHOLE[0])[:-1] + framed(_WHOLE[1]),
    framed(_WHOLE[0])[:200] + framed(_WHOLE[1]),
    framed(b"FHS|^~\\&\rBHS|^~\\&\r" + _WHOLE[0] + _WHOLE[1] + b"BTS|2\rFTS|1\r"),
)
WORDS = tuple(
    word.encode("latin-1")
    for word in (
        *(
            "\x0b",
            "\x1c\r",
            "\x1c",
            "\r",
            "\n",
            "|",
            "^",
            "~",
            "&",
            "\\",
            "\\X0D\\",
            "\\T\\",
            '""',
            "\x00",
            "\xfc",
            "\xff",
        ),
        *(
            "MSH|^~\\&|",
            "\rPID|",
            "\rOBX|1|NM|",
            "\rOBR|",
            "\rPV1||I|",
            "\rEVN||",
            "\rMRG|",
            "\rAL1||",
            "\rIAM|",
            "\rNTE|",
            "\rORC|NW|",
            "\rORC|DC|",
            "\rRXE||",
            "\rRXA|",
            "\rTQ1|1||",
        ),
        *(
            "ORU^R01",
            "ORU^R40",
            "ADT^A01",
            "ADT^A40",
            "ADT^A17",
            "ADT^A13",
            "RDE^O11",
            "RAS^O17",
            "ORM^O01",
            "OMI^O23",
            "|AL|NE",
            "UNICODE UTF-8",
            "8859/1",
            "GB 18030",
        ),
        *(
            "147842^MDC_ECG_HEART_RATE^MDC",
            "68481^MDC_ATTR_EVENT_PHASE^MDC",
            "MDIL-ALERT",
            "150456^MDC_PULS_OXIM_SAT_O2^MDC",
            "2160-0^^LN",
            "20261121101500+0100",
            "1e308",
        ),
        *("-999", "DEMO", "99991231235959", "00010101000000+2359"),
    )
)


def one(data: bytes) -> None:
    """What a sender writes on one connection, cut into pieces by chance.

    Whatever it is: the connection ends by itself; every answer is a block of HL7; what is accepted are records of their
    topics, and how the bytes are cut changes neither answers nor records; a planted name is in no log line, no metric,
    no error of an answer and no key of a record. Where a mutation has moved the name out of the segments about persons,
    so that it stands where a code should be, nobody can know it for a name, and only the keys are looked at.
    """
    cuts = Random(zlib.crc32(data))  # noqa: S311 - which pieces hangs on the input alone
    is_known = _names_only_in_their_place(data)
    with listening(for_names=is_known):
        whole = asyncio.run(_conversation([data]))
        pieces = asyncio.run(_conversation(list(_cut(data, cuts))))
    nobody_named(*(event.key.decode() for event in whole.events))
    if is_known:
        nobody_named(*whole.told, *pieces.told)
    assert _without_time(whole.said) == _without_time(pieces.said), "how the bytes were cut changed the answers"
    assert _content(whole.events) == _content(pieces.events), "how the bytes were cut changed the records"
    for event in whole.events:
        adapter = TOPICS[event.topic].record
        assert adapter is not None
        adapter.validate_json(event.value)


def _names_only_in_their_place(data: bytes) -> bool:
    segments = [
        line for line in _BREAKS.split(data) if NAME.encode() in line.lower() or NUMBER.encode() in line.lower()
    ]
    return all(_PERSON.match(line) for line in segments)


def _cut(data: bytes, cuts: Random) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = cuts.choice((1, 2, 3, 7, 64, 300, 5000))
        yield data[at : at + length]
        at += length


class _Pieces:
    """What is read from a connection, in the place of a stream reader."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = list(reversed([piece for piece in pieces if piece]))

    async def read(self, _: int) -> bytes:
        return self._pieces.pop() if self._pieces else b""


class _Answers:
    """What is written to a connection, in the place of a stream writer."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def get_extra_info(self, _: str) -> None:
        """Nobody is known by address."""


class _Confirming:
    """An outlet whose broker has everything at once."""

    def __init__(self) -> None:
        self.events: list[FeedEvent] = []

    spooled_bytes = damaged = 0

    async def deliver(self, events: Sequence[FeedEvent]) -> Kept:
        self.events += events
        return "broker"


class _Held(NamedTuple):
    """A conversation: the answers, the records, and what was told beside them."""

    said: list[bytes]
    events: list[FeedEvent]
    told: list[str]


async def _conversation(pieces: Sequence[bytes]) -> _Held:
    outlet, answers = _Confirming(), _Answers()
    taking: Any = outlet
    gateway = Gateway(_READING, taking)
    reader: Any = _Pieces(pieces)
    writer: Any = answers
    await gateway._welcome(reader, writer, Peer(""))  # noqa: SLF001 - as the door calls it
    framer = Framer(LARGEST_BYTES)
    blocks = [*framer.feed(bytes(answers.written)), *framer.close()]
    assert not any(block.fault for block in blocks), "an answer that is no whole block"
    said = [block.content for block in blocks]
    assert all(one.startswith(b"MSH") and b"\rMSA" in one for one in said)
    errors = [line.decode("latin-1") for one in said for line in one.split(b"\r") if line.startswith(b"ERR")]
    return _Held(said, outlet.events, [generate_latest(gateway.registry).decode(), *errors])


def _without_time(said: Sequence[bytes]) -> list[bytes]:
    """Answers without their own time and control id."""
    return [one.partition(b"\rMSA")[2] for one in said]


def _content(events: Sequence[FeedEvent]) -> list[tuple[str, bytes, bytes]]:
    return [(event.topic, event.key, event.value) for event in events]
