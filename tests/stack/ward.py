"""A ward under test: a feed whose every consequence is known beforehand, workers as real processes, and the count
after.

What must come out is computed by the pure core in this process (`expected`), so a test compares ids, not impressions.
"""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from models.risk.model import RiskModel
from models.watch.advance import Timing, advance_frames
from models.watch.frames import Frames
from models.watch.state import COLUMNS, PatientState
from schemas.forecasts import RiskForecast
from schemas.topics import TOPICS, read_by
from schemas.vitals import VitalsFrame
from stream.broker.connection import Connection
from stream.broker.topics import create_topics, list_topics
from stream.settings import Settings
from stream.stack.python_module import python_module
from stream.state.client import redis_client
from stream.state.reader import StateReader

FOUND: Final = ("scores", "alerts", "forecasts", "suggestions")
WATCHED: Final = ("vitals",)
STEP_S: Final = 30
_PATIENCE_S: Final = 90.0
_POISON: Final = b'{"patient": "'
"""A record that no decoder can read."""


def frames_of(prefix: str, patients: int, steps: int) -> list[VitalsFrame]:
    """A steady feed: patients take turns to desaturate, run a fever, go into shock; every frame has its number."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=STEP_S * steps)
    return [_frame(f"{prefix}{patient}", patient, step, start) for step in range(steps) for patient in range(patients)]


def _frame(name: str, patient: int, step: int, start: datetime) -> VitalsFrame:
    phase = (step // 12 + patient) % 4  # each phase lasts six minutes
    ill = {
        1: {"spo2_percent": 84.0},
        2: {"heart_rate_bpm": 140.0},
        3: {"systolic_mmhg": 80.0, "mean_arterial_mmhg": 52.0},
    }
    well: dict[str, Any] = {
        "heart_rate_bpm": 70.0 + patient,
        "respiratory_rate_per_min": 14.0,
        "spo2_percent": 97.0,
        "systolic_mmhg": 120.0,
        "mean_arterial_mmhg": 85.0,
        "diastolic_mmhg": 50.0,
        "temperature_celsius": 37.0,
        "on_oxygen": False,
        "consciousness": "alert",
    }
    time = start + timedelta(seconds=STEP_S * step, milliseconds=10 * patient)
    return VitalsFrame(patient=name, time=time, sequence=step, **(well | ill.get(phase, {})))


def expected(frames: Sequence[VitalsFrame], settings: Settings, model: RiskModel) -> dict[str, set[str]]:
    """The ids of everything that must come out, by topic; `provisional` names those forecasts once more."""
    names = sorted({frame.patient for frame in frames})
    levels: tuple[str | None, ...] = (None, "alert", "confusion", "voice", "pain", "unresponsive")
    devices = sorted({frame.device or "" for frame in frames})
    rows = [
        [*(getattr(frame, name) for name in COLUMNS[:-1]), levels.index(frame.consciousness) - 1] for frame in frames
    ]
    columns = Frames(
        patient=np.array([names.index(frame.patient) for frame in frames], np.int64),
        time_ms=np.array([round(frame.time.timestamp() * 1000) for frame in frames], np.int64),
        values=np.array(rows, np.float64),
        arrived_ms=np.array([round(frame.time.timestamp() * 1000) for frame in frames], np.int64),
        device=np.array([devices.index(frame.device or "") for frame in frames], np.int64),
        sequence=np.array([-1 if frame.sequence is None else frame.sequence for frame in frames], np.int64),
        devices=tuple(devices),
    )
    timing = Timing(round(settings.lateness_s * 1000), round(settings.forecast_every_s * 1000))
    found = advance_frames(names, [PatientState() for _ in names], columns, model, timing).said
    ids: dict[str, set[str]] = {topic: set() for topic in FOUND}
    for one in found:
        ids[one.topic].add(str(one.record.id))  # type: ignore[attr-defined]
    ids["provisional"] = {
        str(one.record.id) for one in found if isinstance(one.record, RiskForecast) and one.record.kind == "provisional"
    }
    return ids


@dataclass
class Seen:
    """What a subscriber has received: ids in order of arrival with the time, and the raw dead letters."""

    ids: dict[str, list[str]] = field(default_factory=lambda: {topic: [] for topic in FOUND})
    times_s: dict[str, list[float]] = field(default_factory=lambda: {topic: [] for topic in FOUND})
    dead_letters: list[Any] = field(default_factory=list)
    status: list[dict[str, Any]] = field(default_factory=list)
    beats: list[dict[str, Any]] = field(default_factory=list)  # the workers' signs of life
    again: set[str] = field(default_factory=set)  # ids of steps that repeat what was history at first
    _history: set[str] = field(default_factory=set)  # episodes

    def take(self, record: Any) -> None:  # noqa: ANN401 - aiokafka is untyped
        """Note one record."""
        if record.topic == "dead-letters":
            self.dead_letters.append(record)
        elif record.topic == "ward-status":
            status = json.loads(record.value)
            (self.beats if status["component"] == "worker" else self.status).append(status)
        else:
            self.ids[record.topic].append(dict(record.headers)["ce_id"].decode())
            if record.topic == "alerts":
                self._note_history(json.loads(record.value))
            self.times_s[record.topic].append(record.timestamp / 1000)

    def _note_history(self, alert: dict[str, Any]) -> None:
        if alert["history"]:
            self._history.add(alert["alert"])
        elif alert["phase"] == "update" and alert["alert"] in self._history:
            self.again.add(alert["id"])

    def doubles(self) -> int:
        """How many records repeat an id."""
        return sum(len(ids) - len(set(ids)) for ids in self.ids.values())

    def longest_silence_s(self) -> float:
        """The longest time between two alerts, by the time-stamps of their records."""
        times_s = sorted(self.times_s["alerts"])
        return max((after - before for before, after in pairwise(times_s)), default=0.0)


class Worker:
    """A watch worker as a process of its own, its log in a file."""

    def __init__(self, settings: Settings, log: Path, risk_folder: Path | None = None) -> None:
        self.log = log
        self._env = os.environ | {
            "WARDWATCH_BROKER": settings.broker,
            "WARDWATCH_REDIS_URL": settings.redis_url,
            "WARDWATCH_GROUP": settings.group,
            "WARDWATCH_WEB_PORT": "0",
            "WARDWATCH_DEVICE": "cpu",
            "WARDWATCH_RISK_SITE": "checked",
        }
        if risk_folder is not None:
            self._env["WARDWATCH_RISK_FOLDER"] = str(risk_folder)
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it, and return when it is ready."""
        said = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            command = python_module("stream.cli", "worker", "--role", "watch")
            self._process = subprocess.Popen(command, env=self._env, stderr=log, start_new_session=True)  # noqa: ASYNC220, S603 - our own program
        async with asyncio.timeout(_PATIENCE_S):
            while b'"event": "ready"' not in self.log.read_bytes()[said:]:
                assert self._process.poll() is None, self.tail()
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)

    async def stop(self) -> int:
        """As a supervisor would; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return await asyncio.to_thread(self._process.wait, _PATIENCE_S)

    @property
    def pid(self) -> int | None:
        """Its process, None before it was started."""
        return None if self._process is None else self._process.pid

    @property
    def runs(self) -> bool:
        """It has not ended."""
        return self._process is not None and self._process.poll() is None

    def tail(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8").splitlines()[-15:])


@dataclass
class TestWard:
    """A group of its own, a subscriber that has listened from the start, and the workers that were started."""

    __test__ = False  # pytest: this is no test
    settings: Settings
    folder: Path
    seen: Seen
    begins: dict[str, dict[int, int]]
    """Where the group began: by topic and partition."""
    workers: list[Worker] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        """How to reach the broker."""
        return Connection.of(self.settings)

    def worker(self, risk_folder: Path | None = None) -> Worker:
        """A worker of this ward; it is ended with the test."""
        worker = Worker(self.settings, self.folder / f"worker-{len(self.workers)}.log", risk_folder)
        self.workers.append(worker)
        return worker

    async def feed(
        self, frames: Iterable[VitalsFrame], per_s: float, poison_every: int = 0, *, skew_s: float | None = None
    ) -> int:
        """Send frames at a steady rate, each confirmed; the number of poison records among them.

        `skew_s`: the producer's clock is wrong by so much.
        """
        producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.broker,
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            request_timeout_ms=round(1000 * _PATIENCE_S),  # a broker that is restarted meanwhile is waited for
        )
        await producer.start()
        sent, poison = [], 0
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            for number, frame in enumerate(frames):
                value = frame.model_dump_json(exclude_none=True).encode()
                stamp_ms = None if skew_s is None else round(1000 * (time.time() + skew_s))
                sent.append(await producer.send("vitals", value, key=frame.patient.encode(), timestamp_ms=stamp_ms))
                if poison_every and number % poison_every == 0:
                    poison += 1
                    sent.append(await producer.send("vitals", _POISON, key=frame.patient.encode()))
                await asyncio.sleep(max(0.0, begun + number / per_s - clock()))
            await asyncio.gather(*sent)
        finally:
            await producer.stop()
        return poison

    async def settled(self) -> None:
        """Wait until the group has committed every record of the feed."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.broker, group_id=f"{self.settings.group}-watch", enable_auto_commit=False
        )
        await consumer.start()
        try:
            partitions = await _partitions(self.settings, WATCHED)
            ends = await consumer.end_offsets(partitions)
            async with asyncio.timeout(_PATIENCE_S):
                # The broker has nothing that one could wait on.
                while any([(await consumer.committed(tp) or 0) < end for tp, end in ends.items()]):  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
        except TimeoutError:
            logs = "\n".join(worker.tail() for worker in self.workers)
            message = f"the workers did not come to the end of the feed:\n{logs}"
            raise AssertionError(message) from None
        finally:
            await consumer.stop()
        await asyncio.sleep(0.5)  # the subscriber reads what was confirmed before the commit

    async def applied(self) -> Counter[str]:
        """Records that the patients' states count."""
        async with redis_client(self.settings) as redis:
            return Counter(await StateReader(redis).counts())


async def _partitions(settings: Settings, topics: Collection[str]) -> list[Any]:
    """All partitions of the topics; another test may have made them, with a number of its own."""
    states = await list_topics(settings, topics)
    return [TopicPartition(state.name, partition) for state in states for partition in range(state.partitions)]


@asynccontextmanager
async def ward(broker: str, redis_url: str, group: str, folder: Path) -> AsyncIterator[TestWard]:
    """A ward whose group begins where the topics end now, so that tests share a broker and not their records."""
    settings = Settings(broker=broker, redis_url=redis_url, group=group)
    await create_topics(settings)
    begins = await _begin_at_the_end(settings)
    seen = Seen()
    subscriber = AIOKafkaConsumer(bootstrap_servers=broker, group_id=None, auto_offset_reset="latest")
    outputs = [name for name, topic in TOPICS.items() if topic.flow == "out" and name not in read_by("watch")]
    subscriber.assign(await _partitions(settings, outputs))
    await subscriber.start()
    await subscriber.seek_to_end()
    listening = asyncio.create_task(_listen(subscriber, seen))
    tested = TestWard(settings, folder, seen, begins)
    try:
        yield tested
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await subscriber.stop()
        for worker in tested.workers:
            if worker.runs:
                await worker.kill()


async def _begin_at_the_end(settings: Settings) -> dict[str, dict[int, int]]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.broker, group_id=f"{settings.group}-watch", enable_auto_commit=False
    )
    partitions = await _partitions(settings, read_by("watch"))
    consumer.assign(partitions)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(partitions)
        await consumer.commit(ends)
    finally:
        await consumer.stop()
    begins: dict[str, dict[int, int]] = {}
    for tp, end in ends.items():
        begins.setdefault(tp.topic, {})[tp.partition] = end
    return begins


async def _listen(subscriber: Any, seen: Seen) -> None:  # noqa: ANN401 - aiokafka is untyped
    async for record in subscriber:
        seen.take(record)
