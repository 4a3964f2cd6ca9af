"""Broken messages: each becomes records or a refusal, none ends the gateway, and nobody's name is told."""

import re
from datetime import UTC, datetime
from itertools import repeat

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from stream.gateway.answer import Verdict
from stream.gateway.framing import Framer, framed
from stream.gateway.limits import LARGEST_BYTES
from stream.gateway.memory import Memory
from stream.gateway.reception import answered, read, remember, take
from stream.gateway.tally import Tally
from tests.builders.hl7_messages import HEART_RATE, SYSTOLIC, admission, laboratory, message, observed, request
from tests.builders.hl7_orders import CHEST, GIVE, STUDY, administered, control, encoded, genetic, imaged
from tests.stream.gateway.test_translate import READING

NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
PLANTED = ("qx900777", "zzplanted", "yyplanted")
WHO = "PID|||QX900777^^^HOSPITAL^MR||ZZPLANTED^YYPLANTED||19600229|F"
BARE = "PID|||QX900777||ZZPLANTED|YYPLANTED|19600229|F"

WHOLE = (
    observed(SYSTOLIC, HEART_RATE, laboratory("2160-0", "1.2", "mg/dL"), person=WHO),
    observed(SYSTOLIC, "OBX|9|NM|PI^Perfusion^99OURS||1.7|%|||||R", person=BARE),
    message(WHO, "PV1||I|ICU^2^1", request(), HEART_RATE, "PID|||QX900778", request(), SYSTOLIC),
    message('PID|||""||ZZPLANTED', "PV1||I|ICU^2^1", request(), HEART_RATE),
    admission("A01", "AL1||DA|SULFA", person=WHO),
    message("EVN||20261121100000+0100", WHO, "MRG|QX900779^^^HOSPITAL^MR", kind="ADT^A40"),
    message("EVN||20261121100000+0100", BARE, "PV1||I|A^1^1", "PID|||QX900779", "PV1||I|A^1^2", kind="ADT^A17"),
    encoded(person=WHO),
    encoded(control("DC"), GIVE, "RXC|A|444^Ranitidine Inj 25 mg/mL^L|50|mg", person=BARE),
    encoded(control("RE"), administered(), kind="RAS^O17", person=WHO),
    imaged(control(), CHEST, STUDY, control("CA"), CHEST, person=WHO),
    genetic(person=WHO),
    message(WHO, "OBR|1||S26-1|11529-5^Surgical pathology^LN", "OBX|1|TX|22637-3^Diagnosis^LN||Benign.||||||F"),
)
_SCRAPS = st.sampled_from(
    [b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b"\x0b", b"\x1c", b"MSH", b"PID", b"OBX", b"\xff"]
)
_MUTATION = st.tuples(
    st.sampled_from(["cut", "drop", "double", "put", "flip", "shuffle", "rename"]),
    st.integers(0, 2000),
    st.integers(0, 60),
    _SCRAPS,
)


def mutated(sent: bytes, mutation: tuple[str, int, int, bytes]) -> bytes:
    how, at, length, scrap = mutation
    at %= len(sent) or 1
    lines = sent.split(b"\r")
    match how:
        case "cut":
            return sent[:at]
        case "drop":
            return sent[:at] + sent[at + length :]
        case "double":
            return sent[: at + length] + sent[at:]
        case "put":
            return sent[:at] + scrap + sent[at:]
        case "flip":
            return sent[:at] + bytes(byte ^ 1 + length % 127 for byte in sent[at : at + 1]) + sent[at + 1 :]
        case "shuffle":
            lines.insert(length % len(lines), lines.pop(at % len(lines)))
        case _:
            lines[at % len(lines)] = scrap + lines[at % len(lines)][3:]
    return b"\r".join(lines)


@settings(deadline=None, max_examples=1500)
@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=3), st.lists(_MUTATION, max_size=4))
def test_no_mutation_makes_it_fail_or_tell_a_name(
    sent: list[bytes], mutations: list[tuple[str, int, int, bytes]]
) -> None:
    stream = b"".join(framed(one) for one in sent)
    for mutation in mutations:
        stream = mutated(stream, mutation)
    memory, tally, framer = Memory(), Tally(), Framer(LARGEST_BYTES)
    shown: list[str] = []
    with capture_logs() as logged:
        for block in (*framer.feed(stream), *framer.close()):
            if block.fault:
                tally.block_at_fault(block.fault, len(block.content))
            for arrived in read(block, READING):
                taken = take(arrived, READING, memory, NOW)
                assert taken.verdict is not Verdict.ERROR or taken.translation.records == ()
                remember(taken, memory)
                tally.took(taken)
                tally.answered(taken, taken.verdict, taken.translation.troubles, NOW)
                said = b"".join(answered(taken, taken.verdict, taken.translation.troubles, NOW, repeat("1")))
                shown += [line for line in said.decode(arrived.codec, "replace").split("\r") if line.startswith("ERR")]
                shown += [event.key.decode() for event in taken.translation.events]
    told = " ".join([str(logged), generate_latest(tally.registry).decode(), *shown]).casefold()
    elsewhere = _of_no_person(stream)
    assert not [name for name in PLANTED if name in told and name not in elsewhere]


def _of_no_person(stream: bytes) -> str:
    """All lines but those of persons: a name that came there may stand for a code, and codes are told."""
    lines = re.split(rb"[\r\n\x0b\x1c]", stream)
    return b"\r".join(line for line in lines if not line.startswith(b"PID")).decode("latin-1").casefold()


def test_in_messages_as_they_are_sent_names_stand_in_lines_of_persons_alone() -> None:
    assert not [name for one in WHOLE for name in PLANTED if name in _of_no_person(one)]
