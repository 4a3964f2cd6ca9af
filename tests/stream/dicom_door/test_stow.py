"""STOW-RS: each instance of a request is stored or its failure is named, into the same store as by C-STORE."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from pydicom.dataset import Dataset

from stream.dicom_door.outcome import Outcome, Status
from stream.dicom_door.room import Bounds
from stream.dicom_door.stow import JSON, Limits, Stow
from stream.dicom_door.stow_response import http_status, response_module
from tests.builders.dicom_files import STUDY, as_bytes
from tests.builders.dicom_store import BOUNDS, an_intake, files
from tests.builders.dicom_studies import an_instance

KIND = 'multipart/related; type="application/dicom"; boundary=edge'
Client = TestClient[Any, Any]
Open = Callable[..., AbstractAsyncContextManager[Client]]


def body(*parts: bytes, head: str = "Content-Type: application/dicom") -> bytes:
    whole = b"".join(b"--edge\r\n" + head.encode() + b"\r\n\r\n" + part + b"\r\n" for part in parts)
    return whole + b"--edge--\r\n"


@pytest.fixture
def client(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(
        bounds: Bounds = BOUNDS, limits: Limits | None = None, token: str | None = None
    ) -> AsyncIterator[Client]:
        stow = Stow(an_intake(tmp_path, bounds), limits or Limits(), SecretStr(token) if token else None)
        async with TestClient(TestServer(stow.application())) as made:
            yield made

    return opened


async def post(
    client: Client, data: bytes | AsyncIterator[bytes], path: str = "/studies", **headers: str
) -> tuple[int, dict[str, Any]]:
    answer = await client.post(
        path,
        data=BytesIO(data) if isinstance(data, bytes) else data,
        headers={"Content-Type": KIND, "Accept": JSON} | headers,
    )
    return answer.status, await answer.json(content_type=None) if answer.content_type == JSON else {}


async def test_all_instances_of_a_request_are_on_disk_and_named(client: Open, tmp_path: Path) -> None:
    async with client() as there:
        sent = [as_bytes(an_instance(number)) for number in (1, 2, 3)]
        status, said = await post(there, body(*sent))
    assert status == 200
    answer = Dataset.from_json(said)
    assert [one.ReferencedSOPInstanceUID for one in answer.ReferencedSOPSequence] == [
        f"{STUDY}.1.{number}" for number in (1, 2, 3)
    ]
    assert "FailedSOPSequence" not in answer
    assert sorted(path.read_bytes() for path in files(tmp_path)) == sorted(sent)


async def test_an_instance_of_many_chunks_arrives_whole(client: Open, tmp_path: Path) -> None:
    large = as_bytes(an_instance(1, Rows=1000, Columns=1000, PixelData=b"\r\n--edg" * 250_000))
    async with client() as there:
        assert (await post(there, body(large)))[0] == 200
    assert [path.read_bytes() for path in files(tmp_path)] == [large]


async def test_by_stow_and_by_c_store_one_instance_is_one(client: Open, tmp_path: Path) -> None:
    async with client() as there:
        for _ in range(2):
            assert (await post(there, body(as_bytes(an_instance()))))[0] == 200
    assert len(files(tmp_path)) == 1


async def test_failures_are_named_one_by_one_beside_what_is_stored(client: Open) -> None:
    async with client() as there:
        status, said = await post(
            there, body(as_bytes(an_instance(1)), as_bytes(an_instance(2, SeriesInstanceUID="")), b"no DICOM")
        )
    assert status == 202
    answer = Dataset.from_json(said)
    assert [one.ReferencedSOPInstanceUID for one in answer.ReferencedSOPSequence] == [f"{STUDY}.1.1"]
    (failed,) = answer.FailedSOPSequence
    assert (failed.ReferencedSOPInstanceUID, failed.FailureReason) == (f"{STUDY}.1.2", 0xA900)
    assert [one.FailureReason for one in answer.OtherFailuresSequence] == [0xC000]


async def test_a_post_to_a_study_takes_that_study_alone(client: Open, tmp_path: Path) -> None:
    async with client() as there:
        assert (await post(there, body(as_bytes(an_instance())), f"/studies/{STUDY}"))[0] == 200
        status, said = await post(there, body(as_bytes(an_instance(2))), "/studies/1.2.3")
        assert (await post(there, body(as_bytes(an_instance(2))), "/studies/DOE"))[0] == 400
    assert status == 409
    assert Dataset.from_json(said).FailedSOPSequence[0].FailureReason == 0xA900
    assert len(files(tmp_path)) == 1


async def test_without_room_the_sender_is_told_to_come_again(client: Open, tmp_path: Path) -> None:
    async with client(Bounds(all_bytes=10, free_bytes=0)) as there:
        status, said = await post(there, body(as_bytes(an_instance())))
        assert status == 503
        assert Dataset.from_json(said).OtherFailuresSequence[0].FailureReason == 0xA700
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/dicom"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=edge"}, 415),
        ({"Content-Type": "multipart/related; type=application/dicom"}, 400),  # no boundary
        ({"Accept": "application/dicom+xml"}, 406),
        ({"Accept": "text/html, application/dicom+json;q=0.5"}, 200),
        ({"Accept": "*/*"}, 200),
    ],
)
async def test_what_is_asked_in_another_way_is_refused_with_https_status(
    client: Open, headers: dict[str, str], status: int
) -> None:
    async with client() as there:
        assert (await post(there, body(as_bytes(an_instance())), **headers))[0] == status


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"--edge--\r\n",
        b"no parts at all",
        body(as_bytes(an_instance()))[:300],
        body(as_bytes(an_instance()))[:-10],
        body(body(as_bytes(an_instance())), head="Content-Type: multipart/related; boundary=edge"),
    ],
)
async def test_a_request_that_is_not_whole_keeps_no_half_instance(client: Open, tmp_path: Path, data: bytes) -> None:
    async with client() as there:
        assert (await post(there, data))[0] == 400
    assert files(tmp_path) == []


async def test_of_a_request_that_breaks_off_the_whole_instances_are_kept_and_named(
    client: Open, tmp_path: Path
) -> None:
    async with client() as there:
        status, said = await post(there, body(as_bytes(an_instance(1)), as_bytes(an_instance(2)))[:-100])
    assert status == 400
    assert len(Dataset.from_json(said).ReferencedSOPSequence) == len(files(tmp_path)) == 1


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        ("Basic opensesame", 401),
        ("Bearer opensesame", 200),
        ("bearer opensesame", 200),
    ],
)
async def test_with_a_token_only_its_bearer_is_let_in(client: Open, shown: str | None, status: int) -> None:
    async with client(token="opensesame") as there:  # noqa: S106 - of this test
        headers = {"Authorization": shown} if shown else {}
        assert (await post(there, body(as_bytes(an_instance())), **headers))[0] == status


async def test_a_sender_that_falls_silent_is_ended_and_blocks_nobody(client: Open, tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield body(as_bytes(an_instance(1)))[:500]
        await gate.wait()

    async with client(limits=Limits(requests=2, slow_s=0.5)) as there:
        silent = asyncio.create_task(post(there, slowly()))
        assert (await post(there, body(as_bytes(an_instance(2)))))[0] == 200
        await asyncio.sleep(1)
        gate.set()
        await asyncio.wait([silent])
        assert silent.exception() or silent.result() == (400, {})  # who still sends may not see the answer
    assert len(files(tmp_path)) == 1


async def test_of_too_many_requests_the_last_are_told_to_come_again(client: Open) -> None:
    gate = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield body(as_bytes(an_instance(1)))[:-10]
        await gate.wait()
        yield body(as_bytes(an_instance(1)))[-10:]

    async with client(limits=Limits(requests=1)) as there:
        first = asyncio.create_task(post(there, slowly()))
        await asyncio.sleep(0.3)
        assert (await post(there, body(as_bytes(an_instance(2)))))[0] == 503
        gate.set()
        assert (await first)[0] == 200


@pytest.mark.parametrize(
    ("statuses", "http"),
    [
        ([Status.STORED, Status.STORED], 200),
        ([Status.STORED, Status.NO_SPACE], 202),
        ([Status.NO_SPACE, Status.NO_SPACE], 503),
        ([Status.NO_SPACE, Status.MISMATCH], 409),
        ([Status.NOT_UNDERSTOOD], 409),
    ],
)
def test_the_status_says_whether_all_some_or_none_are_stored(statuses: list[Status], http: int) -> None:
    outcomes = [Outcome(status, "1.2", f"1.3.{number}") for number, status in enumerate(statuses)]
    assert http_status(outcomes) == http
    said = Dataset.from_json(response_module(outcomes))
    named = [*said.get("ReferencedSOPSequence", []), *said.get("FailedSOPSequence", [])]
    assert len(named) == len(statuses)
