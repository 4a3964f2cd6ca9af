"""The key of the hashes that stand for identities, from its file."""

import secrets
from pathlib import Path

from models.deidentify.keyed import Keyed
from stream.settings import secret


class IdentityKeyError(Exception):
    """The file holds no key that will do; the text says why."""


def identity_key(file: Path | None) -> Keyed:
    """The key in the file, as text; without a file a fresh one, which lives as long as this process.

    Raises:
        IdentityKeyError: the file holds no text, or too little.
        OSError: the file can't be read.
    """
    if file is None:
        return Keyed(secrets.token_bytes(32))
    try:
        found = secret(file)
        return Keyed(found.get_secret_value().encode() if found else b"")
    except UnicodeDecodeError:
        message = f"{file} holds no text"
        raise IdentityKeyError(message) from None
    except ValueError as error:
        message = f"{file}: {error}"
        raise IdentityKeyError(message) from None
