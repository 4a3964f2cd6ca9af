"""Which letters a replay sends: each record once, none without end, and none to where Wardwatch itself writes."""

from datetime import UTC, datetime

import pytest

from stream.commands.dead_letters import _readable
from stream.dead_letters.browse import Letter, choose, moment_of
from stream.delivery.dead_letters import Failure, dead_letter, replayed
from tests.builders.ports import ARecord

NOW = datetime(2026, 1, 2, tzinfo=UTC)
RECORD = ARecord("vitals", b'{"patient"', partition=3, offset=42)


def a_letter(record: ARecord, *, attempt: int = 1, stage: str = "validate") -> Letter:
    written = dead_letter(record, stage=stage, error="no", attempt=attempt, now=NOW, app_version="1")  # type: ignore[arg-type]  # stage
    return Letter(0, record.offset, NOW, record.key, record.value, Failure.read(written.headers))


def test_each_record_is_sent_once_though_its_letter_is_doubled() -> None:
    choice = choose([a_letter(RECORD), a_letter(RECORD)], stage=None, most_attempts=5)
    assert len(choice.letters) == 1
    assert choice.left_out == {"double": 1}


def test_a_record_that_failed_again_is_sent_from_its_newest_letter() -> None:
    first = a_letter(RECORD._replace(offset=1))
    assert first.failure is not None
    second = a_letter(RECORD._replace(offset=2, headers=tuple(replayed(first.failure))))
    for letters in ([first, second], [second, first]):
        choice = choose(letters, stage=None, most_attempts=5)
        assert [letter.offset for letter in choice.letters] == [2]
        assert choice.left_out == {"failed again after a replay": 1}


@pytest.mark.parametrize(("attempt", "sent"), [(4, 1), (5, 0)])
def test_attempts_are_bounded(attempt: int, sent: int) -> None:
    assert len(choose([a_letter(RECORD, attempt=attempt)], stage=None, most_attempts=5).letters) == sent


def test_only_the_stage_asked_for_is_sent() -> None:
    letters = [a_letter(RECORD._replace(offset=1), stage="state"), a_letter(RECORD._replace(offset=2), stage="fetch")]
    assert [letter.offset for letter in choose(letters, stage="fetch", most_attempts=5).letters] == [2]


def test_a_forged_letter_can_not_become_an_alert() -> None:
    choice = choose([a_letter(RECORD._replace(topic="alerts"))], stage=None, most_attempts=5)
    assert choice.letters == []
    assert choice.left_out == {"not from an input topic": 1}


def test_what_is_no_letter_is_counted_and_left() -> None:
    choice = choose([Letter(0, 0, NOW, None, b"x", None)], stage=None, most_attempts=5)
    assert choice.left_out == {"not written by Wardwatch": 1}


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (None, None),
        (b"", ""),
        ('{"ä": 1}'.encode(), '{"ä": 1}'),
        (b"\xff\x00A", "00000000  ff 00 41" + " " * 41 + "..A"),
        (b"\x1b[31m", "00000000  1b 5b 33 31 6d" + " " * 35 + ".[31m"),
    ],
)
def test_content_is_shown_as_text_or_in_rows_of_hexadecimal(data: bytes | None, shown: str | None) -> None:
    assert _readable(data) == shown


@pytest.mark.parametrize("timestamp_ms", [-(2**63), -1, 0, 1_767_312_000_001, 2**63 - 1])
def test_a_letter_has_a_moment_whatever_its_producer_wrote_for_one(timestamp_ms: int) -> None:
    moment = moment_of(timestamp_ms)
    assert moment.isoformat()
    assert abs(timestamp_ms) > 2**50 or round(moment.timestamp() * 1000) == timestamp_ms
