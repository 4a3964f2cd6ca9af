"""Archives that are not ours: Orthanc with its REST API, and DCMTK's dcmqrscp, each as a process."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from stream.stack.ports import free_ports

ORTHANC: Final = shutil.which("Orthanc")
DICOMWEB: Final = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")  # where Debian has it
needs_orthanc: Final = pytest.mark.skipif(ORTHANC is None, reason="Orthanc is not installed")
needs_dcmqrscp: Final = pytest.mark.skipif(shutil.which("dcmqrscp") is None, reason="DCMTK has no dcmqrscp here")
_PATIENCE_S: Final = 60.0


class Orthanc:
    """An Orthanc; `AE title` ORTHANC at `port`."""

    def __init__(self, client: httpx.AsyncClient, port: int) -> None:
        self.port = port
        self._client = client

    async def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        answer = await self._client.get(path)
        answer.raise_for_status()
        return answer.json()

    async def post(self, path: str, content: bytes | dict[str, Any] | list[str]) -> Any:  # noqa: ANN401 - JSON
        if isinstance(content, bytes):
            answer = await self._client.post(path, content=content)
        else:
            answer = await self._client.post(path, json=content)
        answer.raise_for_status()
        return answer.json()

    async def eventually(self, path: str, key: str, value: object) -> Any:  # noqa: ANN401 - JSON
        """What stands at a path once it says so."""
        async with asyncio.timeout(_PATIENCE_S):
            while (said := await self.get(path)).get(key) != value:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.2)
        return said


@asynccontextmanager
async def orthanc(folder: Path, gateway_port: str, stow: str | None = None) -> AsyncIterator[Orthanc]:
    """An Orthanc that knows the gateway as `ward`."""
    dicom, http = free_ports(2)
    await asyncio.to_thread(folder.mkdir)
    settings = {
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "DicomAet": "ORTHANC",
        "DicomPort": dicom,
        "HttpPort": http,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomModalities": {"ward": {"AET": "WARDWATCH", "Host": "127.0.0.1", "Port": int(gateway_port)}},
        "DicomAlwaysAllowStore": True,
        "DicomCheckCalledAet": False,
        "Plugins": [str(DICOMWEB)] if stow else [],
        "DicomWeb": {"Servers": {"ward": [f"{stow}/"]}} if stow else {},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    assert ORTHANC is not None
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(ORTHANC, str(folder / "orthanc.json"), stdout=log, stderr=log)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http}", timeout=30) as client:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    try:
                        await client.get("/system")
                        break
                    except httpx.TransportError:
                        assert process.returncode is None, (folder / "log").read_text()
                        await asyncio.sleep(0.2)
            yield Orthanc(client, dicom)
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def dcmqrscp(folder: Path) -> AsyncIterator[int]:
    """A dcmqrscp under the AE title ARCHIVE, with its files in `folder`; its port."""
    (port,) = free_ports(1)
    await asyncio.to_thread(folder.mkdir)
    configuration = folder.with_suffix(".cfg")
    configuration.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\nHostTable BEGIN\nHostTable END\n"
        f"VendorTable BEGIN\nVendorTable END\nAETable BEGIN\nARCHIVE {folder} RW (200, 1024mb) ANY\nAETable END\n"
    )
    process = await asyncio.create_subprocess_exec("dcmqrscp", "-c", str(configuration))
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.1)
        yield port
    finally:
        process.kill()
        await process.wait()
