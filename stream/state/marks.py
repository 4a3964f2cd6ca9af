"""How far each partition was applied to the states: `wardwatch:marks:<kind>`, one field a partition.

A mark is written after the states that it speaks of, on the same connection: a Redis that falls back to an older copy
(a replica that was promoted, a snapshot that was restored) has an older mark too, and that is how it is noticed. A mark
goes forward only: by epoch, then by offset, unless the topic is another one.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis

from stream.broker.lineage import Log, Place
from stream.state.client import redis_errors_translated
from stream.state.store import Kind

ADVANCE: Final = """
local function read(text)
  local offset, topic, epoch = string.match(text, '^(%d+) ([^:]*):(-?%d+)$')
  if offset and #offset > 18 then return nil end
  return tonumber(offset), topic, tonumber(epoch)
end
local function is_before(one, other)
  local offset, topic, epoch = read(one)
  local other_offset, other_topic, other_epoch = read(other)
  if offset == nil or other_offset == nil or topic ~= other_topic then return false end
  if other_epoch < 0 or epoch == other_epoch then return offset < other_offset end
  return epoch < other_epoch
end
local lies, fell_back = {}, false
for at = 2, #ARGV, 3 do
  local mark = redis.call('HGET', KEYS[1], ARGV[at]) or ''
  lies[#lies + 1] = mark
  fell_back = fell_back or is_before(mark, ARGV[at + 1])
end
if not fell_back then
  for at = 2, #ARGV, 3 do
    local mark, lay = ARGV[at + 2], lies[(at + 1) / 3]
    local offset, topic = read(lay)
    local _, new_topic = read(mark)
    if offset == nil or topic ~= new_topic or is_before(lay, mark) then redis.call('HSET', KEYS[1], ARGV[at], mark) end
  end
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return lies
"""


class Step(NamedTuple):
    """How far a partition's records were applied, and how far the mark must be already; epoch -1: by offset alone."""

    reached: Place
    known: Place | None


class Marks:
    """The marks of one kind of states. Raises stream.state.client.StateUnavailableError when Redis is away."""

    def __init__(self, redis: Redis, kind: Kind, ttl_s: int) -> None:
        self._redis = redis
        self._key = f"wardwatch:marks:{kind}"
        self._ttl_s = ttl_s
        self._advance = redis.register_script(ADVANCE)

    async def load(self, partitions: Collection[str]) -> dict[str, Place]:
        """The marks of those of these partitions ("topic/partition") that have one."""
        with redis_errors_translated():
            held: Any = await self._redis.hgetall(self._key)
        marks = {name: _read(text) for name, text in held.items()}
        return {name: mark for name in partitions if (mark := marks.get(name.encode())) is not None}

    async def advance(self, steps: Mapping[str, Step]) -> dict[str, Place | None]:
        """Set the marks that are further than what lies there; none if one lies before what is known. What lay."""
        flat: list[str] = []
        for name, step in steps.items():
            flat += [name, "" if step.known is None else _written(step.known), _written(step.reached)]
        with redis_errors_translated():
            lay: Any = await self._advance(keys=[self._key], args=[self._ttl_s, *flat])
        return {name: _read(text) for name, text in zip(steps, lay, strict=True)}


def is_before(one: Place, other: Place) -> bool:
    """A place in the same topic that was passed before the other; by offset alone where the other has no epoch."""
    if one.log.topic_id != other.log.topic_id:
        return False
    if other.log.epoch < 0:
        return one.offset < other.offset
    return (one.log.epoch, one.offset) < (other.log.epoch, other.offset)


def _written(place: Place) -> str:
    return f"{place.offset} {place.log}"


def _read(mark: bytes) -> Place | None:
    """The place that a mark names; None for anything else that may lie there."""
    offset, _, log = mark.decode("utf-8", "replace").partition(" ")
    is_offset = offset.isascii() and offset.isdigit() and len(offset) < 19  # noqa: PLR2004 - digits of 64 bits
    return Place(int(offset), Log.read(log)) if is_offset else None
