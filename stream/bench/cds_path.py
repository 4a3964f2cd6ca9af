"""Benchmark of the CDS service: calls of a record system at a steady rate, with tokens, and how long each takes.

The service is a process of its own, Redis the embedded one, with a state for each patient. A call brings what the
templates ask for: forty results, twenty orders, allergies. Without Redis the same calls are made once more.
"""

import asyncio
import json
import os
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any, Final, NamedTuple

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from models.deidentify.keyed import Keyed
from models.treatment.facts import Drug, Gene
from models.watch.state import PatientState, Stay
from models.watch.stored import to_fields
from stream.bench.processor import machine
from stream.cds.discovery import SERVICES
from stream.fhir_door.identities import identity_of
from stream.fhir_door.reading import Reading, Stays
from stream.gateway.conventions import Conventions
from stream.gateway.memory import Memory
from stream.gateway.profile import load
from stream.settings import Settings
from stream.stack.embedded import EmbeddedRedis
from stream.stack.python_module import python_module
from stream.state.client import redis_client
from stream.state.store import StateStore, Write

Tell = Callable[[str], None]
Element = dict[str, Any]

_KEY: Final = b"a key of sixteen bytes or more"
_BASE: Final = "https://cds.example"
_ISSUER: Final = "https://ehr.example/"
_SYSTEM: Final = "http://hospital.example/mrn"
_PATIENTS: Final = 50
_RESULTS: Final = 40
_ORDERS: Final = ("metoprolol", "ramipril", "pantoprazole", "paracetamol", "atorvastatin") * 4
_WARM_UP: Final = 40  # calls that do not count: the first of a process load what they need


class Took(NamedTuple):
    """Calls of one service, and how long they took."""

    calls: int
    p50_ms: float
    p99_ms: float
    cards: int


class CdsResult(NamedTuple):
    """What was measured, by service; and again while Redis was away."""

    machine: str
    per_s: float
    took: Mapping[str, Took]

    def as_json(self) -> dict[str, Any]:
        """Return the result for --json."""
        took = {name: one._asdict() for name, one in self.took.items()}
        return {"machine": self.machine, "calls_per_s": self.per_s, "took": took}


def run(calls: int, per_s: float, tell: Tell) -> CdsResult:
    """Make so many calls of each service, at this rate; raises OSError where the service does not start."""
    return asyncio.run(_run(calls, per_s, tell))


async def _run(calls: int, per_s: float, tell: Tell) -> CdsResult:
    on = machine()
    took: dict[str, Took] = {}
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis() as redis:
        await _store(redis.url)
        key = _keys(Path(folder))
        async with _service(Path(folder), redis.url) as address:
            for name in SERVICES:
                tell(f"{name}: {calls} calls, {per_s:g} a second")
                took[name] = await _measured(address, name, key, calls, per_s)
            redis.stop()
            name = "wardwatch-order-sign"
            tell(f"{name} without Redis")
            took[f"{name}, Redis away"] = await _measured(address, name, key, calls, per_s)
    return CdsResult(on, per_s, took)


async def _measured(address: str, name: str, key: ec.EllipticCurvePrivateKey, calls: int, per_s: float) -> Took:
    """Make calls at a steady rate, whether or not those before are answered."""
    bodies = [json.dumps(_call(number, SERVICES[name].hook)).encode() for number in range(_PATIENTS)]
    path = f"/cds-services/{name}"
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:

        async def call(number: int) -> tuple[float, int]:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {_token(key, _BASE + path)}"}
            began_s = time.perf_counter()
            answer = await client.post(path, content=bodies[number % _PATIENTS], headers=headers)
            took_ms = (time.perf_counter() - began_s) * 1000
            answer.raise_for_status()
            return took_ms, len(answer.json()["cards"])

        began_s, running = time.perf_counter(), []
        for number in range(calls + _WARM_UP):
            await asyncio.sleep(max(0.0, began_s + number / per_s - time.perf_counter()))
            running.append(asyncio.create_task(call(number)))
        found = (await asyncio.gather(*running))[_WARM_UP:]
    cut = quantiles([took_ms for took_ms, _ in found], n=100, method="inclusive")
    return Took(calls, round(cut[49], 1), round(cut[98], 1), sum(cards for _, cards in found))


@asynccontextmanager
async def _service(folder: Path, redis_url: str) -> AsyncIterator[str]:
    (folder / "identity.key").write_bytes(_KEY)
    options = ("--port", "0", "--base-url", _BASE, "--trust", f"{_ISSUER}={folder / 'jwks.json'}")
    process = await asyncio.create_subprocess_exec(
        *python_module("stream.cli", "cds", *options),
        env=os.environ
        | {
            "WARDWATCH_BROKER": "127.0.0.1:1",
            "WARDWATCH_REDIS_URL": redis_url,
            "WARDWATCH_IDENTITY_KEY_FILE": str(folder / "identity.key"),
        },
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None  # noqa: S101 - it is a pipe
    try:
        async for line in process.stderr:
            said = json.loads(line)
            if said["event"] == "listening":
                yield f"http://{said['at'][0]}"
                return
        message = "the CDS service did not start"
        raise OSError(message)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _store(redis_url: str) -> None:
    """Keep a state of each patient, as a worker does."""
    key = Keyed(_KEY)
    reading = Reading(Conventions(key), load("fhir"), Memory(), Stays())
    now = datetime.now(UTC)
    now_s = now.timestamp()
    state = PatientState(
        stay=Stay(age_years=70.0, sex="male", allergies=("penicillin",), weight_kg=80.0),
        genes={"CYP2C19": Gene("Poor Metabolizer", now_s - 3600), "CYP2D6": Gene("Normal Metabolizer", now_s - 3600)},
        drugs={f"o{at}": Drug(f"o{at}", name, now_s - 7200) for at, name in enumerate(_ORDERS)},
        labs={"creatinine_mg_per_dl": (1.8, round(now_s - 3600) * 1000)},
    )
    names = [
        reading.filed(identity_of(_patient(number), "Patient", reading), now).patient for number in range(_PATIENTS)
    ]
    async with redis_client(Settings(redis_url=redis_url)) as client:
        store = StateStore(client, "patient", 3600)
        await store.save({name: Write(0, 1, to_fields(state)) for name in names})


def _keys(folder: Path) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP384R1())
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "bench"}
    (folder / "jwks.json").write_text(json.dumps({"keys": [public]}))
    return key


def _token(key: ec.EllipticCurvePrivateKey, audience: str) -> str:
    now_s = int(time.time())
    claims = {"iss": _ISSUER, "aud": audience, "iat": now_s, "exp": now_s + 300, "jti": str(uuid.uuid4())}
    return jwt.encode(claims, key, "ES384", headers={"kid": "bench"})


def _call(number: int, hook: str) -> Element:
    drafts = [_order("clopidogrel", 1), _order("simvastatin", 2), _order("amoxicillin", 3)]
    now = datetime.now(UTC)
    results = [_result(at, now - timedelta(hours=at)) for at in range(_RESULTS)]
    orders = [_order(name, 100 + at, status="active", authoredOn=now.isoformat()) for at, name in enumerate(_ORDERS)]
    of = {"reference": "Patient/1"}
    allergy = {"resourceType": "AllergyIntolerance", "patient": of, "code": {"text": "penicillin"}}
    context: Element = {"userId": "Practitioner/1", "patientId": "1"}
    if hook != "patient-view":
        context["draftOrders"] = _bundle(drafts)
    return {
        "hook": hook,
        "hookInstance": str(uuid.uuid4()),
        "context": context,
        "prefetch": {
            "patient": _patient(number),
            "allergies": _bundle([allergy]),
            "medications": _bundle(orders),
            "labs": _bundle(results),
        },
    }


def _patient(number: int) -> Element:
    who = [{"system": _SYSTEM, "value": f"7{number:06}"}]
    return {"resourceType": "Patient", "id": "1", "identifier": who, "birthDate": "1956-03-02", "gender": "male"}


def _order(drug: str, number: int, **stated: str) -> Element:
    return {
        "resourceType": "MedicationRequest",
        "id": str(number),
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": {"text": drug},
    } | stated


def _result(number: int, time_of: datetime) -> Element:
    return {
        "resourceType": "Observation",
        "id": f"r{number}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3" if number % 2 else "2160-0"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": time_of.isoformat(),
        "valueQuantity": {"value": 4.2, "unit": "mmol/L", "code": "mmol/L"}
        if number % 2
        else {"value": 1.7, "unit": "mg/dL", "code": "mg/dL"},
    }


def _bundle(resources: Sequence[Element]) -> Element:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}
