"""The connection to the broker: every client library is told the same, and no password travels without TLS."""

import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka.admin import AdminClient
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth, server_list

from stream.access.certificates import issue
from stream.broker.connection import Connection
from stream.delivery.app import WardApp
from stream.delivery.transport import Run
from stream.settings import Settings

SERVERS = ["kafka-1:9092", "kafka-2:9093"]
PASSWORD = "correct horse"  # noqa: S105 - nobody's


class Told(NamedTuple):
    """What a client library is told, in words of no library."""

    servers: list[str]
    protocol: str
    mechanism: str | None = None
    user: str | None = None
    password: str | None = None
    authorities: list[bytes] | None = None
    checks_the_name: bool | None = None


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate authority in a file, which is also the only one of this system."""
    file = tmp_path / "ca.pem"
    file.write_bytes(issue(["kafka"], datetime.now(UTC))[0])
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


def the_settings(authority: Path, *, with_authority: bool, with_user: bool) -> Settings:
    password = authority.with_name("password")
    password.write_text(f"{PASSWORD}\n")
    return Settings(
        broker=" , ".join(SERVERS),
        broker_ca_file=authority if with_authority else None,
        broker_user="watch" if with_user else None,
        broker_password_file=password if with_user else None,
    )


def told_to_aiokafka(settings: Settings) -> Told:
    return _of_aiokafka(Connection.of(settings).for_aiokafka())


def told_to_faust(settings: Settings) -> Told:
    async def ignore(run: Run) -> None:
        run.finish()

    app = WardApp(settings, name="watch", topics=["vitals"], handle=ignore, on_revoked=lambda: None)
    conf = app._app.conf  # noqa: SLF001 - what Faust makes of it is seen nowhere else
    servers = server_list(conf.broker, 9092)
    return _of_aiokafka(
        {"bootstrap_servers": servers, **credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context)}
    )


def told_to_librdkafka(settings: Settings) -> Told:
    config = Connection.of(settings).for_librdkafka()
    AdminClient({**config, "log_level": 0})  # takes no word that it does not know
    location = config.get("ssl.ca.location")
    return Told(
        config["bootstrap.servers"].split(","),
        config["security.protocol"],
        config.get("sasl.mechanism"),
        config.get("sasl.username"),
        config.get("sasl.password"),
        [ssl.PEM_cert_to_DER_cert(Path(location).read_text())] if location else None,
        "ssl.endpoint.identification.algorithm" not in config if location else None,  # it does unless told not to
    )


def _of_aiokafka(options: Mapping[str, Any]) -> Told:
    context: ssl.SSLContext | None = options.get("ssl_context")
    return Told(
        options["bootstrap_servers"],
        options["security_protocol"],
        options.get("sasl_mechanism"),
        options.get("sasl_plain_username"),
        options.get("sasl_plain_password"),
        context.get_ca_certs(binary_form=True) if context else None,
        context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED if context else None,
    )


LIBRARIES = pytest.mark.parametrize(
    "told_to", [told_to_aiokafka, told_to_faust, told_to_librdkafka], ids=lambda told_to: told_to.__name__
)


@LIBRARIES
@pytest.mark.parametrize(
    ("with_authority", "with_user", "protocol"),
    [
        (False, False, "PLAINTEXT"),
        (True, False, "SSL"),
        (True, True, "SASL_SSL"),
        (False, True, "SASL_SSL"),
    ],
    ids=["plain", "authority", "authority and user", "user and the system's authorities"],
)
def test_every_library_speaks_the_same_protocol_as_the_same_user_and_no_password_goes_without_tls(
    authority: Path, told_to: Callable[[Settings], Told], protocol: str, *, with_authority: bool, with_user: bool
) -> None:
    expected = Told(SERVERS, protocol)
    if with_user:
        expected = expected._replace(mechanism="SCRAM-SHA-512", user="watch", password=PASSWORD)
    if with_user or with_authority:
        trusted = [ssl.PEM_cert_to_DER_cert(authority.read_text())]
        expected = expected._replace(authorities=trusted, checks_the_name=True)
    assert told_to(the_settings(authority, with_authority=with_authority, with_user=with_user)) == expected


@LIBRARIES
def test_an_authoritys_file_that_is_missing_is_said_at_once(
    tmp_path: Path, told_to: Callable[[Settings], Told]
) -> None:
    with pytest.raises(OSError, match="No such file"):
        told_to(Settings(broker_ca_file=tmp_path / "none.pem"))


def test_librdkafka_looks_itself_where_python_finds_no_authorities(
    authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.with_name("none.pem")))
    monkeypatch.setenv("SSL_CERT_DIR", str(authority.with_name("none")))
    settings = the_settings(authority, with_authority=False, with_user=True)
    assert Connection.of(settings).for_librdkafka()["ssl.ca.location"] == "probe"


def test_a_description_that_is_printed_shows_no_password(authority: Path) -> None:
    connection = Connection.of(the_settings(authority, with_authority=True, with_user=True))
    assert PASSWORD not in repr(connection) + str(connection)
