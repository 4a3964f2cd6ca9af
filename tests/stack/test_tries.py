"""What is noted of tries outlives the worker that made them; a claim to the states, the last worker of its group."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from stream.settings import Settings
from stream.stack.embedded import EmbeddedRedis
from stream.state.client import StateUnavailableError, redis_client
from stream.state.owner import TTL_S, Owner, living_groups
from stream.state.tries import Tries


@pytest.fixture
async def client(redis_server: EmbeddedRedis) -> AsyncIterator[Redis]:
    redis_server.start()
    async with redis_client(Settings(redis_url=redis_server.url)) as one:
        await one.flushall()
        yield one


async def test_starts_at_the_same_offset_are_counted_in_a_row(client: Redis) -> None:
    for count in (1, 2, 3):
        assert await Tries(client, "g").begun({"vitals/0": 5, "vitals/1": count}) == {"vitals/0": count, "vitals/1": 1}
    assert await Tries(client, "g").begun({"vitals/0": 6}) == {"vitals/0": 1}
    assert await Tries(client, "other").begun({"vitals/0": 6}) == {"vitals/0": 1}
    assert await Tries(client, "g").begun({}) == {}


async def test_the_record_that_was_in_work_at_the_end_of_a_worker_is_suspected_once_for_each(client: Redis) -> None:
    tries = Tries(client, "g")
    assert await tries.suspects(["vitals/0"]) == {}
    for ended in (1, 2):
        await tries.in_work("vitals/0", 6)
        await tries.in_work("vitals/0", 7)
        for _ in range(2):
            assert await tries.suspects(["vitals/0", "vitals/1"]) == {"vitals/0": {7: ended}}
    await tries.in_work("vitals/0", 8)
    await tries.in_work("vitals/0", None)
    assert await tries.suspects(["vitals/0"]) == {"vitals/0": {7: 2}}
    await tries.in_work("vitals/0", 9)
    assert await tries.suspects(["vitals/0"]) == {"vitals/0": {7: 2, 9: 1}}
    assert await tries.suspects(["vitals/1"]) == {}
    assert 0 < await client.ttl("wardwatch:tries:g") <= 86_400


async def test_what_nobody_could_have_counted_suspects_nothing(client: Redis) -> None:
    for field in ("suspect", "suspect vitals/0", "suspect vitals/0/x", "suspect vitals/0/7", b"\xff"):
        await client.hset("wardwatch:tries:g", field, "many")
    await client.hset("wardwatch:tries:g", "suspect vitals/0/8", "2")
    assert await Tries(client, "g").suspects(["vitals/0"]) == {"vitals/0": {8: 2}}


async def test_states_belong_to_one_group_at_a_time(client: Redis) -> None:
    ours, theirs = Owner(client, "patient", "ours"), Owner(client, "patient", "theirs")
    assert await ours.claim() is None
    assert await Owner(client, "patient", "ours").claim() is None
    assert await theirs.claim() == "ours"
    assert await living_groups(client) == {"ours"}
    assert await Owner(client, "imaging", "theirs").claim() is None
    assert TTL_S - 5 < await client.ttl("wardwatch:owner:patient") <= TTL_S
    await client.delete("wardwatch:owner:patient")  # as time does
    assert await theirs.claim() is None
    assert await ours.claim() == "theirs"


async def test_both_are_unavailable_when_redis_is(redis_server: EmbeddedRedis, client: Redis) -> None:
    redis_server.kill()
    tries = Tries(client, "g")
    for call in (
        tries.begun({"vitals/0": 1}),
        tries.in_work("vitals/0", 1),
        tries.suspects(["vitals/0"]),
        Owner(client, "patient", "ours").claim(),
    ):
        with pytest.raises(StateUnavailableError):
            await call
