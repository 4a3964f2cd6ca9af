"""Where workers began, and which record each worked on when it ended: `wardwatch:tries:<group>`, gone after a day.

What a worker is about to do is written before it is done, so that it outlives a worker that is ended by it.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final

from redis.asyncio import Redis

from stream.state.client import redis_errors_translated

_TTL_S: Final = 86_400
_COUNT_DIGITS: Final = 9  # more is nothing that we counted
_SUSPECT_FIELD: Final = re.compile(r"suspect (?P<partition>.+)/(?P<offset>\d{1,18})", re.ASCII)
BEGUN: Final = """
local counts = {}
for at = 2, #ARGV, 2 do
  local field = 'begun ' .. ARGV[at]
  local offset, count = string.match(redis.call('HGET', KEYS[1], field) or '', '^(%d+) (%d+)$')
  count = offset == ARGV[at + 1] and tonumber(count) + 1 or 1
  redis.call('HSET', KEYS[1], field, ARGV[at + 1] .. ' ' .. count)
  counts[#counts + 1] = count
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return counts
"""
SUSPECT: Final = """
for at = 2, #ARGV do
  local offset = redis.call('HGET', KEYS[1], 'in-work ' .. ARGV[at])
  if offset and offset ~= '' then
    local field = 'suspect ' .. ARGV[at] .. '/' .. offset
    redis.call('HSET', KEYS[1], field, tonumber(redis.call('HGET', KEYS[1], field) or '0') + 1)
    redis.call('HSET', KEYS[1], 'in-work ' .. ARGV[at], '')
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return redis.call('HGETALL', KEYS[1])
"""


class Tries:
    """What one group tried. Raises stream.state.client.StateUnavailableError when Redis is away."""

    def __init__(self, redis: Redis, group: str) -> None:
        self._redis = redis
        self._key = f"wardwatch:tries:{group}"
        self._begun = redis.register_script(BEGUN)
        self._suspect = redis.register_script(SUSPECT)

    async def begun(self, offsets: Mapping[str, int]) -> dict[str, int]:
        """A worker begins at these offsets of partitions; how many in a row have begun there, with this one."""
        flat = [part for name, offset in offsets.items() for part in (name, offset)]
        with redis_errors_translated():
            counts: Any = await self._begun(keys=[self._key], args=[_TTL_S, *flat])
        return dict(zip(offsets, map(int, counts), strict=True))

    async def in_work(self, partition: str, offset: int | None) -> None:
        """The record at this offset is about to be worked on, and no other of its partition; None: none is."""
        with redis_errors_translated():
            await self._redis.hset(self._key, f"in-work {partition}", "" if offset is None else str(offset))

    async def suspects(self, partitions: Collection[str]) -> dict[str, dict[int, int]]:
        """The records of these partitions that workers ended on, and how many did; also those that just have."""
        with redis_errors_translated():
            row: Any = await self._suspect(keys=[self._key], args=[_TTL_S, *partitions])
        found: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for name, count in zip(row[::2], row[1::2], strict=True):
            suspect = _SUSPECT_FIELD.fullmatch(name.decode("utf-8", "replace"))
            if suspect and count.isdigit() and len(count) <= _COUNT_DIGITS:
                found[suspect["partition"]][int(suspect["offset"])] = int(count)
        return {name: found[name] for name in partitions if name in found}
