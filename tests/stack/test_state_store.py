"""The patients' states in a real Redis: guarded, mortal, and away when it is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import redis.asyncio

from stream.settings import Settings
from stream.stack.embedded import EmbeddedRedis
from stream.state.client import StateUnavailableError, redis_client
from stream.state.heard_beds import HeardBeds
from stream.state.reader import StateReader
from stream.state.stays_seen import StaysSeen, slot_of
from stream.state.store import StateStore, Write

pytestmark = pytest.mark.stack

TTL_S = 1000
TIMEOUT_S = 0.5
SOON_S = 10.0


@dataclass
class Bench:
    server: EmbeddedRedis
    client: redis.asyncio.Redis

    def store(self) -> StateStore:
        """Another worker's, each time."""
        return StateStore(self.client, "patient", TTL_S)


@pytest.fixture
async def bench(redis_server: EmbeddedRedis) -> AsyncIterator[Bench]:
    redis_server.start()
    settings = Settings(redis_url=redis_server.url, state_timeout_s=TIMEOUT_S)
    async with redis_client(settings) as client:
        await client.flushall()
        yield Bench(redis_server, client)
    redis_server.start()  # for the tests after this one


def grown(base: int, state: bytes = b'{"counts": {"vitals": 3}}', **more: bytes) -> Write:
    return Write(base, base + 1, {"state": state} | more)


async def test_what_is_stored_is_loaded_again_byte_for_byte(bench: Bench) -> None:
    risk = bytes(range(256))
    assert await bench.store().save({"p-1": grown(0, risk=risk)}) == {}
    stored = (await bench.store().load(["p-1"]))["p-1"]
    assert stored.revision == 1
    assert {name: stored.fields[name] for name in ("state", "risk")} == {
        "state": grown(0).fields["state"],
        "risk": risk,
    }


async def test_a_patient_who_was_never_stored_is_not_among_the_loaded(bench: Bench) -> None:
    await bench.store().save({"p-1": grown(0)})
    assert set(await bench.store().load(["p-0", "p-1", "p-2"])) == {"p-1"}
    assert await bench.store().load([]) == {}
    assert await bench.store().save({}) == {}


async def test_a_write_is_taken_only_on_the_revision_that_it_grew_from(bench: Bench) -> None:
    ours, theirs = bench.store(), bench.store()
    assert await ours.save({"p-1": grown(0), "p-2": grown(0)}) == {}
    assert await theirs.save({"p-1": grown(1, b"theirs")}) == {}
    refused = await ours.save({"p-1": grown(1, b"ours"), "p-2": grown(1, b"ours")})
    assert {patient: (why.revision, why.ours) for patient, why in refused.items()} == {"p-1": (2, False)}
    stored = await ours.load(["p-1", "p-2"])
    assert {patient: one.fields["state"] for patient, one in stored.items()} == {"p-1": b"theirs", "p-2": b"ours"}


@pytest.mark.parametrize("base", [0, 1, 3, 7])
async def test_neither_an_older_nor_a_newer_base_overwrites(bench: Bench, base: int) -> None:
    theirs = bench.store()
    await theirs.save({"p-1": grown(0)})
    await theirs.save({"p-1": grown(1, b"kept")})
    refused = await bench.store().save({"p-1": grown(base, b"lost")})
    assert {patient: (why.revision, why.ours) for patient, why in refused.items()} == {"p-1": (2, False)}
    assert (await theirs.load(["p-1"]))["p-1"].fields["state"] == b"kept"


async def test_a_write_that_was_applied_though_its_answer_was_lost_counts_as_written(bench: Bench) -> None:
    store = bench.store()
    await store.save({"p-1": grown(0)})
    assert await store.save({"p-1": grown(0)}) == {}
    refused = await store.save({"p-1": Write(0, 5, {"state": b"later"})})  # grown on meanwhile
    assert {patient: (why.revision, why.ours) for patient, why in refused.items()} == {"p-1": (1, True)}


async def test_a_state_that_redis_has_lost_is_refused_with_revision_zero(bench: Bench) -> None:
    store = bench.store()
    await store.save({"p-1": grown(0)})
    await bench.client.flushall()
    refused = await store.save({"p-1": grown(1)})
    assert {patient: why.revision for patient, why in refused.items()} == {"p-1": 0}


async def test_every_key_has_a_time_to_live_and_names_nobody_but_by_pseudonym(bench: Bench) -> None:
    patients = [f"p-{number}" for number in range(20)]
    await bench.store().save({patient: grown(0) for patient in patients})
    await StateStore(bench.client, "imaging", TTL_S).save({"p-3": grown(0)})
    keys = [key.decode() async for key in bench.client.scan_iter("*")]
    assert sorted(keys) == sorted([*(f"wardwatch:patient:{patient}" for patient in patients), "wardwatch:imaging:p-3"])
    assert all([TTL_S - SOON_S < await bench.client.ttl(key) <= TTL_S for key in keys])


async def test_each_write_begins_the_time_to_live_anew_and_a_refused_one_does_not(bench: Bench) -> None:
    store, key = bench.store(), "wardwatch:patient:p-1"
    await store.save({"p-1": grown(0)})
    await bench.client.expire(key, 5)
    await bench.store().save({"p-1": grown(0)})
    assert await bench.client.ttl(key) <= 5
    await store.save({"p-1": grown(1)})
    assert await bench.client.ttl(key) > 5


async def test_the_kinds_of_state_of_a_patient_are_apart(bench: Bench) -> None:
    await bench.store().save({"p-1": grown(0)})
    assert await StateStore(bench.client, "imaging", TTL_S).load(["p-1"]) == {}


async def test_a_redis_that_has_ended_is_unavailable_at_once_and_serves_again_when_it_is_back(bench: Bench) -> None:
    store = bench.store()
    await store.save({"p-1": grown(0)})
    bench.server.kill()
    for call in (store.load(["p-1"]), store.save({"p-1": grown(1)}), store.ping(), store.clock_s()):
        with pytest.raises(StateUnavailableError) as caught:
            async with asyncio.timeout(SOON_S):
                await call
        assert "p-1" not in str(caught.value)
    bench.server.start()
    assert (await store.load(["p-1"]))["p-1"].revision == 1
    assert await store.save({"p-1": grown(1)}) == {}


async def test_an_absence_that_is_over_is_no_new_one_for_the_other_connections(bench: Bench) -> None:
    store = bench.store()
    patients = [f"p-{number}" for number in range(6)]
    await asyncio.gather(*(store.save({patient: grown(0)}) for patient in patients))  # a connection each
    bench.server.kill()
    with pytest.raises(StateUnavailableError):
        await store.ping()
    bench.server.start()
    await store.ping()
    await asyncio.gather(*(store.save({patient: grown(0)}) for patient in patients))


async def test_a_redis_that_hangs_is_unavailable_within_the_time_limit() -> None:
    serving: list[asyncio.Task[None] | None] = []

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        await reader.read()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = Settings(redis_url=f"redis://127.0.0.1:{port}/0", state_timeout_s=TIMEOUT_S)
    try:
        async with redis_client(settings) as client:
            store = StateStore(client, "patient", TTL_S)
            for call in (store.load(["p-1"]), store.save({"p-1": grown(0)}), store.ping()):
                begun = time.monotonic()
                with pytest.raises(StateUnavailableError):
                    await call
                assert time.monotonic() - begun < SOON_S
    finally:
        server.close()
        await asyncio.gather(*(task for task in serving if task), return_exceptions=True)


async def test_a_reader_sees_who_has_a_state_and_how_much_was_applied(bench: Bench) -> None:
    await bench.store().save({"p-1": grown(0), "p-2": grown(0, b'{"counts": {"vitals": 1, "labs": 2}}')})
    await StateStore(bench.client, "imaging", TTL_S).save({"p-9": grown(0, b'{"counts": {"imaging-ready": 4}}')})
    reader = StateReader(bench.client)
    assert await reader.patients() == ["p-1", "p-2"]
    assert await reader.patients("imaging") == ["p-9"]
    assert await reader.read("p-2") == {"counts": {"vitals": 1, "labs": 2}}
    assert await reader.read("p-3") is None
    assert await reader.counts() == {"vitals": 4, "labs": 2, "imaging-ready": 4}


async def test_the_beds_of_a_partition_are_kept_until_they_are_gone_or_unheard_for_too_long(bench: Bench) -> None:
    beds = HeardBeds(bench.client, TTL_S)
    await beds.note({0: {"p-1": 100.0, "p-2": 150.0}, 1: {"p-9": 100.5}}, {}, 0.0)
    await beds.note({0: {"p-1": 200.0}}, {1: ["p-9", "p-never-heard"]}, 0.0)
    assert await beds.load([0, 1, 2], 0.0) == {"p-1": (0, 200.0), "p-2": (0, 150.0)}
    assert await beds.load([0], 150.5) == {"p-1": (0, 200.0)}
    assert await beds.load([1], 0.0) == {}
    await beds.note({0: {"p-3": 300.0}}, {}, 200.0)
    assert await beds.load([0], 0.0) == {"p-1": (0, 200.0), "p-3": (0, 300.0)}
    assert TTL_S - SOON_S < await bench.client.ttl("wardwatch:beds:0") <= TTL_S


async def test_a_worker_that_is_behind_does_not_make_a_bed_older(bench: Bench) -> None:
    beds = HeardBeds(bench.client, TTL_S)
    await beds.note({0: {"p-1": 200.0}}, {}, 0.0)
    await beds.note({0: {"p-1": 100.0}}, {}, 0.0)
    assert await beds.load([0], 0.0) == {"p-1": (0, 200.0)}


async def test_beds_are_unavailable_when_redis_is(bench: Bench) -> None:
    beds = HeardBeds(bench.client, TTL_S)
    bench.server.kill()
    for call in (beds.note({0: {"p-1": 200.0}}, {}, 0.0), beds.load([0], 0.0)):
        with pytest.raises(StateUnavailableError):
            await call


@pytest.mark.parametrize("revision", [b"seven", b"", b"-1", b"9" * 19, b"\xb2"])
async def test_a_hash_whose_revision_is_no_number_is_loaded_as_it_lies_and_can_be_written_over(
    bench: Bench, revision: bytes
) -> None:
    row: dict[Any, Any] = {"revision": revision, b"\xff": b"x", "state": b"none"}
    await bench.client.hset("wardwatch:patient:p-1", mapping=row)
    stored = (await bench.store().load(["p-1"]))["p-1"]
    assert (stored.revision, stored.fields["state"]) == (0, b"none")
    assert await bench.store().save({"p-1": grown(0)}) == {}
    assert (await bench.store().load(["p-1"]))["p-1"].revision == 1


async def test_a_bed_whose_name_is_no_text_is_loaded_like_any_other(bench: Bench) -> None:
    await bench.client.zadd("wardwatch:beds:3", {b"\xff": 100.0, b"p-1": 101.0})
    assert (await HeardBeds(bench.client, TTL_S).load([3], 0))["p-1"] == (3, 101.0)


async def test_rows_of_stays_are_kept_for_every_worker_of_a_group_and_for_no_other(bench: Bench) -> None:
    ours, theirs = StaysSeen(bench.client, "ward", TTL_S), StaysSeen(bench.client, "another", TTL_S)
    await ours.keep({slot_of("p-1"): b"\x00\x01", slot_of("p-2"): b"\x02"})
    await ours.keep({slot_of("p-1"): b"\x03"})
    await ours.keep({})
    assert dict(await StaysSeen(bench.client, "ward", TTL_S).load()) == {
        slot_of("p-1"): b"\x03",
        slot_of("p-2"): b"\x02",
    }
    assert await theirs.load() == []
    assert TTL_S - SOON_S < await bench.client.ttl("wardwatch:stays-seen:ward") <= TTL_S
    bench.server.kill()
    with pytest.raises(StateUnavailableError):
        await ours.load()
