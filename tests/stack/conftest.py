"""The stack under test: the same assertions on the embedded broker and on real Kafka, with a real Redis beside both.

WARDWATCH_TEST_BROKER names a running broker to use in place of our own Kafka.
WARDWATCH_REQUIRE_KAFKA=1 makes it a failure, not a skip, when there is no real Kafka.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
import redis

from stream.broker.connection import Connection
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker, EmbeddedRedis
from stream.stack.kafka import KafkaServer

NAMED_BROKER = os.environ.get("WARDWATCH_TEST_BROKER")
KAFKA_REQUIRED = os.environ.get("WARDWATCH_REQUIRE_KAFKA") == "1"
MISSING = [program for program in ("java", "mvn") if shutil.which(program) is None]
SERVERS_S = 180  # time limit of a stack test: the first one that needs Kafka also fetches and starts it


@dataclass(frozen=True)
class Stack:
    """Where the servers of a test are, and handles to stop and start them; `prefix` makes its topics its own."""

    kind: Literal["embedded", "kafka"]
    broker: str
    redis_server: EmbeddedRedis
    kafka_server: KafkaServer | None = None
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:10]}-")

    @property
    def connection(self) -> Connection:
        return Connection.of(Settings(broker=self.broker))

    @property
    def redis(self) -> str:
        return self.redis_server.url

    def kafka_of_ours(self) -> KafkaServer:
        """Return the Kafka that the test may stop and start with its data; skips where there is none."""
        if self.kafka_server is None:
            reason = "the embedded broker keeps nothing" if self.kind == "embedded" else "the broker is not ours"
            pytest.skip(f"a restart of the broker needs a Kafka of our own: {reason}")
        return self.kafka_server


@pytest.fixture(params=["embedded", "kafka"])
def stack(request: pytest.FixtureRequest, redis_server: EmbeddedRedis) -> Iterator[Stack]:
    """Broker and Redis, running and Redis empty at the start of every test."""
    redis_server.start()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    if request.param == "embedded":
        yield Stack("embedded", request.getfixturevalue("embedded_broker").address, redis_server)
    elif NAMED_BROKER:
        yield Stack("kafka", NAMED_BROKER, redis_server)
    else:
        kafka: KafkaServer = request.getfixturevalue("kafka_server")
        kafka.start()  # a test before this one may have left it stopped
        yield Stack("kafka", kafka.address, redis_server, kafka)


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[KafkaServer]:
    if MISSING:
        (pytest.fail if KAFKA_REQUIRED else pytest.skip)(f"no real Kafka: {' and '.join(MISSING)} not installed")
    with KafkaServer() as kafka:
        yield kafka


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(keep_in=tmp_path_factory.mktemp("redis")) as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.stack)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(SERVERS_S))


def pytest_report_collectionfinish(items: list[pytest.Item]) -> str | None:
    if not any(item.get_closest_marker("stack") for item in items):
        return None
    if NAMED_BROKER:
        return f"stack tests: embedded broker, and the Kafka named in WARDWATCH_TEST_BROKER ({NAMED_BROKER})"
    if MISSING:
        return f"stack tests: EMBEDDED BROKER ONLY, no real Kafka ({' and '.join(MISSING)} not installed)"
    return "stack tests: embedded broker, and real Apache Kafka (KRaft) from deploy/kafka/pom.xml"
