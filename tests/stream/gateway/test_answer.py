"""Answers: a row of HL7's modes and a test each; in the sender's own delimiters, with everything that is told."""

from datetime import UTC, datetime

import hl7
import pytest

from stream.gateway.answer import _ROWS, MOST_ERRORS, Kind, Verdict, answer, code, wanted
from stream.gateway.segments import Message, split
from stream.gateway.trouble import Trouble
from tests.builders.hl7_messages import HEART_RATE, PERSON, SYSTOLIC, message, observed, request

NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)


def one(sent: bytes) -> Message:
    (found,) = split(sent.decode())
    return found


def asking(accept: str, application: str) -> Message:
    return one(message(PERSON, request(), SYSTOLIC, more=f"|||{accept}|{application}"))


@pytest.mark.parametrize(("accept", "application", "taken", "refused"), _ROWS)
def test_the_answer_is_the_one_that_is_asked_for(accept: str, application: str, taken: Kind, refused: Kind) -> None:
    sent = asking(accept, application)
    kinds = [wanted(sent, verdict) for verdict in (Verdict.ACCEPTED, Verdict.ERROR, Verdict.REJECTED)]
    assert kinds == [(one,) if one else () for one in (taken, refused, refused)]


@pytest.mark.parametrize(
    ("accept", "application", "taken", "refused"),
    [
        ("", "", "A", "A"),
        ("", "AL", "A", "A"),
        ("AL", "", "C", "C"),
        ("AL", "AL", "CA", "C"),
        ("AL", "NE", "C", "C"),
        ("AL", "ER", "C", "C"),
        ("AL", "SU", "CA", "C"),
        ("NE", "AL", "A", "A"),
        ("NE", "NE", "", ""),
        ("NE", "ER", "", "A"),
        ("NE", "SU", "A", ""),
        ("ER", "AL", "A", "C"),
        ("ER", "NE", "", "C"),
        ("ER", "ER", "", "C"),
        ("ER", "SU", "A", "C"),
        ("SU", "AL", "CA", "A"),
        ("SU", "NE", "C", ""),
        ("SU", "ER", "C", "A"),
        ("SU", "SU", "CA", ""),
    ],
)
def test_a_sender_that_waits_for_both_answers_gets_both_and_none_after_a_refused_commit(
    accept: str, application: str, taken: str, refused: str
) -> None:
    sent = asking(accept, application)
    for verdict, kinds in ((Verdict.ACCEPTED, taken), (Verdict.ERROR, refused), (Verdict.REJECTED, refused)):
        said = [code(verdict, kind) for kind in wanted(sent, verdict, is_both=True)]
        assert [one[0] for one in said] == list(kinds)


def test_every_pair_of_wishes_has_a_row() -> None:
    wishes = ("", "AL", "NE", "ER", "SU")
    assert sorted(row[:2] for row in _ROWS) == sorted((one, other) for one in wishes for other in wishes)


@pytest.mark.parametrize(
    ("accept", "application", "verdict", "said"),
    [
        ("AL", "NE", Verdict.ACCEPTED, "CA"),
        ("AL", "NE", Verdict.ERROR, "CE"),
        ("AL", "NE", Verdict.REJECTED, "CR"),
        ("NE", "AL", Verdict.ACCEPTED, "AA"),
        ("NE", "AL", Verdict.REJECTED, "AR"),
        ("", "", Verdict.ERROR, "AE"),
        ('""', '""', Verdict.ACCEPTED, "AA"),
        ("Y", "", Verdict.ACCEPTED, "CA"),
    ],
)
def test_the_code_is_of_the_mode_that_is_asked_for(accept: str, application: str, verdict: Verdict, said: str) -> None:
    (kind,) = wanted(asking(accept, application), verdict)
    assert code(verdict, kind) == said


def test_which_answer_means_again_is_the_senders() -> None:
    assert code(Verdict.REJECTED, "application", again="AE", never="AR") == "AE"
    assert code(Verdict.ERROR, "accept", again="AE", never="AR") == "CR"


@pytest.mark.parametrize("kind", ["ACK^R01", "ACK", "MCF"])
def test_an_answer_is_never_answered(kind: str) -> None:
    assert wanted(one(message("MSA|AA|1", kind=kind)), Verdict.ERROR) == ()


def test_an_answer_is_in_the_senders_own_delimiters_and_characters() -> None:
    sent = one(b"MSH$%~\\&$MON%1.2%ISO$W$WW$H$20261121101500+0100$$ORU%R01$c|1$P$2.6$$$$$$8859/1\rPID$$$7\r")
    trouble = Trouble("OBX^1^3", "103", "cost $5 is no code")
    said = answer(sent, "AA", [trouble], NOW, "7", "latin-1").decode("latin-1").split("\r")
    assert said[0] == "MSH$%~\\&$WW$H$MON%1.2%ISO$W$20261121091500+0000$$ACK%R01%ACK$7$P$2.6$$$$$$8859/1"
    assert said[1] == "MSA$AA$c|1"
    assert said[2] == "ERR$$OBX%1%3$103%Table value not found%HL70357$W$$$$cost  5 is no code"


def test_an_answer_repeats_the_control_id_as_it_was_sent() -> None:
    said = hl7.parse(answer(one(message(control="a^b&c")), "AA", [], NOW, "7").decode())
    assert str(said.segment("MSA")[2]) == "a^b&c"


def test_an_answer_holds_no_more_than_can_be_read() -> None:
    troubles = [Trouble(f"OBX^{number}^3", "103", "unknown") for number in range(MOST_ERRORS + 25)]
    lines = answer(None, "AE", troubles, NOW, "7").decode().split("\r")
    assert len([line for line in lines if line.startswith("ERR")]) == MOST_ERRORS + 1
    assert "and 25 more" in lines[-2]


def test_where_segments_end_with_a_line_feed_the_answer_holds_none() -> None:
    sent = one(observed(HEART_RATE).replace(b"\r", b"\n"))
    assert b"\n" not in answer(sent, "AA", [], NOW, "7")


def test_an_answer_repeats_no_sign_that_would_end_it_or_steer_who_reads_it() -> None:
    (asked,) = split(message(PERSON, control="4\x0b\x1b[2J\n\x002", more="|\x1c").decode())
    said = answer(asked, "AA", (), datetime.now(UTC), "1")
    assert b"\rMSA|AA|4[2J2\r" in said
    assert not any(sign in said for sign in b"\x00\x0b\x1b\x1c\n")
