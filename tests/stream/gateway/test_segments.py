"""Splitting by hand: the same fields as python-hl7 finds, and one message is never read as part of another."""

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.gateway.segments import MOST_SEGMENTS, Message, parts, repetitions, split, text
from stream.gateway.trouble import Unusable
from tests.builders.hl7_messages import PERSON, SYSTOLIC, message, observed, request


def one(sent: str) -> Message:
    (found,) = split(sent)
    return found


def names(found: Message) -> list[str]:
    return [segment.name for segment in found.segments]


WHOLE = observed(SYSTOLIC).decode()


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r", "\n\n", "\r\n\r\n"])
def test_segments_end_as_senders_end_them(end: str) -> None:
    assert names(one(WHOLE.replace("\r", end))) == ["MSH", "PID", "OBR", "OBX"]


def test_a_line_feed_inside_a_text_ends_no_segment() -> None:
    found = one(WHOLE + "NTE|1||first line\nsecond line\r")
    assert text(found.segments[-1], 3) == "first line\nsecond line"


@pytest.mark.parametrize("before", ["\r\n", "\ufeff", " ", "\x00", "BHS|^~\\&|X\r", "FHS|^~\\&|X\rBHS|^~\\&|X\r"])
def test_what_may_stand_before_a_header_is_passed_over(before: str) -> None:
    assert names(one(before + WHOLE)) == ["MSH", "PID", "OBR", "OBX"]


def test_a_batch_is_its_messages() -> None:
    batch = f"BHS|^~\\&|X\r{WHOLE}{WHOLE}BTS|2\r"
    assert [names(found) for found in split(batch)] == [["MSH", "PID", "OBR", "OBX"]] * 2


def test_a_second_header_begins_another_message() -> None:
    found = split(WHOLE + message(PERSON, request(), SYSTOLIC, control="43").decode())
    assert [(text(each.header, 10), each.is_cut) for each in found] == [("42", False), ("43", False)]


@pytest.mark.parametrize("upto", [12, 30, len(WHOLE) - 40, len(WHOLE) - 3])
def test_a_header_inside_a_segment_cuts_the_message_before_it(upto: int) -> None:
    cut, whole = split(WHOLE[:upto] + message(control="43").decode())
    assert cut.is_cut
    assert (text(whole.header, 10), whole.is_cut) == ("43", False)


def test_the_delimiters_are_those_that_the_header_states() -> None:
    found = one("MSH$%*\\@$MON$W\rPID$$$7%%%A@1.2@ISO*8%%%B\r")
    person = found.segments[1]
    assert (text(person, 3), text(person, 3, 1, 1), repetitions(person, 3)) == ("7", "8", 2)
    assert parts(person, 3, 4) == ["A", "1.2", "ISO"]


def test_delimiters_that_are_left_out_are_the_usual_ones() -> None:
    found = one("MSH|^|MON\rPID|||7^^^A&1.2~8\r")
    assert parts(found.segments[1], 3, 4) == ["A", "1.2"]
    assert text(found.segments[1], 3, 1, 1) == "8"


def test_an_escaped_delimiter_is_no_delimiter() -> None:
    unit = one(message("OBX|1|NM|x||4|10\\S\\9/L&\\T\\|||||F").decode()).segments[1]
    assert text(unit, 6) == "10^9/L&&"


@pytest.mark.parametrize("sent", ["", "hello", "MSH", "PID|||7\rMSH|^~\\&|A", "MSHA^~", "\r\r"])
def test_what_does_not_begin_with_a_header_is_no_message(sent: str) -> None:
    with pytest.raises(Unusable):
        split(sent)


def test_endless_segments_are_refused() -> None:
    assert len(one(WHOLE + "NTE|1\r" * (MOST_SEGMENTS - 4)).segments) == MOST_SEGMENTS
    with pytest.raises(Unusable, match="segments"):
        split(WHOLE + "NTE|1\r" * (MOST_SEGMENTS - 3))


_FIELD = st.text(alphabet="ab1 ^~&.", max_size=12)


@given(st.lists(st.lists(_FIELD, min_size=1, max_size=8), min_size=1, max_size=5))
def test_fields_are_what_python_hl7_finds(rows: list[list[str]]) -> None:
    sent = message(*("|".join(["OBX", *row]) for row in rows)).decode()
    theirs = hl7.parse(sent)
    for ours, other in zip(one(sent).segments[1:], theirs[1:], strict=True):
        for at in range(1, len(ours.fields)):
            assert ours.fields[at] == str(other(at))
