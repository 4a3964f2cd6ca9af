"""A Faust app with one agent whose events are runs of records, on the mended transport."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import faust
from aiokafka.errors import UnknownTopicOrPartitionError
from faust.exceptions import ProducerSendError
from faust.types.tuples import TP
from structlog import get_logger

from stream.broker.connection import Connection
from stream.broker.topics import RECORD_BYTES
from stream.delivery.logbook import LogBook, Read
from stream.delivery.transport import Run, Transport
from stream.settings import Settings

log = get_logger()

_METADATA_MS = 5_000
"""Partitions that are added, and topics that are made anew, are noticed so soon; the default is five minutes."""
Handler = Callable[[Run], Awaitable[None]]


def group_of(settings: Settings, name: str) -> str:
    """The consumer group of a role."""
    return f"{settings.group}-{name}"


class WardApp:
    """One consumer group on some topics; every run goes to `handle`, in order and one at a time.

    Where to begin, `book` says; without it, what the group has committed. A run is acknowledged only by its own
    `finish`; `also_in_work` says whether something else must be finished too before our partitions may go. A handler
    that raises ends the app (`failed`), and the successor reads the run again: what a handler can't
    use it must turn into a dead letter itself.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        name: str,
        topics: Sequence[str],
        handle: Handler,
        on_revoked: Callable[[], None],
        book: LogBook | None = None,
        also_in_work: Callable[[], bool] = lambda: False,
    ) -> None:
        self.failure: BaseException | None = None
        self._started = False
        self._ended = asyncio.Event()
        self._handle = handle
        self._app = _configured(settings, name)
        self._app.drain_s = settings.drain_s
        self._app.book = book
        self._app.also_in_work = also_in_work
        self._app.transport = Transport(self._app.conf.broker, self._app)
        self._app.producer_transport = Transport(self._app.conf.broker, self._app)
        source = self._app.topic(
            *topics, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", acks=True
        )
        self._app.agent(source, name=name)(self._agent)
        self._app.on_partitions_revoked.connect(lambda *_, **__: on_revoked(), weak=False)

    async def _agent(self, stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        async for event in stream.noack().events():
            try:
                await self._handle(event.message)
            except Exception as error:  # noqa: BLE001 - the last door: whatever it is, nothing may be acknowledged after it
                self.fail(error)
                await asyncio.Event().wait()  # hold the stream until the process has ended

    def fail(self, error: BaseException) -> None:
        """End the app because of an error; the first one counts."""
        self.failure = self.failure or error
        self._ended.set()

    async def send(self, *record: Any) -> Any:  # noqa: ANN401 - topic, key, value, partition, timestamp, headers
        """Buffer a record in the idempotent producer; the future that comes back is done when the broker has it.

        Raises what aiokafka raises: Faust wraps it in an error of its own, which says nothing to who has to decide.
        """
        try:
            return await self._app.producer.send(*record)
        except ProducerSendError as error:
            raise error.__cause__ or error from None
        except AssertionError:  # aiokafka's word for a partition that its metadata do not show yet
            await self._app.producer._producer.client.force_metadata_update()  # noqa: SLF001 - Faust has no way to ask
            raise UnknownTopicOrPartitionError from None

    async def start(self) -> None:
        """Connect, join the group, begin to consume."""
        self._app.finalize()
        await self._app.start()
        self._started = True

    async def ended(self) -> None:
        """Wait until the app failed by itself."""
        crashed = asyncio.create_task(self._app._crashed.wait())  # noqa: SLF001 - mode offers no public way to wait for a crash
        failed = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait((crashed, failed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            crashed.cancel()
            failed.cancel()
        if self._app._crashed.is_set():  # noqa: SLF001
            self.failure = self.failure or self._app.crash_reason

    async def stop(self, drain_s: float) -> None:
        """Stop fetching, let what is in work finish, `drain_s` at the longest, commit, leave the group."""
        self._app.drain_s = drain_s
        await self._app.stop()

    @property
    def assigned(self) -> bool:
        """The group has given us our share, be it none while others have it all, and no rebalance is under way."""
        if not self._started:
            return False
        return (self._app.unassigned or bool(self._app.consumer.assignment())) and not self._app.rebalancing

    def partitions(self, topic: str) -> set[int]:
        """The partitions of a topic that are ours now."""
        return {tp.partition for tp in self._app.consumer.assignment() if tp.topic == topic}

    def assignment(self) -> set[TP]:
        """All partitions that are ours now."""
        return set(self._app.consumer.assignment())

    async def reads(self) -> dict[TP, Read]:
        """How far each of our partitions was read."""
        found: dict[TP, Read] = await self._app.consumer.reads()
        return found

    def buffered(self) -> set[TP]:
        """The partitions of which runs were read that are not begun."""
        consumer = self._app._consumer  # noqa: SLF001 - as `runs_in_work`
        return set() if consumer is None else consumer.buffered()

    @property
    def runs_in_work(self) -> int:
        """Runs that were begun and are not finished."""
        consumer = self._app._consumer  # noqa: SLF001
        return 0 if consumer is None else consumer.runs_in_work


class _App(faust.App):  # type: ignore[misc]  # Faust is untyped here
    def _create_directories(self) -> None:
        """Keep nothing in files: Faust's folder for tables would be left behind wherever a worker is started."""


def _configured(settings: Settings, name: str) -> faust.App:
    """Return the Faust app with the settings that delivery rests on; more on each is in docs/sources.md.

    At least once, Faust's default, must stay: its exactly once hangs or doubles on a rebalance (issues 177 and 323 of
    github.com/faust-streaming/faust) and cannot cover Redis.
    """
    return _App(
        group_of(settings, name),
        **broker_options(Connection.of(settings)),
        store="memory://",
        value_serializer="raw",
        key_serializer="raw",
        autodiscover=False,
        topic_allow_declare=False,
        topic_disable_leader=True,  # both: a worker's user may create no topics
        web_enabled=False,
        worker_redirect_stdouts=False,
        broker_commit_interval=0.5,  # not 2.8: what is not committed is read again after a crash
        broker_max_poll_records=settings.run_records,
        broker_max_poll_interval=86_400,  # long work is no failure; stream/observability/health.py judges progress
        broker_request_timeout=40,  # Faust refuses a session that is longer
        broker_session_timeout=10,  # not 60, which the beds of a dead worker would wait
        broker_heartbeat_interval=3,
        broker_rebalance_timeout=60,
        consumer_auto_offset_reset="earliest",  # "latest" would pass over records
        consumer_metadata_max_age_ms=_METADATA_MS,
        producer_metadata_max_age_ms=_METADATA_MS,
        producer_acks=-1,  # sent is what all replicas in step have
        producer_request_timeout=settings.send_timeout_s,  # not 1200 s, for which an alert could hang
        producer_max_batch_size=65536,
        producer_max_request_size=RECORD_BYTES,
        stream_buffer_maxsize=2,  # runs, not records: what is live waits behind them
        stream_wait_empty=True,  # false cancels agents in their work, which acknowledges it
    )


def broker_options(connection: Connection) -> dict[str, Any]:
    """A connection in Faust's words: keyword arguments of `faust.App`. Raises OSError as `Connection.tls` does."""
    tls = connection.tls()
    options: dict[str, Any] = {"broker": [f"kafka://{server}" for server in connection.servers], "ssl_context": tls}
    login = connection.login
    if login is None:
        return options | {"broker_credentials": tls}
    credentials = faust.SASLCredentials(
        username=login.user,
        password=login.password.get_secret_value(),
        ssl_context=tls,  # without it Faust would speak SASL_PLAINTEXT
        mechanism=login.mechanism,
    )
    return options | {"broker_credentials": credentials}
