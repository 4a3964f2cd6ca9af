"""Each patient's latest state, kept with guarded writes.

A patient's state is one hash, `wardwatch:<kind>:<pseudonym>`: `revision` counts the writes, `writer` says which worker
wrote last, `state` is JSON, `risk` the risk model's numbers. A write names the revision it grew from and is refused
when the stored one is another, so that neither a replay nor a worker that has lost its partitions can overwrite what a
newer one wrote. Every key has a time to live. The kind is `patient` for the watch path, `imaging` for the check path.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple
from uuid import uuid4

from redis.asyncio import Redis

from stream.state.client import redis_errors_translated

Kind = Literal["patient", "imaging"]
KINDS: Final[tuple[Kind, ...]] = ("patient", "imaging")
_REVISION_DIGITS: Final = 18  # the script below has the number too
_AT_ONCE: Final = 50  # states in one call: Redis does nothing else meanwhile
GUARDED_WRITES: Final = """
local answers, at = {}, 3
for _, key in ipairs(KEYS) do
    local base, revision, length = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
    local stored = string.match(redis.call('HGET', key, 'revision') or '', '^%d+$') or '0'
    if #stored > 18 then stored = '0' end
    if stored == base then
        redis.call('HSET', key, 'revision', revision, 'writer', ARGV[2], unpack(ARGV, at + 3, at + 2 + length))
        redis.call('EXPIRE', key, ARGV[1])
        answers[#answers + 1] = {revision, ARGV[2]}
    else
        answers[#answers + 1] = {stored, redis.call('HGET', key, 'writer') or ''}
    end
    at = at + 3 + length
end
return answers
"""
"""ARGV: time to live, writer; for each key the revision that it grew from, its own, its fields and their number."""


def key_of(kind: Kind, patient: str) -> str:
    """The key of a patient's state."""
    return f"wardwatch:{kind}:{patient}"


class Stored(NamedTuple):
    """What lies in Redis: the revision and the fields."""

    revision: int
    fields: dict[str, bytes]


class Write(NamedTuple):
    """A state to be stored: it grew from revision `base` and becomes `revision`."""

    base: int
    revision: int
    fields: Mapping[str, bytes]


class Refusal(NamedTuple):
    """Why a write was refused: what is stored instead, and whether this very process wrote it."""

    revision: int
    ours: bool


class StateStore:
    """Loads and guards the patients' states. Raises stream.state.client.StateUnavailableError when Redis is away."""

    def __init__(self, redis: Redis, kind: Kind, ttl_s: int) -> None:
        self._redis = redis
        self._kind = kind
        self._ttl_s = ttl_s
        self._writer = uuid4().hex
        self._write = redis.register_script(GUARDED_WRITES)

    async def load(self, patients: Sequence[str]) -> dict[str, Stored]:
        """The stored states of those patients that have one."""
        with redis_errors_translated():
            async with self._redis.pipeline(transaction=False) as pipe:  # gives its connection back, whatever happens
                for patient in patients:
                    pipe.hgetall(key_of(self._kind, patient))
                rows = await pipe.execute()
        return {patient: _stored(row) for patient, row in zip(patients, rows, strict=True) if row}

    async def save(self, writes: Mapping[str, Write]) -> dict[str, Refusal]:
        """Write every state that grew from what is stored. Returns those that were refused, and why."""
        items = list(writes.items())
        with redis_errors_translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                for start in range(0, len(items), _AT_ONCE):
                    part = items[start : start + _AT_ONCE]
                    keys = [key_of(self._kind, patient) for patient, _ in part]
                    args = [self._ttl_s, self._writer, *(each for _, write in part for each in _flat(write))]
                    await self._write(keys=keys, args=args, client=pipe)
                stored = [answer for answers in await pipe.execute() for answer in answers]
        refused = {}
        for (patient, write), (revision, writer) in zip(writes.items(), stored, strict=True):
            ours = writer.decode() == self._writer
            if int(revision) != write.revision or not ours:
                refused[patient] = Refusal(int(revision), ours)
        return refused

    async def ping(self) -> None:
        """Raise StateUnavailableError unless Redis answers."""
        with redis_errors_translated():
            await self._redis.ping()

    async def eviction_policy(self) -> str:
        """What Redis does when its memory is full. Raises StateUnavailableError unless it tells us."""
        with redis_errors_translated():
            return str((await self._redis.info("memory")).get("maxmemory_policy", "unknown"))

    async def clock_s(self) -> float:
        """The time on Redis' machine, seconds since 1970. Raises StateUnavailableError unless it tells us."""
        with redis_errors_translated():
            seconds, microseconds = await self._redis.time()
        return float(seconds) + float(microseconds) / 1e6


def _flat(write: Write) -> list[int | str | bytes]:
    fields = [part for name, value in write.fields.items() for part in (name, value)]
    return [write.base, write.revision, len(fields), *fields]


def _stored(row: dict[bytes, bytes]) -> Stored:
    """A hash as it lies there. One whose revision is no number counts as never written, also for the guarded write."""
    revision = row.get(b"revision", b"")
    known = revision.isdigit() and len(revision) <= _REVISION_DIGITS
    fields = {name.decode("utf-8", "replace"): value for name, value in row.items() if name != b"revision"}
    return Stored(int(revision) if known else 0, fields)
