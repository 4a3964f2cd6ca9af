"""The patients' states for whoever only looks: the demo and tests."""

from collections import Counter
from typing import Any, cast

import orjson
from redis.asyncio import Redis

from stream.state.store import KINDS, Kind, key_of


class StateReader:
    """Reads states and changes nothing."""

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
