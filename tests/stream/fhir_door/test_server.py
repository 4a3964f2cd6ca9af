"""How the door answers: 2xx when the broker has it, 4xx to what can never be taken, 503 to what is to be sent again."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from stream.fhir_door.server import Limits
from tests.builders.fhir_resources import (
    NUMBER,
    PATIENT,
    Resource,
    a_bundle,
    a_patient,
    a_pressure,
    an_encounter,
    an_observation,
    quantity,
)
from tests.stream.fhir_door.conftest import Opened

BAD = an_observation(subject=None)


def issues(body: Resource) -> list[tuple[str, str]]:
    return [(one["severity"], one["code"]) for one in body["issue"]]


async def test_a_resource_is_answered_when_the_broker_has_it(opened: Opened) -> None:
    async with opened() as door:
        door.publisher.allowed.clear()
        sending = asyncio.create_task(door.sent(an_observation(), "/Observation"))
        await asyncio.sleep(0.1)
        assert not sending.done()
        door.publisher.allowed.set()
        status, body, headers = await sending
        assert (status, door.topics) == (200, ["vitals"])
        assert headers["Content-Type"].startswith("application/fhir+json")
        assert issues(body) == [("information", "informational")]


async def test_while_the_broker_is_away_a_resource_is_to_be_sent_again(opened: Opened) -> None:
    async with opened(patience_s=0.1) as door:
        door.publisher.allowed.clear()
        status, body, headers = await door.sent(an_observation())
        assert (status, issues(body), headers["Retry-After"]) == (503, [("error", "transient")], "5")
        door.publisher.allowed.set()
        await asyncio.sleep(0.1)
        assert (await door.sent(an_observation()))[0] == 200


async def test_what_can_never_be_taken_is_refused_with_its_place(opened: Opened) -> None:
    async with opened() as door:
        status, body, _ = await door.sent(BAD)
        assert (status, door.topics) == (422, [])
        assert body["issue"][0]["expression"] == ["Observation.subject"]
        assert issues(body) == [("error", "required")]
        assert (await door.sent({"resourceType": "Claim"}))[0] == 422


async def test_what_was_not_used_is_a_warning_of_what_was_taken(opened: Opened) -> None:
    component = {"code": {"text": "x"}, "valueQuantity": quantity(1, "1")}
    pressure = a_pressure()
    pressure["component"].append(component)
    async with opened() as door:
        status, body, _ = await door.sent(pressure)
        assert (status, issues(body)) == (200, [("warning", "code-invalid")])
        assert body["issue"][0]["expression"] == ["Observation.component[2].code"]


async def test_a_resource_belongs_where_its_type_and_id_say(opened: Opened) -> None:
    async with opened() as door:
        assert (await door.sent(an_observation(), "/Observation/heart-1", "PUT"))[0] == 200
        assert (await door.sent(an_observation(), "/Observation/other", "PUT"))[0] == 400
        assert (await door.sent(an_observation(), "/Patient"))[0] == 400


@pytest.mark.parametrize("body", ["{", "[]", "", "5", b"\xff\xfe"])
async def test_what_is_no_object_of_json_is_refused(opened: Opened, body: str | bytes) -> None:
    async with opened() as door:
        assert (await door.sent(body))[0] == 400


async def test_what_comes_again_is_answered_and_sent_once(opened: Opened) -> None:
    version = {"versionId": "1"}
    async with opened() as door:
        await door.sent(an_observation(meta=version))
        status, body, _ = await door.sent(an_observation(meta=version))
        assert (status, len(door.topics)) == (200, 1)
        assert "same came before" in body["issue"][0]["diagnostics"]
        _, other, _ = await door.sent(an_observation(meta=version, valueQuantity=quantity(93, "/min")))
        assert (len(door.topics), issues(other)) == (2, [("warning", "duplicate")])
        _, next_version, _ = await door.sent(an_observation(meta={"versionId": "2"}))
        assert (len(door.topics), issues(next_version)) == (3, [("information", "informational")])


async def test_each_entry_of_a_batch_counts_for_itself(opened: Opened) -> None:
    async with opened() as door:
        status, body, _ = await door.sent(a_bundle(an_observation(), BAD))
        assert (status, body["type"], door.topics) == (200, "batch-response", ["vitals"])
        assert [one["response"]["status"] for one in body["entry"]] == ["200", "422"]
        issue = body["entry"][1]["response"]["outcome"]["issue"][0]
        assert issue["expression"] == ["Bundle.entry[1].resource.subject"]


async def test_a_transaction_is_taken_whole_or_not_at_all(opened: Opened) -> None:
    async with opened() as door:
        status, body, _ = await door.sent(a_bundle(an_observation(), BAD, kind="transaction"))
        assert (status, body["resourceType"], door.topics) == (422, "OperationOutcome", [])
        status, body, _ = await door.sent(a_bundle(an_observation(), {"resourceType": "Claim"}, kind="transaction"))
        assert (status, body["type"], door.topics) == (200, "transaction-response", ["vitals"])
        assert issues(body["entry"][1]["response"]["outcome"]) == [("warning", "not-supported")]


async def test_of_a_refused_transaction_nothing_is_remembered(opened: Opened) -> None:
    async with opened() as door:
        await door.sent(a_bundle(an_encounter(), BAD, kind="transaction"))
        assert (await door.sent(an_encounter()))[0] == 200
        assert door.topics == ["patients"]


async def test_an_admission_goes_out_before_what_is_said_of_the_stay(opened: Opened) -> None:
    async with opened() as door:
        await door.sent(a_bundle(a_patient(), an_encounter(meta={"lastUpdated": an_encounter()["period"]["start"]})))
        said = [json.loads(one.value)["status"] for one in door.publisher.played]
        assert said == ["admitted", "updated"]


async def test_lines_of_a_bulk_export_count_each_for_itself(opened: Opened) -> None:
    lines = [json.dumps(an_observation(id=f"h{number}")) for number in range(1200)]
    lines[700] = "no json"
    lines[3] = json.dumps(BAD)
    async with opened() as door:
        status, body, _ = await door.sent("\n".join(lines), "/", Content_Type="application/fhir+ndjson")
        assert (status, len(door.topics)) == (200, 1198)
        assert [one["expression"][0] for one in body["issue"]] == ["line 4.subject", "line 701"]
        door.publisher.allowed.clear()


async def test_lines_that_the_broker_has_not_are_to_be_sent_again(opened: Opened) -> None:
    async with opened(patience_s=0.1) as door:
        door.publisher.allowed.clear()
        kind = {"Content_Type": "application/x-ndjson"}
        assert (await door.sent(json.dumps(an_observation()), "/", **kind))[0] == 503
        assert (await door.sent("no json", "/", **kind))[0] == 422
        door.publisher.allowed.set()


async def test_only_who_has_a_token_is_let_in_and_everybody_may_ask_what_the_door_can_do(opened: Opened) -> None:
    async with opened(tokens=("a-token-of-sixteen", "another-of-sixteen")) as door:
        status, _, headers = await door.sent(an_observation())
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
        assert (await door.sent(an_observation(), Authorization="Bearer a-token-of-sixtee"))[0] == 401
        assert (await door.sent(an_observation(), Authorization="Basic a-token-of-sixteen"))[0] == 401
        assert (await door.sent(an_observation(), Authorization="bearer another-of-sixteen"))[0] == 200
        status, body, _ = await door.sent(b"", "/metadata", "GET")
        assert (status, body["resourceType"], body["fhirVersion"]) == (200, "CapabilityStatement", "4.0.1")


async def test_a_page_in_a_browser_can_not_send_under_a_name_that_it_points_at_this_machine(opened: Opened) -> None:
    async with opened() as door:
        assert (await door.sent(an_observation(), Host="evil.example"))[0] == 421
        assert (await door.sent(an_observation(), Host="localhost:8580"))[0] == 200
    async with opened(tokens=("a-token-of-sixteen",)) as door:
        guarded = {"Authorization": "Bearer a-token-of-sixteen"}
        assert (await door.sent(an_observation(), Host="gateway.example", **guarded))[0] == 200


async def test_a_request_may_neither_be_too_large_nor_of_another_form_nor_elsewhere(opened: Opened) -> None:
    async with opened(limits=Limits(request_bytes=2000)) as door:
        assert (await door.sent(an_observation(note="x" * 2000)))[0] == 413
        assert (await door.sent("<Observation/>", Content_Type="application/fhir+xml"))[0] == 415
        of_r5 = "application/fhir+json; fhirVersion=5.0"
        assert (await door.sent(an_observation(), Content_Type=of_r5))[0] == 415
        assert (await door.sent(an_observation(), Content_Type='application/fhir+json; fhirVersion="4.0"'))[0] == 200
        assert (await door.sent(b"", "/Observation/1", "GET"))[0] == 405
        assert (await door.sent(b"", "/Observation/1", "DELETE"))[0] == 405
        assert (await door.sent(an_observation(), "/a/b/c"))[0] == 404


async def test_requests_that_have_begun_share_their_room(opened: Opened) -> None:
    async with opened(limits=Limits(held_bytes=100)) as door:
        assert (await door.sent(an_observation()))[0] == 503
    async with opened(limits=Limits(held_bytes=1000)) as door:
        assert [(await door.sent(an_observation()))[0] for _ in range(5)] == [200] * 5  # given back each time


async def test_a_request_that_does_not_end_holds_up_nobody_and_is_ended(opened: Opened) -> None:
    async with opened(limits=Limits(request_s=0.3)) as door:
        host, port = door.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99"
        writer.write(head + b"\r\n\r\n{")
        assert (await door.sent(an_observation()))[0] == 200
        async with asyncio.timeout(10):
            assert b" 408 " in await reader.readline()
        writer.close()


class Ehr:
    """A FHIR server that is asked."""

    def __init__(self, *resources: Resource) -> None:
        self.resources = {f"/r4/{one['resourceType']}/{one['id']}": one for one in resources}
        self.asked: list[str] = []
        self.fails = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if self.fails:
            self.fails -= 1
            return web.Response(status=503)
        found = self.resources.get(request.path)
        return web.json_response(found, status=200 if found else 404)


@pytest.fixture
async def ehr() -> Any:  # noqa: ANN401 - a generator
    server = Ehr(a_patient(), an_observation(subject={"reference": "Patient/p1"}))
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield server, "http://{}:{}/r4".format(*runner.addresses[0][:2])
    await runner.cleanup()


async def test_a_patient_that_is_only_pointed_at_is_fetched_once(opened: Opened, ehr: tuple[Ehr, str]) -> None:
    server, base = ehr
    async with opened(base) as door:
        server.fails = 1
        for number in range(3):
            pointing = an_observation(id=f"h{number}", subject={"reference": "Patient/p1"})
            assert (await door.sent(pointing))[0] == 200
        assert {one.patient for one in door.publisher.played} == {PATIENT}
        assert server.asked == ["/r4/Patient/p1"] * 2


async def test_a_notification_that_only_names_a_resource_has_it_fetched(opened: Opened, ehr: tuple[Ehr, str]) -> None:
    _, base = ehr
    parts = [{"name": "focus", "valueReference": {"reference": f"{base}/Observation/heart-1"}}]
    status = {"resourceType": "Parameters", "parameter": [{"name": "notification-event", "part": parts}]}
    notification = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": status}]}
    async with opened(base) as door:
        assert (await door.sent(notification))[0] == 200
        assert door.topics == ["vitals"]
    async with opened() as door:
        assert (await door.sent(notification))[0] == 422


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest", "{base}/../admin", "file:///etc/passwd", "{base}x/Observation/1"]
)
async def test_nothing_is_fetched_from_elsewhere(opened: Opened, ehr: tuple[Ehr, str], address: str) -> None:
    server, base = ehr
    entry = {"fullUrl": address.format(base=base), "request": {"method": "POST", "url": "Observation"}}
    status = {"resourceType": "Parameters", "parameter": []}
    notification = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": status}, entry]}
    async with opened(base) as door:
        code, body, _ = await door.sent(notification)
    assert (code, server.asked) == (422, [])
    assert "points elsewhere" in body["issue"][0]["diagnostics"]


async def test_while_the_server_that_is_asked_is_away_it_is_to_be_sent_again(
    opened: Opened, ehr: tuple[Ehr, str]
) -> None:
    server, base = ehr
    async with opened(base) as door:
        server.fails = 99
        status, _, headers = await door.sent(an_observation(subject={"reference": "Patient/p1"}))
        assert (status, headers["Retry-After"]) == (503, "5")
        server.fails = 0
        assert (await door.sent(an_observation(subject={"reference": "Patient/nobody"})))[0] == 422


async def test_no_identifier_is_in_answers_logs_metrics_or_keys(opened: Opened) -> None:
    secret = an_observation({"coding": [{"system": "http://acme.org", "code": NUMBER}]}, id=NUMBER)
    with capture_logs() as logged:
        async with opened() as door:
            said = [
                await door.sent(one) for one in (secret, an_observation(), an_observation(status=NUMBER), a_patient())
            ]
            metrics = generate_latest(door.tally.registry).decode()
            keys = [one.patient for one in door.publisher.played]
    every = json.dumps([str(one) for one in (said, logged, metrics, keys)])
    assert NUMBER not in every
    assert 'wardwatch_gateway_resources_total{fate="taken",type="Observation"} 1.0' in metrics


async def test_a_fault_of_ours_costs_one_request(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as door:
        with monkeypatch.context() as broken:
            broken.setattr("stream.fhir_door.intake.request_of", lambda _: 1 / 0)
            status, body, _ = await door.sent(an_observation())
        assert (status, issues(body)) == (500, [("error", "exception")])
        assert (await door.sent(an_observation()))[0] == 200


async def test_a_large_bundle_holds_up_no_other_sender(opened: Opened) -> None:
    many = a_bundle(*(an_observation(id=f"h{number}") for number in range(3000)))
    async with opened() as door:
        first = asyncio.create_task(door.sent(many))
        assert (await door.sent(an_observation()))[0] == 200
        assert (await first)[0] == 200
        assert len(door.topics) == 3001
