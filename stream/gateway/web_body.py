"""The body of a request over HTTP: bounded in size and time, with room kept for it, and read as JSON."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson
from aiohttp import web

from stream.gateway.limits import Room

_ON_THEIR_OWN_BYTES: Final = 2**18  # from so much on a body is parsed in a thread


@asynccontextmanager
async def whole(request: web.Request, room: Room, most_bytes: int, within_s: float) -> AsyncIterator[bytes]:
    """The body of a request, for which there is room until the request is answered.

    Raises HTTPRequestEntityTooLarge, HTTPServiceUnavailable where there is no room, and TimeoutError.
    """
    held = 0
    content = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.content.iter_any():
                if len(content) + len(chunk) > most_bytes:
                    raise web.HTTPRequestEntityTooLarge(most_bytes, len(content) + len(chunk))
                if not room.take(len(chunk)):
                    raise web.HTTPServiceUnavailable
                held += len(chunk)
                content += chunk
        yield bytes(content)
    finally:
        room.give_back(held)


async def parsed(content: bytes) -> Any:  # noqa: ANN401 - JSON of whatever kind
    """What JSON says; None where it is none."""
    try:
        if len(content) > _ON_THEIR_OWN_BYTES:
            return await asyncio.to_thread(orjson.loads, content)
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
