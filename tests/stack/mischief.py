"""What can break while a ward is fed: one function each, for the stack tests and for `make chaos`."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import redis

from stream.stack.embedded import EmbeddedRedis
from stream.stack.kafka import KafkaServer
from tests.stack.ward import TestWard, Worker

BETWEEN_S: Final = 3.0
"""So long goes all well before each blow."""
FROZEN_S: Final = 8.0
PAST_ITS_SESSION_S: Final = 16.0
"""A member of a group that is silent for 10 s is taken for dead."""


@dataclass
class Hands:
    """What mischief can be done to."""

    ward: TestWard
    worker: Worker
    redis: EmbeddedRedis
    kafka: KafkaServer | None
    alerts_without_redis: list[int] = field(default_factory=list)

    def whole_kafka(self) -> KafkaServer:
        """The broker that may be stopped."""
        assert self.kafka is not None
        return self.kafka


async def nothing(_: Hands) -> None:
    """A clean run."""


async def kill_the_worker(hands: Hands) -> None:
    """As a power cut would, twice."""
    for _ in range(2):
        await asyncio.sleep(BETWEEN_S)
        await hands.worker.kill()
        await hands.worker.start()


async def restart_the_broker(hands: Hands) -> None:
    """Once in good order, once with -9."""
    kafka = hands.whole_kafka()
    for end in (kafka.stop, kafka.kill):
        await asyncio.sleep(BETWEEN_S)
        await asyncio.to_thread(end)
        kafka.start()  # from this thread: the server lives as long as the thread that started it


async def take_redis_away(hands: Hands) -> None:
    """Twice, for some seconds, with -9; counts the alerts that come meanwhile."""
    for _ in range(2):
        await asyncio.sleep(BETWEEN_S)
        hands.redis.kill()
        before = len(hands.ward.seen.ids["alerts"])
        await asyncio.sleep(2 * BETWEEN_S)
        hands.alerts_without_redis.append(len(hands.ward.seen.ids["alerts"]) - before)
        hands.redis.start()
    assert hands.worker.runs, hands.worker.tail()


async def join_and_leave(hands: Hands) -> None:
    """A second worker comes and goes, twice."""
    second = hands.ward.worker()
    for _ in range(2):
        await second.start()
        await asyncio.sleep(BETWEEN_S)
        assert await second.stop() == 0, second.tail()


@asynccontextmanager
async def frozen(pid: int | None, for_s: float) -> AsyncIterator[None]:
    """A process that stands still, as in a virtual machine that is moved; what runs in the block runs meanwhile."""
    assert pid is not None
    await asyncio.sleep(BETWEEN_S)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
        await asyncio.sleep(for_s)
    finally:
        os.kill(pid, signal.SIGCONT)


async def freeze_the_worker_past_its_session(hands: Hands) -> None:
    """Another worker takes over its partitions, and it wakes up as if nothing had been."""
    second = hands.ward.worker()
    await second.start()
    async with frozen(hands.worker.pid, PAST_ITS_SESSION_S):
        pass
    await asyncio.sleep(2 * BETWEEN_S)
    assert await second.stop() == 0, second.tail()


async def freeze_redis(hands: Hands) -> None:
    """It takes connections and answers none."""
    async with frozen(hands.redis.pid, FROZEN_S):
        pass


async def freeze_the_broker(hands: Hands) -> None:
    """It takes connections and answers none."""
    async with frozen(hands.whole_kafka().pid, FROZEN_S):
        pass


async def empty_redis(hands: Hands) -> None:
    """Somebody flushes it, twice."""
    for _ in range(2):
        await asyncio.sleep(BETWEEN_S)
        with redis.Redis.from_url(hands.redis.url) as client:
            client.flushall()


async def fill_redis(hands: Hands) -> None:
    """It has no memory left for a while, and refuses what is to be stored."""
    await asyncio.sleep(BETWEEN_S)
    with redis.Redis.from_url(hands.redis.url) as client:
        client.config_set("maxmemory", 1)
        try:
            await asyncio.sleep(FROZEN_S)
        finally:
            client.config_set("maxmemory", 0)


MISCHIEF: Final[dict[str, Callable[[Hands], Awaitable[None]]]] = {
    "nothing": nothing,
    "worker killed with -9": kill_the_worker,
    "broker stopped and started": restart_the_broker,
    "Redis stopped and started": take_redis_away,
    "second worker joining and leaving": join_and_leave,
    "worker frozen past its session": freeze_the_worker_past_its_session,
    "Redis frozen": freeze_redis,
    "Redis emptied": empty_redis,
    "Redis out of memory": fill_redis,
    "broker frozen": freeze_the_broker,
}
