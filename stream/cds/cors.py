"""Which pages in browsers may call (CORS, WHATWG Fetch): those of the configured origins, and no others. Pure."""

from collections.abc import Collection
from typing import Final

_METHODS: Final = "GET, POST"
_HEADERS: Final = "Authorization, Content-Type"
_REMEMBERED_S: Final = "600"  # our choice


def is_refused(origin: str | None, origins: Collection[str]) -> bool:
    """Whether a request comes from a page that may not call; a program sends no origin."""
    return origin is not None and origin not in origins


def headers(origin: str | None, origins: Collection[str], *, is_preflight: bool = False) -> dict[str, str]:
    """What a browser is told: nothing for an origin that is not configured."""
    told = {"Vary": "Origin"}
    if origin is None or origin not in origins:
        return told
    told |= {"Access-Control-Allow-Origin": origin}
    if is_preflight:
        told |= {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _HEADERS,
            "Access-Control-Max-Age": _REMEMBERED_S,
        }
    return told
