"""What a worker is put together from: written once, used by the worker, the benchmark and the tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, TypeVar

from structlog import get_logger

from schemas.topics import read_by
from stream.delivery.app import group_of
from stream.delivery.logbook import LogBook, Source, as_they_say
from stream.delivery.outputs import instead_of
from stream.delivery.placing import unknown
from stream.delivery.sender import Output, PublishError, Send, Sender
from stream.delivery.settle import Settler, nobody
from stream.delivery.transport import Run
from stream.observability.gaps import GapLedger
from stream.observability.metrics import Metrics
from stream.observability.outcomes import Outcomes
from stream.observability.status import Status
from stream.settings import Settings
from stream.state.client import redis_client
from stream.state.heard_beds import HeardBeds
from stream.state.marks import Marks
from stream.state.owner import Owner
from stream.state.stays_seen import StaysSeen
from stream.state.store import Kind, StateStore
from stream.state.tries import Tries
from stream.watch.silence import SilentBeds

if TYPE_CHECKING:  # a role loads only what it needs
    from models.watch.forecast import Forecaster
    from stream.watch.site_watch import SiteWatch

log = get_logger()

RoleName = Literal["watch", "check"]
CHECK_RUN_RECORDS: Final = 8
"""Few studies or reports a run, since a run is committed as one: what a drain cuts short is done again."""
_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


class RolePath(Protocol):
    """The watch path or the check path."""

    async def handle(self, run: Run) -> None:
        """Work on a run."""

    def forget(self) -> None:
        """The partitions were taken away."""

    async def begun(self) -> None:
        """The group has given us our share: what is missing from the start may be told now."""


@dataclass(frozen=True)
class Parts:
    """What both paths stand on: states stored, outputs confirmed, changes told."""

    settings: Settings
    metrics: Metrics
    store: StateStore
    heard: HeardBeds
    sender: Sender
    settler: Settler
    status: Status
    beds: SilentBeds
    made_progress: Callable[[], None]
    gaps: GapLedger
    outcomes: Outcomes
    owner: Owner
    tries: Tries
    stays_seen: StaysSeen
    book: LogBook | None = None


@asynccontextmanager
async def parts(
    settings: Settings,
    role: RoleName,
    name: str,
    send: Send,
    logs: Source | None = None,
    *,
    made_progress: Callable[[], None] = lambda: None,
    on_confirmed: Callable[[Metrics, Output], None] = lambda _metrics, _output: None,
) -> AsyncIterator[Parts]:
    """Put the parts of a role together; `send` is the producer's, `made_progress` is told of each deed.

    `logs` answers for the broker's logs; without it nobody asks where they begin, or whether they are the same.
    """
    metrics = Metrics()
    async with redis_client(settings) as redis:
        store = StateStore(redis, ROLES[role].states, settings.state_ttl_s)
        sender = Sender(send, settings.send_timeout_s, partial(on_confirmed, metrics))
        status = Status(name, partial(_publish, sender), metrics)
        gaps = GapLedger(status, metrics)
        group = group_of(settings, role)
        book = None
        if logs is not None:
            marks = Marks(redis, ROLES[role].states, settings.state_ttl_s)
            book = LogBook(logs, marks, group=group, topics=read_by(role), on_gap=gaps.note, on_news=gaps.news)
        settler = Settler(
            sender,
            store,
            on_state=partial(_state_news, status),
            on_unsendable=partial(_unsendable, metrics, status),
            on_progress=made_progress,
            on_stored=nobody if book is None else book.applied,
        )
        yield Parts(
            settings,
            metrics,
            store,
            HeardBeds(redis, settings.state_ttl_s),
            sender,
            settler,
            status,
            SilentBeds(settings.silent_bed_s, status.tell),
            made_progress,
            gaps,
            Outcomes(status, metrics),
            Owner(redis, ROLES[role].states, settings.group),
            Tries(redis, group),
            StaysSeen(redis, settings.group, settings.state_ttl_s),
            book,
        )


async def _publish(sender: Sender, output: Output) -> None:
    """News about ourselves: sent, but nothing waits for it."""
    await sender.post([output])


async def _state_news(status: Status, *, away: bool) -> None:
    """News about Redis: only one of the two sentences is ever true."""
    text = "Redis does not answer; scores and alarms go on from memory" if away else "Redis answers again"
    await status.tell("state", text, away=away)


async def _unsendable(metrics: Metrics, status: Status, error: PublishError) -> Sequence[Output]:
    """An output that is too large, or that we may not write: its input becomes a dead letter, and it is told."""
    instead = instead_of(error)
    metrics.dead_letters.labels("publish").inc()
    metrics.unsendable.labels(error.output.topic).inc()
    text = f"outputs for {error.output.topic} are larger than the broker takes: their inputs become dead letters"
    if error.may_not:
        text = (
            f"records of {error.output.topic} lie in other partitions than their keys', and this worker has no right "
            "to move them: they become dead letters"
        )
    await status.tell("outputs", text, away=True)
    return instead


def watch(
    of: Parts, model: "Forecaster | None", clock: Callable[[], float] = time.time, site: "SiteWatch | None" = None
) -> RolePath:
    """The watch path of these parts; `clock` gives seconds since 1970, `site` learns where the model stands."""
    from stream.watch.handler import Watch  # noqa: PLC0415 - a role loads only what it needs

    return Watch(
        of.settings,
        model=model,
        store=of.store,
        sender=of.sender,
        settler=of.settler,
        status=of.status,
        metrics=of.metrics,
        beds=of.beds,
        standings=as_they_say if of.book is None else of.book.standings,
        partitions=unknown if of.book is None else of.book.partitions,
        ask_partitions=None if of.book is None else of.book.ask_partitions,
        site=site,
        clock=clock,
    )


@asynccontextmanager
async def watch_path(of: Parts) -> AsyncIterator[RolePath]:
    """The watch path: vital signs and events, the risk model. Without a model it goes on, and says so."""
    import torch  # noqa: PLC0415 - a role loads only what it needs

    from models.risk.model import SHIPPED, ModelError, RiskModel  # noqa: PLC0415
    from stream.access.weights_signature import SignatureError, check_signature  # noqa: PLC0415
    from stream.watch.site_watch import SiteWatch  # noqa: PLC0415

    # On busy cores a second thread costs more than it gives: while it waits for its turn, the first one spins. A
    # forecast of 25 patients took 45 to 70 ms of processor time with two threads, 1.8 with one.
    torch.set_num_threads(1)
    model = None
    try:
        folder = of.settings.risk_folder or SHIPPED
        check_signature(folder, of.settings.weights_key_file)
        model = RiskModel.load(folder, of.settings.device)
    except (ModelError, SignatureError, OSError) as error:
        log.error("risk-model-missing", reason=str(error))  # noqa: TRY400 - the reason says it all
    if model is None:
        yield watch(of, None)
        return
    site = SiteWatch(model, of.stays_seen, of.status, of.settings.risk_site)
    await site.look()
    looking = asyncio.create_task(site.keep_looking(), name="site")
    try:
        yield watch(of, model, site=site)
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


@asynccontextmanager
async def check_path(of: Parts) -> AsyncIterator[RolePath]:
    """The check path: images, genomes and pathology reports. Each file that is fetched or read counts as progress."""
    from stream.check.checker import image_checker  # noqa: PLC0415 - a role loads only what it needs
    from stream.check.handler import Check  # noqa: PLC0415
    from stream.genomes.genotyper import genotyper  # noqa: PLC0415

    def noted(port: Callable[[_Asked], Awaitable[_Answer]]) -> Callable[[_Asked], Awaitable[_Answer]]:
        """Also in vain: a study has many images, and few tries."""

        async def asked_and_noted(asked: _Asked) -> _Answer:
            try:
                return await port(asked)
            finally:
                of.made_progress()

        return asked_and_noted

    async with image_checker(of.settings) as checker, genotyper(of.settings) as genomes:
        yield Check(
            of.settings,
            checker=replace(checker, fetch=noted(checker.fetch), read=noted(checker.read)),
            genomes=replace(genomes, fetch=noted(genomes.fetch), read=noted(genomes.read)),
            store=of.store,
            sender=of.sender,
            settler=of.settler,
            status=of.status,
            metrics=of.metrics,
            standings=as_they_say if of.book is None else of.book.standings,
            partitions=unknown if of.book is None else of.book.partitions,
            ask_partitions=None if of.book is None else of.book.ask_partitions,
        )


class Role(NamedTuple):
    """What a role of workers is: the kind of states that it keeps, its path, the most records of one run.

    The topics that it reads stand in schemas/topics.py. None: as many records as the settings allow.
    """

    states: Kind
    path: Callable[[Parts], AbstractAsyncContextManager[RolePath]]
    most_records: int | None = None


ROLES: Final[dict[RoleName, Role]] = {
    "watch": Role("patient", watch_path),
    "check": Role("imaging", check_path, most_records=CHECK_RUN_RECORDS),
}
