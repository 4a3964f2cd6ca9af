"""A dead letter keeps the record as it came, says what went wrong, and repeats nothing of what it holds."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.vitals import VITALS_RECORD
from stream.delivery.cut import MOST_BYTES
from stream.delivery.dead_letters import DeadLetter, Failure, dead_letter, letter_id, replayed
from stream.delivery.records import SetAside
from tests.builders.ports import NOW_MS

NOW = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
SECRET = "Jane-Doe-1961"  # noqa: S105 - it stands for patient data


class ARecord(NamedTuple):
    topic: str = "vitals"
    partition: int = 3
    offset: int = 42
    timestamp: int = 1_767_322_800_123
    key: bytes | None = b"p-7"
    value: bytes | None = b'{"patient"'
    headers: tuple[tuple[str, bytes | None], ...] = ()


def a_letter(
    record: ARecord | None = None, error: BaseException | str = "no bytes", attempt: int = 1, now: datetime = NOW
) -> DeadLetter:
    return dead_letter(
        record or ARecord(), stage="validate", error=error, attempt=attempt, now=now, app_version="1.2.3"
    )


def text_of(letter: DeadLetter) -> str:
    """Everything that a letter adds to the record, as one text."""
    added = [(name, value) for name, value in letter.headers if (name, value) not in ARecord().headers]
    return " ".join(f"{name}={value.decode()}" for name, value in added)


def validation_error(record: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        VITALS_RECORD.validate_json(record)
    return caught.value


header_rows = st.lists(
    st.tuples(
        st.one_of(
            st.text(min_size=1),
            st.sampled_from(["ce_id", "__streams.errors.topic", "x-stage", "x-original-headers", "content-type"]),
        ),
        st.binary(),
    ),
    max_size=6,
)


@given(
    key=st.none() | st.binary(), value=st.none() | st.binary(), headers=header_rows, offset=st.integers(0, 2**63 - 1)
)
def test_value_key_and_headers_survive_byte_for_byte(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]], offset: int
) -> None:
    letter = a_letter(ARecord(key=key, value=value, headers=tuple(headers), offset=offset))
    nothing = key is None and value is None  # a producer takes no record of nothing
    assert (letter.key, letter.value) == (key, b"" if nothing else value)
    failure = Failure.read(letter.headers)
    assert failure.headers == headers
    assert (failure.topic, failure.partition, failure.offset) == ("vitals", 3, offset)
    assert failure.timestamp_ms == ARecord().timestamp


HISTORY = ["x-attempt", "x-first-failure-ts", "x-replay-of"]
any_bytes = st.binary(max_size=40) | st.binary(max_size=10).map(lambda some: some * 300)


@given(
    key=st.none() | any_bytes,
    value=st.none() | any_bytes,
    headers=st.lists(
        st.tuples(
            st.text(max_size=20) | st.sampled_from(HISTORY),
            st.none()
            | any_bytes
            | st.text(max_size=30).map(str.encode)
            | st.datetimes().map(lambda at: str(at).encode()),
        ),
        max_size=6,
    ),
    timestamp=st.integers(-(2**63), 2**63 - 1),
    most_bytes=st.sampled_from([400, 2_000, MOST_BYTES]),
)
def test_a_letter_can_be_written_of_any_record_and_has_a_bounded_size_and_can_be_sent_and_read(
    key: bytes | None,
    value: bytes | None,
    headers: list[tuple[str, bytes | None]],
    timestamp: int,
    most_bytes: int,
) -> None:
    record = ARecord(key=key, value=value, headers=tuple(headers), timestamp=timestamp)
    letter = dead_letter(
        record, stage="decode", error=ValueError(), attempt=1, now=NOW, app_version="1", most_bytes=most_bytes
    )
    assert letter.key is not None or letter.value is not None
    failure = Failure.read(letter.headers)
    carried = len(letter.key or b"") + len(letter.value or b"")
    carried += sum(len(name.encode()) + len(held) for name, held in failure.headers)
    assert carried <= most_bytes
    if not failure.cut:
        assert letter.key == key
        assert failure.headers == [(name, held or b"") for name, held in headers if name not in HISTORY]


def test_what_is_too_large_for_a_letter_is_cut_and_its_length_its_hash_and_its_place_are_told() -> None:
    record = ARecord(key=b"k" * 500_000, value=b"v" * 1_030_000, headers=(("a", b"1"), ("b", b"h" * 300_000)))
    letter = a_letter(record)
    told = dict(letter.headers)
    assert told["x-cut-value-bytes"] == b"1030000"
    assert told["x-cut-value-sha256"].decode() == sha256(record.value or b"").hexdigest()
    assert told["x-cut-key-bytes"] == b"500000"
    assert told["x-cut-key-sha256"].decode() == sha256(record.key or b"").hexdigest()
    assert told["x-cut-headers"] == b"1"
    assert record.value is not None
    assert letter.value is not None
    assert record.value.startswith(letter.value)
    failure = Failure.read(letter.headers)
    assert (failure.topic, failure.partition, failure.offset, failure.cut) == ("vitals", 3, 42, True)
    assert failure.headers == [("a", b"1")]


@pytest.mark.parametrize(("more", "cut"), [(0, False), (1, True)])
def test_a_record_is_cut_only_where_it_does_not_fit(*, more: int, cut: bool) -> None:
    letter = a_letter(ARecord(key=None, value=bytes(MOST_BYTES + more)))
    assert Failure.read(letter.headers).cut == cut
    assert len(letter.value or b"") == (MOST_BYTES // 4 if cut else MOST_BYTES)


def test_the_letter_of_records_that_could_not_be_read_tells_their_place_and_what_lies_there() -> None:
    aside = SetAside("vitals", 3, 42, 50, NOW_MS, "the records can't be read", size_bytes=90, sha256="ab")
    letter = dead_letter(aside, stage="decode", error=aside.fault, attempt=1, now=NOW, app_version="1")
    told = dict(letter.headers)
    assert (told["x-cut-value-bytes"], told["x-cut-value-sha256"]) == (b"90", b"ab")
    failure = Failure.read(letter.headers)
    assert (failure.offset, failure.message, failure.cut) == (42, "the records can't be read", True)


def test_the_headers_have_the_names_of_kip_1034() -> None:
    headers = dict(a_letter(error=ValueError("x")).headers)
    assert headers["__streams.errors.exception"] == b"builtins.ValueError"
    assert headers["__streams.errors.topic"] == b"vitals"
    assert headers["__streams.errors.partition"] == b"3"
    assert headers["__streams.errors.offset"] == b"42"
    assert headers["__streams.errors.message"] == b"ValueError: the record breaks its schema"
    assert headers["__streams.errors.stacktrace"] == b""
    assert headers["x-stage"] == b"validate"
    assert headers["x-attempt"] == b"1"
    assert headers["x-first-failure-ts"] == b"2026-01-02T03:04:05.678900+00:00"
    assert headers["x-app-version"] == b"1.2.3"


def test_the_id_is_that_of_the_position_and_of_nothing_else() -> None:
    first, again = (
        a_letter(ARecord(value=b"1")),
        a_letter(ARecord(value=b"2"), error="other", now=NOW + timedelta(days=1)),
    )
    ids = [dict(letter.headers)["ce_id"].decode() for letter in (first, again)]
    assert ids == [str(letter_id("vitals", 3, 42))] * 2
    others = {
        letter_id("vitals", 3, 42),
        letter_id("vitals", 4, 2),
        letter_id("labs", 3, 42),
        letter_id("vitals", 34, 2),
    }
    assert len(others) == 4


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (f'{{"patient":"p","time":"2026-01-01T00:00:00Z","heart_rate_bpm":"{SECRET}"}}', "float_type"),
        (f'{{"patient":"{SECRET} ?","time":"2026-01-01T00:00:00Z"}}', "frame.patient: string_pattern_mismatch"),
        (f'{{"patient":"p","time":"{SECRET}"}}', "frame.time: datetime_from_date_parsing"),
        (f'{{"patient":"p","{SECRET}":1}}', "frame.time: missing"),
        (f'{{"patient":"p","times":["2026-01-01T00:00:00Z"],"consciousness":["{SECRET}"]}}', "block.consciousness.0"),
        (f'["{SECRET}"]', "frame: model_type"),
        (f'"{SECRET}', "json_invalid"),
    ],
)
def test_a_validation_error_is_told_by_place_and_type_and_never_by_value(record: str, told: str) -> None:
    letter = a_letter(error=validation_error(record.encode()))
    assert told in Failure.read(letter.headers).message
    assert SECRET not in text_of(letter)


def test_a_long_row_of_errors_is_cut_and_counted() -> None:
    times = ",".join('"never"' for _ in range(50))
    error = validation_error(f'{{"patient":"p","times":[{times}]}}'.encode())
    message = Failure.read(a_letter(error=error).headers).message
    assert message.count(";") == 10
    assert message.endswith(f"; and {error.error_count() - 10} more")


def test_a_foreign_exception_is_told_by_class_and_never_by_its_text() -> None:
    for error in (
        ValueError(SECRET),
        KeyError(SECRET),
        UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "bad"),
        ExceptionGroup(SECRET, [ValueError(SECRET)]),
    ):
        letter = a_letter(error=error)
        assert SECRET not in text_of(letter)
        assert type(error).__name__ in Failure.read(letter.headers).message


def test_an_exception_of_ours_keeps_its_sentence() -> None:
    ours = type("StateError", (Exception,), {"__module__": "stream.state.store"})
    failure = Failure.read(a_letter(error=ours("the state of this patient\nhas another version")).headers)
    assert failure.message == "StateError: the state of this patient has another version"
    assert failure.exception == "stream.state.store.StateError"


def test_a_message_is_one_line_of_bounded_length() -> None:
    message = Failure.read(a_letter(error="a\n\x1b[31m" + "b" * 5000).headers).message
    assert len(message) == 1000
    assert message.isprintable()


def test_the_stack_shows_our_frames_alone_without_values_or_paths() -> None:
    error: BaseException
    try:
        Failure.read([("ce_id", SECRET.encode())])
    except ValueError as caught:
        error = caught
    stack = Failure.read(a_letter(error=error).headers).stacktrace
    assert stack.startswith("stream.delivery.dead_letters:")
    assert " read (builtins.ValueError)" in stack
    assert "test_dead_letters" not in stack
    assert "/" not in stack
    assert SECRET not in stack


def test_the_stack_follows_the_cause() -> None:
    with pytest.raises(ValueError, match="headers") as cause:
        Failure.read([])
    error = RuntimeError()
    error.__cause__ = cause.value
    assert "letters:" in Failure.read(a_letter(error=error).headers).stacktrace


def test_a_stack_that_runs_wild_is_cut() -> None:
    ours: dict[str, Any] = {"__name__": "stream.wild"}
    exec("def deeper(left):\n    return deeper(left - 1) if left else 1 / 0", ours)  # noqa: S102 - frames of "our" code
    with pytest.raises(ZeroDivisionError) as caught:
        ours["deeper"](200)
    assert len(Failure.read(a_letter(error=caught.value).headers).stacktrace.splitlines()) == 20


def test_a_replayed_record_that_fails_again_keeps_its_first_failure_and_counts_on() -> None:
    first = Failure.read(a_letter(ARecord(headers=(("origin", b"gateway"),)), attempt=3).headers)
    back = ARecord(offset=99, headers=tuple(replayed(first)))
    second = Failure.read(a_letter(back, attempt=2, now=NOW + timedelta(hours=5)).headers)
    assert second.attempt == 5
    assert second.first_failure == NOW
    assert second.replay_of == str(first.id)
    assert second.headers == [("origin", b"gateway")]
    assert second.id == letter_id("vitals", 3, 99)


def test_replaying_over_and_over_does_not_grow_the_headers() -> None:
    letter = a_letter(ARecord(headers=(("origin", b"gateway"),)))
    counts = set()
    for offset in range(100, 104):
        letter = a_letter(ARecord(offset=offset, headers=tuple(replayed(Failure.read(letter.headers)))))
        counts.add(len(letter.headers))
    assert len(counts) == 1


@pytest.mark.parametrize("attempt", [b"", b"-3", b"many", b"\xff", b"1e9", b"9" * 40, "²".encode()])
def test_what_a_stranger_wrote_into_the_history_does_no_harm(attempt: bytes) -> None:
    record = ARecord(headers=(("x-attempt", attempt), ("x-first-failure-ts", b"yesterday")))
    failure = Failure.read(a_letter(record).headers)
    assert failure.attempt == 1
    assert failure.first_failure == NOW


def test_a_letter_is_a_cloud_event_and_says_so_in_its_last_headers() -> None:
    headers = dict(a_letter(ARecord(headers=(("ce_type", b"somebody.elses"), ("content-type", b"text/x")))).headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"org.wardwatch.dead-letters.v1"
    assert headers["ce_subject"] == b"vitals/3/42"
    assert headers["content-type"] == b"application/octet-stream"


@pytest.mark.parametrize("headers", [[], [("ce_id", b"x")], [("x-stage", None)]])
def test_headers_of_anything_else_are_refused(headers: list[tuple[str, bytes | None]]) -> None:
    with pytest.raises(ValueError, match="not those of a dead letter"):
        Failure.read(headers)
