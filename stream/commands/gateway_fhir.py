"""`wardwatch gateway fhir`: run a web server that turns FHIR R4 resources into records."""

import asyncio
import signal
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from socket import gethostname
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr
from structlog import get_logger

from schemas.topics import written_by
from stream.access.identity_key import IdentityKeyError
from stream.access.this_machine import is_this_machine
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
    profile_named,
)
from stream.feeds.publish import Publisher, PublishError
from stream.fhir_door.fetch import BaseError, Fetcher, base_of, http_client
from stream.fhir_door.intake import Intake
from stream.fhir_door.marks import MarkError, Marks
from stream.fhir_door.pull import Pull
from stream.fhir_door.reading import Reading, Stays
from stream.fhir_door.server import Door, Limits, serving
from stream.fhir_door.tally import Tally
from stream.gateway.memory import Memory
from stream.gateway.news import told_by
from stream.gateway.outlet import Outlet
from stream.observability.health import served
from stream.observability.logs import configure, log_unknown_settings
from stream.settings import Settings, secret

log = get_logger()

PORT: Final = 8580  # our choice
_LIMITS: Final = Limits()
_SHORTEST_TOKEN: Final = 16  # characters; as the shortest secret of stream/gateway/vault.py


@dataclass(frozen=True)
class _Listening:
    """Where the gateway listens, and who is let in."""

    host: str
    port: int
    security: ssl.SSLContext | None
    tokens: tuple[SecretStr, ...]
    limits: Limits


@dataclass(frozen=True)
class _Server:
    """The FHIR server that may be asked."""

    base: str
    token: SecretStr | None
    marks: Marks | None
    every_s: float


def command(  # noqa: PLR0913 - one for each option
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")] = PORT,
    *,
    profile: ProfileName = None,
    zone: Zone = None,
    authority: Authority = "",
    same_authority: SameAuthority = None,
    nobody: Fillers = None,
    id_authority: IdAuthority = "",
    id_system: IdSystem = "",
    allow_test: Annotated[
        bool, typer.Option("--allow-test", help="Take test data (marked HTEST), under names of their own.")
    ] = False,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The FHIR server that may be asked for what is only named: resources of notifications without "
            "content, patients, drugs. Nothing is ever fetched from elsewhere.",
        ),
    ] = None,
    base_token_file: Annotated[Path | None, typer.Option(help="A file with the bearer token for that server.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="A file with the bearer tokens of senders, one on each line.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="Certificate chain (PEM); with it, HTTPS.")] = None,
    private_key: tls.PrivateKey = None,
    client_ca: tls.ClientCa = None,
    pull: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The FHIR server to ask again and again for what has changed (_lastUpdated), besides what is sent; it "
            "is the server of --base, too.",
        ),
    ] = None,
    marks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where it is kept up to when that server was read.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z"], help="From when on to read, where there is no mark; else from now on."
        ),
    ] = None,
    every_s: Annotated[float, typer.Option(min=1, help="So often that server is asked.")] = 10,
    largest_mib: Annotated[float, typer.Option(min=0.01, help="The largest request; of NDJSON, the longest line.")] = (
        _LIMITS.request_bytes / 2**20
    ),
    slow_s: Annotated[
        float, typer.Option(min=0.1, help="So long a request may take from its first byte to its last; then 408.")
    ] = _LIMITS.request_s,
) -> None:
    """Take in FHIR R4 over HTTP: vital signs, results, the stay, allergies, drugs, genes, pathology; single or bundled.

    POST and PUT of Observation, Patient, Encounter, AllergyIntolerance, MedicationRequest, MedicationAdministration and
    DiagnosticReport; Bundles (batch, transaction); notifications of subscriptions (rest-hook), with the resources or
    with their ids only; NDJSON as bulk exports have it. 2xx goes out when the broker has confirmed all records; 422 to
    what can never be taken; 503 with Retry-After to what is to be sent again. Each answer is an OperationOutcome with
    an issue for every part that was not used and why; a transaction is taken whole or not at all. What comes again
    under its id and version is answered as before, and its records carry the same ids. Try a sender's resources with
    `wardwatch gateway decode` first.

    A patient's identifier and the whole of its system become a keyed hash: WARDWATCH_IDENTITY_KEY_FILE must name its
    key, which `wardwatch secrets init` makes. The identifier is read from the reference, from the Patient in the same
    Bundle, or from the server of --base; with --id-authority the logical id counts instead. Beyond this machine senders
    need a bearer token (--token-file) or a certificate (--client-ca), and the gateway a certificate.
    """
    settings = read_settings(warn=False)
    configure(settings.log_level)
    log_unknown_settings()
    with one_sentence(settings):
        try:
            key = lasting_key(settings)
            site = conventions(key, None, zone, authority, same_authority, nobody, takes_tests=allow_test)
            reading = Reading(site, profile_named(profile or "fhir"), Memory(), Stays(), id_authority, id_system)
            security = tls.security(certificate, private_key, client_ca)
            tokens = _tokens(token_file)
            _require_a_guard(host, security, has_tokens=bool(tokens), asks_for_certificates=client_ca is not None)
            limits = Limits(request_bytes=int(largest_mib * 2**20), request_s=slow_s)
            listening = _Listening(host, port, security, tokens, limits)
            asked = _asked(base, base_token_file, pull, marks, since or datetime.now(UTC), every_s)
            reading = replace(reading, base="" if asked is None else asked.base)
            asyncio.run(_serve(settings, reading, listening, asked))
        except (IdentityKeyError, PublishError, BaseError, MarkError) as error:
            raise Refusal(str(error)) from None


def _asked(
    base: str | None, token_file: Path | None, pull: str | None, marks: Path | None, since: datetime, every_s: float
) -> _Server | None:
    """The server that may be asked; raises Refusal where the options can't be, or its token could be read elsewhere."""
    if pull is not None and base is not None and base_of(pull) != base_of(base):
        sentence = "--pull and --base name two servers, and only one may be asked"
        raise Refusal(sentence)
    if (pull is None) != (marks is None):
        sentence = "--pull and --marks belong together: without a mark nothing could be caught up with after a stop"
        raise Refusal(sentence)
    stated = pull or base
    if stated is None:
        return None
    base = base_of(stated)
    if token_file is not None and not (base.startswith("https:") or is_this_machine(urlsplit(base).hostname or "")):
        sentence = "--base-token-file needs an https address: the token could be read else"
        raise Refusal(sentence)
    return _Server(base, secret(token_file), None if marks is None else Marks(marks, since), every_s)


def _tokens(file: Path | None) -> tuple[SecretStr, ...]:
    """The tokens of a file; raises Refusal where it holds none, or one that could be guessed."""
    stated = secret(file)
    if stated is None:
        return ()
    found = tuple(SecretStr(one.strip()) for one in stated.get_secret_value().splitlines() if one.strip())
    if not found or any(len(one.get_secret_value()) < _SHORTEST_TOKEN for one in found):
        sentence = f"{file} holds no token, or one of fewer than {_SHORTEST_TOKEN} characters"
        raise Refusal(sentence)
    return found


def _require_a_guard(
    host: str, security: ssl.SSLContext | None, *, has_tokens: bool, asks_for_certificates: bool
) -> None:
    """Refuse to listen beyond this machine to everybody, or to tokens that anybody may read on their way."""
    if is_this_machine(host):
        return
    if not (has_tokens or asks_for_certificates):
        sentence = "beyond this machine senders need a bearer token (--token-file) or a certificate (--client-ca)"
        raise Refusal(sentence)
    if security is None:
        sentence = "beyond this machine the gateway needs a certificate (--certificate): tokens could be read else"
        raise Refusal(sentence)


async def _serve(settings: Settings, reading: Reading, listening: _Listening, asked: _Server | None) -> None:
    await check_topics(settings, written_by("gateway"), is_broker_needed=True)
    stop = asyncio.Event()
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)
    async with Publisher(settings, linger_ms=0) as publisher, http_client() as client:
        outlet = Outlet(publisher, settings.send_timeout_s, None, partial(told_by, f"gateway-{gethostname()}"))
        fetcher = None if asked is None else Fetcher(asked.base, client, asked.token)
        tally = Tally()
        intake = Intake(reading, outlet, tally, fetcher)
        pull = None
        if asked is not None and fetcher is not None and asked.marks is not None:
            pull = Pull(asked.base, fetcher, intake, asked.marks, asked.every_s)
        door = Door(intake, tally, listening.limits, listening.tokens, pull.ask_now if pull else None)
        sending = asyncio.create_task(_sent(outlet, pull))
        sending.add_done_callback(lambda _: stop.set())

        def live() -> dict[str, object]:
            return {"ok": not sending.done()}

        def ready() -> dict[str, object]:
            return {"ok": not (sending.done() or outlet.is_refusing)}

        async with (
            served(settings.web_host, settings.web_port, tally.registry, live, ready) as web,
            serving(door, listening.host, listening.port, listening.security) as addresses,
        ):
            log.info("listening", at=addresses, tls=listening.security is not None, web=web)
            await stop.wait()
        intake.close()
        failed = sending.done()
        sending.cancel()
        if failed:
            await sending  # raises the error that ended it
    log.info("ended")


async def _sent(outlet: Outlet, pull: Pull | None) -> None:
    """Send what is delivered, and read what has changed on the server, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(outlet.run())
        if pull is not None:
            group.create_task(pull.run())
