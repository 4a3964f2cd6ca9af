"""The door of what can't be used: the maker of dead letters, which must not fail on anything."""

from typing import Final, get_args

from pydantic import ValidationError

from schemas.dead_letters import CUT, KIP, REPLAY_OF, Stage
from schemas.topics import TOPICS
from stream.delivery.cut import LEAST_BYTES, MOST_BYTES
from stream.delivery.dead_letters import Failure
from stream.delivery.decode import Refused
from stream.delivery.records import Record, SetAside
from tests.builders.ports import NOW_MS, ARecord
from tests.fuzz.letters_checked import checked_letter
from tests.fuzz.told import NAME, NUMBER, listening

_STAGES: Final = get_args(Stage)
_NULL: Final = b"\x00"  # instead of a part: there is none
_BETWEEN: Final = b"\x1e"
_MANY: Final = b"\x1f"  # a value that begins so is repeated, up to more than fits

SEEDS = (
    _BETWEEN.join((b"aD", b"p-1", b'{"patient":"' + NAME.encode() + b'"}', b"x-attempt", b"3", b"traceparent", b"00-")),
    _BETWEEN.join((b"bE", _NULL, _NULL, b"x-attempt", _NULL)),
    _BETWEEN.join((b"cF", b"p-1", _MANY + b"garbage", b"x-first-failure-ts", b"2026-01-02", REPLAY_OF.encode(), b"id")),
    _BETWEEN.join((b"dG", b"\xff\xfe", b"\xc3(", KIP.encode() + b"topic", NAME.encode(), b"ce_id", b"ours?", b"", b"")),
    _BETWEEN.join((b"eH", b"", b"", *(b"h", NUMBER.encode()) * 50, CUT.encode() + b"headers", b"7")),
    _BETWEEN.join((b"fI", _NULL, _MANY + b"batch", b"x-original-headers", b"-1")),
)
WORDS = (
    *(_BETWEEN, _NULL, _MANY, b"x-attempt", b"x-first-failure-ts", REPLAY_OF.encode(), b"x-original-headers"),
    *(KIP.encode(), b"ce_id", b"ce_time", b"9999-12-31T23:59:59+23:59", b"0001-01-01", b"99999", b"\xd9\xa3", b"\xff"),
)


def one(data: bytes) -> None:
    """A record in parts: stage and error, key, value, then names and values of headers.

    A letter is made of it, whatever it is: bounded, readable as a letter, with the record whole or its length and hash,
    and again from the letter's own record; a planted name is in no header that is ours, and in no log line.
    """
    how, *parts = data.split(_BETWEEN)
    how += b"\x00\x00"
    stage: Stage = _STAGES[how[0] % len(_STAGES)]
    record = _record(parts, is_batch=how[1] % 8 == 1)
    with listening():
        for most_bytes in (MOST_BYTES, LEAST_BYTES):
            failure = checked_letter(Refused(record, stage, _error(how[1], record)), most_bytes)
            assert failure.attempt >= 1
            again = ARecord(record.topic, record.value, key=record.key, headers=failure.headers)
            _same(failure, checked_letter(Refused(again, stage, "again"), most_bytes))


def _same(first: Failure, second: Failure) -> None:
    assert len(second.headers) <= len(first.headers)


def _part(data: bytes) -> bytes | None:
    if data.startswith(_MANY):
        return (data[1:] or b"x") * (1_100_000 // max(1, len(data) - 1))
    return None if data == _NULL else data


def _record(parts: list[bytes], *, is_batch: bool) -> Record:
    made = [_part(part) for part in parts]
    key, value = (*made, None, None)[:2]
    more = made[2:]
    names = [(name or b"").decode("utf-8", "replace") for name in more[::2]]
    headers = list(zip(names, more[1::2], strict=False))
    if is_batch:
        return SetAside("labs", 1, 7, 9, NOW_MS, "a fault", len(value or b""), "0" * 64)
    return ARecord("labs", value, key=key, offset=7, partition=1, headers=headers)  # type: ignore[arg-type]  # null


def _error(which: int, record: Record) -> Exception | str:
    match which % 4:
        case 0:
            return "a check said no"
        case 1:
            return ValueError((record.value or b"")[:500].decode("utf-8", "replace"))
        case 2:
            return KeyError(record.key)
        case _:
            adapter = TOPICS["labs"].record
            assert adapter is not None
            try:
                adapter.validate_json((record.value or b"")[:5000])
            except ValidationError as error:
                return error
            return "valid"
