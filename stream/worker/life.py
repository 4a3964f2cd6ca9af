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
from functools import partial
from typing import Any, Final

from aiokafka.errors import KafkaError
from structlog import get_logger
from tenacity import RetryError, retry, retry_if_exception_type, retry_if_not_result, stop_after_delay, wait_fixed

from schemas.topics import read_by, written_by
from stream.broker.connection import Connection
from stream.broker.limits import told, too_small, topic_limits
from stream.broker.logs import broker_logs
from stream.broker.topics import missing_topics
from stream.delivery.app import WardApp
from stream.delivery.logbook import LogChangedError, StateBehindError
from stream.delivery.placing import home_of
from stream.delivery.sender import Output
from stream.delivery.settle import StateConflictError
from stream.observability.health import Progress, served
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.settings import Settings
from stream.state.client import StateUnavailableError
from stream.state.owner import TTL_S, Owner
from stream.watch.bed_watch import BedWatch
from stream.worker.assembly import ROLES, Parts, RoleName, RolePath, parts
from stream.worker.careful import Careful
from stream.worker.timekeeper import Ticking, Timekeeper

log = get_logger()

_START_S = 30.0  # how long to wait for a broker that is still starting
_LOOK_S = 1.0
_ASK_S = 2.0
_LEAVE_S = 5.0


class NotReadyError(Exception):
    """Something that a worker can't start without is missing; the text says what."""


class StuckError(Exception):
    """Nothing goes on any more."""


class ForeignGroupError(Exception):
    """Another group's workers use the same Redis."""


_OWN: Final = (StuckError, ForeignGroupError, StateConflictError, StateBehindError, LogChangedError)


async def work(settings: Settings, role: RoleName) -> int:
    """Run one worker to its end; the exit code. Raises NotReadyError when it can't start."""
    await _needs(settings)
    worker = _Worker(settings, role)
    name = f"{role}-{socket.gethostname()}-{os.getpid()}"
    async with (
        broker_logs(Connection.of(settings)) as logs,
        parts(
            settings, role, name, worker.send, logs, made_progress=worker.made_progress, on_confirmed=_note_confirmed
        ) as built,
        ROLES[role].path(built) as path,
    ):
        await _own(built.owner)
        return await worker.run(built, path)


async def _needs(settings: Settings) -> None:
    """Wait a little for the broker; then every topic must be there, since a send to a missing one never ends.

    Raises OSError at once where the connection's own files can't be read: no waiting mends that.
    """
    Connection.of(settings).tls()
    ask = retry(
        retry=retry_if_exception_type((KafkaError, OSError)), stop=stop_after_delay(_START_S), wait=wait_fixed(_LOOK_S)
    )(missing_topics)
    try:
        missing = await ask(settings)
    except RetryError as error:
        cause = error.last_attempt.exception()
        message = f"no Kafka broker answers at {settings.broker} ({type(cause).__name__})"
        raise NotReadyError(message) from cause
    if missing:
        message = f"these topics are missing: {', '.join(missing)}; make them with `wardwatch topics create`"
        raise NotReadyError(message)


async def _own(owner: Owner) -> None:
    """Claim the states in Redis for our group, once the workers of a former one are surely gone; Redis may be away."""
    claim = retry(
        retry=retry_if_not_result(lambda other: other is None),
        stop=stop_after_delay(2 * TTL_S),
        wait=wait_fixed(_LOOK_S),
    )(owner.claim)
    try:
        with contextlib.suppress(StateUnavailableError):
            await claim()
    except RetryError as error:
        other = error.last_attempt.result()
        message = f"this Redis holds the states of the group {other!r}; give {owner.group!r} one of its own"
        raise NotReadyError(message) from None


def _note_confirmed(metrics: Metrics, output: Output) -> None:
    metrics.outputs.labels(output.topic).inc()
    if output.topic == "alerts" and output.origin is not None:
        metrics.alert_latency_s.observe(max(0.0, time.time() - output.origin.timestamp / 1000))


class _Worker:
    """One worker from its start to its end."""

    def __init__(self, settings: Settings, role: RoleName) -> None:
        self._settings = settings
        self._role: RoleName = role
        self._progress = Progress(time.monotonic(), settings.stuck_s)
        self._looked_s = time.monotonic()
        self._app: WardApp | None = None
        self._stop = asyncio.Event()

    async def send(self, *record: Any) -> Any:  # noqa: ANN401 - Faust's producer
        """Send a record through the app's producer."""
        assert self._app is not None  # noqa: S101 - nothing is sent before the app is there
        return await self._app.send(*record)

    def made_progress(self) -> None:
        """Something was achieved just now."""
        self._progress.made(time.monotonic())

    async def run(self, of: Parts, path: RolePath) -> int:
        """Serve until told to stop, or until nothing goes on any more."""
        most = ROLES[self._role].most_records
        settings = self._settings if most is None else self._settings.model_copy(update={"run_records": most})
        topics = read_by(self._role)
        careful = Careful(path.handle, of.tries)
        if of.book is not None:
            of.book.on_begun = careful.begun
        app = WardApp(
            settings,
            name=self._role,
            topics=topics,
            handle=careful.handle,
            on_revoked=path.forget,
            book=of.book,
            also_in_work=lambda: isinstance(path, Ticking) and path.ticking,
        )
        self._app = app
        self._on_signals()
        async with served(
            self._settings.web_host, self._settings.web_port, of.metrics.registry, self._live, partial(self._ready, of)
        ) as address:
            tasks = [
                asyncio.create_task(of.settler.run(), name="settler"),
                asyncio.create_task(self._serve(app), name="app"),
                asyncio.create_task(self._watch_progress(app, of), name="progress"),
                asyncio.create_task(self._stop.wait(), name="signal"),
                asyncio.create_task(self._announce(app, address, of, path), name="announce"),
            ]
            keeper: Timekeeper | None = None
            if isinstance(path, Ticking):
                assert of.book is not None  # noqa: S101 - a worker has one
                keeper = Timekeeper(app, path, of.book, of.status)
                tasks += [
                    asyncio.create_task(_watch_beds(app, of, path), name="beds"),
                    asyncio.create_task(keeper.keep(), name="time"),
                ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            failure = self._why(app, tasks)
            if failure is not None:
                own = isinstance(failure, _OWN)  # other texts may carry input
                log.error("worker-failed", error=type(failure).__name__, reason=str(failure) if own else None)
                tasks[0].cancel()  # nothing may be settled any more: the successor reads again what is in work
                await self._leave(app, 0)
                return 1
            if keeper is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_ASK_S):
                        await keeper.stop()
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

    async def _watch_progress(self, app: WardApp, of: Parts) -> None:
        """Ask the broker how far it is, and give up when nothing goes on for too long."""
        asked_s = 0.0
        while True:
            await asyncio.sleep(_LOOK_S)
            now_s = time.monotonic()
            of.metrics.runs_in_work.set(app.runs_in_work)
            if now_s - asked_s > _ASK_S and app.assigned:
                asked_s = now_s
                await self._look(app, of)
            of.metrics.log_look_age_s.set(now_s - self._looked_s)
            if self._progress.is_stuck(now_s):
                message = f"no progress for {self._progress.stuck_for_s(now_s):.0f} s"
                raise StuckError(message)

    async def _look(self, app: WardApp, of: Parts) -> None:
        """Ask the broker how far its logs are. With nothing left to read, what is waited for is told elsewhere."""
        assert of.book is not None  # noqa: S101 - a worker has one
        caught_up = False
        with contextlib.suppress(KafkaError, TimeoutError, OSError):
            async with asyncio.timeout(_ASK_S):
                unread = await of.book.look(await app.reads())
            self._looked_s = time.monotonic()
            of.metrics.lag.set(unread)
            caught_up = unread == 0 and app.runs_in_work <= of.settler.waiting_for_state
        if caught_up:
            of.beds.caught_up()
            self.made_progress()
        await of.gaps.tell(caught_up=caught_up)
        await of.outcomes.look(time.monotonic(), caught_up=caught_up)
        with contextlib.suppress(StateUnavailableError):
            if (other := await of.owner.claim()) is not None:
                message = f"the group {other!r} has taken over the states in Redis"
                raise ForeignGroupError(message)

    async def _announce(self, app: WardApp, address: str, of: Parts, path: RolePath) -> None:
        while not app.assigned:  # noqa: ASYNC110 - Faust has nothing that one could wait on
            await asyncio.sleep(0.05)
        log.info("ready", role=self._role, web=address)
        await path.begun()
        await _tell_limits(self._settings, self._role, of.status)
        await asyncio.Event().wait()  # done, but only what ends the worker may return

    def _on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)

    def _live(self) -> dict[str, object]:
        now_s = time.monotonic()
        stuck_s = round(self._progress.stuck_for_s(now_s), 1)
        return {"ok": not self._progress.is_stuck(now_s), "seconds_without_progress": stuck_s}

    def _ready(self, of: Parts) -> dict[str, object]:
        assigned = self._app is not None and self._app.assigned
        draining = self._stop.is_set()
        degraded = sorted(of.status.away)
        return {
            "ok": assigned and not draining and not of.outcomes.nothing_applied,
            "assigned": assigned,
            "draining": draining,
            "applying": not of.outcomes.nothing_applied,
            "degraded": degraded,
            "gaps": of.gaps.told(),
        }


async def _tell_limits(settings: Settings, role: RoleName, status: Status) -> None:
    """Tell of topics that take less than our outputs may need; a broker that will not say is not asked again."""
    with contextlib.suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(_START_S):
            written = written_by(role)
            small = too_small(await topic_limits(settings, written), written)
        if small:
            await status.tell("outputs", told(small), away=True)


async def _watch_beds(app: WardApp, of: Parts, path: Ticking) -> None:
    """Look for silent beds. By itself, since telling of one may have to wait for the broker."""
    assert of.book is not None  # noqa: S101 - a worker has one
    home = partial(home_of, partial(of.book.partitions, "vitals"))
    bed_watch = BedWatch(of.beds, of.heard, partial(app.partitions, "vitals"), on_learnt=path.expect, home=home)
    while True:
        await asyncio.sleep(_LOOK_S)
        if app.assigned:
            await bed_watch.look()
