"""`wardwatch gateway fhir` as a process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.builders.gateway_process import listening


class FhirGatewayProcess(NamedTuple):
    """A gateway's process, and where it listens."""

    process: asyncio.subprocess.Process
    address: str
    web: str


@asynccontextmanager
async def fhir_gateway(broker: str, folder: Path, *options: str, **settings: str) -> AsyncIterator[FhirGatewayProcess]:
    """A gateway that listens; it is killed in the end. `options` are more of its command line."""
    async with listening("fhir", broker, folder, *options, **settings) as (process, line):
        yield FhirGatewayProcess(process, f"http://{line['at'][0]}", line["web"])
