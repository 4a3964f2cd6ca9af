"""What `wardwatch gateway dicom` runs: the doors, and what announces studies, answers commitments and sends reports."""

import asyncio
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from pydantic import SecretStr
from structlog import get_logger

from stream.commands.gateway_topics import check_topics
from stream.commands.refusal import Refusal
from stream.commands.senders import pair
from stream.dicom_door.announcer import Announcer
from stream.dicom_door.committing import Commitments, Peer
from stream.dicom_door.intake import Intake
from stream.dicom_door.limits import Limits
from stream.dicom_door.outbox import Archive, Outbox
from stream.dicom_door.storage import entity, listen
from stream.dicom_door.store import Store
from stream.dicom_door.stow import Limits as StowLimits
from stream.dicom_door.stow import Stow, stow_served
from stream.dicom_door.studies import TOPIC
from stream.dicom_door.tally import Tally
from stream.feeds.publish import Publisher
from stream.gateway.conventions import Conventions
from stream.observability.health import served
from stream.settings import Settings

log = get_logger()


class Called(NamedTuple):
    """Where and as whom we are called, and by whom; and where some are called back."""

    address: tuple[str, int]
    title: str
    callers: tuple[str, ...]
    security: ssl.SSLContext | None
    peers: dict[str, Peer]
    security_back: ssl.SSLContext | None


def peer_of(stated: str) -> tuple[str, Peer]:
    """What `AE=HOST:PORT` says; raises Refusal."""
    title, place = pair(stated)
    host, between, port = place.rpartition(":")
    if not (between and host and port.isdecimal()):
        sentence = f"{stated!r} is not of the form AE=HOST:PORT"
        raise Refusal(sentence)
    return title, Peer(host.strip("[]"), int(port))


class Out(NamedTuple):
    """Where documents come from and where they go."""

    reports: Path
    archive: Archive


def out_of(
    stated: str | None, reports: Path | None, security: ssl.SSLContext | None, *, is_secure: bool, as_source: bool
) -> Out | None:
    """What the options say; None without an archive. Raises Refusal for what can't be."""
    if stated is None:
        return None
    if reports is None:
        sentence = "--archive needs --reports: that folder holds what is to be sent"
        raise Refusal(sentence)
    if is_secure and security is None:
        sentence = "--archive-tls needs --certificate and --client-ca"
        raise Refusal(sentence)
    title, place = peer_of(stated)
    return Out(reports, Archive(title, *place, as_source, security if is_secure else None))


class ByHttp(NamedTuple):
    """Where STOW-RS is served, if it is, and for whom."""

    port: int | None
    token: SecretStr | None
    slow_s: float


async def serve(
    settings: Settings,
    reading: Conventions,
    store: Store,
    limits: Limits,
    called: Called,
    by_http: ByHttp,
    out: Out | None,
    quiet_s: float,
    keep_days: float | None,
) -> None:
    """Take images in and announce studies until told to stop. Raises OSError, and Refusal where a topic is missing."""
    await check_topics(settings, (TOPIC,), is_broker_needed=False)  # without it images wait on disk
    stop = asyncio.Event()
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)
    tally = Tally()
    tally.show("kept_bytes", "that images take on disk", lambda: store.room.held_bytes)
    async with Publisher(settings, waits=True, linger_ms=0) as publisher:
        announcer = Announcer(publisher, store, quiet_s, tally)
        announcer.expect(await asyncio.to_thread(store.recover))
        intake = Intake(store, reading, tally, announcer.heard_by_any_thread)
        ours = entity(called.title, called.callers, limits, commits=keep_days is None)
        asked = Commitments(store, reading.key, tally, ours, called.peers, called.security_back)
        asked.start()
        outbox = None if out is None else Outbox(out.reports, store, reading.key, tally, ours, out.archive)
        if outbox is not None:
            outbox.start()
        server = listen(ours, called.address, called.security, intake, tally, limits, asked)
        tally.show("connections", "connections now", lambda: server.seats.taken)
        announcing = asyncio.create_task(_announced(announcer, keep_days))
        announcing.add_done_callback(lambda _: stop.set())
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        serving.start()

        def live() -> dict[str, object]:
            return {"ok": serving.is_alive() and not announcing.done()}

        def ready() -> dict[str, object]:
            return {"ok": serving.is_alive() and not announcing.done() and not store.room.is_short}

        async with (
            served(settings.web_host, settings.web_port, tally.registry, live, ready) as address,
            _by_http(intake, called, by_http, limits) as stow,
        ):
            host, port = server.server_address[:2]
            is_secure = called.security is not None
            log.info("listening", at=[f"{host}:{port}"], tls=is_secure, web=address, stow=stow)
            await stop.wait()
            asked.stop()
            if outbox is not None:
                outbox.stop()
            await asyncio.to_thread(server.stop)
        failed = announcing.done()
        announcing.cancel()
        if failed:
            await announcing  # raises the error that ended it
    log.info("ended")


@asynccontextmanager
async def _by_http(intake: Intake, called: Called, by_http: ByHttp, limits: Limits) -> AsyncIterator[str | None]:
    """Serve STOW-RS where that is wanted; yield its address."""
    if by_http.port is None:
        yield None
        return
    stow = Stow(intake, StowLimits(slow_s=by_http.slow_s), by_http.token)
    async with stow_served(stow, called.address[0], by_http.port, called.security, limits.handshake_s) as address:
        yield address


async def _announced(announcer: Announcer, keep_days: float | None) -> None:
    """Announce studies, and remove old ones where that is wanted, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(announcer.run())
        if keep_days is not None:
            group.create_task(announcer.remove_old(timedelta(days=keep_days)))
