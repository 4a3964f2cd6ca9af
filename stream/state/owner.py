"""Whose states these are: `wardwatch:owner:<kind>` names the consumer group, for as long as one of its workers lives.

States know nothing of groups. Two groups on one Redis would each take what the other has applied for applied.
"""

from typing import Any, Final

from redis.asyncio import Redis

from stream.state.client import redis_errors_translated
from stream.state.store import KINDS, Kind

TTL_S: Final = 15
CLAIM: Final = """
local owner = redis.call('HGET', KEYS[1], 'group')
if owner and owner ~= ARGV[1] then return owner end
redis.call('HSET', KEYS[1], 'group', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return ''
"""


def _key_of(kind: Kind) -> str:
    return f"wardwatch:owner:{kind}"


async def living_groups(redis: Redis) -> set[str]:
    """The groups of which a worker lives. Raises StateUnavailableError when Redis is away."""
    with redis_errors_translated():
        owners: Any = [await redis.hget(_key_of(kind), "group") for kind in KINDS]
    return {owner.decode("utf-8", "replace") for owner in owners if owner is not None}


class Owner:
    """A group's claim to the states of a kind. Raises stream.state.client.StateUnavailableError when Redis is away."""

    def __init__(self, redis: Redis, kind: Kind, group: str) -> None:
        self.group = group
        self._key = _key_of(kind)
        self._claim = redis.register_script(CLAIM)

    async def claim(self) -> str | None:
        """Claim the states for `TTL_S`; the name of the group that has them, if it is another one."""
        with redis_errors_translated():
            owner = await self._claim(keys=[self._key], args=[self.group, TTL_S])
        return str(owner.decode("utf-8", "replace")) or None
