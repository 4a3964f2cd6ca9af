"""The dead letter: the record as it came, and in headers what went wrong with it; written and read here alone.

A letter can be written of any record whatever, and has a bounded size (stream/delivery/cut.py). The names of the
headers stand in schemas/dead_letters.py. The original headers come first and unchanged, ours follow: a reader that
takes the last header of a name sees ours.
Nothing here carries input but the value, the key and the headers that came: no message, no stack trace, no log does.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from traceback import walk_tb
from typing import Final, NamedTuple, Self
from uuid import UUID, uuid5

from pydantic import ValidationError

from schemas import cloudevents
from schemas.cloudevents import Headers
from schemas.dead_letters import CUT, KIP, REPLAY_OF, Stage
from schemas.identity import NAMESPACE
from schemas.partitioner import MOVED_FROM
from schemas.topics import TOPICS
from stream.delivery.cut import MOST_BYTES, kept
from stream.delivery.records import Record

SENTENCES: Final[dict[Stage, str]] = {
    "decode": "the value could not be decoded",
    "validate": "the record breaks its schema",
    "state": "the patient's state could not be read or written",
    "inference": "the model raised",
    "publish": "the output could not be sent",
    "fetch": "the image could not be fetched",
}
"""What we say where the exception's own words might carry input."""

REPLAY_HEADERS: Final = (REPLAY_OF, "x-attempt", "x-first-failure-ts")
"""What a replayed record carries besides its own headers."""

_OWN_CODE: Final = ("schemas", "models", "stream")
_MOST_CHARACTERS: Final = 1000
_MOST_FRAMES: Final = 20
_MOST_ERRORS: Final = 10


class DeadLetter(NamedTuple):
    """What to send to the topic dead-letters."""

    key: bytes | None
    value: bytes | None
    headers: Headers


class Failure(NamedTuple):
    """What a letter says: where the record stood, what went wrong, and the headers that it came with."""

    id: UUID
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    stage: str
    exception: str
    message: str
    stacktrace: str
    attempt: int
    first_failure: datetime
    app_version: str
    replay_of: str | None
    headers: Headers
    cut: bool = False  # the record was too large: what the letter carries of it is its beginning

    @classmethod
    def read(cls, headers: Iterable[tuple[str, bytes | None]]) -> Self:
        """Read a letter's headers; raises ValueError when they are not a dead letter's."""
        row = [(name, value or b"") for name, value in headers]
        last = {name: value.decode("utf-8", "replace") for name, value in row}
        try:
            return cls(
                id=UUID(last["ce_id"]),
                topic=last[KIP + "topic"],
                partition=int(last[KIP + "partition"]),
                offset=int(last[KIP + "offset"]),
                timestamp_ms=int(last["x-original-timestamp-ms"]),
                stage=last["x-stage"],
                exception=last[KIP + "exception"],
                message=last[KIP + "message"],
                stacktrace=last[KIP + "stacktrace"],
                attempt=int(last["x-attempt"]),
                first_failure=datetime.fromisoformat(last["x-first-failure-ts"]),
                app_version=last["x-app-version"],
                replay_of=last.get(REPLAY_OF),
                headers=row[: int(last["x-original-headers"])],
                cut=any(name.startswith(CUT) for name, _ in row[int(last["x-original-headers"]) :]),
            )
        except (KeyError, ValueError):
            message = "the record's headers are not those of a dead letter"
            raise ValueError(message) from None


def letter_id(topic: str, partition: int, offset: int) -> UUID:
    """The id of the letter about the record at this position: the same for every delivery of it."""
    return uuid5(NAMESPACE, f"dead-letter|{topic}|{partition}|{offset}")


def dead_letter(
    record: Record,
    *,
    stage: Stage,
    error: BaseException | str,
    attempt: int,
    now: datetime,
    app_version: str,
    most_bytes: int = MOST_BYTES,
) -> DeadLetter:
    """Write down a record that could not be used; `attempt` counts the tries of this delivery, `now` is its failure.

    Of the record no more than about `most_bytes` are carried. Of a pydantic error the letter says place and type, of
    our own exceptions their sentence, of any other the class and our sentence for the stage; a plain text is taken as
    it is, so it must not carry input. A record that was replayed keeps the time of its first failure and its attempts
    are counted on.
    """
    carried = {name: _text(value) for name, value in record.headers if name in REPLAY_HEADERS}
    whole = kept(record, [header for header in record.headers if header[0] not in carried], most_bytes)
    ours = {
        "exception": "Refused" if isinstance(error, str) else _class_name(error),
        "message": _bounded(_message(error, stage)),
        "stacktrace": "" if isinstance(error, str) else "\n".join(_stack(error)),
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
    }
    ours = {KIP + name: text for name, text in ours.items()}
    ours["x-stage"] = stage
    ours["x-attempt"] = str(attempts_before(carried.get("x-attempt")) + attempt)
    ours["x-first-failure-ts"] = (_moment(carried.get("x-first-failure-ts")) or now).isoformat()
    ours["x-app-version"] = app_version
    ours["x-original-timestamp-ms"] = str(record.timestamp)
    ours["x-original-headers"] = str(len(whole.headers))
    ours |= whole.notes
    if REPLAY_OF in carried:
        ours[REPLAY_OF] = carried[REPLAY_OF]
    event = cloudevents.headers(
        event_id=letter_id(record.topic, record.partition, record.offset),
        ce_type=TOPICS["dead-letters"].ce_type,
        subject=f"{record.topic}/{record.partition}/{record.offset}",
        time=now,
        content_type="application/octet-stream",
    )
    return DeadLetter(whole.key, whole.value, [*whole.headers, *((k, v.encode()) for k, v in ours.items()), *event])


def replayed(failure: Failure) -> Headers:
    """The headers to send a letter's record with again: its own, and what keeps its history if it fails once more.

    Where it was moved from no longer counts: records that came later may have been applied since.
    """
    history = (str(failure.id), str(failure.attempt), failure.first_failure.isoformat())
    own = [header for header in failure.headers if header[0] != MOVED_FROM]
    return [*own, *((name, text.encode()) for name, text in zip(REPLAY_HEADERS, history, strict=True))]


def _text(value: bytes | None) -> str:
    """What a replayed record brings along, as far as anybody could mean it: a line of bounded length."""
    return _bounded((value or b"")[:_MOST_CHARACTERS].decode("utf-8", "replace"))


def attempts_before(header: str | None) -> int:
    """The attempts that a replayed record brings along; what anybody else wrote there counts as none."""
    return int(header) if header is not None and header.isascii() and header.isdigit() and len(header) < 6 else 0  # noqa: PLR2004 - five digits are plenty


def _message(error: BaseException | str, stage: Stage) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_context=False, include_input=False)
        told = [f"{'.'.join(str(part) for part in one['loc'])}: {one['type']}" for one in found[:_MOST_ERRORS]]
        more = len(found) - len(told)
        return "; ".join(told) + (f"; and {more} more" if more else "")
    if _is_own(type(error).__module__):
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__}: {SENTENCES[stage]}"


def _stack(error: BaseException) -> Iterator[str]:
    """The frames of our own code, newest last, then those of what caused it: module, line and function, no values."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain and len(chain) < _MOST_FRAMES:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    lines = [
        f"{frame.f_globals.get('__name__')}:{line} {frame.f_code.co_name} ({_class_name(one)})"
        for one in chain
        for frame, line in walk_tb(one.__traceback__)
        if _is_own(str(frame.f_globals.get("__name__")))
    ]
    yield from lines[-_MOST_FRAMES:]


def _is_own(module: str) -> bool:
    return module.partition(".")[0] in _OWN_CODE


def _class_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _bounded(text: str) -> str:
    """One line of bounded length, of printable characters only."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1] + "…"


def _moment(text: str | None) -> datetime | None:
    """The first failure that a replayed record brings along; None where nothing usable is written there."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
