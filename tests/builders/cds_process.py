"""`wardwatch cds` as a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.builders.gateway_process import started


class CdsProcess(NamedTuple):
    """A service's process, by where it listens."""

    address: str
    web: str


@asynccontextmanager
async def cds(broker: str, folder: Path, *options: str, **settings: str) -> AsyncIterator[CdsProcess]:
    """A service that listens; it is killed in the end. `options` are more of its command line."""
    async with started(("cds", "--port", "0", *options), broker, folder, **settings) as (_, line):
        yield CdsProcess(f"http://{line['at'][0]}", line["web"])
