"""With --client-ca only who shows a certificate of that authority is let in."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from stream.access.certificates import issue
from stream.commands import tls
from tests.builders.fhir_resources import an_observation
from tests.stream.fhir_door.conftest import Opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The certificates of the gateway and of a sender of one authority, and of another authority's sender."""
    now = datetime.now(UTC)
    authority, ours = issue(["localhost", "ehr.ward"], now)
    _, others = issue(["stranger"], now)
    (tmp_path / "ca.pem").write_bytes(authority)
    for name, identity in (ours | others).items():
        (tmp_path / f"{name}.pem").write_bytes(identity.key + identity.certificate)
    return tmp_path


def client(folder: Path, identity: str | None) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if identity:
        context.load_cert_chain(folder / f"{identity}.pem")
    return httpx.AsyncClient(verify=context)


async def test_only_a_sender_with_a_certificate_of_the_authority_is_let_in(opened: Opened, folder: Path) -> None:
    security = tls.security(folder / "localhost.pem", None, folder / "ca.pem")
    async with opened(security=security) as door:
        address = door.address.replace("http://127.0.0.1", "https://localhost")
        async with client(folder, "ehr.ward") as sender:
            assert (await sender.post(f"{address}/Observation", json=an_observation())).status_code == 200
        for identity in (None, "stranger"):
            async with client(folder, identity) as sender:
                with pytest.raises(httpx.TransportError):
                    await sender.post(f"{address}/Observation", json=an_observation())
        assert door.topics == ["vitals"]
