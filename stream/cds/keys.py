"""The public keys of who may call, each issuer's from one file or one address (JWK Set, RFC 7517).

A key that a token names and that is not there yet makes the set be read again, though not at every such token.
"""

import asyncio
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import orjson
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from structlog import get_logger

log = get_logger()

EVERY_S: Final = 60.0
"""A set is read again at most so often; our choice."""
_LARGEST_BYTES: Final = 2**20
_TIMEOUT_S: Final = 5.0
# fmt: off
_ALGORITHMS: Final = {
    # of RFC 7518 and 8037, by the key's type and curve; never of type "oct": a shared secret proves not who signed
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",), ("EC", "P-384"): ("ES384",), ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",), ("OKP", "Ed448"): ("EdDSA",),
}
# fmt: on


class Key(NamedTuple):
    """A public key, and the algorithms of what it may have signed."""

    public: Any  # of the cryptography package, by its type
    algorithms: tuple[str, ...]


class KeysError(Exception):
    """A set of keys can't be read; the text names the file or address."""


class KeySet:
    """The keys of one issuer, by their kid."""

    def __init__(self, place: str, client: httpx.AsyncClient) -> None:
        self._place = place
        self._client = client
        self._keys: dict[str, Key] = {}
        self._read_s = float("-inf")
        self._reading = asyncio.Lock()

    async def key(self, kid: str) -> Key | None:
        """The key of this name; None where the issuer has none."""
        if kid not in self._keys:
            async with self._reading:
                await self._read_again(kid)
        return self._keys.get(kid)

    async def read(self) -> None:
        """Read the set; raises KeysError."""
        self._read_s = asyncio.get_running_loop().time()
        self._keys = _keys_of(await self._content(), self._place)

    async def _read_again(self, kid: str) -> None:
        if kid in self._keys or asyncio.get_running_loop().time() - self._read_s < EVERY_S:
            return
        try:
            await self.read()
        except KeysError as error:  # those that are known go on being so
            log.warning("keys-not-read", why=str(error))

    async def _content(self) -> bytes:
        try:
            if not self._place.startswith(("https://", "http://")):
                return await asyncio.to_thread(Path(self._place).read_bytes)
            async with self._client.stream("GET", self._place, timeout=_TIMEOUT_S) as answer:
                answer.raise_for_status()
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > _LARGEST_BYTES:
                        break
                return content
        except (OSError, httpx.HTTPError):
            message = f"{self._place}: the set of keys can't be read"
            raise KeysError(message) from None


def _keys_of(content: bytes, place: str) -> dict[str, Key]:
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError:
        said = None
    every = said.get("keys") if isinstance(said, dict) else None
    keys: dict[str, Key] = {}
    for one in every if isinstance(every, list) else []:
        found = _key_of(one) if isinstance(one, dict) and isinstance(one.get("kid"), str) else None
        if found is not None:
            keys[one["kid"]] = found
    if not keys:
        message = f"{place}: it holds no public key with a name (JWK Set with kid)"
        raise KeysError(message)
    return keys


def _key_of(stated: dict[str, Any]) -> Key | None:
    """The key that a JWK describes; None where it is for something else, or of no kind that is taken."""
    kind, curve, algorithm = stated.get("kty"), stated.get("crv"), stated.get("alg")
    taken = _ALGORITHMS.get((str(kind), None if kind == "RSA" else str(curve)), ())
    if algorithm is not None:
        taken = tuple(one for one in taken if one == algorithm)
    if not taken or stated.get("use") not in {None, "sig"}:
        return None
    public = {name: value for name, value in stated.items() if name in {"kty", "crv", "x", "y", "n", "e"}}
    try:
        return Key(PyJWK.from_dict(public, algorithm=taken[0]).key, taken)
    except (PyJWTError, ValueError, TypeError):
        return None
