"""A block read: its messages in its characters, by the profile of who sends it."""

from dataclasses import replace
from pathlib import Path

import pytest

from stream.gateway.conventions import Conventions
from stream.gateway.framing import Block
from stream.gateway.memory import Memory
from stream.gateway.profile import load
from stream.gateway.reception import Taken, read, take
from tests.builders.hl7_messages import HEART_RATE, PERSON, message, observed, request
from tests.stream.gateway.test_translate import READING


def taken(sent: bytes, reading: Conventions = READING) -> Taken:
    (arrived,) = read(Block(sent), reading)
    return take(arrived, reading, Memory(), None)


def named(name: str, codec: str, identifier: str = "7", charset: str = "") -> bytes:
    person = f"PID|||{identifier}^^^H^MR||{name}"
    header = "|" * 6 + charset if charset else ""
    return message(person, request(), HEART_RATE, more=header).decode().encode(codec)


@pytest.mark.parametrize("charset", ["", "UNICODE UTF-8", "ASCII"])
def test_a_name_that_nobody_reads_refuses_no_message(charset: str) -> None:
    said = taken(named("MÜLLER", "latin-1", charset=charset))
    assert (said.verdict.value, len(said.translation.records)) == ("AA", 1)
    assert [(one.where, one.code) for one in said.translation.troubles] == [("MSH^1^18", "0")]


def test_an_identifier_in_unknown_characters_is_refused() -> None:
    said = taken(named("X", "latin-1", identifier="Ü7"))
    assert (said.verdict.value, said.translation.troubles[0].where) == ("AE", "PID^1^3")


def test_an_identifier_is_the_same_in_every_character_set() -> None:
    patients = {
        taken(named("X", codec, "Ü7", charset)).translation.events[0].patient
        for codec, charset in (("latin-1", "8859/1"), ("utf-8", "UNICODE UTF-8"), ("utf-8", ""), ("cp1252", "CP1252"))
    }
    assert len(patients) == 1


def test_the_characters_are_the_senders_where_its_messages_do_not_say(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\ndescription = "a test"\nsource = "a test"\nextends = ["plain"]\ncharset = "cp932"\n',
        encoding="utf-8",
    )
    here = replace(READING, profile=load(own))
    assert taken(named("山田", "cp932"), here).translation.troubles == []


def test_a_sender_is_recognised_by_what_only_it_sends() -> None:
    private = observed("OBX|1|NM|0002-4182^HR^MDIL|0|60|0004-0aa0^bpm^MDIL|||||F")
    (arrived,) = read(Block(private), READING)
    assert arrived.profile.name == "philips-iic"
    assert taken(private).translation.records[0].event.record.heart_rate_bpm == 60  # type: ignore[union-attr]


def test_a_message_that_names_no_control_id_is_refused_and_the_next_is_not() -> None:
    block = Block(message(PERSON, request(), HEART_RATE, control="") + observed(HEART_RATE))
    verdicts = [take(one, READING, Memory(), None).verdict.value for one in read(block, READING)]
    assert verdicts == ["AE", "AA"]


@pytest.mark.parametrize("fault", ["too large", "end inside", "no start"])
def test_of_a_block_at_fault_the_whole_messages_count_and_the_last_does_not(fault: str) -> None:
    block = Block(observed(HEART_RATE) + observed(HEART_RATE), fault)  # type: ignore[arg-type]
    verdicts = [take(one, READING, Memory(), None).verdict.value for one in read(block, READING)]
    assert verdicts == ["AA", "AE"]
