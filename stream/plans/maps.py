"""Saliency maps for a plan's page: files that a check worker kept, and no others."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from schemas.plan import Plan

MOST_BYTES: Final = 2 * 2**20
"""A larger map is left out, and told. Ours: a map of 1024 by 1024 pixels is smaller."""
MOST_MAPS: Final = 4
"""So many are shown, so that the page stays a page; ours."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def maps_of(plan: Plan, folder: Path | None) -> Mapping[str, bytes]:
    """Return the maps of a plan's images that lie in the folder in which maps are kept, by their addresses."""
    return {} if folder is None else dict(list(_found(plan, folder.resolve()))[:MOST_MAPS])


def _found(plan: Plan, folder: Path) -> Iterator[tuple[str, bytes]]:
    for url in (url for image in plan.images for url in image.maps):
        place = urlsplit(url)
        path = Path(unquote(place.path)).resolve()
        if place.scheme == "file" and path.is_relative_to(folder) and path.is_file():
            content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
            if content.startswith(_PNG):
                yield url, content
