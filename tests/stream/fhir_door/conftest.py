"""A door that is open, over a publisher that confirms when it is allowed to."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from stream.feeds.events import FeedEvent
from stream.fhir_door.fetch import Fetcher, http_client
from stream.fhir_door.intake import Intake
from stream.fhir_door.server import Door, Limits, serving
from stream.fhir_door.tally import Tally
from stream.gateway.outlet import Outlet
from tests.builders.fhir_resources import Resource, a_reading


class FakePublisher:
    """Confirms what it is given once it is allowed to."""

    def __init__(self) -> None:
        self.allowed = asyncio.Event()
        self.allowed.set()
        self.played: list[FeedEvent] = []

    async def play(self, feed: Iterable[FeedEvent], speed: float) -> None:
        assert speed == 0
        found = list(feed)
        await self.allowed.wait()
        self.played += found


class Bench:
    """A door, a client for it, and what was published."""

    def __init__(self, address: str, client: aiohttp.ClientSession, publisher: FakePublisher, tally: Tally) -> None:
        self.address = address
        self.publisher = publisher
        self.tally = tally
        self._client = client

    async def sent(
        self, body: Resource | str | bytes, path: str = "/", method: str = "POST", **headers: str
    ) -> tuple[int, Any, Any]:
        """Send a body; status, JSON and headers of the answer."""
        kind = {"Content-Type": "application/fhir+json"}
        text = json.dumps(body) if isinstance(body, dict) else body
        data = BytesIO(text.encode() if isinstance(text, str) else text)
        headers = kind | {name.replace("_", "-"): said for name, said in headers.items()}
        async with self._client.request(method, self.address + path, data=data, headers=headers) as response:
            return response.status, json.loads(await response.read()), response.headers

    @property
    def topics(self) -> list[str]:
        """The topics of what was published."""
        return [one.topic for one in self.publisher.played]


Opened = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def opened() -> Opened:
    """Opens a door."""

    @asynccontextmanager
    async def bench(
        base: str = "",
        tokens: tuple[str, ...] = (),
        limits: Limits | None = None,
        patience_s: float = 5,
        security: ssl.SSLContext | None = None,
        **reading: Any,
    ) -> AsyncIterator[Bench]:
        publisher: Any = FakePublisher()
        outlet, tally = Outlet(publisher, patience_s), Tally()
        async with http_client() as asking, aiohttp.ClientSession() as client:
            fetcher = Fetcher(base, asking) if base else None
            intake = Intake(a_reading(**reading), outlet, tally, fetcher)
            door = Door(intake, tally, limits or Limits(), [SecretStr(one) for one in tokens])
            running = asyncio.create_task(outlet.run())
            async with serving(door, "127.0.0.1", 0, security) as (address,):
                yield Bench(f"http://{address}", client, publisher, tally)
            running.cancel()
            intake.close()

    return bench
