"""`wardwatch cds`: run a CDS Hooks 2.0 service that answers a record system with cards."""

import asyncio
import signal
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from structlog import get_logger

from schemas.topics import written_by
from stream.access.identity_key import IdentityKeyError
from stream.access.this_machine import is_this_machine
from stream.cds.answering import Answering
from stream.cds.card import Choice
from stream.cds.keys import KeysError, KeySet
from stream.cds.live import PATIENCE_S, LiveStates
from stream.cds.server import CdsServer, Limits, serving
from stream.cds.tally import Tally
from stream.cds.tokens import Tokens
from stream.commands import tls
from stream.commands.gateway_topics import check_topics
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.commands.senders import (
    Authority,
    Fillers,
    IdAuthority,
    IdSystem,
    ProfileName,
    SameAuthority,
    Zone,
    conventions,
    lasting_key,
    pair,
    profile_named,
)
from stream.feeds.publish import Publisher
from stream.fhir_door.fetch import http_client
from stream.fhir_door.reading import Reading, Stays
from stream.gateway.memory import Memory
from stream.gateway.outlet import Outlet
from stream.observability.health import served
from stream.observability.logs import configure, log_unknown_settings
from stream.settings import Settings
from stream.state.client import redis_client
from stream.state.store import StateStore

log = get_logger()

PORT: Final = 8590  # our choice
_LIMITS: Final = Limits()


@dataclass(frozen=True)
class _Listening:
    """Where the service listens, who is let in, and from where pages may call.

    base    the address by which callers know the service
    trusted where each issuer's keys are; empty: no token is asked for
    """

    host: str
    port: int
    security: ssl.SSLContext | None
    base: str
    trusted: dict[str, str]
    origins: tuple[str, ...]
    limits: Limits
    choice: Choice | None


def command(  # noqa: PLR0913 - one for each option
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")] = PORT,
    *,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The address by which record systems call this service, before /cds-services: their tokens must be "
            "for it (aud).",
        ),
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ISSUER=KEYS",
            help="Let in who shows a token (JWT) of this issuer, signed by a key of its set (JWK Set): a file, or an "
            "https address. Repeatable.",
        ),
    ] = None,
    no_jwt: Annotated[
        bool, typer.Option("--no-jwt", help="Ask for no token: only on this machine itself, for trying it out.")
    ] = False,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Pages in browsers that may call, by their origin (CORS). Repeatable."),
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="Certificate chain (PEM); with it, HTTPS.")] = None,
    private_key: tls.PrivateKey = None,
    client_ca: tls.ClientCa = None,
    profile: ProfileName = None,
    zone: Zone = None,
    authority: Authority = "",
    same_authority: SameAuthority = None,
    nobody: Fillers = None,
    id_authority: IdAuthority = "",
    id_system: IdSystem = "",
    selection_behavior: Annotated[
        Choice | None,
        typer.Option(
            help="Give every card this selectionBehavior: for record systems that know only one, such as Epic's `any`. "
            "Else at-most-one where suggestions exclude each other."
        ),
    ] = None,
    largest_mib: Annotated[float, typer.Option(min=0.01, help="The largest call.")] = _LIMITS.request_bytes / 2**20,
    open_requests: Annotated[
        int, typer.Option(min=1, help="So many calls may be open at once; more are answered with 503.")
    ] = _LIMITS.open_requests,
) -> None:
    """Answer a record system's calls (CDS Hooks 2.0) with cards: patient-view, order-select, order-sign.

    GET /cds-services says which services there are and what they want sent along. An order that is selected or about
    to be signed gets a card for each rule that speaks against it (genotype, allergy, kidney function, results,
    pregnancy, interactions, duplicates), and one for what could not be checked; a patient that is viewed, the proposals
    that are open. What the ward knows is read from Redis, under the pseudonym that `wardwatch gateway fhir` gives the
    patient: start both with the same WARDWATCH_IDENTITY_KEY_FILE and the same options on identities. Where Redis does
    not answer, what the call brings is checked, and the card says so. What clinicians do with cards goes to the topic
    cds-feedback.

    Each call needs a token: name the issuers with --trust and the service's address with --base-url. Without tokens it
    runs beyond this machine only with --client-ca, and on this machine with --no-jwt, for trying it out:

    wardwatch cds --no-jwt
    """
    settings = read_settings(warn=False)
    configure(settings.log_level)
    log_unknown_settings()
    with one_sentence(settings):
        try:
            key = lasting_key(settings)
            site = conventions(key, None, zone, authority, same_authority, nobody)
            reading = Reading(site, profile_named(profile or "fhir"), Memory(), Stays(), id_authority, id_system)
            security = tls.security(certificate, private_key, client_ca)
            trusted = dict(pair(one) for one in trust or ())
            _require_a_guard(host, security, has_tokens=bool(trusted), asks=client_ca is not None, no_jwt=no_jwt)
            limits = Limits(request_bytes=int(largest_mib * 2**20), open_requests=open_requests)
            base = _base(base_url, is_needed=bool(trusted))
            _places(trusted.values())
            listening = _Listening(
                host, port, security, base, trusted, tuple(map(_origin, origin or ())), limits, selection_behavior
            )
            asyncio.run(_serve(settings, reading, listening))
        except (IdentityKeyError, KeysError) as error:
            raise Refusal(str(error)) from None


def _require_a_guard(host: str, security: ssl.SSLContext | None, *, has_tokens: bool, asks: bool, no_jwt: bool) -> None:
    """Refuse to answer everybody, or to have tokens and answers read on their way."""
    if no_jwt and has_tokens:
        sentence = "--no-jwt and --trust contradict each other"
        raise Refusal(sentence)
    if not (has_tokens or asks or no_jwt):
        sentence = "say who may call: --trust ISSUER=KEYS, or --client-ca, or on this machine --no-jwt"
        raise Refusal(sentence)
    if is_this_machine(host):
        return
    if no_jwt and not asks:
        sentence = "--no-jwt is for this machine itself: beyond it callers need a token (--trust) or a certificate"
        raise Refusal(sentence)
    if security is None:
        sentence = "beyond this machine the service needs a certificate (--certificate): answers could be read else"
        raise Refusal(sentence)


def _base(stated: str | None, *, is_needed: bool) -> str:
    if stated is None:
        if is_needed:
            sentence = "--trust needs --base-url: a token has to be for this service and no other"
            raise Refusal(sentence)
        return ""
    parts = urlsplit(stated)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        sentence = "--base-url is no address of a web server"
        raise Refusal(sentence)
    return stated.rstrip("/").removesuffix("/cds-services")


def _places(stated: Iterable[str]) -> None:
    """Refuse keys that anybody between could swap."""
    for place in stated:
        if place.startswith("http://") and not is_this_machine(urlsplit(place).hostname or ""):
            sentence = "keys are read from a file or an https address: another could be swapped on its way"
            raise Refusal(sentence)


def _origin(stated: str) -> str:
    """An origin as browsers send it; raises Refusal for another address, and for all of them."""
    parts = urlsplit(stated)
    is_whole = stated.rstrip("/") == f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in {"https", "http"} or not parts.hostname or "*" in stated or not is_whole:
        sentence = f"{stated!r} is no origin, such as https://ehr.example"
        raise Refusal(sentence)
    return stated.rstrip("/").lower()


async def _serve(settings: Settings, reading: Reading, listening: _Listening) -> None:
    await check_topics(settings, written_by("cds"), is_broker_needed=False)
    stop = asyncio.Event()
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)
    quick = settings.model_copy(update={"state_timeout_s": min(settings.state_timeout_s, PATIENCE_S)})
    now = partial(datetime.now, UTC)
    async with (
        http_client() as client,
        redis_client(quick) as redis,
        Publisher(settings, waits=True, linger_ms=0) as publisher,
    ):
        tokens = await _tokens(listening.trusted, {one: KeySet(at, client) for one, at in listening.trusted.items()})
        outlet = Outlet(publisher, settings.send_timeout_s)
        answering = Answering(reading, LiveStates(StateStore(redis, "patient", settings.state_ttl_s)), now)
        tally = Tally()
        server = CdsServer(
            answering,
            outlet,
            tally,
            listening.limits,
            listening.base,
            tokens,
            listening.origins,
            now,
            listening.choice,
        )
        sending = asyncio.create_task(outlet.run())
        sending.add_done_callback(lambda _: stop.set())

        def well() -> dict[str, object]:
            return {"ok": not sending.done()}

        async with (
            served(settings.web_host, settings.web_port, tally.registry, well, well) as web,
            serving(server, listening.host, listening.port, listening.security) as addresses,
        ):
            log.info("listening", at=addresses, tls=listening.security is not None, jwt=tokens is not None, web=web)
            await stop.wait()
        failed = sending.done()
        sending.cancel()
        if failed:
            await sending  # raises the error that ended it
    log.info("ended")


async def _tokens(trusted: dict[str, str], keys: dict[str, KeySet]) -> Tokens | None:
    """What checks tokens, once every set of keys was read; raises KeysError."""
    for one in keys.values():
        await one.read()
    return Tokens(keys, time.time) if trusted else None
