"""Fakes at the ports of a worker: a producer that is told what the broker says, a store in memory, records."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from pydantic import BaseModel

from stream.broker.lineage import Log, Place
from stream.delivery.sender import Output, Sender
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.state.client import StateUnavailableError
from stream.state.store import Refusal, Stored, Write

NOW_S = 1_790_000_000.0
NOW_MS = round(NOW_S * 1000)
SOON_S = 5
"""Time limit of what must happen; nothing waits for it to pass."""


class ARecord(NamedTuple):
    """What aiokafka hands over, as far as anybody looks."""

    topic: str
    value: bytes | None
    key: bytes | None = b"p-1"
    offset: int = 0
    partition: int = 0
    timestamp: int = NOW_MS
    headers: Sequence[tuple[str, bytes]] = ()


def a_record(topic: str, value: BaseModel | Mapping[str, Any] | bytes | None, offset: int = 0, **more: Any) -> ARecord:
    """A record as a well-meaning producer sends it: JSON, keyed by its patient."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, Mapping):
        more = {"key": str(value.get("patient", "p-1")).encode()} | more
        value = json.dumps(value).encode()
    return ARecord(topic, value, offset=offset, **more)


@dataclass(eq=False)
class FakeRun:
    """A run that knows whether it was begun and finished."""

    value: list[ARecord]
    begun: bool = False
    finished: bool = False
    log: Log = field(default_factory=Log)

    def __post_init__(self) -> None:
        last = self.value[-1]
        self.offset = self.value[0].offset
        self.partition = last.partition
        self.tp = TopicPartition(last.topic, last.partition)
        self.reached = self.tp, Place(last.offset + 1, self.log)

    @property
    def topic(self) -> str:
        return self.value[0].topic

    def begin(self) -> None:
        self.begun = True

    def finish(self) -> None:
        self.finished = True


@dataclass
class FakeProducer:
    """Buffers every send. With `held` the broker says nothing until the test speaks; `answers` are said once, in order.

    An answer is None (the broker has it) or an error that the future ends with; `refusals` are raised by the send.
    """

    held: bool = False
    answers: deque[Exception | None] = field(default_factory=deque)
    refusals: deque[Exception] = field(default_factory=deque)
    after_s: float = 0  # how long the broker takes for each
    sent: list[tuple[str, bytes | None, bytes | None]] = field(default_factory=list)
    futures: list[asyncio.Future[None]] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, topic: str, key: bytes | None, value: bytes | None, *_: object) -> asyncio.Future[None]:
        if self.refusals:
            raise self.refusals.popleft()
        self.sent.append((topic, key, value))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.futures.append(future)
        self.called.set()
        if self.after_s:
            asyncio.get_running_loop().call_later(self.after_s, self.answer, future)
        elif not self.held:
            self.answer(future)
        return future

    def answer(self, future: asyncio.Future[None]) -> None:
        """The broker's word."""
        error = self.answers.popleft() if self.answers else None
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    def release(self) -> None:
        """The broker is back."""
        self.held = False
        for future in self.futures:
            if not future.done():
                self.answer(future)


@dataclass
class FakeStore:
    """Redis in memory, with one other writer to play; `away` makes it unreachable, `half` only after it has written."""

    held: dict[str, Stored] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)  # patients whom another worker wrote last
    away: bool = False
    half: bool = False
    saved: list[dict[str, Write]] = field(default_factory=list)
    tried: asyncio.Event = field(default_factory=asyncio.Event)

    async def load(self, patients: Sequence[str]) -> dict[str, Stored]:
        self.tried.set()
        if self.away:
            raise StateUnavailableError
        return {patient: self.held[patient] for patient in patients if patient in self.held}

    async def save(self, writes: Mapping[str, Write]) -> dict[str, Refusal]:
        self.tried.set()
        if self.away:
            raise StateUnavailableError
        refused = {}
        for patient, write in writes.items():
            stored = self.held.get(patient, Stored(0, {})).revision
            if stored == write.base:
                self.held[patient] = Stored(write.revision, dict(write.fields))
                self.others.discard(patient)
            elif stored != write.revision or patient in self.others:
                refused[patient] = Refusal(stored, ours=patient not in self.others and stored != 0)
        if self.half:
            self.half = False
            raise StateUnavailableError
        self.saved.append(dict(writes))
        return refused


def a_sender(producer: FakeProducer, confirmed: list[Output] | None = None, timeout_s: float = SOON_S) -> Sender:
    """A real sender on a fake producer."""
    told = [] if confirmed is None else confirmed
    return Sender(producer.send, timeout_s, told.append)


@dataclass
class News:
    """What the worker said of itself on ward-status."""

    told: list[dict[str, Any]] = field(default_factory=list)

    async def publish(self, output: Output) -> None:
        self.told.append(json.loads(output.value or b""))

    def status(self, metrics: Metrics) -> Status:
        return Status("worker-1", self.publish, metrics)

    @property
    def changes(self) -> list[tuple[str, str]]:
        return [(one["component"], one["state"]) for one in self.told]
