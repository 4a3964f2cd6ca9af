"""To whom an archive's credentials are shown: to its host alone, over https or on this very machine.

So neither another host that redirects to a place of the archive learns them, nor one that the archive redirects to, nor
who listens on the way.
"""

from collections.abc import Mapping

import httpx
from pydantic import SecretStr

from stream.access.this_machine import is_this_machine
from stream.check.allowlist import allowed_web


def shown_to(place: httpx.URL, known: Mapping[str, SecretStr]) -> dict[str, str]:
    """The headers for a place: its host's credentials, or nothing."""
    if place.scheme != "https" and not is_this_machine(place.host):
        return {}
    for host, value in known.items():
        if allowed_web(str(place), [host]) is not None:
            return {"Authorization": value.get_secret_value()}
    return {}
