"""The worker is ready when each of its roles has said so, and it is told of no other stack than the demo's."""

import json
from pathlib import Path

from stream.demo.launch import command_of, is_ready
from stream.settings import Settings


def test_ready_is_when_every_role_has_said_so(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("a library prints\n" + json.dumps({"event": "ready", "role": "watch"}) + "\n")
    assert not is_ready(log)
    with log.open("a") as file:
        file.write(json.dumps({"event": "ready", "role": "check", "web": "http://127.0.0.1:1"}) + '\n{"event": "rea')
    assert is_ready(log)


def test_other_events_are_not_ready(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text('{"event": "degraded", "role": "watch"}\n{"event": "starting", "role": "check"}\n["ready"]\n')
    assert not is_ready(log)


def test_the_worker_gets_this_stacks_addresses_and_no_other_stacks_secrets() -> None:
    settings = Settings(broker="127.0.0.1:1", redis_url="redis://127.0.0.1:2/0", image_roots=(Path("/pictures"),))
    command = command_of(settings)
    assert "WARDWATCH_BROKER=127.0.0.1:1" in command
    assert "WARDWATCH_REDIS_URL=redis://127.0.0.1:2/0" in command
    assert 'WARDWATCH_IMAGE_ROOTS=["/pictures"]' in command
    taken_away = {command[at + 1] for at, part in enumerate(command) if part == "-u"}
    assert {"WARDWATCH_BROKER_USER", "WARDWATCH_REDIS_PASSWORD_FILE"} <= taken_away
    assert command[-3:] == ["worker", "--role", "all"]
