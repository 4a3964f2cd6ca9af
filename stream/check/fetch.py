"""Fetch one file by reference, within limits of origin, size and time. A refusal is a result, not an error."""

import asyncio
import hashlib
import os
import ssl
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from pydantic import SecretStr
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from schemas.genomes import FileReference
from schemas.imaging import ImageReference
from stream.check.allowlist import allowed_file, allowed_web
from stream.check.credentials import shown_to
from stream.check.multipart import first_part
from stream.check.verdict import Refusal

PLACE: Final = Refusal("place", "the reference points outside the places that images may come from")
MISSING: Final = Refusal("missing", "there is no image at the reference")
LARGE: Final = Refusal("large-file", "the file is larger than is accepted")
CHANGED: Final = Refusal("checksum", "the file is not the announced one: its SHA-256 differs")
MALFORMED: Final = Refusal("malformed", "the archive's answer is not the multipart message that it claims to be")

TRIES: Final = 3
HOPS: Final = 3  # redirects that are followed, each to an allowed origin
CHUNK_BYTES: Final = 2**16
GONE: Final = frozenset({404, 410})
TRANSIENT: Final = frozenset({408, 425, 429, 500, 502, 503, 504})  # RFC 9110 15.5.9, 15.6; RFC 6585 4; RFC 8470 5.2
ACCEPT: Final = 'application/dicom, multipart/related; type="application/dicom"; transfer-syntax=*, */*;q=0.1'


class FetchFailed(Exception):  # noqa: N818 it says what failed
    """The file could not be fetched for now, through no fault of its own; a later retry may succeed."""


class _Transient(FetchFailed):
    """A failure that an immediate retry may overcome."""


@dataclass(frozen=True)
class FetchRules:
    """Origins that images may be fetched from, and limits of size and time."""

    roots: Sequence[Path] = ()
    hosts: Sequence[str] = ()
    max_bytes: int = 64 * 2**20
    timeout_s: float = 15  # for all tries together
    pause_s: float = 0.2  # before the second try; doubled before the third
    credentials: Mapping[str, SecretStr] = field(default_factory=dict)  # by host, the value of Authorization


def http_client() -> httpx.AsyncClient:
    """Create a client that verifies certificates, follows no redirects and ignores the environment."""
    return httpx.AsyncClient(
        verify=ssl.create_default_context(),
        trust_env=False,  # no proxy and no .netrc: images take no route that the settings don't name
        follow_redirects=False,
        headers={"Accept": ACCEPT, "Accept-Encoding": "identity"},
    )


async def fetch(
    reference: ImageReference | FileReference, rules: FetchRules, client: httpx.AsyncClient
) -> bytes | Refusal:
    """Return the file's bytes, or why it is refused. Raises FetchFailed when tries or time are used up."""
    retrying = AsyncRetrying(
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=rules.pause_s, max=4 * rules.pause_s),
        retry=retry_if_exception_type(_Transient),
        reraise=True,
    )
    try:
        async with asyncio.timeout(rules.timeout_s):
            got: bytes | Refusal = await retrying(_fetch_once, reference.url, rules, client)
    except TimeoutError:
        message = "the file could not be fetched in time"
        raise FetchFailed(message) from None
    if isinstance(got, bytes) and reference.sha256 is not None:
        digest = await asyncio.to_thread(lambda: hashlib.sha256(got).hexdigest())
        return got if digest == reference.sha256 else CHANGED
    return got


async def _fetch_once(url: str, rules: FetchRules, client: httpx.AsyncClient) -> bytes | Refusal:
    if url.startswith("file:"):
        return await asyncio.to_thread(_read_file, url, rules)
    return await _download(url, rules, client)


def _read_file(url: str, rules: FetchRules) -> bytes | Refusal:
    path = allowed_file(url, rules.roots)
    if path is None:
        return PLACE
    try:
        with open(path, "rb", opener=_open_warily) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return PLACE
            data = file.read(rules.max_bytes + 1)
    except IsADirectoryError:
        return PLACE
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except PermissionError:
        message = "the file may not be read by this worker"
        raise FetchFailed(message) from None
    except OSError:
        message = "the file could not be read"
        raise _Transient(message) from None
    return data if len(data) <= rules.max_bytes else LARGE


def _open_warily(path: str, flags: int) -> int:
    """Open without following a link, since all were resolved before, and without waiting for a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


async def _download(url: str, rules: FetchRules, client: httpx.AsyncClient) -> bytes | Refusal:
    for _ in range(1 + HOPS):
        place = allowed_web(url, rules.hosts)
        if place is None:
            return PLACE
        try:
            shown = shown_to(place, rules.credentials)
            async with client.stream("GET", place, timeout=rules.timeout_s, headers=shown) as response:
                if response.next_request is None:
                    return await _body(response, rules)
                url = str(response.next_request.url)
        except httpx.TransportError:
            message = "the archive could not be reached"
            raise _Transient(message) from None
        if place.scheme == "https" and not url.startswith("https:"):
            return PLACE
    message = "the archive redirects in circles"
    raise FetchFailed(message)


async def _body(response: httpx.Response, rules: FetchRules) -> bytes | Refusal:
    """Return the response's content, counted while it arrives; a header about its length is not trusted."""
    if response.status_code in GONE:
        return MISSING
    if response.status_code != httpx.codes.OK:
        message = f"the archive answered with status {response.status_code}"
        raise (_Transient if response.status_code in TRANSIENT else FetchFailed)(message)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        message = "the archive compresses its answer though it was asked not to"
        raise FetchFailed(message)
    body = bytearray()
    async for chunk in response.aiter_raw(CHUNK_BYTES):
        body += chunk
        if len(body) > rules.max_bytes:
            return LARGE
    content = first_part(bytes(body), response.headers.get("Content-Type", "application/dicom"))
    return MALFORMED if content is None else content
