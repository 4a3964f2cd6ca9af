"""Who is let in: mutual TLS, handshakes that never end, and senders known by their certificates."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from structlog.testing import capture_logs

from stream.access.certificates import issue
from stream.commands.tls import security
from stream.gateway.framing import framed
from stream.gateway.limits import Limits
from stream.gateway.outlet import Outlet
from stream.gateway.peer import Peer, key_of
from stream.gateway.profile import Profile, load
from stream.gateway.server import Gateway
from tests.builders.hl7_messages import PERSON, message, request
from tests.stream.gateway.test_limits import reached
from tests.stream.gateway.test_server import READING, FakePublisher

PRIVATE: Final = message(PERSON, request(), "OBX|1|NM|0002-4182^HR^MDIL|0|60|0004-0aa0^bpm^MDIL|||||F")


class Site(NamedTuple):
    """A folder with a server's and a monitor's certificate of one authority, and another authority's monitor."""

    folder: Path

    def client(self, identity: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        if identity:
            context.load_cert_chain(self.folder / f"{identity}.pem")
        return context

    def fingerprint(self, identity: str) -> str:
        """As openssl writes it."""
        whole = (self.folder / f"{identity}.pem").read_bytes()
        shown = x509.load_pem_x509_certificate(whole[whole.index(b"-----BEGIN CERT") :])
        return shown.fingerprint(SHA256()).hex(":").upper()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("certificates")
    now = datetime.now(UTC)
    authority, ours = issue(["localhost", "monitor.ward"], now)
    _, others = issue(["stranger"], now)
    (folder / "ca.pem").write_bytes(authority)
    for name, identity in (ours | others).items():
        (folder / f"{name}.pem").write_bytes(identity.key + identity.certificate)
    return Site(folder)


class Guarded(NamedTuple):
    gateway: Gateway
    publisher: FakePublisher
    port: int

    async def answer(self, context: ssl.SSLContext, sent: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=context, server_hostname="localhost")
        try:
            writer.write(framed(sent))
            return await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 10)
        finally:
            writer.close()

    @property
    def records(self) -> int:
        return sum(len(batch) for batch in self.publisher.played)


@asynccontextmanager
async def guarded(site: Site, senders: dict[str, Profile] | None = None, **limits: Any) -> AsyncIterator[Guarded]:
    publisher = FakePublisher()
    publishing: Any = publisher
    outlet = Outlet(publishing, 5)
    gateway = Gateway(READING, outlet, senders, Limits(**limits))
    running = asyncio.create_task(outlet.run())
    door = await gateway.listen("127.0.0.1", 0, security(site.folder / "localhost.pem", None, site.folder / "ca.pem"))
    try:
        yield Guarded(gateway, publisher, door.sockets[0].getsockname()[1])
    finally:
        door.close()
        await gateway.close()
        running.cancel()


async def test_a_sender_with_a_certificate_of_the_authority_is_let_in(site: Site) -> None:
    async with guarded(site) as line:
        assert b"MSA|AA|42" in await line.answer(site.client("monitor.ward"), PRIVATE.replace(b"MDIL", b"XDIL"))


@pytest.mark.parametrize("identity", [None, "stranger"])
async def test_nobody_else_is_let_in_and_each_try_is_told(site: Site, identity: str | None) -> None:
    async with guarded(site) as line:
        with capture_logs() as logged, pytest.raises((OSError, asyncio.IncompleteReadError)):
            await line.answer(site.client(identity), PRIVATE)
        assert reached(line.gateway) == {"handshake": 1}
        assert [one["limit"] for one in logged if one["event"] == "limit-reached"] == ["handshake"]
        assert line.records == 0


async def test_handshakes_that_never_end_keep_nobody_waiting_and_end(site: Site) -> None:
    async with guarded(site, handshake_s=2) as line:
        silent = [await asyncio.open_connection("127.0.0.1", line.port) for _ in range(20)]
        silent[0][1].write(b"\x16\x03\x01")  # half a client hello
        assert b"MSA|AA|42" in await line.answer(site.client("monitor.ward"), PRIVATE)
        for reader, writer in silent:
            assert await asyncio.wait_for(reader.read(), 10) == b""
            writer.close()
        assert reached(line.gateway) == {"handshake": 20}


async def test_unfinished_handshakes_count_as_connections(site: Site) -> None:
    async with guarded(site, connections=1) as line:
        silent = [await asyncio.open_connection("127.0.0.1", line.port) for _ in range(60)]
        await asyncio.gather(*(asyncio.wait_for(reader.read(), 10) for reader, _ in silent[51:]))
        assert reached(line.gateway) == {"connections": 9}
        for _, writer in silent:
            writer.close()


@pytest.mark.parametrize("known_by", ["name", "fingerprint", "address"])
async def test_a_sender_is_read_by_the_profile_of_its_certificate_or_address(site: Site, known_by: str) -> None:
    sender = {
        "name": "Monitor.Ward",
        "fingerprint": f"SHA256:{site.fingerprint('monitor.ward')}",
        "address": "127.0.0.1",
    }[known_by]
    async with guarded(site, {key_of(sender): load("philips-iic")}) as line:
        await line.answer(site.client("monitor.ward"), PRIVATE.replace(b"MDIL", b"XDIL"))
        assert line.records == 0  # the profile knows MDIL; without one it would be recognised by that name
        await line.answer(site.client("monitor.ward"), PRIVATE)
        assert line.records == 1


def test_of_several_rows_the_surest_counts() -> None:
    peer = Peer("10.0.0.7", ("monitor.ward",), "ab12")
    rows = {"10.0.0.7": "address", "monitor.ward": "name", "sha256:ab12": "fingerprint"}
    assert [peer.of({key: rows[key] for key in kept}) for kept in (rows, list(rows)[:2], list(rows)[:1])] == [
        "fingerprint",
        "name",
        "address",
    ]
    assert Peer("10.0.0.8").of(rows) is None
