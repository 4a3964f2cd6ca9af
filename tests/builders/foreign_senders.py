"""Senders that are not ours: librdkafka, KafkaJS, HAPI HL7v2. Where one can't be had, its test is skipped and says why.

What Maven or npm fetches is kept in `$WARDWATCH_CACHE` or `~/.cache/wardwatch`.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from confluent_kafka import Producer

from schemas.vitals import VitalsFrame
from stream.stack.jars import cache_folder, jars
from stream.stack.server_process import ServerError

SENDERS: Final = Path(__file__).parents[1] / "senders"
KAFKAJS: Final = "kafkajs@2.2.4"
_PATIENCE_S: Final = 90


def by_librdkafka(broker: str, frames: Sequence[VitalsFrame], **settings: Any) -> None:
    """Send frames by confluent-kafka, with nothing configured but this."""
    producer = Producer({"bootstrap.servers": broker, "log_level": 0} | settings)
    answers: list[Any] = []
    for frame in frames:
        producer.produce(
            "vitals",
            frame.model_dump_json(exclude_none=True).encode(),
            key=frame.patient.encode(),
            on_delivery=lambda error, _: answers.append(error),
        )
    assert producer.flush(60) == 0
    assert not any(answers)


def by_kafkajs(broker: str, frames: Sequence[VitalsFrame]) -> None:
    """Send frames by KafkaJS as it comes."""
    modules = _kafkajs()
    lines = "".join(f"{frame.patient}\t{frame.model_dump_json(exclude_none=True)}\n" for frame in frames)
    _done(
        [_program("node"), str(SENDERS / "kafkajs_sender.js"), broker, "vitals"],
        input=lines,
        env=os.environ | {"NODE_PATH": str(modules), "KAFKAJS_NO_PARTITIONER_WARNING": "1"},
    )


def hapi() -> list[str]:
    """The command that runs tests/senders/HapiSender.java, to which its arguments are added."""
    java = _program("java")
    _program("mvn")
    try:
        folder = jars(SENDERS / "pom.xml", "hapi")
    except ServerError as error:
        pytest.skip(f"HAPI HL7v2 can't be had: {error}")
    classes = folder / "classes"
    if not (classes / "HapiSender.class").exists():
        compiler = [java, "-cp", f"{folder}/*", "org.eclipse.jdt.internal.compiler.batch.Main"]
        _done([*compiler, "-17", "-cp", _joined(folder), "-d", str(classes), str(SENDERS / "HapiSender.java")])
    return [java, "-cp", f"{folder}/*:{classes}", "HapiSender"]


def _joined(folder: Path) -> str:
    return os.pathsep.join(str(jar) for jar in sorted(folder.glob("*.jar")))


def _kafkajs() -> Path:
    """The folder that holds KafkaJS; fetched by npm where it is missing."""
    npm = _program("npm")
    folder = cache_folder() / KAFKAJS.replace("@", "-")
    modules = folder / "node_modules"
    if not (modules / "kafkajs").is_dir():
        fetch = [npm, "install", "--silent", "--no-save", "--no-package-lock", "--ignore-scripts", "--prefix"]
        try:
            subprocess.run([*fetch, str(folder), KAFKAJS], check=True, capture_output=True, timeout=_PATIENCE_S)  # noqa: S603 - our own words
        except (subprocess.SubprocessError, OSError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"KafkaJS can't be had from npm ({type(error).__name__})")
    return modules


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _done(command: list[str], **more: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False, **more)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)
