"""Who has no right, no password or no TLS is refused by the running servers."""

import logging
from typing import Final

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError

from stream.settings import Settings
from tests.builders.topic_access import read, write
from tests.compose.ward import Ward

pytestmark = pytest.mark.timeout(120)

# Run in a worker's container, with the worker's own password: what Redis answers to a command.
_COMMAND: Final = """
import asyncio, sys
from stream.settings import Settings
from stream.state.client import redis_client
async def main():
    async with redis_client(Settings()) as client:
        try:
            print(await client.execute_command(*sys.argv[1:]))
        except Exception as error:
            print(type(error).__name__)
asyncio.run(main())
"""


async def test_a_subscriber_sees_alerts_and_no_vital_signs(ward: Ward) -> None:
    with pytest.raises(KafkaError, match="AuthorizationFailed"):
        await read(ward.settings("subscriber"), "vitals", "subscriber-nurse-call")


@pytest.mark.parametrize(
    ("user", "topic"),
    [("subscriber", "alerts"), ("watch", "imaging-ready"), ("feed", "alerts"), ("gateway", "acknowledgements")],
)
async def test_a_write_without_the_right_is_refused(ward: Ward, user: str, topic: str) -> None:
    with pytest.raises(KafkaError, match="AuthorizationFailed"):
        await write(ward.settings(user), topic)


async def test_a_wrong_password_is_refused(ward: Ward, caplog: pytest.LogCaptureFixture) -> None:
    settings = ward.settings("watch").model_copy(update={"broker_password_file": ward.secrets / "check.password"})
    # aiokafka says why in its log alone
    with caplog.at_level(logging.WARNING, "aiokafka"), pytest.raises(KafkaConnectionError):
        await write(settings, "alerts")
    assert "SaslAuthenticationFailed" in caplog.text


async def test_kafka_speaks_to_nobody_without_tls(ward: Ward) -> None:
    with pytest.raises(KafkaConnectionError):
        await write(Settings(broker=ward.broker), "alerts")


@pytest.mark.parametrize(
    ("user", "command", "answer"),
    [
        ("health", "ping", "PONG"),
        ("health", "dbsize", "NOPERM"),
        ("default", "ping", "WRONGPASS"),
        ("watch", "dbsize", "WRONGPASS"),
        ("check", "dbsize", "WRONGPASS"),
    ],
)
def test_redis_answers_a_health_check_and_nothing_more_without_the_password(
    ward: Ward, user: str, command: str, answer: str
) -> None:
    connect = f"redis-cli --tls --cacert /run/secrets/ca.pem --user {user} --pass none --no-auth-warning {command}"
    assert answer in ward.within("redis", "sh", "-c", f"{connect} 2>&1")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("HGET wardwatch:patient:nobody state", "None"),
        ("HGET wardwatch:imaging:nobody state", "NoPermissionError"),
        ("EVAL return(1) 0", "NoPermissionError"),
        ("HGET another state", "NoPermissionError"),
        ("DEL wardwatch:patient:nobody", "NoPermissionError"),
        ("FLUSHALL", "NoPermissionError"),
    ],
)
def test_a_worker_reaches_the_patients_states_in_redis_and_nothing_else(ward: Ward, command: str, answer: str) -> None:
    assert ward.within("watch", "python3", "-c", _COMMAND, *command.split()).strip() == answer


def test_redis_speaks_to_nobody_without_tls(ward: Ward) -> None:
    assert "PONG" not in ward.within("redis", "sh", "-c", "redis-cli ping 2>&1", check=False)
