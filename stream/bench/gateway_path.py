"""Benchmark of the HL7 gateway: messages a second, answers, a backlog and open connections, beside bare programs.

One broker, one machine, the same messages for both; repetitions in turn. The ruler of speed is a bare asyncio reader
that splits fields and awaits Kafka, that of an answer a bare confirmed send of a record as large.
"""

import asyncio
import resource
import socket
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer

from stream.bench.hl7_load import backlog, beds, message, steady
from stream.bench.processor import cpu_s, machine
from stream.bench.protocol import broker_of_ours
from stream.bench.result import Latency, latency
from stream.broker.connection import Connection
from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.stack.own_settings import own_settings, with_own_settings
from stream.stack.ports import HOST, free_ports
from stream.stack.python_module import python_module
from stream.stack.server_process import ServerProcess

GATEWAY: Final = "wardwatch"
BARE: Final = "bare reader"
SEND: Final = "bare confirmed send"
BACKLOG_EVERY_S: Final = 10.0
_START_S: Final = 60.0
_STOP_S: Final = 10.0
_RECORD: Final = b'{"patient": "' + b"p" * 32 + b'", "values": "' + b"v" * 250 + b'"}'
_FILES: Final = 4096

Tell = Callable[[str], None]


class Size(NamedTuple):
    """How much is measured.

    messages       of the speed
    beds           that send at once
    connections    that are open
    backlog_hours  that a bed has held back
    steady_s       of answers at one message a second and bed
    rounds         that the open connections send
    """

    messages: int = 10_000
    beds: int = 50
    connections: int = 1_000
    backlog_hours: float = 2.0
    steady_s: float = 10.0
    rounds: int = 5


class Speed(NamedTuple):
    """Messages a second over the repetitions, and processor time of a message."""

    median: float
    lowest: float
    highest: float
    cpu_us: float


class Drain(NamedTuple):
    """How long a backlog took, how many times faster than it came about, and what live beds waited meanwhile."""

    messages: int
    took_s: float
    times_real_time: float
    live: Latency


class Memory(NamedTuple):
    """The gateway's resident memory in MiB: before, with all connections open, after their first and last messages."""

    connections: int
    before_mib: float
    open_mib: float
    first_mib: float
    last_mib: float


class GatewayResult(NamedTuple):
    """Everything that is printed."""

    broker: str
    machine: str
    size: Size
    speeds: dict[str, Speed]
    answers: dict[str, Latency]
    drain: Drain
    memory: Memory

    @property
    def ratios(self) -> dict[str, float]:
        """What the issue of a gateway is judged by."""
        return {
            "messages_per_s": self.speeds[GATEWAY].median / self.speeds[BARE].median,
            "answer_p50": self.answers[GATEWAY].p50_ms / self.answers[SEND].p50_ms,
            "drain_times_real_time": self.drain.times_real_time,
            "live_p99_while_draining": self.drain.live.p99_ms / self.answers[GATEWAY].p99_ms,
            "memory_last_to_first": self.memory.last_mib / self.memory.first_mib,
        }

    def as_json(self) -> dict[str, Any]:
        """Return the result for --json; times and rates have their unit in the name."""
        return {
            "broker": self.broker,
            "machine": self.machine,
            "size": self.size._asdict(),
            "ratios": {name: round(ratio, 2) for name, ratio in self.ratios.items()},
            "messages_per_s": {
                name: {part: round(value, 1) for part, value in speed._asdict().items()}
                for name, speed in self.speeds.items()
            },
            "answers": {name: _rounded(one) for name, one in self.answers.items()},
            "backlog": {
                "messages": self.drain.messages,
                "took_s": round(self.drain.took_s, 1),
                "live_answers": _rounded(self.drain.live),
            },
            "memory": {name: round(value, 1) for name, value in self.memory._asdict().items()},
        }


def _rounded(one: Latency) -> dict[str, float]:
    return {"answers": one.alerts, "p50_ms": round(one.p50_ms, 1), "p99_ms": round(one.p99_ms, 1)}


def run(size: Size, repetitions: int, tell: Tell) -> GatewayResult:
    """Measure everything; call from the main thread, since it starts child processes.

    Raises ServerError or NotAcceptedError.
    """
    on = machine()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, _FILES), hard), hard))  # the gateway inherits it
    with broker_of_ours(tell) as (kind, address), tempfile.TemporaryDirectory(prefix="wardwatch-bench-") as folder:
        settings = own_settings(broker=address)
        asyncio.run(create_topics(settings))
        speeds: dict[str, list[tuple[float, float]]] = defaultdict(list)
        answers: dict[str, list[float]] = defaultdict(list)
        for number in range(repetitions):
            for name in (GATEWAY, BARE):
                tell(f"{name}, {number + 1} of {repetitions}")
                with _running(name, settings, Path(folder)) as (process, port):
                    speeds[name].append(asyncio.run(_speed(process, port, size, f"s{number}-")))
                    answers[name] += asyncio.run(_answers(port, size, f"a{number}-"))
            answers[SEND] += asyncio.run(_sends(settings, size))
        with _running(GATEWAY, settings, Path(folder)) as (_, port):
            tell(f"a backlog of {size.backlog_hours:g} h of {size.beds} beds")
            drain = asyncio.run(_drain(port, size))
        with _running(GATEWAY, settings, Path(folder)) as (process, port):
            tell(f"{size.connections} connections")
            memory = asyncio.run(_memory(process, port, size))
        return GatewayResult(
            kind,
            on,
            size,
            {name: _median(row) for name, row in speeds.items()},
            {name: latency(row) for name, row in answers.items()},
            drain,
            memory,
        )


def _median(row: list[tuple[float, float]]) -> Speed:
    each = [per_s for per_s, _ in row]
    return Speed(median(each), min(each), max(each), median(cpu_us for _, cpu_us in row))


@contextmanager
def _running(name: str, settings: Settings, folder: Path) -> Iterator[tuple[ServerProcess, int]]:
    """The gateway or its ruler as a process, at a port of its own."""
    (port,) = free_ports(1)
    key = folder / "identity.key"
    key.write_text("a key of sixteen bytes or more", encoding="utf-8")
    words = ["stream.bench.bare_gateway", str(port)]
    if name == GATEWAY:  # all senders have one address here: the limit of one sender is out of the way
        words = ["stream.cli", "gateway", "hl7", "--port", str(port), "--most-per-s", "1000000"]
    ours = {"broker": settings.broker, "identity_key_file": str(key), "web_port": "0", "log_level": "warning"}
    process = ServerProcess(
        name,
        with_own_settings(ours, python_module(*words)),
        log=folder / f"{name.replace(' ', '-')}.log",
        answers=lambda: _is_open(port),
    )
    process.start(_START_S)
    try:
        yield process, port
    finally:
        process.stop(_STOP_S)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


async def _speed(process: ServerProcess, port: int, size: Size, prefix: str) -> tuple[float, float]:
    """Messages a second while every bed sends as fast as it is answered, and their processor time in us."""
    each = size.messages // size.beds
    now = datetime.now(UTC)
    async with beds(port, size.beds, prefix) as connected:
        for bed in connected:
            await bed.send(message(bed.name, now))
        sent = [[message(bed.name, now) for _ in range(each)] for bed in connected]
        began_s, began_cpu_s = time.monotonic(), cpu_s(process.pid or 0)
        await asyncio.gather(*(bed.send_all(row) for bed, row in zip(connected, sent, strict=True)))
        took_s, took_cpu_s = time.monotonic() - began_s, cpu_s(process.pid or 0) - began_cpu_s
    return each * size.beds / took_s, took_cpu_s / (each * size.beds) * 1e6


async def _answers(port: int, size: Size, prefix: str) -> list[float]:
    async with beds(port, size.beds, prefix) as connected:
        return await steady(connected, 1.0, size.steady_s)


async def _sends(settings: Settings, size: Size) -> list[float]:
    """How many ms a bare confirmed send takes, at the same rate."""
    took: list[float] = []
    async with AIOKafkaProducer(
        acks="all", enable_idempotence=True, **Connection.of(settings).for_aiokafka()
    ) as producer:
        await producer.send_and_wait("vitals", _RECORD, key=b"warm")

        async def one(at: int) -> None:
            await asyncio.sleep(at / size.beds)
            end_s = time.monotonic() + size.steady_s
            while (due_s := time.monotonic() + 1.0) < end_s:
                began_s = time.perf_counter()
                await producer.send_and_wait("vitals", _RECORD, key=f"p-{at}".encode())
                took.append((time.perf_counter() - began_s) * 1000)
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))

        await asyncio.gather(*(one(at) for at in range(size.beds)))
    return took


async def _drain(port: int, size: Size) -> Drain:
    """Every bed sends what it held back, beside as many that are live."""
    async with beds(port, size.beds, "b-") as late, beds(port, size.beds, "l-") as live:
        held = [backlog(bed.name, size.backlog_hours, BACKLOG_EVERY_S) for bed in late]
        began_s = time.monotonic()
        draining = asyncio.gather(*(bed.send_all(row) for bed, row in zip(late, held, strict=True)))
        took: list[float] = []
        while not draining.done():
            took += await steady(live, 1.0, 2.0)
        await draining
        took_s = time.monotonic() - began_s
    return Drain(sum(map(len, held)), took_s, size.backlog_hours * 3600 / took_s, latency(took))


async def _memory(process: ServerProcess, port: int, size: Size) -> Memory:
    found = [_resident_mib(process)]
    async with beds(port, size.connections, "m-") as connected:
        await connected[-1].send(message("m-last", datetime.now(UTC)))  # it has been let in, as those before it
        found.append(_resident_mib(process))
        for number in range(size.rounds):
            await steady(connected, 2.0, 2.5)
            if number in {0, size.rounds - 1}:
                found.append(_resident_mib(process))
    return Memory(size.connections, *found)


def _resident_mib(process: ServerProcess) -> float:
    """From Linux's /proc; 0 elsewhere."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
