"""`wardwatch gateway hl7`: run an MLLP server that turns HL7 v2 messages into records."""

import asyncio
import signal
import ssl
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from socket import gethostname
from typing import Annotated, Final

import typer
from structlog import get_logger

from models.deidentify.keyed import Keyed
from schemas.topics import written_by
from stream.access.identity_key import IdentityKeyError
from stream.commands import tls
from stream.commands.gateway_topics import check_topics
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.commands.refused_store import refused_store, store_key_file
from stream.commands.senders import (
    Authority,
    Fillers,
    ProfileName,
    SameAuthority,
    Zone,
    conventions,
    lasting_key,
    pair,
    profile_named,
)
from stream.feeds.publish import Publisher, PublishError
from stream.gateway.conventions import Conventions
from stream.gateway.intake import Keeping
from stream.gateway.journal import Journal
from stream.gateway.limits import Limits
from stream.gateway.news import told_by
from stream.gateway.outlet import Outlet
from stream.gateway.peer import key_of
from stream.gateway.profile import Profile
from stream.gateway.server import Gateway
from stream.gateway.spool import MOST_BYTES, Spool, SpoolError
from stream.gateway.vault import KeyFileError, Vault
from stream.observability.health import served
from stream.observability.logs import configure, log_unknown_settings
from stream.settings import Settings

log = get_logger()

PORT: Final = 2575  # IANA's for HL7
_SPOOLED_AFTER_S: Final = 2.0  # without a confirmation; engines wait some five seconds for an answer
_LIMITS: Final = Limits()
TOPICS: Final = written_by("gateway")


def command(  # noqa: PLR0913 - one for each option
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")] = PORT,
    *,
    profile: ProfileName = None,
    sender: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SENDER=PROFILE",
            help="The profile of one sender: by its IP address, a name of its certificate (DNS or URI), or the "
            "certificate's fingerprint, sha256:DIGITS. Repeatable.",
        ),
    ] = None,
    zone: Zone = None,
    authority: Authority = "",
    same_authority: SameAuthority = None,
    nobody: Fillers = None,
    beds: Annotated[
        bool, typer.Option(help="Watch who is not named under the bed (PV1-3), as an unknown patient; else refuse.")
    ] = True,
    allow_test: Annotated[
        bool, typer.Option("--allow-test", help="Take a test stand's messages (MSH-11 T, D), under names of their own.")
    ] = False,
    certificate: Annotated[Path | None, typer.Option(help="Certificate chain (PEM); with it, MLLP over TLS.")] = None,
    private_key: tls.PrivateKey = None,
    client_ca: tls.ClientCa = None,
    largest_mib: Annotated[float, typer.Option(min=0.01, help="The largest message.")] = _LIMITS.message_bytes / 2**20,
    most_connections: Annotated[int, typer.Option(min=1, help="Connections at once.")] = _LIMITS.connections,
    most_per_s: Annotated[
        float, typer.Option(min=0.01, help="Messages a second of one sender; what is above is held back, then AR.")
    ] = _LIMITS.messages_per_s,
    slow_s: Annotated[
        float, typer.Option(min=0.1, help="So long a message may take from its first byte to its last; then AR.")
    ] = _LIMITS.block_s,
    idle_s: Annotated[
        float, typer.Option(min=0.1, help="A connection without a message for so long is ended.")
    ] = _LIMITS.idle_s,
    spool: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where records wait, sealed, while the broker is away: then AA goes out all the same."
        ),
    ] = None,
    spool_mib: Annotated[float, typer.Option(min=0.01, help="How much may wait there; then AR.")] = MOST_BYTES / 2**20,
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where refused messages are kept, sealed, and a journal of what became of each, without patient data: "
            "for `gateway refused` and `gateway trace`.",
        ),
    ] = None,
) -> None:
    """Take in HL7 v2 messages over MLLP: vital signs, results, alarms (ORU^R01, R40), the stay (ADT), pathology (MDM).

    A message is answered AA when the broker has confirmed all its records, or with --spool when they are on disk; AR
    when neither can be: send it again; AE when the message is at fault, with the place and the reason in ERR. Under AA
    an ERR names every observation that was not used and why: an unknown code or unit, no number, a bound, withdrawn,
    test data. The log names sender and control id, /metrics counts by sender and code, and `wardwatch gateway unknown`
    lists them. MSH-15 and 16 are obeyed; what a sender makes of AE and AR stands in its profile. A message that comes
    again is answered as before, and its records carry the same ids. Try a sender's messages with `wardwatch gateway
    decode` first.

    The patient's id and the whole of who assigned it (a name, or an OID or DNS name) become a keyed hash:
    WARDWATCH_IDENTITY_KEY_FILE must name its key, which `wardwatch secrets init` makes. Names are never read. UNKNOWN,
    zeros, "" and the like name nobody: such an observation is filed under who was in its bed at that time, as far as
    the ADT messages since the start say, else under an unknown patient in that bed.

    Of ADT, A01, A04 and A06 begin a stay; A02, A05, A07, A08, A12, A13, A28, A31 and A60 change what they say of it:
    age, sex, bed, allergies; A03 and A11 end its alarms; A17 swaps two beds; after A40 (or A18, A34, A36, A47) what
    comes under the old id is the surviving one's. HL7 carries neither the SpO2 scale 2 of NEWS2 nor when the patient
    came to the unit: send these to `patients`, in a record of status "updated". They count until the next A01.
    """
    settings = read_settings(warn=False)
    configure(settings.log_level)
    log_unknown_settings()
    with one_sentence(settings):
        try:
            key = lasting_key(settings)
            tests_and_beds = {"takes_tests": allow_test, "knows_beds": beds}
            reading = conventions(key, profile, zone, authority, same_authority, nobody, **tests_and_beds)
            senders = {key_of(who): profile_named(name) for who, name in map(pair, sender or ())}
            limits = replace(
                _LIMITS,
                message_bytes=int(largest_mib * 2**20),
                connections=most_connections,
                messages_per_s=most_per_s,
                block_s=slow_s,
                idle_s=idle_s,
            )
            security = tls.security(certificate, private_key, client_ca)
            with ExitStack() as open_until_the_end:
                kept = None if spool is None else _spool(settings, spool, spool_mib)
                if kept is not None:
                    open_until_the_end.callback(kept.close)
                keeping = Keeping() if store is None else _keeping(settings, store, key)
                if keeping.journal is not None:
                    open_until_the_end.callback(keeping.journal.close)
                asyncio.run(_serve(settings, reading, senders, limits, kept, keeping, host, port, security))
        except (IdentityKeyError, KeyFileError, SpoolError, PublishError) as error:
            raise Refusal(str(error)) from None


def _spool(settings: Settings, folder: Path, most_mib: float) -> Spool:
    return Spool(folder, Vault.of(store_key_file(settings), "gateway spool"), int(most_mib * 2**20))


def _keeping(settings: Settings, folder: Path, key: Keyed) -> Keeping:
    return Keeping(Journal(folder, key), refused_store(settings, folder))


async def _serve(
    settings: Settings,
    reading: Conventions,
    senders: dict[str, Profile],
    limits: Limits,
    spool: Spool | None,
    keeping: Keeping,
    host: str,
    port: int,
    security: ssl.SSLContext | None,
) -> None:
    await check_topics(settings, TOPICS, is_broker_needed=spool is None)
    stop = asyncio.Event()
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)
    # Messages that come while others are on their way are sent together as it is: waiting for more delays answers only.
    async with Publisher(settings, waits=spool is not None, linger_ms=0) as publisher:
        patience_s = settings.send_timeout_s if spool is None else min(_SPOOLED_AFTER_S, settings.send_timeout_s)
        outlet = Outlet(publisher, patience_s, spool, partial(told_by, f"gateway-{gethostname()}"))
        gateway = Gateway(reading, outlet, senders, limits, keeping)
        server = await gateway.listen(host, port, security)
        sending = asyncio.create_task(_sent(outlet, gateway, keeping))
        sending.add_done_callback(lambda _: stop.set())
        addresses = [listening.getsockname()[:2] for listening in server.sockets]

        def live() -> dict[str, object]:
            return {"ok": not sending.done()}

        def ready() -> dict[str, object]:
            return {"ok": not (sending.done() or outlet.is_refusing)}

        async with served(settings.web_host, settings.web_port, gateway.registry, live, ready) as address:
            log.info(
                "listening", at=[f"{host}:{port}" for host, port in addresses], tls=security is not None, web=address
            )
            await stop.wait()
            server.close()
            await gateway.close()
        failed = sending.done()
        sending.cancel()
        if failed:
            await sending  # raises the error that ended it
    log.info("ended")


async def _sent(outlet: Outlet, gateway: Gateway, keeping: Keeping) -> None:
    """Send what is delivered, and take refused messages again when somebody asks for it, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(outlet.run())
        if keeping.refused is not None:
            group.create_task(gateway.take_again(keeping.refused))
