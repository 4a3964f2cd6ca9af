"""What every gateway does before it listens: TLS from files, and whether the broker has its topics."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from aiokafka.errors import KafkaConnectionError
from structlog import get_logger

from stream.broker.topics import missing_topics
from stream.commands.refusal import Refusal
from stream.settings import Settings

log = get_logger()


def security_of(certificate: Path | None, private_key: Path | None, client_ca: Path | None) -> ssl.SSLContext | None:
    """TLS as the options name it; None without a certificate. Raises Refusal."""
    if certificate is None:
        if client_ca is not None:
            sentence = "--client-ca needs --certificate: without TLS no sender can show a certificate"
            raise Refusal(sentence)
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
    if client_ca is not None:
        _ask_for_certificates(context, client_ca)
    return context


def _ask_for_certificates(context: ssl.SSLContext, client_ca: Path) -> None:
    try:
        context.load_verify_locations(client_ca)
    except ssl.SSLError:
        sentence = f"{client_ca} holds no certificate in PEM"
        raise Refusal(sentence) from None
    except OSError:
        sentence = f"{client_ca} can't be read"
        raise Refusal(sentence) from None
    context.verify_mode = ssl.CERT_REQUIRED


async def check_topics(settings: Settings, topics: Sequence[str], *, is_broker_needed: bool) -> None:
    """Raise Refusal where a topic is missing; without a broker that can't be known."""
    try:
        missing = await missing_topics(settings, topics)
    except KafkaConnectionError:
        if is_broker_needed:
            raise
        log.warning("broker-away-at-start", broker=settings.broker)
        return
    if missing:
        sentence = f"the broker has no topic {', '.join(missing)}; make it with: wardwatch topics create"
        raise Refusal(sentence)
