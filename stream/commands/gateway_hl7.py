"""`wardwatch gateway hl7`: an MLLP server that turns HL7 v2 messages into records."""

import asyncio
import signal
import ssl
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from structlog import get_logger

from stream.access.identity_key import IdentityKeyError, identity_key
from stream.broker.topics import missing_topics
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.feeds.publish import Publisher, PublishError
from stream.gateway.outlet import Outlet
from stream.gateway.server import Gateway
from stream.gateway.translate import Conventions
from stream.observability.health import served
from stream.observability.logs import configure, log_unknown_settings
from stream.settings import Settings

log = get_logger()

TOPICS: Final = ("vitals", "labs", "patients")


def serve(
    host: str, port: int, zone: str | None, authority: str, certificate: Path | None, private_key: Path | None
) -> None:
    """Serve until told to stop (SIGTERM, Ctrl-C); ends with status 1 where something that it needs is missing."""
    settings = read_settings(warn=False)
    configure(settings.log_level)
    log_unknown_settings()
    with one_sentence(settings):
        if settings.identity_key_file is None:
            sentence = "set WARDWATCH_IDENTITY_KEY_FILE: with another key a patient would be another after a restart"
            raise Refusal(sentence)
        try:
            conventions = Conventions(identity_key(settings.identity_key_file), _zone(zone), authority)
            asyncio.run(_serve(settings, conventions, host, port, _security(certificate, private_key)))
        except (IdentityKeyError, PublishError) as error:
            raise Refusal(str(error)) from None


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        sentence = f"there is no time zone {name!r}"
        raise Refusal(sentence) from None


def _security(certificate: Path | None, private_key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, private_key)
    except ssl.SSLError:
        sentence = f"{certificate} and its key are no certificate and key in PEM that belong together"
        raise Refusal(sentence) from None
    except OSError:
        sentence = f"{certificate} or its key can't be read"
        raise Refusal(sentence) from None
    return context


async def _serve(
    settings: Settings, conventions: Conventions, host: str, port: int, security: ssl.SSLContext | None
) -> None:
    missing = await missing_topics(settings, TOPICS)
    if missing:
        sentence = f"the broker has no topic {', '.join(missing)}; make it with: wardwatch topics create"
        raise Refusal(sentence)
    stop = asyncio.Event()
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)
    async with Publisher(settings) as publisher:
        outlet = Outlet(publisher, settings.send_timeout_s)
        gateway = Gateway(conventions, outlet)
        server = await gateway.listen(host, port, security)
        sending = asyncio.create_task(outlet.run())
        sending.add_done_callback(lambda _: stop.set())
        addresses = [listening.getsockname()[:2] for listening in server.sockets]

        def live() -> dict[str, object]:
            return {"ok": not sending.done()}

        def ready() -> dict[str, object]:
            return {"ok": not (sending.done() or outlet.is_stalled)}

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
            await sending  # raises what ended it
    log.info("ended")
