"""The ward's record is read within bounds: what is away, damaged or a newer version's is said and never an error."""

import asyncio
from typing import Any

from models.watch.stored import to_fields
from stream.cds.live import LiveStates
from stream.state.client import StateUnavailableError
from stream.state.store import Stored
from tests.builders.cds_calls import a_state


class Store:
    """What lies in Redis, or what Redis does."""

    def __init__(self, fields: dict[str, bytes] | None = None, error: Exception | None = None) -> None:
        self._fields = fields
        self._error = error
        self.never = asyncio.Event()

    async def load(self, patients: list[str]) -> dict[str, Stored]:
        if self._error is not None:
            raise self._error
        return {} if self._fields is None else dict.fromkeys(patients, Stored(1, self._fields))


class Frozen(Store):
    """A Redis that takes connections and never answers."""

    async def load(self, patients: list[str]) -> dict[str, Stored]:
        await self.never.wait()
        return {one: Stored(0, {}) for one in patients}


async def how(store: Any) -> str:  # noqa: ANN401 - stands for the store
    return (await LiveStates(store, patience_s=0.05).of("p-1")).how


async def test_a_state_as_a_worker_stores_it_is_read() -> None:
    store: Any = Store(to_fields(a_state()))
    found = await LiveStates(store).of("p-1")
    assert found.how == "read"
    assert found.state is not None
    assert found.state.genes["CYP2C19"].phenotype == "Poor Metabolizer"


async def test_what_can_not_be_read_is_said_by_its_kind() -> None:
    assert await how(Store()) == "unknown"
    assert await how(Store(error=StateUnavailableError("ConnectionError"))) == "away"
    assert await how(Frozen()) == "away"
    assert await how(Store({"state": b"{"})) == "unreadable"
    assert await how(Store({"state": b'{"format": 99, "readable_from": 99}'})) == "unreadable"
