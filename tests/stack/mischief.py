"""What can break while a ward is fed: one function each, for the stack tests and for `make chaos`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from stream.stack.embedded import EmbeddedRedis
from stream.stack.kafka import KafkaServer
from tests.stack.ward import TestWard, Worker

BETWEEN_S: Final = 3.0
"""So long goes all well before each blow."""


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


MISCHIEF: Final[dict[str, Callable[[Hands], Awaitable[None]]]] = {
    "nothing": nothing,
    "worker killed with -9": kill_the_worker,
    "broker stopped and started": restart_the_broker,
    "Redis stopped and started": take_redis_away,
    "second worker joining and leaving": join_and_leave,
}
