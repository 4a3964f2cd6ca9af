"""Protocol of the benchmark: one broker, the same records for all, each system in its own process, interleaved runs.

1. The frames are created and confirmed before any system reads them.
2. A repetition runs each system once, with its own group and an empty Redis, from the first record to the last.
3. One more run of Wardwatch is profiled.
4. The systems that do the same work get the same frames at a steady rate, half of the slowest system's throughput, and
   must raise the same alerts.
"""

import asyncio
import json
import os
import signal
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from stream.bench.latency import alerts_took_ms, require_same_alerts, send, skip_to_end
from stream.bench.load import Load, frames
from stream.bench.pace import Mark, Pace, StalledError, committed_by, follow, pace
from stream.bench.processor import cpu_s, machine
from stream.bench.result import Result, latency, speeds
from stream.bench.systems import SAME_WORK, SAMPLED, SYSTEMS, System, system_process
from stream.broker.topics import create_topics
from stream.feeds.publish import Publisher
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker, EmbeddedRedis
from stream.stack.kafka import KafkaServer
from stream.stack.own_settings import own_settings
from stream.stack.server_process import ServerError, ServerProcess

_SYSTEM_S: Final = 300.0  # for one system and one repetition, including its start
_STOP_S: Final = 30.0
_STEADY_S: Final = 15.0
_SHARE: Final = 0.5
_EMBEDDED_FRAMES: Final = 60_000  # the embedded broker keeps the newest 5 MB of a partition

Tell = Callable[[str], None]


class Bench(NamedTuple):
    """A running benchmark: settings, load, folder, and a callback for progress messages."""

    settings: Settings
    load: Load
    folder: Path
    tell: Tell


def run(load: Load, repetitions: int, tell: Tell) -> Result:
    """Measure everything; call from the main thread, since it starts child processes.

    Raises ServerError, StalledError or UnequalError.
    """
    on = machine()
    with broker_of_ours(tell) as (kind, address), tempfile.TemporaryDirectory(prefix="wardwatch-bench-") as folder:
        if kind == "embedded":
            load = load._replace(frames=min(load.frames, _EMBEDDED_FRAMES))
        bench = Bench(own_settings(broker=address), load, Path(folder), tell)
        tell(f"{load.frames} frames of {load.beds} beds, one in {load.every_s:g} s, go to the broker")
        asyncio.run(_fill(bench))
        paces: dict[str, list[Pace]] = defaultdict(list)
        for number in range(repetitions):
            for system in SYSTEMS:
                tell(f"{system.name}, {number + 1} of {repetitions}")
                paces[system.name].append(_pace(bench, system))
        found = speeds(paces)
        tell("where a frame's time goes")
        frame_us = found[SAMPLED.name].cpu_us_per_frame
        parts_us = {part: share * frame_us for part, share in _shares(bench).items()}
        rate = min(found[name].median for name in SAME_WORK) * _SHARE
        heard: dict[str, dict[str, float]] = {}
        now = datetime.now(UTC)
        for system in SYSTEMS:
            if system.name in SAME_WORK:
                tell(f"frame to alert, {system.name} at {rate:.0f} frames/s")
                heard[system.name] = _alerts(bench, system, rate, now)
        require_same_alerts(heard)
        latencies = {name: latency(list(took_ms.values())) for name, took_ms in heard.items()}
        return Result(kind, on, load, found, rate, latencies, parts_us)


@contextmanager
def broker_of_ours(tell: Tell) -> Iterator[tuple[str, str]]:
    """Yield kind and address of a broker of our own: real Kafka, or else the embedded one."""
    kafka = KafkaServer()
    try:
        kafka.start()
    except ServerError as error:
        tell(f"no real Kafka ({str(error).splitlines()[0]}): the embedded broker takes its place")
        with EmbeddedBroker() as embedded:
            yield "embedded", embedded.address
        return
    with kafka:
        yield "Apache Kafka", kafka.address


async def _fill(bench: Bench) -> None:
    await create_topics(bench.settings)
    async with Publisher(bench.settings) as publisher:
        await publisher.play(frames(bench.load, "bench"), speed=0)
    if publisher.confirmed["vitals"] != bench.load.frames:
        message = f"the broker confirmed {publisher.confirmed['vitals']} of {bench.load.frames} frames"
        raise StalledError(message)


def _pace(bench: Bench, system: System) -> Pace:
    """Measure one system from the first record to the last, with an empty Redis of its own."""
    name = _name(system)
    with _running(bench, system, name) as (process, settings):
        return pace(asyncio.run(_follow(settings, name + system.group_suffix, bench.load.frames, process)))


async def _follow(
    settings: Settings, group: str, total: int, process: ServerProcess, on_first: Callable[[], None] = lambda: None
) -> list[Mark]:
    async with committed_by(settings, group) as committed:
        return await follow(committed, total, partial(_cpu_s, process), _SYSTEM_S, on_first)


def _name(system: System) -> str:
    """Return a unique name for one run of a system, used for its consumer group and log."""
    return f"{system.name}-{uuid4().hex[:8]}"


@contextmanager
def _running(bench: Bench, system: System, name: str) -> Iterator[tuple[ServerProcess, Settings]]:
    """Run the system as a process; yield it and its settings."""
    with EmbeddedRedis() as redis:
        settings = bench.settings.model_copy(update={"redis_url": redis.url})
        process = system_process(system, settings, name, bench.folder / f"{name}.log")
        process.start(_SYSTEM_S)
        try:
            yield process, settings
        except StalledError as error:
            tail = process.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            message = f"{system.name}: {error}\n{tail}"
            raise StalledError(message) from None
        finally:
            process.stop(_STOP_S)


def _cpu_s(process: ServerProcess) -> float:
    if process.pid is None:
        message = "no further progress: the process has ended"
        raise StalledError(message)
    return cpu_s(process.pid)


def _shares(bench: Bench) -> dict[str, float]:
    """Return each part's share of the processor time, from one more run with a profiler."""
    out = bench.folder / "parts.json"
    system = SAMPLED._replace(words=(*SAMPLED.words, str(out)))
    name = _name(system)
    with _running(bench, system, name) as (process, settings):
        begin = partial(_signal, process, signal.SIGUSR1)
        asyncio.run(_follow(settings, name + system.group_suffix, bench.load.frames, process, begin))
        _signal(process, signal.SIGUSR2)
        deadline_s = time.monotonic() + _STOP_S
        while not out.exists():
            if time.monotonic() > deadline_s:
                message = "the sampled worker did not answer"
                raise StalledError(message)
            time.sleep(0.05)
        seconds: dict[str, float] = json.loads(out.read_text(encoding="utf-8"))
    return {part: taken / sum(seconds.values()) for part, taken in seconds.items()}


def _signal(process: ServerProcess, number: signal.Signals) -> None:
    if process.pid is not None:
        os.kill(process.pid, number)


def _alerts(bench: Bench, system: System, frames_per_s: float, now: datetime) -> dict[str, float]:
    """Send the same frames at a steady rate to a system; return the latency of each alert in ms."""
    name = _name(system)
    group = name + system.group_suffix
    before = asyncio.run(skip_to_end(bench.settings, group))
    with _running(bench, system, name) as (process, settings):
        warm = bench.load._replace(frames=round(frames_per_s))
        asyncio.run(send(settings, warm, "warm"))
        asyncio.run(_follow(settings, group, before + warm.frames, process))
        steady = bench.load._replace(frames=round(frames_per_s * _STEADY_S))
        return asyncio.run(alerts_took_ms(settings, steady, "steady", frames_per_s, now))
