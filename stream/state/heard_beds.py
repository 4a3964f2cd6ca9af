"""When each bed was last heard: `wardwatch:beds:<partition>`, for whoever watches that partition of `vitals` next."""

from collections.abc import Collection, Mapping, Sequence

from redis.asyncio import Redis

from stream.state.client import redis_errors_translated


class HeardBeds:
    """When each bed was last heard: a sorted set for each partition of `vitals`, wall time in s since 1970.

    Raises stream.state.client.StateUnavailableError when Redis is away.
    """

    def __init__(self, redis: Redis, ttl_s: int) -> None:
        self._redis = redis
        self._ttl_s = ttl_s

    async def note(
        self, heard: Mapping[int, Mapping[str, float]], gone: Mapping[int, Sequence[str]], oldest_s: float
    ) -> None:
        """Keep when the beds of each partition were heard, drop those that are gone or were heard before `oldest_s`."""
        with redis_errors_translated():
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

    async def load(self, partitions: Collection[int], since_s: float) -> dict[str, tuple[int, float]]:
        """Partition and time of every bed there that was heard since then."""
        with redis_errors_translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                for partition in partitions:
                    pipe.zrange(_beds_of(partition), since_s, "+inf", byscore=True, withscores=True)
                rows = await pipe.execute()
        return {
            patient.decode("utf-8", "replace"): (partition, at_s)
            for partition, row in zip(partitions, rows, strict=True)
            for patient, at_s in row
        }


def _beds_of(partition: int) -> str:
    return f"wardwatch:beds:{partition}"
