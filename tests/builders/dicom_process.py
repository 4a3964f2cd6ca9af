"""`wardwatch gateway dicom` as a process, and DCMTK's programs as its senders."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.builders.gateway_process import listening

needs_dcmtk: Final = pytest.mark.skipif(shutil.which("storescu") is None, reason="DCMTK is not installed: no storescu")

STORED: Final = "Received Store Response (Success)"  # as `storescu -v` says it


class DicomGateway:
    """A gateway's process and where it listens."""

    def __init__(self, process: asyncio.subprocess.Process, listening: dict[str, Any]) -> None:
        self.process = process
        self.port = listening["at"][0].rpartition(":")[2]
        self.web = listening["web"]
        self.stow = listening.get("stow")

    async def store(self, *arguments: str, title: str = "WARDWATCH") -> tuple[int, str]:
        """Send files by storescu."""
        return await run("storescu", "-aec", title, "127.0.0.1", self.port, *arguments)

    async def echo(self, *arguments: str, title: str = "WARDWATCH") -> tuple[int, str]:
        """Ask by echoscu whether somebody is there."""
        return await run("echoscu", "-aec", title, *arguments, "127.0.0.1", self.port)


async def run(program: str, *arguments: str) -> tuple[int, str]:
    """Run a program; its exit status and what it says."""
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace")


@asynccontextmanager
async def dicom_gateway(broker: str, folder: Path, *options: str, port: str = "0") -> AsyncIterator[DicomGateway]:
    """A gateway that listens, with its store in `folder`; it is killed in the end."""
    of_ours = ("--port", port, "--store", str(folder / "store"))
    async with listening("dicom", broker, folder, *of_ours, *options) as (process, line):
        yield DicomGateway(process, line)
