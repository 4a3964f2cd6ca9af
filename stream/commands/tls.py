"""The TLS of a gateway, its options, and what their files make."""

import ssl
from pathlib import Path
from typing import Annotated

import typer

from stream.commands.refusal import Refusal

PrivateKey = Annotated[Path | None, typer.Option(help="Its key (PEM), where the chain's file has none.")]
ClientCa = Annotated[
    Path | None,
    typer.Option(help="Authorities (PEM) of the senders' certificates; with it, nobody is let in without one."),
]


def security(certificate: Path | None, private_key: Path | None, client_ca: Path | None) -> ssl.SSLContext | None:
    """What the options say; None without a certificate. Raises Refusal for what can't be."""
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


def outgoing(certificate: Path | None, private_key: Path | None, authorities: Path | None) -> ssl.SSLContext | None:
    """The TLS of connections of our own: with our certificate, to who has one of these authorities.

    None without authorities. The files were read before (`security`).
    """
    if certificate is None or authorities is None:
        return None
    context = ssl.create_default_context(cafile=authorities)
    context.load_cert_chain(certificate, private_key)
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
