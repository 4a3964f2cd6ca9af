"""How to reach the broker safely: TLS and SASL from the settings, in the words of aiokafka's clients."""

import ssl
from typing import Any

from stream.settings import Settings, secret


def client_options(settings: Settings) -> dict[str, Any]:
    """The keyword arguments about security for every aiokafka client; none for a broker without TLS and without user.

    With a user, the connection is always encrypted (against the system's authorities where no file is named), so that
    no password travels in the clear. Raises OSError when a file can't be read or holds no certificate.
    """
    if settings.broker_ca_file is None and settings.broker_user is None:
        return {}
    options: dict[str, Any] = {
        "security_protocol": "SSL",
        "ssl_context": ssl.create_default_context(cafile=settings.broker_ca_file),
    }
    password = secret(settings.broker_password_file)
    if settings.broker_user is not None and password is not None:
        options |= {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.broker_user,
            "sasl_plain_password": password.get_secret_value(),
        }
    return options
