"""What others are shown to let us in: a bearer token, or a user and a password, each from a file of its own."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from stream.settings import secret


class CredentialsError(Exception):
    """A file does not say what to show; the text names the file."""


def credentials(files: Mapping[str, Path]) -> dict[str, SecretStr]:
    """The value of Authorization for each host. Raises CredentialsError, and OSError where a file can't be read."""
    return {host: _value(file) for host, file in files.items()}


def _value(file: Path) -> SecretStr:
    try:
        stated = secret(file)
    except UnicodeDecodeError:
        stated = None
    scheme, _, rest = (stated.get_secret_value() if stated else "").strip().partition(" ")
    rest = rest.strip()
    if scheme.casefold() == "bearer" and rest and rest.isascii() and rest.isprintable():
        return SecretStr(f"Bearer {rest}")
    if scheme.casefold() == "basic" and ":" in rest:  # RFC 7617: user, colon, password, in UTF-8
        return SecretStr(f"Basic {b64encode(rest.encode()).decode()}")
    message = f"{file} says neither `Bearer TOKEN` nor `Basic USER:PASSWORD`"
    raise CredentialsError(message)
