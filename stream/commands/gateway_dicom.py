"""`wardwatch gateway dicom`: take in images by C-STORE and STOW-RS, and announce each study when it is quiet."""

import asyncio
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Annotated, Final, NamedTuple

import typer
from pydantic import SecretStr
from structlog import get_logger

from stream.access.identity_key import IdentityKeyError, identity_key
from stream.commands import tls
from stream.commands.gateway_topics import check_topics
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.commands.senders import Authority, Fillers, SameAuthority, conventions, pair
from stream.dicom_door.announcer import Announcer
from stream.dicom_door.association import Limits
from stream.dicom_door.committing import Commitments, Peer
from stream.dicom_door.intake import Intake
from stream.dicom_door.outbox import Archive, Outbox
from stream.dicom_door.room import Bounds
from stream.dicom_door.storage import entity, listen, silence_libraries
from stream.dicom_door.store import Store, StoreError
from stream.dicom_door.stow import Limits as StowLimits
from stream.dicom_door.stow import Stow, stow_served
from stream.dicom_door.studies import TOPIC
from stream.dicom_door.tally import Tally
from stream.feeds.publish import Publisher
from stream.gateway.conventions import Conventions
from stream.observability.health import served
from stream.observability.logs import configure, log_unknown_settings
from stream.settings import Settings, secret

log = get_logger()

PORT: Final = 11112  # IANA's for DICOM, beside 104, which needs a privilege
_LIMITS: Final = Limits()
_BOUNDS: Final = Bounds()
_MIB: Final = 2**20
_QUIET_S: Final = 30.0  # archives take a study for complete after a minute or less (Orthanc: 60 s); our choice


def command(  # noqa: PLR0913 - one for each option
    store: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Where images are kept; below one of the workers' WARDWATCH_IMAGE_ROOTS."),
    ],
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")] = PORT,
    *,
    title: Annotated[
        str, typer.Option(help="Our application entity title; who calls another is not let in.")
    ] = "WARDWATCH",
    caller: Annotated[
        list[str] | None,
        typer.Option(metavar="AE", help="Title of a sender; with it, others are not let in. Repeatable."),
    ] = None,
    stow_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port for STOW-RS (POST /studies); 0: a free one. Else none.")
    ] = None,
    stow_token_file: Annotated[
        Path | None, typer.Option(help="File of a secret; with it, only its bearer may store by STOW-RS.")
    ] = None,
    peer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AE=HOST:PORT",
            help="Where a sender is called back with the result of a storage commitment; else it is told on its own "
            "association. Repeatable.",
        ),
    ] = None,
    archive: Annotated[
        str | None,
        typer.Option(metavar="AE=HOST:PORT", help="Archive to which the DICOM SR of each report goes by C-STORE."),
    ] = None,
    archive_tls: Annotated[
        bool, typer.Option("--archive-tls", help="By TLS, with our certificate, to who has one of --client-ca.")
    ] = False,
    as_source: Annotated[
        bool,
        typer.Option("--as-source", help="Under the patient and study of its images, by name; else as a pseudonym's."),
    ] = False,
    reports: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the workers keep reports (WARDWATCH_IMAGE_OUTPUT).")
    ] = None,
    quiet_s: Annotated[
        float, typer.Option(min=0, help="A study without a new image for so long is announced.")
    ] = _QUIET_S,
    authority: Authority = "",
    same_authority: SameAuthority = None,
    nobody: Fillers = None,
    certificate: Annotated[Path | None, typer.Option(help="Certificate chain (PEM); with it, DICOM over TLS.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="Its key (PEM), where the chain's file has none.")] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(help="Authorities (PEM) of the senders' certificates; with it, nobody is let in without one."),
    ] = None,
    largest_mib: Annotated[float, typer.Option(min=0.001, help="The largest image.")] = _BOUNDS.instance_bytes / _MIB,
    store_mib: Annotated[float, typer.Option(min=0.001, help="How much may be kept; then A700.")] = _BOUNDS.all_bytes
    / _MIB,
    free_mib: Annotated[
        float, typer.Option(min=0, help="How much of the disk must stay free; else A700.")
    ] = _BOUNDS.free_bytes / _MIB,
    keep_days: Annotated[
        float | None,
        typer.Option(min=0, help="Remove studies so long after they were announced; then no storage is committed to."),
    ] = None,
    most_connections: Annotated[int, typer.Option(min=1, help="Connections at once.")] = _LIMITS.connections,
    most_of_one: Annotated[int, typer.Option(min=1, help="Of these, from one address.")] = _LIMITS.of_one,
    slow_s: Annotated[
        float, typer.Option(min=0.1, help="So long a PDU may take from its first byte to its last.")
    ] = _LIMITS.pdu_s,
    idle_s: Annotated[
        float, typer.Option(min=0.1, help="An association without a PDU for so long is aborted.")
    ] = _LIMITS.idle_s,
    seen_as: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder's name where workers read it, if it is another.")
    ] = None,
) -> None:
    """Take in images by C-STORE or STOW-RS, and announce each study on `imaging-ready` when it is quiet.

    An image is answered with success when it is on disk; with A700 when there is no room: send it again. It is kept
    under keyed hashes of patient, study and instance, as it came, for its owner's eyes alone. Each study without a new
    image for --quiet-s makes one event with all its pictures and their hashes; a late one makes another. What was
    received and not yet announced when the gateway ended is announced after its next start.

    The patient's id and the whole of who assigned it (0010,0020), (0010,0021), (0010,0024) become the same keyed hash
    as in HL7 messages: WARDWATCH_IDENTITY_KEY_FILE must name its key, which `wardwatch secrets init` makes.
    """
    settings = read_settings(warn=False)
    configure(settings.log_level)
    log_unknown_settings()
    silence_libraries()
    with one_sentence(settings):
        if settings.identity_key_file is None:
            sentence = "set WARDWATCH_IDENTITY_KEY_FILE: with another key a patient would be another after a restart"
            raise Refusal(sentence)
        try:
            key = identity_key(settings.identity_key_file)
            reading = conventions(key, None, None, authority, same_authority, nobody)
            limits = replace(_LIMITS, connections=most_connections, of_one=most_of_one, pdu_s=slow_s, idle_s=idle_s)
            bounds = Bounds(int(largest_mib * _MIB), int(store_mib * _MIB), int(free_mib * _MIB))
            security = tls.security(certificate, private_key, client_ca)
            back = tls.outgoing(certificate, private_key, client_ca)
            peers = dict(map(_peer, peer or ()))
            called = Called((host, port), title, tuple(caller or ()), security, peers, back)
            out = _out(archive, reports, back, is_secure=archive_tls, as_source=as_source)
            by_http = ByHttp(stow_port, secret(stow_token_file), slow_s)
            with ExitStack() as open_until_the_end:
                kept = Store(store, bounds, seen_as)
                open_until_the_end.callback(kept.close)
                asyncio.run(_serve(settings, reading, kept, limits, called, by_http, out, quiet_s, keep_days))
        except (IdentityKeyError, StoreError) as error:
            raise Refusal(str(error)) from None


class Called(NamedTuple):
    """Where and as whom we are called, and by whom; and where some are called back."""

    address: tuple[str, int]
    title: str
    callers: tuple[str, ...]
    security: ssl.SSLContext | None
    peers: dict[str, Peer]
    security_back: ssl.SSLContext | None


def _peer(stated: str) -> tuple[str, Peer]:
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


def _out(
    stated: str | None, reports: Path | None, security: ssl.SSLContext | None, *, is_secure: bool, as_source: bool
) -> Out | None:
    if stated is None:
        return None
    if reports is None:
        sentence = "--archive needs --reports: that folder holds what is to be sent"
        raise Refusal(sentence)
    if is_secure and security is None:
        sentence = "--archive-tls needs --certificate and --client-ca"
        raise Refusal(sentence)
    title, place = _peer(stated)
    return Out(reports, Archive(title, *place, as_source, security if is_secure else None))


class ByHttp(NamedTuple):
    """Where STOW-RS is served, if it is, and for whom."""

    port: int | None
    token: SecretStr | None
    slow_s: float


async def _serve(
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
