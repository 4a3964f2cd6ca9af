"""To whom an archive's credentials are shown: to its host alone, over https or on this very machine.

So neither another host that redirects to a place of the archive learns them, nor one that the archive redirects to, nor
who listens on the way.
"""

from collections.abc import Mapping
from ipaddress import ip_address

import httpx
from pydantic import SecretStr

from stream.check.allowlist import allowed_web


def shown_to(place: httpx.URL, known: Mapping[str, SecretStr]) -> dict[str, str]:
    """The headers for a place: its host's credentials, or nothing."""
    if place.scheme != "https" and not _is_here(place.host):
        return {}
    for host, value in known.items():
        if allowed_web(str(place), [host]) is not None:
            return {"Authorization": value.get_secret_value()}
    return {}


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
