"""What was measured of stays, so that workers learn where they stand: `wardwatch:stays-seen:<group>`.

A stay has a slot by its pseudonym's checksum, so that there is no pseudonym in it, and no more than so many: a new stay
takes the place of an old one.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final
from zlib import crc32

from redis.asyncio import Redis

from stream.state.client import redis_errors_translated

SLOTS: Final = 2000


def slot_of(patient: str) -> bytes:
    """Return the slot of a patient's stay."""
    return b"%d" % (crc32(patient.encode()) % SLOTS)


class StaysSeen:
    """A hash of slots and rows of bytes. Raises stream.state.client.StateUnavailableError when Redis is away."""

    def __init__(self, redis: Redis, group: str, ttl_s: int) -> None:
        self._redis = redis
        self._key = f"wardwatch:stays-seen:{group}"
        self._ttl_s = ttl_s

    async def keep(self, rows: Mapping[bytes, bytes]) -> None:
        """Keep these rows by their slots."""
        with redis_errors_translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                if rows:
                    pipe.hset(self._key, mapping={slot: row for slot, row in rows.items()})  # noqa: C416 - the invariant type
                pipe.expire(self._key, self._ttl_s)
                await pipe.execute()

    async def load(self) -> Collection[tuple[bytes, bytes]]:
        """Return all slots with their rows, of every worker of the group."""
        with redis_errors_translated():
            held: dict[Any, Any] = await self._redis.hgetall(self._key)
        return list(held.items())
