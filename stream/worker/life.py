"""A worker's life: what it needs, what it serves, how it ends.

It starts with the broker and the topics, and says what is missing. Without Redis or a model it works on, and says so on
`ward-status`. SIGTERM and SIGINT drain it within `drain_s`. It exits non-zero when it fails, or makes no progress for
`stuck_s`.
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

from aiokafka.errors import KafkaError
from structlog import get_logger

from models.risk.model import SHIPPED, ModelError, RiskModel
from stream.broker.topics import missing_topics
from stream.check.checker import image_checker
from stream.check.handler import RUN_RECORDS as CHECK_RUN_RECORDS
from stream.check.handler import TOPICS as CHECK_TOPICS
from stream.check.handler import Check
from stream.delivery.app import WardApp
from stream.delivery.decode import Refused
from stream.delivery.outputs import letter
from stream.delivery.sender import Output, PublishError, Sender
from stream.delivery.settle import Settler, StateConflictError
from stream.delivery.transport import Run
from stream.observability.health import Progress, served
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.settings import Settings
from stream.state.store import HeardBeds, Kind, StateStore, redis_client
from stream.watch.bed_watch import BedWatch
from stream.watch.handler import TOPICS as WATCH_TOPICS
from stream.watch.handler import Watch
from stream.watch.silence import SilentBeds

log = get_logger()

_START_S = 30.0  # how long to wait for a broker that is still starting
_LOOK_S = 1.0
_ASK_S = 5.0
_LEAVE_S = 5.0
_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


class NotReadyError(Exception):
    """Something that a worker can't start without is missing; the text says what."""


class StuckError(Exception):
    """Nothing goes on any more."""


class Path(Protocol):
    """The watch path or the check path."""

    async def handle(self, run: Run) -> None:
        """Work on a run."""

    def forget(self) -> None:
        """The partitions were taken away."""


async def work(settings: Settings, role: Literal["watch", "check"]) -> int:
    """Run one worker to its end; the exit code. Raises NotReadyError when it can't start."""
    await _needs(settings)
    metrics = Metrics()
    name = f"{role}-{socket.gethostname()}-{os.getpid()}"
    async with redis_client(settings) as redis:
        kind: Kind = "patient" if role == "watch" else "imaging"
        store = StateStore(redis, kind, settings.state_ttl_s)
        worker = _Worker(settings, role, name, store, HeardBeds(redis, settings.state_ttl_s), metrics)
        async with worker.path() as path:
            return await worker.run(path)


async def _needs(settings: Settings) -> None:
    """Wait a little for the broker; then every topic must be there, since a send to a missing one never ends."""
    deadline = time.monotonic() + _START_S
    while True:
        try:
            missing = await missing_topics(settings)
        except (KafkaError, OSError) as error:
            if time.monotonic() > deadline:
                message = f"no Kafka broker answers at {settings.broker} ({type(error).__name__})"
                raise NotReadyError(message) from error
            await asyncio.sleep(_LOOK_S)
            continue
        if missing:
            message = f"these topics are missing: {', '.join(missing)}; make them with `wardwatch topics create`"
            raise NotReadyError(message)
        return


class _Worker:
    """One role's parts, put together."""

    def __init__(
        self,
        settings: Settings,
        role: Literal["watch", "check"],
        name: str,
        store: StateStore,
        heard: HeardBeds,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._role = role
        self._store = store
        self._heard = heard
        self._metrics = metrics
        self._progress = Progress(time.monotonic(), settings.stuck_s)
        self._app: WardApp | None = None
        self._sender = Sender(self._send, settings.send_timeout_s, self._confirmed)
        self._status = Status(name, self._publish, metrics)
        self._settler = Settler(
            self._sender,
            store,
            on_state=partial(self._status.tell, "state", "Redis does not answer or answers again"),
            on_unsendable=self._unsendable,
            on_progress=self._made_progress,
        )
        self._beds = SilentBeds(settings.silent_bed_s, self._status.tell)
        self._stop = asyncio.Event()
        self._model: RiskModel | None = None

    @asynccontextmanager
    async def path(self) -> AsyncIterator[Path]:
        """The role's path with what it needs."""
        common: dict[str, Any] = {
            "store": self._store,
            "sender": self._sender,
            "settler": self._settler,
            "status": self._status,
            "metrics": self._metrics,
        }
        if self._role == "check":
            async with image_checker(self._settings) as checker:
                noted = replace(checker, fetch=self._noted(checker.fetch), read=self._noted(checker.read))
                yield Check(self._settings, checker=noted, **common)
        else:
            self._model = self._load_model()
            yield Watch(self._settings, model=self._model, beds=self._beds, **common)

    def _noted(self, port: Callable[[_Asked], Awaitable[_Answer]]) -> Callable[[_Asked], Awaitable[_Answer]]:
        """Count each image that was fetched or read as progress, also in vain: a study has many, and few tries."""

        async def asked_and_noted(asked: _Asked) -> _Answer:
            try:
                return await port(asked)
            finally:
                self._made_progress()

        return asked_and_noted

    def _load_model(self) -> RiskModel | None:
        try:
            return RiskModel.load(self._settings.risk_folder or SHIPPED, self._settings.device)
        except (ModelError, OSError) as error:
            log.error("risk-model-missing", reason=str(error))  # noqa: TRY400 - the reason says it all
            return None

    async def run(self, path: Path) -> int:
        """Serve until told to stop, or until nothing goes on any more."""
        topics: Sequence[str] = WATCH_TOPICS if self._role == "watch" else CHECK_TOPICS
        settings = self._settings
        if self._role == "check":
            settings = settings.model_copy(update={"run_records": CHECK_RUN_RECORDS})
        app = WardApp(settings, name=self._role, topics=topics, handle=path.handle, on_revoked=path.forget)
        self._app = app
        self._on_signals()
        async with served(
            self._settings.web_host, self._settings.web_port, self._metrics.registry, self._live, self._ready
        ) as address:
            tasks = [
                asyncio.create_task(self._settler.run(), name="settler"),
                asyncio.create_task(self._serve(app), name="app"),
                asyncio.create_task(self._watch_progress(app), name="progress"),
                asyncio.create_task(self._stop.wait(), name="signal"),
                asyncio.create_task(self._announce(app, address), name="announce"),
            ]
            if self._role == "watch":
                tasks.append(asyncio.create_task(self._watch_beds(app), name="beds"))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            failure = self._why(app, tasks)
            if failure is not None:
                own = isinstance(failure, StuckError | StateConflictError)  # other texts may carry input
                log.error("worker-failed", error=type(failure).__name__, reason=str(failure) if own else None)
                tasks[0].cancel()  # nothing may be settled any more: the successor reads again what is in work
                await self._leave(app, 0)
                return 1
            return await self._drain(app, tasks)

    @staticmethod
    async def _serve(app: WardApp) -> None:
        """Start the app, which never returns if the broker falls silent meanwhile, and wait for its end."""
        await app.start()
        await app.ended()

    async def _drain(self, app: WardApp, tasks: list[asyncio.Task[Any]]) -> int:
        """Finish what is in work, commit and leave; whatever does not end in time is read again by the next worker."""
        log.info("draining", runs_in_work=app.runs_in_work)
        await self._leave(app, self._settings.drain_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        log.info("stopped", runs_left=app.runs_in_work)
        return 0

    @staticmethod
    async def _leave(app: WardApp, drain_s: float) -> None:
        """Leave the group, so that others get our partitions at once; in vain, where the broker does not answer.

        Faust goes on stopping when it is told to give that up, and as long as it does the partitions are nobody's:
        nothing waits for it beyond the time.
        """
        leaving = asyncio.create_task(app.stop(drain_s))
        await asyncio.wait({leaving}, timeout=drain_s + _LEAVE_S)
        if leaving.done():
            await leaving
        else:
            log.warning("leaving-cut-short", runs_in_work=app.runs_in_work)

    @staticmethod
    def _why(app: WardApp, tasks: list[asyncio.Task[Any]]) -> BaseException | None:
        """The error that ended the worker, None if it was told to stop."""
        for task in tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                return error
        return app.failure

    async def _watch_progress(self, app: WardApp) -> None:
        """Ask the broker how far it is, and give up when nothing goes on for too long."""
        asked_s = 0.0
        while True:
            await asyncio.sleep(_LOOK_S)
            now_s = time.monotonic()
            self._metrics.runs_in_work.set(app.runs_in_work)
            if now_s - asked_s > _ASK_S and app.assigned:
                asked_s = now_s
                with contextlib.suppress(KafkaError, TimeoutError, OSError):
                    async with asyncio.timeout(_ASK_S):
                        lag = await app.lag()
                    self._metrics.lag.set(lag)
                    if lag == 0 and app.runs_in_work <= self._settler.waiting_for_state:
                        self._beds.caught_up()
                        self._made_progress()  # nothing to do, but perhaps to wait for Redis, which is told elsewhere
            if self._progress.is_stuck(now_s):
                message = f"no progress for {self._progress.stuck_for_s(now_s):.0f} s"
                raise StuckError(message)

    async def _watch_beds(self, app: WardApp) -> None:
        """Look for silent beds. By itself, since telling of one may have to wait for the broker."""
        bed_watch = BedWatch(self._beds, self._heard, partial(app.partitions, "vitals"))
        while True:
            await asyncio.sleep(_LOOK_S)
            if app.assigned:
                await bed_watch.look()

    async def _announce(self, app: WardApp, address: str) -> None:
        while not app.assigned:  # noqa: ASYNC110 - Faust has nothing that one could wait on
            await asyncio.sleep(0.05)
        log.info("ready", role=self._role, web=address)
        if self._role == "watch" and self._model is None:
            await self._status.tell("risk-model", "no risk model could be loaded: no forecasts", away=True)
        await asyncio.Event().wait()  # done, but only what ends the worker may return

    def _on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)

    async def _send(self, *record: Any) -> Any:  # noqa: ANN401 - Faust's producer
        assert self._app is not None  # noqa: S101 - nothing is sent before the app is there
        return await self._app.send(*record)

    async def _publish(self, output: Output) -> None:
        """News about ourselves: sent, but nothing waits for it."""
        await self._sender.post([output])

    def _confirmed(self, output: Output) -> None:
        self._metrics.outputs.labels(output.topic).inc()
        if output.topic == "alerts" and output.origin is not None:
            self._metrics.alert_latency_s.observe(max(0.0, time.time() - output.origin.timestamp / 1000))

    def _made_progress(self) -> None:
        self._progress.made(time.monotonic())

    def _unsendable(self, error: PublishError) -> Output:
        """An output that is too large: its input becomes a dead letter, so that somebody learns of it."""
        origin = error.output.origin
        if origin is None:
            raise error
        self._metrics.dead_letters.labels("publish").inc()
        return letter(Refused(origin, "publish", error))

    def _live(self) -> dict[str, object]:
        now_s = time.monotonic()
        stuck_s = round(self._progress.stuck_for_s(now_s), 1)
        return {"ok": not self._progress.is_stuck(now_s), "seconds_without_progress": stuck_s}

    def _ready(self) -> dict[str, object]:
        assigned = self._app is not None and self._app.assigned
        draining = self._stop.is_set()
        degraded = sorted(self._status.away)
        return {"ok": assigned and not draining, "assigned": assigned, "draining": draining, "degraded": degraded}
