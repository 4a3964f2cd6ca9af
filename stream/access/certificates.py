"""A certificate authority for one deployment, and the server certificates for TLS."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME: Final = timedelta(days=825)  # the longest lifetime of a server certificate that all common clients accept
_CLOCK_SKEW: Final = timedelta(hours=1)


class Identity(NamedTuple):
    """A server's private key (PKCS 8, not encrypted) and its certificate, both PEM."""

    key: bytes
    certificate: bytes


def issue(servers: Sequence[str], now: datetime) -> tuple[bytes, dict[str, Identity]]:
    """Return an authority's certificate (PEM) and one identity for each server, valid for 825 days from `now` on.

    A server's name is both its subject (`CN=kafka`) and its host name; every certificate is also valid for localhost.
    The authority's key is discarded: no further certificate can be issued, and new ones come with a new authority.
    """
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Wardwatch authority")
    key_use = x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = (
        _certificate(ca_name, ca_name, ca_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_use, critical=True)
        .add_extension(identifier, critical=False)
        .sign(ca_key, SHA256())
    )
    identities = {}
    for server in servers:
        key = ec.generate_private_key(ec.SECP256R1())
        hosts = x509.SubjectAlternativeName(
            [x509.DNSName(server), x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        )
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        signed = (
            _certificate(_name(server), ca_name, key.public_key(), now)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(hosts, critical=False)
            .add_extension(uses, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
            .sign(ca_key, SHA256())
        )
        identities[server] = Identity(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), signed.public_bytes(Encoding.PEM)
        )
    return ca.public_bytes(Encoding.PEM), identities


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFETIME)
    )
