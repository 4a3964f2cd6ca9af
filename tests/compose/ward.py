"""The ward as its users have it: containers to command, a broker on localhost, nothing else."""

import asyncio
import json
import os
import shlex
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.broker.connection import Connection
from stream.broker.topics import PARTITIONS
from stream.feeds.events import FeedEvent
from stream.feeds.publish import Publisher
from stream.settings import Settings

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = "wardwatch-test"
WORKERS: Final = ("watch", "check")
_LABEL: Final = "com.docker.compose"
_FILES: Final = ["-f", "docker-compose.yml", "-f", "tests/compose/archive.yml"]

# Run in a worker's container, where Redis can be reached: how many records were applied to the patients' states.
_APPLIED: Final = """
import asyncio, sys
from stream.settings import Settings
from stream.state.client import redis_client
from stream.state.reader import StateReader
async def main():
    async with redis_client(Settings()) as client:
        reader, kind = StateReader(client), sys.argv[2]
        states = [
            await reader.read(patient, kind) or {}
            for patient in await reader.patients(kind)
            if patient.startswith(sys.argv[1])
        ]
    print(sum(sum(state.get("counts", {}).values()) for state in states))
asyncio.run(main())
"""


class Ward(NamedTuple):
    """The compose project under test."""

    compose: list[str]  # the program: docker-compose, or docker compose
    secrets: Path
    broker: str

    def run(self, *arguments: str, check: bool = True) -> str:
        """Call compose and return what it wrote."""
        return called([*self.compose, "-p", PROJECT, *_FILES, *arguments], check=check)

    def containers(self, service: str) -> list[str]:
        """The service's containers, running or not."""
        labels = f"label={_LABEL}.project={PROJECT}", f"label={_LABEL}.service={service}"
        return docker("container", "ls", "-q", "--all", "--filter", labels[0], "--filter", labels[1]).split()

    def within(self, service: str, *command: str, check: bool = True) -> str:
        """What a command writes that runs in the service's container."""
        container, *_ = self.containers(service)
        return docker("exec", container, *command, check=check)

    def inspect(self, container: str) -> dict[str, Any]:
        (found,) = json.loads(docker("container", "inspect", container))
        state: dict[str, Any] = found
        return state

    def left_over(self, *kinds: str) -> list[str]:
        """Containers, networks or volumes of the project, running or not."""
        label = f"label={_LABEL}.project={PROJECT}"
        everything = {"container": ["--all"]}
        return [
            name
            for kind in kinds
            for name in docker(kind, "ls", "-q", *everything.get(kind, []), "--filter", label).split()
        ]

    def is_healthy(self, *services: str) -> bool:
        states = [self.inspect(c)["State"] for service in services for c in self.containers(service)]
        return len(states) >= len(services) and all(s.get("Health", {}).get("Status") == "healthy" for s in states)

    def settings(self, user: str) -> Settings:
        """How a client outside the containers reaches the broker."""
        return Settings(
            broker=self.broker,
            broker_ca_file=self.secrets / "ca.pem",
            broker_user=user,
            broker_password_file=self.secrets / f"{user}.password",
        )

    def applied(self, prefix: str) -> int:
        """How many records the states of the patients whose pseudonym begins so count; -1 while nobody answers."""
        of_roles = (("watch", "patient"), ("check", "imaging"))  # each role reads its own states alone
        answers = [
            self.within(role, "python3", "-c", _APPLIED, prefix, kind, check=False).strip() for role, kind in of_roles
        ]
        return sum(map(int, answers)) if all(answers) else -1


def docker(*arguments: str, check: bool = True) -> str:
    """Call docker and return what it wrote."""
    return called(["docker", *arguments], check=check)


def called(command: list[str], *, check: bool) -> str:
    """What a program writes; fails with its complaint when it fails and that is to be checked."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert not check or done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


async def play(ward: Ward, feed: Iterable[FeedEvent], speed: float) -> dict[str, int]:
    """Send the feed as the feed's user; return how many records the broker confirmed, by topic."""
    async with Publisher(ward.settings("feed")) as publisher:
        await publisher.play(feed, speed)
        assert publisher.unconfirmed == 0
        return dict(publisher.confirmed)


@asynccontextmanager
async def reading(settings: Settings, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader of the whole topic, outside every group."""
    consumer = AIOKafkaConsumer(**Connection.of(settings).for_aiokafka())
    try:
        await consumer.start()
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        yield consumer
    finally:
        await consumer.stop()


async def everything(settings: Settings, topic: str, prefix: str) -> list[Any]:
    """All records that lie on the topic now for patients whose pseudonym begins so."""
    async with reading(settings, topic) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        found: list[Any] = []
        while any([await consumer.position(part) < end for part, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [record for record in records if (record.key or b"").startswith(prefix.encode())]
    return found


async def first(settings: Settings, topic: str, prefix: str, within_s: float = 120) -> Any:  # noqa: ANN401 - aiokafka's
    """The first record on the topic for a patient whose pseudonym begins so; it may yet have to come."""
    async with reading(settings, topic) as consumer, asyncio.timeout(within_s):
        async for record in consumer:
            if (record.key or b"").startswith(prefix.encode()):
                return record
    raise AssertionError  # a consumer does not end by itself


async def settled(ward: Ward, prefix: str, sent: int) -> int:
    """Wait until every record sent is counted in a patient's state or is a dead letter; return how many are counted."""
    found, deadline = -1, time.monotonic() + 180
    while True:
        letters = len(await everything(ward.settings("operator"), "dead-letters", prefix))
        before, found = found, await asyncio.to_thread(ward.applied, prefix)
        if found == before and found + letters >= sent:
            return found
        assert time.monotonic() < deadline, f"{sent} sent, {found} applied, {letters} dead letters"
        await asyncio.sleep(1)


async def until(what: Callable[[], bool], within_s: float) -> None:
    """Ask again and again until the answer is yes; fail when the time is over."""
    deadline = time.monotonic() + within_s
    while not await asyncio.to_thread(what):
        assert time.monotonic() < deadline, f"not so within {within_s:g} s"
        await asyncio.sleep(0.5)


def http_status(url: str) -> int:
    """The status of an answer, 0 when there is none."""
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return int(answer.status)
    except URLError as error:
        return getattr(error, "code", 0) or 0
    except OSError:
        return 0


def compose_program() -> list[str] | None:
    """The compose that `make test-compose` found, or None when it is not what runs these tests."""
    named = os.environ.get("WARDWATCH_TEST_COMPOSE")
    return shlex.split(named) if named else None
