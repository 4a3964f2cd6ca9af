"""Each role's Redis user can do what the role does with its own states, and nothing else."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis
from redis.exceptions import NoPermissionError

from stream.access.principals import REDIS_READER, REDIS_USERS, redis_acl
from stream.broker.lineage import Place
from stream.settings import Settings
from stream.stack.embedded import EmbeddedRedis
from stream.state.client import StateUnavailableError, redis_client
from stream.state.heard_beds import HeardBeds
from stream.state.marks import Marks, Step
from stream.state.owner import Owner, living_groups
from stream.state.reader import StateReader
from stream.state.stays_seen import StaysSeen
from stream.state.store import Kind, StateStore, Write
from stream.state.tries import Tries

PASSWORD = "a password for one test"  # noqa: S105
KINDS: dict[str, Kind] = {"watch": "patient", "check": "imaging"}

pytestmark = pytest.mark.stack
every_role = pytest.mark.parametrize("role", REDIS_USERS)


@pytest.fixture
def server(redis_server: EmbeddedRedis, tmp_path: Path) -> Iterator[str]:
    """The address of a server that has the users of deploy/redis."""
    redis_server.start()
    (tmp_path / "password").write_text(PASSWORD)
    digest, users = hashlib.sha256(PASSWORD.encode()).hexdigest(), (*REDIS_USERS, REDIS_READER)
    lines = redis_acl(dict.fromkeys(users, digest)).splitlines()
    with redis.Redis.from_url(redis_server.url) as admin:
        admin.flushall()
        admin.script_flush()
        for line in lines[2:]:
            admin.execute_command("ACL SETUSER", *line.split()[1:])
        yield redis_server.url
        admin.acl_deluser(*users)


@asynccontextmanager
async def user(server: str, role: str, tmp_path: Path) -> AsyncIterator[redis.asyncio.Redis]:
    settings = Settings(redis_url=server, redis_user=role, redis_password_file=tmp_path / "password")
    async with redis_client(settings) as client:
        yield client


@every_role
async def test_a_role_stores_loads_and_lists_its_own_states(server: str, role: str, tmp_path: Path) -> None:
    async with user(server, role, tmp_path) as client:
        kind = KINDS[role]
        store = StateStore(client, kind, ttl_s=60)
        await store.ping()
        assert await store.clock_s() > 0
        assert await store.eviction_policy()
        assert await store.save({"p1": Write(0, 1, {"state": b'{"counts": {"vitals": 1}}'})}) == {}
        assert (await store.load(["p1"]))["p1"].revision == 1
        assert await StateReader(client).patients(kind) == ["p1"]
        assert await StateReader(client).read("p1", kind) == {"counts": {"vitals": 1}}


@every_role
async def test_a_role_keeps_its_marks_its_tries_and_its_claim(server: str, role: str, tmp_path: Path) -> None:
    async with user(server, role, tmp_path) as client:
        assert await Marks(client, KINDS[role], 60).load(["t/0"]) == {}
        await Marks(client, KINDS[role], 60).advance({"t/0": Step(Place(1), None)})
        tries = Tries(client, f"wardwatch-{role}")
        assert await tries.begun({"t/0": 5}) == {"t/0": 1}
        await tries.in_work("t/0", 5)
        assert await tries.suspects(["t/0"]) == {"t/0": {5: 1}}
        assert await Owner(client, KINDS[role], "wardwatch").claim() is None
        assert await living_groups(client) == {"wardwatch"}


async def test_watch_keeps_and_learns_when_beds_were_heard(server: str, tmp_path: Path) -> None:
    async with user(server, "watch", tmp_path) as client:
        beds = HeardBeds(client, ttl_s=60)
        await beds.note({3: {"p1": 10.0, "p2": 10.0}}, {3: ["p2"]}, 0.0)
        assert (await beds.load([3], 0.0))["p1"] == (3, 10.0)


async def test_watch_keeps_and_learns_what_was_seen_of_stays(server: str, tmp_path: Path) -> None:
    async with user(server, "watch", tmp_path) as client:
        seen = StaysSeen(client, "ward", ttl_s=60)
        await seen.keep({b"7": b"row"})
        assert list(await seen.load()) == [(b"7", b"row")]


@pytest.mark.parametrize(
    "command",
    ["HGETALL wardwatch:imaging:p1", "HSET wardwatch:patient:p1 a b", "SCAN 0", "KEYS *", "FLUSHALL"],
)
async def test_a_reader_loads_a_state_and_does_nothing_else(server: str, tmp_path: Path, command: str) -> None:
    async with user(server, "watch", tmp_path) as writer:
        await StateStore(writer, "patient", ttl_s=60).save({"p1": Write(0, 1, {"state": b"{}"})})
    async with user(server, REDIS_READER, tmp_path) as reader:
        assert (await StateStore(reader, "patient", ttl_s=60).load(["p1"]))["p1"].revision == 1
        with pytest.raises(NoPermissionError):
            await reader.execute_command(*command.split())  # type: ignore[no-untyped-call]


@every_role
@pytest.mark.parametrize(
    "command",
    [
        "GET other:key",
        "FLUSHALL",
        "KEYS *",
        "CONFIG GET dir",
        "SHUTDOWN",
        "ACL LIST",
        "DEL wardwatch:{own}:p1",
        "HGETALL wardwatch:{others}:p1",
        "HSET wardwatch:{others}:p1 revision 9",
        "EXPIRE wardwatch:{others}:p1 0",
        "EXPIRE wardwatch:marks:{others} 0",
        "HSET wardwatch:tries:wardwatch-{other_role} a b",
        "EVAL return(1) 0",
        "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0",
        "SCRIPT FLUSH",
        "MONITOR",
        "SUBSCRIBE a",
        "REPLICAOF 127.0.0.1 1",
        "MIGRATE 127.0.0.1 1 wardwatch:{own}:p1 0 100",
    ],
)
async def test_everything_else_is_refused(server: str, role: str, command: str, tmp_path: Path) -> None:
    (other_role,) = set(REDIS_USERS) - {role}
    asked = command.format(own=KINDS[role], others=KINDS[other_role], other_role=other_role).split()
    async with user(server, role, tmp_path) as client:
        with pytest.raises(NoPermissionError):
            await client.execute_command(*asked)  # type: ignore[no-untyped-call]


@every_role
async def test_a_script_that_is_not_ours_can_be_loaded_and_not_run(server: str, role: str, tmp_path: Path) -> None:
    async with user(server, role, tmp_path) as client:
        theirs = await client.script_load("return 1")
        with pytest.raises(NoPermissionError):
            await client.evalsha(theirs, 0)


async def test_our_script_reaches_no_state_of_the_other_role(server: str, tmp_path: Path) -> None:
    async with user(server, "check", tmp_path) as client:
        with pytest.raises(StateUnavailableError):
            await StateStore(client, "patient", 60).save({"p1": Write(0, 1, {"state": b"{}"})})
