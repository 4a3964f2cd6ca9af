"""The key of the pseudonyms (keyed hashes of identities), read from its file."""

import secrets
from pathlib import Path

from models.deidentify.keyed import Keyed
from stream.settings import secret


class IdentityKeyError(Exception):
    """The file holds no usable key; the text says why."""


def identity_key(file: Path | None) -> Keyed:
    """Return the key in the file, as text; without a file a random one for the lifetime of this process.

    Raises:
        IdentityKeyError: the file holds no text, or too short a key.
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
