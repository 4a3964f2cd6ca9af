"""Kafka as docker-compose.yml configures it: who has no right is refused."""

import asyncio
import gc
import logging
import shutil
import socket
import subprocess
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewPartitions
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
)

from schemas.topics import TOPICS, read_by
from stream.access.files import write_secrets
from stream.access.grant import GrantError, grant
from stream.access.principals import Right, rights
from stream.broker.connection import Connection
from stream.broker.placement import partition_of
from stream.broker.topics import TopicError, admin_client, create_topics, missing_topics
from stream.delivery.dead_letters import Failure
from stream.settings import Settings
from stream.stack.jars import kafka_jars, program
from stream.stack.ports import HOST, free_ports
from stream.stack.server_process import ServerProcess
from tests.builders.gateway_process import gateway
from tests.builders.hl7_messages import SYSTOLIC, admission, alert, laboratory, observed
from tests.builders.hl7_orders import encoded, genetic, imaged
from tests.builders.topic_access import read, reading, write
from tests.builders.worker_process import a_worker
from tests.stack.conftest import KAFKA_REQUIRED, MISSING, SERVERS_S
from tests.stack.ward import frames_of

DEPLOY = Path(__file__).parents[2] / "deploy" / "kafka"
CLUSTER_ID = "V2FyZHdhdGNoLXdhcmQtMQ"

pytestmark = [pytest.mark.stack, pytest.mark.timeout(SERVERS_S)]


class Secured(NamedTuple):
    """A broker behind TLS, and the secrets that open it."""

    broker: str
    secrets: Path

    def settings(
        self, user: str, password_of: str | None = None, *, authorities: Literal["file", "system"] = "file"
    ) -> Settings:
        return Settings(
            broker=self.broker,
            broker_ca_file=self.secrets / "ca.pem" if authorities == "file" else None,
            broker_user=user,
            broker_password_file=self.secrets / f"{password_of or user}.password",
        )


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Kafka with deploy/kafka/server.properties, its folders and ports moved to places that are free here."""
    if MISSING:
        (pytest.fail if KAFKA_REQUIRED else pytest.skip)(f"no real Kafka: {' and '.join(MISSING)} not installed")
    folder = tmp_path_factory.mktemp("secured")
    write_secrets(folder / "secrets", datetime.now(UTC))
    ports = dict(zip(("9091", "9092", "9093", "9094"), free_ports(4), strict=True))
    text = (DEPLOY / "server.properties").read_text()
    for port, ours in ports.items():
        text = text.replace(f":{port}", f":{ours}")
    text = text.replace("/run/secrets", str(folder / "secrets")).replace("/var/lib/kafka", str(folder))
    properties = folder / "server.properties"
    properties.write_text(text.replace("WARD://kafka", "WARD://localhost").replace("://:", f"://{HOST}:"))
    java = [program("java", "default-jre-headless"), "-Xmx512m", "-cp", f"{kafka_jars()}/*"]
    users = f"@{folder / 'secrets' / 'kafka-users'}"
    tool = [*java, "kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config", str(properties), users]
    subprocess.run(tool, check=True, capture_output=True)  # noqa: S603
    kafka = ServerProcess(
        "Kafka", [*java, "kafka.Kafka", str(properties)], folder / "log", answers=lambda: is_open(ports["9094"])
    )
    kafka.start(within_s=90)
    try:
        everything = Secured(f"localhost:{ports['9094']}", folder / "secrets")
        asyncio.run(create_topics(everything.settings("admin"), partitions=1))
        grant(everything.settings("admin"), rights())
        yield everything
    finally:
        kafka.stop(within_s=30)
        shutil.rmtree(folder / "data")


@pytest.fixture(autouse=True)
def connections_that_were_closing() -> Iterator[None]:
    """Gone with their test, and no warning in a later one: aiokafka does not wait for the end of a TLS connection."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


async def test_an_alert_goes_from_the_worker_to_the_subscriber(secured: Secured) -> None:
    await write(secured.settings("watch"), "alerts")
    assert await read(secured.settings("subscriber"), "alerts", "subscriber-nurse-call") == b"{}"


@pytest.mark.parametrize("authorities", ["file", "system"])
async def test_workers_tools_and_subscribers_come_in_with_an_authoritys_file_and_with_the_systems_authorities(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authorities: Literal["file", "system"]
) -> None:
    if authorities == "system":  # as with a managed Kafka, whose certificate is known to every system
        monkeypatch.setenv("SSL_CERT_FILE", str(secured.secrets / "ca.pem"))
    assert grant(secured.settings("admin", authorities=authorities), rights()) == (0, 0)
    settings = secured.settings("watch", authorities=authorities)
    names = "broker", "broker_ca_file", "broker_user", "broker_password_file"
    env = {name: value for name in names if (value := getattr(settings, name)) is not None}
    (nowhere,) = free_ports(1)
    redis_url = f"redis://{HOST}:{nowhere}/0"  # alerts do not wait for it
    with a_worker(tmp_path, group=f"wardwatch-{authorities}", redis_url=redis_url, **env) as worker:
        await worker.ready()
        feed = secured.settings("feed", authorities=authorities)
        frames = frames_of(f"{authorities}-", patients=2, steps=4)
        async with AIOKafkaProducer(**Connection.of(feed).for_aiokafka()) as producer:
            for frame in frames:
                await producer.send_and_wait("vitals", frame.model_dump_json().encode(), key=frame.patient.encode())
        subscriber = secured.settings("subscriber", authorities=authorities)
        async with asyncio.timeout(60), reading(subscriber, "alerts", f"subscriber-{authorities}") as consumer:
            while (record := await anext(consumer)).key != f"{authorities}-1".encode():
                pass
        assert b'"alert' in record.value


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("subscriber", "alerts"),
        ("watch", "imaging-ready"),
        ("check", "vitals"),
        ("feed", "alerts"),
        ("gateway", "acknowledgements"),
    ],
)
async def test_a_write_without_the_right_is_refused(secured: Secured, user: str, topic: str) -> None:
    with pytest.raises(KafkaError, match="AuthorizationFailed"):
        await write(secured.settings(user), topic)


@pytest.mark.parametrize(
    ("user", "topic", "group"),
    [
        ("subscriber", "vitals", "subscriber-nurse-call"),
        ("check", "vitals", "wardwatch-check"),
        ("watch", "imaging-ready", "wardwatch-watch"),
        ("watch", "pathology-reports", "wardwatch-watch"),
        ("feed", "vitals", "feed"),
    ],
)
async def test_a_read_without_the_right_is_refused(secured: Secured, user: str, topic: str, group: str) -> None:
    with pytest.raises(KafkaError, match="AuthorizationFailed"):
        await read(secured.settings(user), topic, group)


async def test_a_feed_finds_the_inputs_and_knows_of_no_other_topic(secured: Secured) -> None:
    settings = secured.settings("feed")
    assert await missing_topics(settings, [name for name, topic in TOPICS.items() if topic.flow == "in"]) == []
    assert await missing_topics(settings, ["alerts"]) == ["alerts"]


async def test_the_gateway_may_send_all_that_it_makes(secured: Secured, tmp_path: Path) -> None:
    user = {
        "WARDWATCH_BROKER_CA_FILE": str(secured.secrets / "ca.pem"),
        "WARDWATCH_BROKER_USER": "gateway",
        "WARDWATCH_BROKER_PASSWORD_FILE": str(secured.secrets / "gateway.password"),
    }
    async with gateway(secured.broker, tmp_path, **user) as running:
        sent = (
            *(observed(SYSTOLIC), observed(laboratory("2524-7", "2.1", "mmol/L")), admission("A01")),
            *(encoded(), imaged(), genetic(), alert()),
        )
        assert await running.sent(*sent) == ["AA"] * len(sent)


async def test_another_groups_place_is_out_of_reach(secured: Secured) -> None:
    with pytest.raises(KafkaError, match="GroupAuthorizationFailed"):
        await read(secured.settings("subscriber"), "alerts", "wardwatch-watch")


async def test_a_wrong_password_is_refused(secured: Secured, caplog: pytest.LogCaptureFixture) -> None:
    # aiokafka says why in its log alone, and a command that ran in this process may have bidden it be silent.
    with caplog.at_level(logging.WARNING, "aiokafka"), pytest.raises(KafkaConnectionError):
        await write(secured.settings("watch", "check"), "alerts")
    assert "SaslAuthenticationFailed" in caplog.text


async def test_nobody_comes_in_without_tls(secured: Secured) -> None:
    with pytest.raises(KafkaConnectionError):
        await write(Settings(broker=secured.broker), "alerts")


async def test_only_the_administrator_makes_topics_and_grants_rights(secured: Secured) -> None:
    with pytest.raises(GrantError, match="CLUSTER_AUTHORIZATION_FAILED"):
        grant(secured.settings("watch"), rights())
    with pytest.raises(TopicError, match="AuthorizationFailed"):
        await create_topics(secured.settings("subscriber"))


def test_granting_again_changes_nothing_and_a_shorter_table_takes_rights_away(secured: Secured) -> None:
    admin = secured.settings("admin")
    every = set(rights())
    assert grant(admin, every) == (0, 0)
    fewer = {right for right in every if (right.principal, right.name) != ("feed", "labs")}
    assert grant(admin, fewer) == (0, 1)
    assert grant(admin, every) == (1, 0)


async def test_the_broker_answers_on_its_inner_listeners_to_its_own_certificate_only(secured: Secured) -> None:
    inner = (secured.secrets.parent / "server.properties").read_text().split("BROKER://")[1].split(",")[0]
    settings = Settings(broker=inner, broker_ca_file=secured.secrets / "ca.pem")
    with pytest.raises(KafkaConnectionError):
        await write(settings, "alerts")


async def test_a_worker_with_the_rights_of_before_lives_and_makes_letters_of_what_it_may_not_move(
    secured: Secured, tmp_path: Path
) -> None:
    admin, every = secured.settings("admin"), set(rights())
    async with admin_client(Connection.of(admin)) as client:
        await client.create_partitions({"labs": NewPartitions(total_count=2)})
    grant(admin, every - {Right("watch", "TOPIC", topic, "WRITE") for topic in read_by("watch")})
    settings, (nowhere,) = secured.settings("watch"), free_ports(1)
    names = "broker", "broker_ca_file", "broker_user", "broker_password_file"
    env = {name: getattr(settings, name) for name in names} | {"redis_url": f"redis://{HOST}:{nowhere}/0"}
    try:
        with a_worker(tmp_path, group="wardwatch-before", **env) as worker:
            await worker.ready()
            async with AIOKafkaProducer(**Connection.of(secured.settings("feed")).for_aiokafka()) as producer:
                await producer.send_and_wait("labs", b"{}", key=b"p-1", partition=1 - partition_of(b"p-1", 2))
            async with reading(secured.settings("operator"), "dead-letters", "operator-letters") as letters:
                async for record in letters:
                    failure = Failure.read(record.headers)
                    if (failure.topic, record.value) == ("labs", b"{}"):
                        break  # of what other tests have sent there may be letters, too
            assert failure.stage == "publish"
            assert "may not be written by this worker" in failure.message
            assert worker.runs, worker.text()
    finally:
        grant(admin, every)
