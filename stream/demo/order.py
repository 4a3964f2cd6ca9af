"""An order in the record system: a call of CDS Hooks about a bed of the simulated ward, and the card for it."""

import secrets
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import uuid4

import aiohttp

from models.deidentify.keyed import Keyed
from stream.board.server import HERE
from stream.cds.answering import Answering
from stream.cds.live import Live, LiveStates
from stream.cds.server import CdsServer, Limits, serving
from stream.cds.tally import Tally
from stream.feeds.publish import Publisher
from stream.fhir_door.reading import Reading, Stays
from stream.gateway.conventions import Conventions
from stream.gateway.memory import Memory
from stream.gateway.outlet import Outlet
from stream.gateway.profile import load
from stream.settings import Settings
from stream.state.client import redis_client
from stream.state.store import StateStore

_SERVICE: Final = "wardwatch-order-sign"


class OrderCard(NamedTuple):
    """The most urgent card about an order, and how long it took from the call to the card."""

    drug: str
    summary: str
    took_ms: float


class _OfBed:
    """The state of one bed, whoever is asked for: no pseudonym of the simulated ward follows from an identifier."""

    def __init__(self, states: LiveStates, bed: str) -> None:
        self._states = states
        self._bed = bed

    async def of(self, _: str) -> Live:
        return await self._states.of(self._bed)


async def order_card(settings: Settings, bed: str, drug: str) -> OrderCard | None:
    """Sign an order of a drug for a bed, through a CDS service of its own; None where no card came back."""
    now = partial(datetime.now, UTC)
    reading = Reading(Conventions(Keyed(secrets.token_bytes(32))), load("fhir"), Memory(), Stays())
    async with redis_client(settings) as redis, Publisher(settings, waits=True) as publisher:
        states: Any = _OfBed(LiveStates(StateStore(redis, "patient", settings.state_ttl_s), patience_s=5), bed)
        answering, outlet = Answering(reading, states, now), Outlet(publisher, settings.send_timeout_s)
        server = CdsServer(answering, outlet, Tally(), Limits(), "", None, (), now)
        async with serving(server, HERE, 0, None) as (address,), aiohttp.ClientSession() as record_system:
            call = f"http://{address}/cds-services/{_SERVICE}"
            began_s = time.perf_counter()
            async with record_system.post(call, json=_order(drug)) as answer:
                cards = (await answer.json())["cards"] if answer.ok else []
            took_ms = (time.perf_counter() - began_s) * 1000
    return OrderCard(drug, cards[0]["summary"], round(took_ms, 1)) if cards else None


def _order(drug: str) -> dict[str, Any]:
    """The call: an order in draft, and a patient who is identified."""
    patient = {"resourceType": "Patient", "id": "bed", "identifier": [{"system": "urn:demo", "value": "bed"}]}
    draft = {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/bed"},
        "medicationCodeableConcept": {"text": drug},
    }
    return {
        "hook": "order-sign",
        "hookInstance": str(uuid4()),
        "context": {
            "userId": "Practitioner/demo",
            "patientId": "bed",
            "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]},
        },
        "prefetch": {"patient": patient},
    }
