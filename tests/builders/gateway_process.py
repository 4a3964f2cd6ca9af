"""`wardwatch gateway hl7` as a process, and an HL7 client for it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from hl7.mllp import open_hl7_connection

from stream.stack.python_module import python_module

KEY: Final = "a key of sixteen bytes or more"


class GatewayProcess:
    """A gateway's process and where it listens."""

    def __init__(self, process: asyncio.subprocess.Process, listening: dict[str, Any]) -> None:
        self.process = process
        self.port = int(listening["at"][0].rpartition(":")[2])
        self.web = listening["web"]

    async def sent(self, *messages: bytes) -> list[str]:
        """Send messages over one connection; the code of each answer."""
        reader, writer = await open_hl7_connection("127.0.0.1", self.port, encoding="utf-8")
        codes = []
        for one in messages:
            writer.writeblock(one)
            await writer.drain()
            said: Any = await reader.readmessage()
            codes.append(str(said.segment("MSA")(1)))
        writer.close()
        return codes


@asynccontextmanager
async def listening(
    kind: str, broker: str, folder: Path, *options: str, **settings: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """`wardwatch gateway KIND` once it listens: its process and what it says of where. It is killed in the end."""
    async with started(("gateway", kind, *options), broker, folder, **settings) as found:
        yield found


@asynccontextmanager
async def started(
    words: Sequence[str], broker: str, folder: Path, **settings: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """A command that listens, once it says where: its process and what it says. It is killed in the end."""
    key = folder / "identity.key"
    key.write_text(KEY)
    of_ours = {"WARDWATCH_BROKER": broker, "WARDWATCH_IDENTITY_KEY_FILE": str(key)}
    process = await asyncio.create_subprocess_exec(
        *python_module("stream.cli", *words),
        env=os.environ | of_ours | settings,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    lines = process.stderr
    try:
        while (line := json.loads(await lines.readline()))["event"] != "listening":
            pass
        draining = asyncio.create_task(lines.read())
        yield process, line
        draining.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def gateway(broker: str, folder: Path, *options: str, **settings: str) -> AsyncIterator[GatewayProcess]:
    """A gateway that listens; it is killed in the end. `options` are more of its command line."""
    of_ours = {"WARDWATCH_STORE_KEY_FILE": str(folder / "identity.key")}
    async with listening("hl7", broker, folder, "--port", "0", *options, **(of_ours | settings)) as (process, line):
        yield GatewayProcess(process, line)
