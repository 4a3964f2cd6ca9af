"""A CDS service that listens, over states that are given and a publisher that confirms when it is allowed to."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from prometheus_client import generate_latest

from models.watch.state import PatientState
from stream.cds.answering import Answering
from stream.cds.card import Choice
from stream.cds.live import How
from stream.cds.server import CdsServer, Limits, serving
from stream.cds.tally import Tally
from stream.cds.tokens import Tokens
from stream.gateway.outlet import Outlet
from tests.builders.cds_calls import NOW, FakeStates
from tests.builders.cds_tokens import BASE
from tests.builders.fhir_resources import Resource, a_reading
from tests.stream.fhir_door.conftest import FakePublisher


class Bench:
    """A service, a client for it, and what was published."""

    def __init__(self, address: str, client: aiohttp.ClientSession, publisher: FakePublisher, tally: Tally) -> None:
        self.address = address
        self.publisher = publisher
        self._client = client
        self._tally = tally

    async def sent(
        self, body: Resource | bytes | None, path: str = "wardwatch-order-sign", method: str = "POST", **headers: str
    ) -> tuple[int, Any, Any]:
        """Send a body; status, JSON (None: none) and headers of the answer."""
        kind = {"Content-Type": "application/json"} | {name.replace("_", "-"): said for name, said in headers.items()}
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        data = None if content is None else BytesIO(content)
        address = f"{self.address}/cds-services{'/' if path else ''}{path}"
        async with self._client.request(method, address, data=data, headers=kind) as response:
            said = await response.read()
            return response.status, json.loads(said) if said else None, response.headers

    @property
    def metrics(self) -> str:
        """What /metrics shows."""
        return generate_latest(self._tally.registry).decode()


Opened = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def opened() -> Opened:
    """Opens a service."""

    @asynccontextmanager
    async def bench(
        state: PatientState | None = None,
        how: How = "read",
        tokens: Tokens | None = None,
        origins: tuple[str, ...] = (),
        limits: Limits | None = None,
        patience_s: float = 5,
        choice: Choice | None = None,
        security: ssl.SSLContext | None = None,
        states: Any = None,  # noqa: ANN401 - what stands for the states in Redis
    ) -> AsyncIterator[Bench]:
        publisher: Any = FakePublisher()
        outlet, tally = Outlet(publisher, patience_s), Tally()
        answering = Answering(a_reading(), states or FakeStates(state, how), lambda: NOW)  # type: ignore[arg-type]  # a fake
        server = CdsServer(answering, outlet, tally, limits or Limits(), BASE, tokens, origins, lambda: NOW, choice)
        running = asyncio.create_task(outlet.run())
        async with aiohttp.ClientSession() as client, serving(server, "127.0.0.1", 0, security) as (address,):
            yield Bench(f"http://{address}", client, publisher, tally)
        running.cancel()

    return bench
