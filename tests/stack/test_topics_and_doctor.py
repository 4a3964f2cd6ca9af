"""The contract's topics on a broker, and a doctor who finds nothing to do."""

import asyncio
import json
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import TOPICS
from stream.broker.topics import create_topics, missing_topics
from stream.cli import main
from stream.settings import Settings
from tests.stack.conftest import Stack


@pytest.fixture
def told(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - a function
    """Run a command on the stack and give back its JSON."""
    monkeypatch.setenv("WARDWATCH_BROKER", stack.broker)
    monkeypatch.setenv("WARDWATCH_REDIS_URL", stack.redis)

    def run(*words: str) -> Any:  # noqa: ANN401 - JSON
        with pytest.raises(SystemExit) as ended:
            main([*words, "--json"])
        assert ended.value.code == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_create_makes_what_is_missing_and_nothing_twice(told: Any, stack: Stack) -> None:  # noqa: ANN401
    first = told("topics", "create")
    assert set(first["created"]) | set(first["kept"]) == TOPICS.keys()
    assert told("topics", "create")["created"] == []
    assert asyncio.run(missing_topics(Settings(broker=stack.broker))) == []
    listed = {topic["name"]: topic for topic in told("topics", "list")["topics"]}
    assert listed.keys() == TOPICS.keys()
    assert len({topic["partitions"] for topic in listed.values() if topic["flow"] == "in"}) == 1
    assert all(topic["partitions"] > 0 and topic["copies"] == 1 for topic in listed.values())


async def test_topics_are_kept_as_long_as_the_contract_says(stack: Stack) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker keeps nothing and has no settings")
    await create_topics(Settings(broker=stack.broker))
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.broker)
    await admin.start()
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in TOPICS]
    (answer,) = await admin.describe_configs(resources)
    await admin.close()
    kept = {name: {entry[0]: entry[1] for entry in entries} for _, _, _, name, entries in answer.resources}
    for name, topic in TOPICS.items():
        assert kept[name]["retention.ms"] == str(topic.retention_s * 1000)
        assert kept[name]["cleanup.policy"] == "delete"
        assert kept[name]["max.message.bytes"] == "1048588"
        assert (kept[name]["message.timestamp.type"] == "LogAppendTime") == (topic.flow == "in")


def test_the_doctor_finds_a_whole_stack_healthy(told: Any) -> None:  # noqa: ANN401
    told("topics", "create")
    checks = {check["check"]: check for check in told("doctor")["checks"]}
    assert {name: check["state"] for name, check in checks.items() if check["state"] == "failed"} == {}
    assert {"broker", "topics", "redis", "clock", "risk model", "lesion models"} <= checks.keys()
