"""The workers' Redis user can do what the state store does, and nothing else."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
from redis.exceptions import NoPermissionError

from stream.access.principals import REDIS_READER, REDIS_USER, redis_acl
from stream.settings import Settings
from stream.stack.embedded import EmbeddedRedis
from stream.state.client import redis_client
from stream.state.heard_beds import HeardBeds
from stream.state.reader import StateReader
from stream.state.stays_seen import StaysSeen
from stream.state.store import StateStore, Write

PASSWORD = "a password for one test"  # noqa: S105

pytestmark = pytest.mark.stack


@pytest.fixture
async def client(redis_server: EmbeddedRedis, tmp_path: Path) -> AsyncIterator[redis.asyncio.Redis]:
    """A worker's client, on a server that has the users of deploy/redis."""
    redis_server.start()
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    _, _, worker, reader = redis_acl(*[hashlib.sha256(PASSWORD.encode()).hexdigest()] * 2).splitlines()
    with redis.Redis.from_url(redis_server.url) as admin:
        admin.flushall()
        admin.script_flush()
        for user in (worker, reader):
            admin.execute_command("ACL SETUSER", *user.split()[1:])
        settings = Settings(redis_url=redis_server.url, redis_user=REDIS_USER, redis_password_file=file)
        async with redis_client(settings) as client:
            yield client
        admin.acl_deluser(REDIS_USER, REDIS_READER)


async def test_a_reader_loads_a_state_and_does_nothing_else(
    client: redis.asyncio.Redis, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    await StateStore(client, "patient", ttl_s=60).save({"p1": Write(0, 1, {"state": b"{}"})})
    settings = Settings(redis_url=redis_server.url, redis_user=REDIS_READER, redis_password_file=tmp_path / "password")
    async with redis_client(settings) as reader:
        assert (await StateStore(reader, "patient", ttl_s=60).load(["p1"]))["p1"].revision == 1
        for command in (
            "HGETALL wardwatch:imaging:p1",
            "HSET wardwatch:patient:p1 a b",
            "SCAN 0",
            "KEYS *",
            "FLUSHALL",
        ):
            with pytest.raises(NoPermissionError):
                await reader.execute_command(*command.split())  # type: ignore[no-untyped-call]


async def test_a_worker_stores_loads_and_lists_states(client: redis.asyncio.Redis) -> None:
    store = StateStore(client, "patient", ttl_s=60)
    await store.ping()
    assert await store.clock_s() > 0
    assert await store.save({"p1": Write(0, 1, {"state": b'{"counts": {"vitals": 1}}'})}) == {}
    assert (await store.load(["p1"]))["p1"].revision == 1
    assert await StateReader(client).counts() == {"vitals": 1}


async def test_a_worker_keeps_and_learns_when_beds_were_heard(client: redis.asyncio.Redis) -> None:
    beds = HeardBeds(client, ttl_s=60)
    await beds.note({3: {"p1": 10.0, "p2": 10.0}}, {3: ["p2"]}, 0.0)
    assert (await beds.load([3], 0.0))["p1"] == (3, 10.0)


async def test_a_worker_keeps_and_learns_what_was_seen_of_stays(client: redis.asyncio.Redis) -> None:
    seen = StaysSeen(client, "ward", ttl_s=60)
    await seen.keep({b"7": b"row"})
    assert list(await seen.load()) == [(b"7", b"row")]


@pytest.mark.parametrize(
    "command",
    ["GET other:key", "FLUSHALL", "KEYS *", "CONFIG GET dir", "SHUTDOWN", "ACL LIST", "DEL wardwatch:patient:p1"],
)
async def test_everything_else_is_refused(client: redis.asyncio.Redis, command: str) -> None:
    with pytest.raises(NoPermissionError):
        await client.execute_command(*command.split())  # type: ignore[no-untyped-call]
