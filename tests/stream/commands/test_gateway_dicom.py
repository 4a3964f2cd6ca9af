"""`wardwatch gateway dicom` as a process without a broker, with DCMTK's programs as its senders."""

import asyncio
import hashlib
import ssl
import subprocess
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from pynetdicom import AE

from stream.access.certificates import issue
from stream.stack.ports import free_ports
from tests.builders.dicom_files import as_bytes
from tests.builders.dicom_process import STORED, dicom_gateway, needs_dcmtk
from tests.builders.dicom_store import files
from tests.builders.dicom_studies import a_study, an_instance

pytestmark = needs_dcmtk


@pytest.fixture
def nowhere() -> str:
    """The address of a broker that is away."""
    return f"127.0.0.1:{free_ports(1)[0]}"


def certificates(folder: Path) -> dict[str, Path]:
    """An authority, and key and certificate of gateway and sender."""
    authority, identities = issue(["gateway", "sender"], datetime.now(UTC))
    paths = {"ca": folder / "ca.pem"}
    paths["ca"].write_bytes(authority)
    for name, identity in identities.items():
        for kind, content in (("key", identity.key), ("cert", identity.certificate)):
            paths[f"{name}-{kind}"] = folder / f"{name}.{kind}.pem"
            paths[f"{name}-{kind}"].write_bytes(content)
    return paths


async def test_over_tls_who_shows_no_certificate_of_the_authority_is_not_let_in(nowhere: str, tmp_path: Path) -> None:
    paths = certificates(tmp_path)
    sent = a_study(tmp_path / "sent", 2)
    options = ["--certificate", str(paths["gateway-cert"]), "--private-key", str(paths["gateway-key"])]
    options += ["--client-ca", str(paths["ca"])]
    ours = ("+tls", str(paths["sender-key"]), str(paths["sender-cert"]), "+cf", str(paths["ca"]))
    async with dicom_gateway(nowhere, tmp_path, *options) as gateway:
        silent = await asyncio.open_connection("127.0.0.1", int(gateway.port))  # makes no handshake, and blocks nobody
        assert (await gateway.echo())[0] != 0
        assert (await gateway.echo("+tla", "-ic"))[0] != 0
        assert await gateway.echo(*ours) == (0, "")
        assert (await gateway.store(*ours, *map(str, sent)))[0] == 0
        assert len(files(tmp_path / "store" / "images")) == 2
        silent[1].close()


async def test_a_full_disk_is_a700_and_keeps_nothing_half_written(nowhere: str, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path / "store")]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:  # noqa: ASYNC221, S603 - our own words
        pytest.skip("a small file system can't be mounted here")
    try:
        large: dict[str, Any] = {"Rows": 700, "Columns": 700, "PixelData": bytes(980_000)}
        sent = a_study(tmp_path / "sent", 4, **large)
        async with dicom_gateway(nowhere, tmp_path, "--free-mib", "0") as gateway:
            _, said = await gateway.store("-v", "-nh", *map(str, sent))
            assert said.count(STORED) == 2
            assert said.count("Refused: OutOfResources") == 2
            assert (await gateway.store(str(a_study(tmp_path / "small", 1, 9)[0])))[0] == 0
            kept = files(tmp_path / "store")
            assert {path.parent.name == "incoming" for path in kept} == {False}
            for path in kept:
                assert hashlib.sha256(path.read_bytes()).hexdigest() in path.name
    finally:
        subprocess.run(["umount", "-l", str(tmp_path / "store")], check=True)  # noqa: ASYNC221, S603, S607 - as above


async def test_memory_does_not_grow_with_the_size_of_an_instance(nowhere: str, tmp_path: Path) -> None:
    pixels = bytes(2 * 10**4 * 5000)  # 200 MB
    (large,) = a_study(tmp_path / "sent", 1, Rows=20_000, Columns=5000, PixelData=pixels)
    (small,) = a_study(tmp_path / "small", 1, 2)

    def most_kb(pid: int) -> int:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    async with dicom_gateway(nowhere, tmp_path) as gateway:
        assert (await gateway.store(str(small)))[0] == 0
        before_kb = most_kb(gateway.process.pid)
        assert (await gateway.store(str(large)))[0] == 0
        assert most_kb(gateway.process.pid) - before_kb < 50_000


async def test_stow_and_c_store_have_one_store_and_one_security(nowhere: str, tmp_path: Path) -> None:
    paths = certificates(tmp_path)
    (tmp_path / "token").write_text("opensesame\n")
    given = ["--certificate", str(paths["gateway-cert"]), "--private-key", str(paths["gateway-key"])]
    given += ["--client-ca", str(paths["ca"]), "--stow-port", "0", "--stow-token-file", str(tmp_path / "token")]
    trusting = ssl.create_default_context(cafile=paths["ca"])
    sent = as_bytes(an_instance())
    body = b"--edge\r\nContent-Type: application/dicom\r\n\r\n" + sent + b"\r\n--edge--\r\n"
    headers = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=edge'}
    async with dicom_gateway(nowhere, tmp_path, *given) as gateway:
        assert gateway.stow is not None
        async with httpx.AsyncClient(verify=trusting) as stranger:
            with pytest.raises(httpx.TransportError):
                await stranger.post(f"{gateway.stow}/studies", content=body, headers=headers)
        trusting.load_cert_chain(paths["sender-cert"], paths["sender-key"])
        async with httpx.AsyncClient(verify=trusting) as sender:
            assert (await sender.post(f"{gateway.stow}/studies", content=body, headers=headers)).status_code == 401
            headers["Authorization"] = "Bearer opensesame"
            assert (await sender.post(f"{gateway.stow}/studies", content=body, headers=headers)).status_code == 200
    assert [path.read_bytes() for path in files(tmp_path / "store" / "images")] == [sent]


async def test_an_association_that_is_open_holds_up_no_stop(nowhere: str, tmp_path: Path) -> None:
    sender = AE("SENDER")
    sender.add_requested_context("1.2.840.10008.1.1")
    async with dicom_gateway(nowhere, tmp_path) as gateway:
        silent = await asyncio.open_connection("127.0.0.1", int(gateway.port))
        call = partial(sender.associate, "127.0.0.1", int(gateway.port), ae_title="WARDWATCH")
        association = await asyncio.to_thread(call)
        assert association.is_established
        gateway.process.terminate()
        assert await gateway.process.wait() == 0
        silent[1].close()


async def test_a_gateway_that_removes_images_commits_to_none(nowhere: str, tmp_path: Path) -> None:
    sender = AE("SENDER")
    sender.add_requested_context("1.2.840.10008.1.20.1")
    async with dicom_gateway(nowhere, tmp_path, "--keep-days", "30") as gateway:
        call = partial(sender.associate, "127.0.0.1", int(gateway.port), ae_title="WARDWATCH")
        association = await asyncio.to_thread(call)
        assert association.accepted_contexts == []
        await asyncio.to_thread(association.abort)
