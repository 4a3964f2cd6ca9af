"""Each patient's latest state in Redis: the only file that speaks to Redis.

A patient's state is one hash, `wardwatch:<kind>:<pseudonym>`: `revision` counts the writes, `writer` says which worker
wrote last, `state` is JSON, `risk` the risk model's numbers. A write names the revision it grew from and is refused
when the stored one is another, so that neither a replay nor a worker that has lost its partitions can overwrite what a
newer one wrote. Every key has a time to live. The kind is `patient` for the watch path, `imaging` for the check path.
Beside them `wardwatch:beds:<partition>` keeps when each bed was last heard, for whoever watches that partition next.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, NamedTuple, cast
from uuid import uuid4

import orjson
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from stream.settings import Settings, secret

Kind = Literal["patient", "imaging"]
KINDS: Final[tuple[Kind, ...]] = ("patient", "imaging")
_GUARDED_WRITE: Final = """
local stored = redis.call('HGET', KEYS[1], 'revision') or '0'
if stored ~= ARGV[1] then return {stored, redis.call('HGET', KEYS[1], 'writer') or ''} end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'writer', ARGV[4], unpack(ARGV, 5))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {ARGV[2], ARGV[4]}
"""


def key_of(kind: Kind, patient: str) -> str:
    """The only place that knows how a key looks."""
    return f"wardwatch:{kind}:{patient}"


class StateUnavailableError(Exception):
    """Redis does not answer, or not in time."""


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
    """Loads and guards the patients' states. Raises StateUnavailableError when Redis is away."""

    def __init__(self, redis: Redis, kind: Kind, ttl_s: int) -> None:
        self._redis = redis
        self._kind = kind
        self._ttl_s = ttl_s
        self._writer = uuid4().hex
        self._write = redis.register_script(_GUARDED_WRITE)

    async def load(self, patients: Sequence[str]) -> dict[str, Stored]:
        """The stored states of those patients that have one."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:  # gives its connection back, whatever happens
                for patient in patients:
                    pipe.hgetall(key_of(self._kind, patient))
                rows = await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise StateUnavailableError(type(error).__name__) from error
        return {
            patient: Stored(int(row.pop(b"revision")), {name.decode(): value for name, value in row.items()})
            for patient, row in zip(patients, rows, strict=True)
            if row
        }

    async def save(self, writes: Mapping[str, Write]) -> dict[str, Refusal]:
        """Write every state that grew from what is stored. Returns those that were refused, and why."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for patient, write in writes.items():
                    flat = [part for name, value in write.fields.items() for part in (name, value)]
                    await self._write(
                        keys=[key_of(self._kind, patient)],
                        args=[write.base, write.revision, self._ttl_s, self._writer, *flat],
                        client=pipe,
                    )
                stored = await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise StateUnavailableError(type(error).__name__) from error
        refused = {}
        for (patient, write), (revision, writer) in zip(writes.items(), stored, strict=True):
            ours = writer.decode() == self._writer
            if int(revision) != write.revision or not ours:
                refused[patient] = Refusal(int(revision), ours)
        return refused

    async def ping(self) -> None:
        """Raise StateUnavailableError unless Redis answers."""
        try:
            await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            raise StateUnavailableError(type(error).__name__) from error

    async def clock_s(self) -> float:
        """The time on Redis' machine, seconds since 1970. Raises StateUnavailableError unless it tells us."""
        try:
            seconds, microseconds = await self._redis.time()
        except (RedisError, OSError, TimeoutError) as error:
            raise StateUnavailableError(type(error).__name__) from error
        return float(seconds) + float(microseconds) / 1e6


class HeardBeds:
    """When each bed was last heard: a sorted set for each partition of `vitals`, wall time in s since 1970.

    Raises StateUnavailableError when Redis is away.
    """

    def __init__(self, redis: Redis, ttl_s: int) -> None:
        self._redis = redis
        self._ttl_s = ttl_s

    async def note(
        self, heard: Mapping[int, Mapping[str, float]], gone: Mapping[int, Sequence[str]], oldest_s: float
    ) -> None:
        """Keep when the beds of each partition were heard, drop those that are gone or were heard before `oldest_s`."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for partition in heard.keys() | gone.keys():
                    key = _beds_of(partition)
                    if left := gone.get(partition):
                        pipe.zrem(key, *left)
                    if times_s := heard.get(partition):
                        pipe.zadd(key, dict(times_s), gt=True)  # a worker that has lost the partition is behind
                    pipe.zremrangebyscore(key, "-inf", f"({oldest_s}")
                    pipe.expire(key, self._ttl_s)
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise StateUnavailableError(type(error).__name__) from error

    async def load(self, partitions: Collection[int], since_s: float) -> dict[str, tuple[int, float]]:
        """Partition and time of every bed there that was heard since then."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for partition in partitions:
                    pipe.zrange(_beds_of(partition), since_s, "+inf", byscore=True, withscores=True)
                rows = await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise StateUnavailableError(type(error).__name__) from error
        return {
            patient.decode(): (partition, at_s)
            for partition, row in zip(partitions, rows, strict=True)
            for patient, at_s in row
        }


def _beds_of(partition: int) -> str:
    return f"wardwatch:beds:{partition}"


class StateReader:
    """For everybody who only looks: the demo, the ward board, tests."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def patients(self, kind: Kind = "patient") -> list[str]:
        """Every patient that has a state of this kind."""
        prefix = key_of(kind, "")
        return sorted(
            [key.decode().removeprefix(prefix) async for key in self._redis.scan_iter(prefix + "*", count=500)]
        )

    async def read(self, patient: str, kind: Kind = "patient") -> dict[str, Any] | None:
        """A patient's state as JSON, None if there is none."""
        raw = await self._redis.hget(key_of(kind, patient), "state")
        return None if raw is None else cast("dict[str, Any]", orjson.loads(raw))

    async def counts(self) -> dict[str, int]:
        """How many records of each topic were applied to some patient's state."""
        total: Counter[str] = Counter()
        for kind in KINDS:
            for patient in await self.patients(kind):
                total.update((await self.read(patient, kind) or {}).get("counts", {}))
        return dict(total)


@asynccontextmanager
async def redis_client(settings: Settings) -> AsyncIterator[Redis]:
    """A client with the settings' time limit and secrets; connects on first use."""
    password = secret(settings.redis_password_file)
    tls: dict[str, Any] = {"ssl_ca_certs": str(settings.redis_ca_file)} if settings.redis_ca_file else {}
    client: Redis = Redis.from_url(
        settings.redis_url,
        username=settings.redis_user,
        password=password.get_secret_value() if password else None,
        socket_timeout=settings.state_timeout_s,
        socket_connect_timeout=settings.state_timeout_s,
        # Of several connections each learns by itself that Redis was away: once more at once, or each would be a new
        # absence. Not after a time limit, which would then last twice as long
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        **tls,
    )
    try:
        yield client
    finally:
        await client.aclose()
