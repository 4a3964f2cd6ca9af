"""What is kept on disk, sealed: AES-256-GCM, under a key of its own for each file, derived from the secret by HKDF."""

import secrets
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from stream.settings import secret

SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12  # NIST SP 800-38D, 8.2: unique under one key, which here seals by number, each number once
_SHORTEST_BYTES: Final = 16  # 128 bit, the least security strength of NIST SP 800-131A


class SealError(Exception):
    """What is there can't be opened: it is damaged, or sealed with another secret."""


class KeyFileError(Exception):
    """The file holds no secret that is long enough; the text says so."""


class File:
    """The seals of one file: each part has a number, and can't be put in another's place."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, number: int, plain: bytes) -> bytes:
        """Seal a part; no number may be used twice."""
        return self._cipher.encrypt(number.to_bytes(_NONCE_BYTES), plain, None)

    def unseal(self, number: int, sealed: bytes) -> bytes:
        """The part under a number; raises SealError."""
        try:
            return self._cipher.decrypt(number.to_bytes(_NONCE_BYTES), sealed, None)
        except InvalidTag:
            raise SealError from None


class Vault:
    """A secret, for one use."""

    def __init__(self, secret_of_all: bytes, use: str) -> None:
        self._secret = secret_of_all
        self._use = use.encode()

    @classmethod
    def of(cls, file: Path, use: str) -> Self:
        """From a file that holds the secret as text; raises KeyFileError, and OSError where it can't be read."""
        try:
            found = secret(file)
        except UnicodeDecodeError:
            found = None
        stated = found.get_secret_value().encode() if found else b""
        if len(stated) < _SHORTEST_BYTES:
            message = f"{file} holds no secret of {_SHORTEST_BYTES} bytes or more"
            raise KeyFileError(message)
        return cls(stated, use)

    @staticmethod
    def salt() -> bytes:
        """What makes a new file's key its own; kept in the file, no secret."""
        return secrets.token_bytes(SALT_BYTES)

    def file(self, salt: bytes) -> File:
        """The seals of the file with this salt."""
        return File(HKDF(SHA256(), _KEY_BYTES, salt, self._use).derive(self._secret))
