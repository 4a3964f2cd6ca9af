"""Connection to the broker: described once, from the settings, and rendered for each client library.

The rendering for Faust is in stream/delivery/app.py, since only the delivery imports Faust.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import SecretStr

from stream.settings import Settings, secret


@dataclass(frozen=True)
class Login:
    """Credentials of a user of the broker, for SASL authentication."""

    user: str
    password: SecretStr
    mechanism: str = "SCRAM-SHA-512"


@dataclass(frozen=True)
class Connection:
    """Addresses of the broker (`host:port`) and the security of the connection.

    With a certificate authority's file or credentials the connection is encrypted, so that no password travels
    unencrypted. Without the file the broker's certificate is verified with the system's authorities.
    """

    servers: tuple[str, ...]
    ca_file: Path | None = None
    login: Login | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the connection that the settings describe. Raises OSError when the password file can't be read."""
        password = secret(settings.broker_password_file)
        login = (
            Login(settings.broker_user, password) if settings.broker_user is not None and password is not None else None
        )
        servers = tuple(address.strip() for address in settings.broker.split(","))
        return cls(servers, settings.broker_ca_file, login)

    @property
    def protocol(self) -> Literal["PLAINTEXT", "SSL", "SASL_SSL"]:
        """Kafka's name of the security protocol."""
        if self.login is not None:
            return "SASL_SSL"
        return "PLAINTEXT" if self.ca_file is None else "SSL"

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS context for Python clients; None for a connection without encryption.

        Raises OSError when the file can't be read or holds no certificate.
        """
        if self.protocol == "PLAINTEXT":
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            error.filename = str(self.ca_file)  # Python does not say which file it was
            raise

    def for_aiokafka(self) -> dict[str, Any]:
        """Return keyword arguments for aiokafka's clients. Raises OSError as `tls` does."""
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.servers),
            "security_protocol": self.protocol,
            "ssl_context": self.tls(),
        }
        if self.login is not None:
            options |= {
                "sasl_mechanism": self.login.mechanism,
                "sasl_plain_username": self.login.user,
                "sasl_plain_password": self.login.password.get_secret_value(),
            }
        return options

    def for_librdkafka(self) -> dict[str, str]:
        """Return a configuration for librdkafka's clients (confluent-kafka). Raises OSError as `tls` does."""
        config = {"bootstrap.servers": ",".join(self.servers), "security.protocol": self.protocol}
        if self.tls() is not None:  # called for its errors alone: librdkafka's do not say what is wrong with the file
            config["ssl.ca.location"] = str(self.ca_file or _system_authorities())
        if self.login is not None:
            config |= {
                "sasl.mechanism": self.login.mechanism,
                "sasl.username": self.login.user,
                "sasl.password": self.login.password.get_secret_value(),
            }
        return config


def _system_authorities() -> str:
    """Return the path of the system's certificate authorities, so that librdkafka trusts the same as Python.

    Its wheel contains an OpenSSL of its own, which knows neither this system's folder nor SSL_CERT_FILE. Its default
    (`probe`) is the first of a list of usual paths.
    """
    found = ssl.get_default_verify_paths()
    return found.cafile or found.capath or "probe"
