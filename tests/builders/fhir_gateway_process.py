"""`wardwatch gateway fhir` as a process."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from stream.stack.python_module import python_module
from tests.builders.gateway_process import KEY


class FhirGatewayProcess(NamedTuple):
    """A gateway's process, and where it listens."""

    process: asyncio.subprocess.Process
    address: str
    web: str


@asynccontextmanager
async def fhir_gateway(broker: str, folder: Path, *options: str, **settings: str) -> AsyncIterator[FhirGatewayProcess]:
    """A gateway that listens; it is killed in the end. `options` are more of its command line."""
    key = folder / "identity.key"
    key.write_text(KEY)
    of_ours = {"WARDWATCH_BROKER": broker, "WARDWATCH_IDENTITY_KEY_FILE": str(key)}
    process = await asyncio.create_subprocess_exec(
        *python_module("stream.cli", "gateway", "fhir", *options),
        env=os.environ | of_ours | settings,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    lines = process.stderr
    try:
        while (line := json.loads(await lines.readline()))["event"] != "listening":
            pass
        draining = asyncio.create_task(lines.read())
        yield FhirGatewayProcess(process, f"http://{line['at'][0]}", line["web"])
        draining.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
