"""How the service answers: cards, refusals with a sentence, feedback once the broker has it, pages that may call."""

import asyncio
import json
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from structlog.testing import capture_logs

from schemas.topics import TOPICS
from stream.access.certificates import issue
from stream.cds.keys import KeySet
from stream.cds.server import Limits
from stream.cds.tokens import Tokens
from stream.commands import tls
from tests.builders.cds_calls import RESPONSE, a_call, a_draft, a_state
from tests.builders.cds_tokens import BASE, ISSUER, SERVICE, a_key_set, a_token
from tests.builders.fhir_resources import NUMBER, PATIENT, Resource
from tests.stream.cds.conftest import Opened

PAGE = "https://ehr.example"


def a_feedback(card: str, /, **stated: Any) -> Resource:
    entry = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-30T11:59:00Z"} | stated
    return {"feedback": [entry]}


async def tokens_of(folder: Path) -> Tokens:
    keys = KeySet(str(a_key_set(folder)), httpx.AsyncClient())
    await keys.read()
    return Tokens({ISSUER: keys}, time.time)


async def test_a_call_is_answered_with_cards_that_keep_the_specification(opened: Opened) -> None:
    async with opened(a_state()) as service:
        status, body, headers = await service.sent(a_call(a_draft()))
        assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
        jsonschema.validate(body, RESPONSE)
        assert body["cards"][0]["indicator"] == "critical"
        again = await service.sent(a_call(a_draft()))
        assert again[1] == body
        assert 'cards_total{indicator="critical",rule="clopidogrel-cyp2c19-poor/1"' in service.metrics


async def test_a_record_system_that_knows_one_selection_behavior_gets_that(opened: Opened) -> None:
    async with opened(a_state(), choice="any") as service:
        (card,) = (await service.sent(a_call(a_draft())))[1]["cards"]
        assert card["selectionBehavior"] == "any"


async def test_the_services_are_discovered(opened: Opened) -> None:
    async with opened() as service:
        status, body, _ = await service.sent(None, "", "GET")
        assert status == 200
        assert {one["id"] for one in body["services"]} == {
            "wardwatch-patient-view",
            "wardwatch-order-select",
            "wardwatch-order-sign",
        }


@pytest.mark.parametrize(
    ("body", "path", "method", "headers", "status", "sentence"),
    [
        (b"{", "wardwatch-order-sign", "POST", {}, 400, "no JSON object"),
        (b"\xff\xfe", "wardwatch-order-sign", "POST", {}, 400, "no JSON object"),
        (b"[" * 5000, "wardwatch-order-sign", "POST", {}, 400, "no JSON object"),
        ({"hook": "patient-view"}, "wardwatch-order-sign", "POST", {}, 400, "hook"),
        (a_call(hook="patient-view", prefetch={"patient": None}), "wardwatch-patient-view", "POST", {}, 412, "Patient"),
        ({}, "other", "POST", {}, 404, "no such service"),
        ({}, "other/feedback", "POST", {}, 404, "no such service"),
        (None, "wardwatch-order-sign", "GET", {}, 405, "are taken"),
        ({}, "wardwatch-order-sign", "POST", {"Content_Type": "text/plain"}, 415, "JSON"),
        ({"a": "x" * 3000}, "wardwatch-order-sign", "POST", {}, 413, "larger"),
        (a_call(), "wardwatch-order-sign", "POST", {"Host": "evil.example"}, 421, "under that name"),
        ({"feedback": []}, "wardwatch-order-sign/feedback", "POST", {}, 400, "feedback"),
    ],
)
async def test_what_can_not_be_answered_is_refused_with_a_sentence(
    opened: Opened,
    body: Resource | bytes | None,
    path: str,
    method: str,
    headers: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    async with opened(limits=Limits(request_bytes=2048 if status == 413 else 2**20)) as service:
        found, said, _ = await service.sent(body, path, method, **headers)
        assert found == status
        assert sentence in said["error"]


async def test_a_call_that_does_not_end_and_one_too_many_are_refused_for_now(opened: Opened) -> None:
    head = b"POST /cds-services/wardwatch-order-sign HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    async with opened(limits=Limits(request_s=0.3, open_requests=1)) as service:
        host, port = service.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head + b"Content-Length: 500\r\n\r\n{")
        while (said := await service.sent(None, "", "GET"))[0] != 503:
            pass
        assert said[2]["Retry-After"] == "5"
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        while (await service.sent(None, "", "GET"))[0] != 200:
            pass


async def test_a_record_that_redis_does_not_give_in_time_is_said_to_be_missing(opened: Opened) -> None:
    async with opened(how="away") as service:
        status, body, _ = await service.sent(a_call(a_draft()))
        assert status == 200
        assert "could not be read" in body["cards"][0]["summary"]
        assert 'records_total{how="away"} 1.0' in service.metrics


async def test_feedback_is_answered_when_the_broker_has_it_and_counted_by_rule(opened: Opened) -> None:
    async with opened(a_state()) as service:
        (card,) = (await service.sent(a_call(a_draft())))[1]["cards"]
        path = "wardwatch-order-sign/feedback"
        taken = {"outcome": "accepted", "acceptedSuggestions": [{"id": card["suggestions"][1]["uuid"]}]}
        assert (await service.sent(a_feedback(card["uuid"], **taken), path))[:2] == (200, {})
        reason = {"reason": card["overrideReasons"][0], "userComment": f"as {NUMBER} wanted"}
        await service.sent(a_feedback(card["uuid"], overrideReason=reason), path)
        await service.sent(a_feedback("7f3f6a0e-3b1c-5f10-9d5e-0e3c1f4d2a77"), path)
        metrics = service.metrics
        accepted, overridden, unknown = service.publisher.played
    for event in (accepted, overridden, unknown):
        adapter = TOPICS["cds-feedback"].record
        assert adapter is not None
        adapter.validate_json(event.value)
    said = json.loads(overridden.value)
    assert (overridden.topic, overridden.patient, said["patient"]) == ("cds-feedback", PATIENT, PATIENT)
    assert (said["rule"], said["reason"], said["commented"]) == ("clopidogrel-cyp2c19-poor/1", "1", True)
    assert NUMBER not in overridden.value.decode()
    assert json.loads(accepted.value)["accepted"] == [card["suggestions"][1]["uuid"]]
    assert "rule" not in json.loads(unknown.value)
    assert unknown.patient == json.loads(unknown.value)["card"]
    assert 'feedback_total{outcome="accepted",rule="clopidogrel-cyp2c19-poor/1"} 1.0' in metrics
    assert 'feedback_total{outcome="overridden",rule="unknown"} 1.0' in metrics
    assert dict(accepted.headers)["ce_type"] == b"org.wardwatch.cds-feedback.v1"


async def test_feedback_that_comes_again_has_the_same_id(opened: Opened) -> None:
    async with opened(a_state()) as service:
        (card,) = (await service.sent(a_call(a_draft())))[1]["cards"]
        for _ in range(2):
            await service.sent(a_feedback(card["uuid"]), "wardwatch-order-sign/feedback")
        first, again = service.publisher.played
    assert dict(first.headers)["ce_id"] == dict(again.headers)["ce_id"]


async def test_while_the_broker_is_away_feedback_is_to_be_sent_again(opened: Opened) -> None:
    async with opened(patience_s=0.1) as service:
        service.publisher.allowed.clear()
        body = a_feedback("7f3f6a0e-3b1c-5f10-9d5e-0e3c1f4d2a77")
        status, said, headers = await service.sent(body, "wardwatch-order-sign/feedback")
        assert (status, headers["Retry-After"]) == (503, "5")
        assert "broker" in said["error"]
        assert (await service.sent(a_call(a_draft())))[0] == 200  # cards need no broker


@pytest.mark.parametrize(
    "change",
    [
        {"card": "x"},
        {"outcome": "ignored"},
        {"outcomeTimestamp": "today"},
        {"outcomeTimestamp": "0001-01-01T00:00:00+14:00"},
        {"acceptedSuggestions": [{"id": "x"}]},
        {"overrideReason": "no"},
    ],
)
async def test_feedback_that_is_none_is_refused_by_its_place_and_without_its_words(
    opened: Opened, change: Resource
) -> None:
    async with opened() as service:
        body = a_feedback("7f3f6a0e-3b1c-5f10-9d5e-0e3c1f4d2a77", **change)
        status, said, _ = await service.sent(body, "wardwatch-order-sign/feedback")
        assert status == 400
        assert said["error"].startswith(f"feedback.0.{next(iter(change))}")
        assert service.publisher.played == []


async def test_a_page_of_a_configured_origin_may_call_and_no_other(opened: Opened) -> None:
    async with opened(a_state(), origins=(PAGE,)) as service:
        asked = {"Origin": PAGE, "Access_Control_Request_Method": "POST"}
        status, _, headers = await service.sent(None, "wardwatch-order-sign", "OPTIONS", **asked)
        assert status == 204
        assert headers["Access-Control-Allow-Origin"] == PAGE
        assert "POST" in headers["Access-Control-Allow-Methods"]
        assert {"authorization", "content-type"} <= set(headers["Access-Control-Allow-Headers"].lower().split(", "))
        status, _, headers = await service.sent(a_call(a_draft()), Origin=PAGE)
        assert (status, headers["Access-Control-Allow-Origin"], headers["Vary"]) == (200, PAGE, "Origin")
        for other in ("https://evil.example", "null", f"{PAGE}.evil.example"):
            for method in ("OPTIONS", "POST"):
                status, _, headers = await service.sent(a_call(a_draft()), method=method, Origin=other)
                assert status == 403
                assert "Access-Control-Allow-Origin" not in headers


async def test_a_preflight_needs_no_token_and_a_refusal_can_be_read_by_the_page(opened: Opened, tmp_path: Path) -> None:
    async with opened(a_state(), tokens=await tokens_of(tmp_path), origins=(PAGE,)) as service:
        assert (await service.sent(None, method="OPTIONS", Origin=PAGE))[0] == 204
        status, _, headers = await service.sent(a_call(a_draft()), Origin=PAGE)
        assert (status, headers["Access-Control-Allow-Origin"]) == (401, PAGE)


async def test_each_request_needs_a_token_of_its_own_for_what_it_calls(opened: Opened, tmp_path: Path) -> None:
    async with opened(a_state(), tokens=await tokens_of(tmp_path)) as service:
        for body, path, method in (
            (a_call(a_draft()), "wardwatch-order-sign", "POST"),
            (None, "", "GET"),
            (a_feedback("7f3f6a0e-3b1c-5f10-9d5e-0e3c1f4d2a77"), "wardwatch-order-sign/feedback", "POST"),
        ):
            status, said, headers = await service.sent(body, path, method)
            assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
            assert "a bearer token is needed" in said["error"]
            audience = f"{BASE}/cds-services{'/' if path else ''}{path}"
            token = a_token(aud=audience)
            assert (await service.sent(body, path, method, Authorization=f"Bearer {token}"))[0] == 200
            status, said, _ = await service.sent(body, path, method, Authorization=f"Bearer {token}")
            assert (status, "used before" in said["error"]) == (401, True)
        feedback = a_feedback("7f3f6a0e-3b1c-5f10-9d5e-0e3c1f4d2a77")
        of_service = f"Bearer {a_token(aud=SERVICE)}"
        assert (await service.sent(feedback, "wardwatch-order-sign/feedback", Authorization=of_service))[0] == 200


async def test_with_mutual_tls_only_a_certificate_of_the_authority_calls(opened: Opened, tmp_path: Path) -> None:
    authority, issued = issue(["localhost", "ehr.ward"], datetime.now(UTC))
    (tmp_path / "ca.pem").write_bytes(authority)
    for name, one in issued.items():
        (tmp_path / f"{name}.pem").write_bytes(one.key + one.certificate)
    security = tls.security(tmp_path / "localhost.pem", None, tmp_path / "ca.pem")
    async with opened(a_state(), security=security) as service:
        address = service.address.replace("http://127.0.0.1", "https://localhost") + "/cds-services"
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        async with httpx.AsyncClient(verify=context) as stranger:
            with pytest.raises(httpx.TransportError):
                await stranger.get(address)
        context.load_cert_chain(tmp_path / "ehr.ward.pem")
        async with httpx.AsyncClient(verify=context) as ehr:
            assert (await ehr.get(address)).status_code == 200
            called = await ehr.post(f"{address}/wardwatch-order-sign", json=a_call(a_draft()))
            assert called.json()["cards"][0]["indicator"] == "critical"


async def test_no_identifier_and_no_token_is_in_log_or_metrics(opened: Opened, tmp_path: Path) -> None:
    secret = a_token(aud="https://other.example")
    with capture_logs() as logged:
        async with opened(a_state(), tokens=await tokens_of(tmp_path)) as service:
            await service.sent(a_call(a_draft()), Authorization=f"Bearer {a_token()}")
            await service.sent(a_call(a_draft()), Authorization=f"Bearer {secret}")
            await service.sent(b'{"hook": "700123"', Authorization=f"Bearer {a_token()}")
            metrics = service.metrics
    for told in (*map(str, logged), metrics):
        assert NUMBER not in told
        assert PATIENT not in told
        assert secret not in told
        assert "opaque" not in told  # the record system's own token


async def test_a_fault_of_ours_costs_the_request_and_says_nothing_of_it(opened: Opened) -> None:
    class Broken:
        async def of(self, patient: str) -> None:
            raise LookupError(patient)

    with capture_logs() as logged:
        async with opened(states=Broken()) as service:
            status, said, _ = await service.sent(a_call(a_draft()))
            assert (status, said["error"]) == (500, "the service failed on this request")
            assert (await service.sent(None, "", "GET"))[0] == 200
    assert PATIENT not in str(logged)
