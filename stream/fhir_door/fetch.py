"""Resources that were only named, fetched from the one FHIR server that the gateway may ask."""

import asyncio
import ssl
from collections import OrderedDict
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson
from pydantic import SecretStr
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from stream.check.allowlist import allowed_web
from stream.fhir_door.elements import Element
from stream.fhir_door.reading import local
from stream.gateway.trouble import LeftOut, Trouble

_TRIES: Final = 3
_TIMEOUT_S: Final = 10.0  # of all tries together; our choice: a subscription's sender waits so long
_MOST_BYTES: Final = 16 * 2**20
_KEPT_S: Final = 600.0  # a Patient's identifiers seldom change; our choice
_MOST_KEPT: Final = 10_000
_GONE: Final = frozenset({404, 410})


class AwayError(Exception):
    """The server does not give the resource for now, through no fault of the resource."""


class _TransientError(AwayError):
    """A failure that an immediate retry may overcome."""


class BaseError(Exception):
    """The address of the server can't be used; the text says why."""


def http_client() -> httpx.AsyncClient:
    """A client that verifies certificates, follows no redirects and ignores the environment."""
    return httpx.AsyncClient(
        verify=ssl.create_default_context(), trust_env=False, follow_redirects=False, timeout=httpx.Timeout(_TIMEOUT_S)
    )


def base_of(stated: str) -> str:
    """The base address of a FHIR server; raises BaseError where it is no http(s) URL."""
    base = stated.rstrip("/")
    parsed = urlsplit(base)
    if allowed_web(base, [parsed.netloc]) is None or parsed.query or parsed.fragment:
        message = "the address of the FHIR server is no http or https URL, or carries a user's name"
        raise BaseError(message)
    return base


class Fetcher:
    """Fetches resources below one base address, and keeps Patients for a while."""

    def __init__(self, base: str, client: httpx.AsyncClient, token: SecretStr | None = None) -> None:
        """Raises BaseError where the address is none."""
        self._base = base_of(base)
        self._client = client
        self._headers = {"Accept": "application/fhir+json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        self._kept: OrderedDict[str, tuple[float, Element]] = OrderedDict()

    def address_of(self, reference: str) -> str | None:
        """The address of a reference; None where it lies anywhere but below the base."""
        if "://" in reference or reference.startswith("urn:"):
            return reference if reference.startswith(f"{self._base}/") and ".." not in reference else None
        kind, _, logical = local(reference).partition("/")
        return f"{self._base}/{kind}/{logical}" if kind.isalpha() and _is_id(logical) else None

    async def resource(self, reference: str, where: str) -> Element:
        """The resource of a reference. Raises LeftOut where there is none, AwayError where that is not known."""
        address = self.address_of(reference)
        if address is None:
            sentence = "the reference points elsewhere than to the server that the gateway may ask"
            raise LeftOut(Trouble(where, "200", sentence))
        now_s = asyncio.get_running_loop().time()
        kept = self._kept.get(address)
        if kept is not None and now_s - kept[0] < _KEPT_S:
            return kept[1]
        found = await self.page(address, where)
        if found.get("resourceType") == "Patient":
            self._kept[address] = now_s, found
            self._kept.move_to_end(address)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    async def page(self, address: str, where: str) -> Element:
        """What lies at an address below the base, fetched with patience. Raises as `resource`."""
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                async for attempt in AsyncRetrying(
                    retry=retry_if_exception_type(_TransientError),
                    wait=wait_random_exponential(multiplier=0.2, max=2),
                    stop=stop_after_attempt(_TRIES),
                    reraise=True,
                ):
                    with attempt:
                        return await self._got(address, where)
        except TimeoutError:
            raise AwayError from None
        raise AwayError

    async def _got(self, address: str, where: str) -> Element:
        try:
            async with self._client.stream("GET", address, headers=self._headers) as response:
                if response.status_code in _GONE:
                    raise LeftOut(Trouble(where, "101", "the server that was asked has no such resource"))
                if response.status_code >= 500 or response.status_code == 429:  # noqa: PLR2004 - RFC 9110 15.6, RFC 6585 4
                    raise _TransientError
                if response.status_code != httpx.codes.OK:
                    raise AwayError
                whole = bytearray()
                async for chunk in response.aiter_bytes():
                    whole += chunk
                    if len(whole) > _MOST_BYTES:
                        raise LeftOut(Trouble(where, "102", "what the server gives is larger than is taken"))
        except httpx.HTTPError:
            raise _TransientError from None
        try:
            found: Any = orjson.loads(whole)
        except orjson.JSONDecodeError:
            raise AwayError from None
        if not isinstance(found, dict):
            raise AwayError
        return found


def _is_id(logical: str) -> bool:
    return bool(logical) and logical not in {".", ".."} and all(one.isalnum() or one in "-." for one in logical)
