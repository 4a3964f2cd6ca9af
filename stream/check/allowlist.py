"""Allowlist of image origins: files below the allowed folders, and URLs of the allowed hosts.

A reference comes from outside: without this, an event could make a worker read any file or call any server.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def allowed_file(url: str, roots: Sequence[Path]) -> Path | None:
    """Return the file behind a file:// URL with all links resolved; None when it lies below none of the roots."""
    try:
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or parts.query or parts.fragment:
            return None
        path = Path(unquote(parts.path, errors="surrogateescape")).resolve()
        return path if any(path.is_relative_to(root.resolve()) for root in roots) else None
    except (ValueError, OSError, RuntimeError):  # a NUL, a name too long, circular links
        return None


def allowed_web(url: str, hosts: Sequence[str]) -> httpx.URL | None:
    """Return the http(s) URL as the client parses it; None unless an entry `host` or `host:port` matches exactly.

    An entry without a port means the default port of http and https.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return None
    if parsed.scheme not in DEFAULT_PORTS or not parsed.host or parsed.userinfo:
        return None
    here = parsed.netloc.decode("ascii")  # lower case, without a default port
    names = {here} if parsed.port is not None else {here, f"{here}:{DEFAULT_PORTS[parsed.scheme]}"}
    return parsed if any(host.lower() in names for host in hosts) else None
