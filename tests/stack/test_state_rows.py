"""What lies in a real Redis beside the states: how it is read, and what the server says of itself."""

from collections.abc import AsyncIterator

import pytest
import redis.asyncio

from stream.settings import Settings
from stream.stack.embedded import EmbeddedRedis
from stream.state.client import StateUnavailableError, redis_client
from stream.state.owner import Owner, living_groups
from stream.state.store import StateStore, Write, key_of
from stream.state.tries import Tries

pytestmark = pytest.mark.stack


@pytest.fixture
async def client(redis_server: EmbeddedRedis) -> AsyncIterator[redis.asyncio.Redis]:
    redis_server.start()
    async with redis_client(Settings(redis_url=redis_server.url)) as client:
        await client.flushall()
        yield client
    redis_server.start()  # for the tests after this one


def a_store(client: redis.asyncio.Redis) -> StateStore:
    return StateStore(client, "patient", 1000)


async def test_a_state_is_its_fields_and_who_wrote_it_and_no_revision(client: redis.asyncio.Redis) -> None:
    await a_store(client).save({"p-1": Write(0, 1, {"state": b"{}", "risk": b"\x00"})})
    stored = (await a_store(client).load(["p-1"]))["p-1"]
    assert set(stored.fields) == {"state", "risk", "writer"}


@pytest.mark.parametrize(("revision", "read"), [(b"9" * 18, 10**18 - 1), (b"9" * 19, 0), (b"", 0), (b"1x", 0)])
async def test_a_revision_is_a_number_of_at_most_18_digits(
    client: redis.asyncio.Redis, revision: bytes, read: int
) -> None:
    await client.hset(key_of("patient", "p-1"), mapping={"revision": revision, "state": b"{}"})
    assert (await a_store(client).load(["p-1"]))["p-1"].revision == read


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
async def test_it_is_told_what_redis_does_when_its_memory_is_full(client: redis.asyncio.Redis, policy: str) -> None:
    await client.config_set("maxmemory-policy", policy)
    try:
        assert await a_store(client).eviction_policy() == policy
    finally:
        await client.config_set("maxmemory-policy", "noeviction")


async def test_the_clock_is_that_of_redis(client: redis.asyncio.Redis) -> None:
    async def now_s() -> float:
        seconds, microseconds = await client.time()
        return float(seconds) + float(microseconds) / 1e6

    before_s, clock_s, after_s = await now_s(), await a_store(client).clock_s(), await now_s()
    assert before_s <= clock_s <= after_s


async def test_a_redis_that_is_away_says_nothing_of_itself(
    client: redis.asyncio.Redis, redis_server: EmbeddedRedis
) -> None:
    redis_server.kill()
    with pytest.raises(StateUnavailableError):
        await a_store(client).eviction_policy()


async def test_a_group_whose_name_is_no_text_is_told_like_any_other(client: redis.asyncio.Redis) -> None:
    await client.hset("wardwatch:owner:patient", "group", b"\xff")
    assert await living_groups(client) == {"\ufffd"}
    assert await Owner(client, "patient", "ours").claim() == "\ufffd"


async def test_a_redis_that_is_away_tells_no_groups(client: redis.asyncio.Redis, redis_server: EmbeddedRedis) -> None:
    redis_server.kill()
    with pytest.raises(StateUnavailableError):
        await living_groups(client)


@pytest.mark.parametrize(("count", "counted"), [(b"9" * 9, True), (b"9" * 10, False), (b"x", False)])
async def test_what_is_no_count_of_ended_workers_is_passed_over(
    client: redis.asyncio.Redis, count: bytes, *, counted: bool
) -> None:
    for name, told in ((b"suspect vitals/0/7", count), (b"suspect \xff/0/7", b"1"), (b"suspect vitals/0/x", b"1")):
        await client.hset("wardwatch:tries:ours", name, told)
    assert await Tries(client, "ours").suspects(["vitals/0"]) == ({"vitals/0": {7: int(count)}} if counted else {})
