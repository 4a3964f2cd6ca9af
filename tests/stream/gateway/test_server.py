"""How the gateway answers: what was taken, what was not, and what has to be sent again."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hl7
import pytest
from hl7.mllp import open_hl7_connection
from structlog.testing import capture_logs

from models.deidentify.keyed import Keyed
from stream.access.certificates import issue
from stream.feeds.events import FeedEvent
from stream.gateway.answer import answer
from stream.gateway.conventions import Conventions
from stream.gateway.framing import Block
from stream.gateway.limits import LARGEST_BYTES
from stream.gateway.outlet import BrokerAwayError, Outlet
from stream.gateway.server import Gateway
from tests.builders.hl7_messages import HEART_RATE, SYSTOLIC, laboratory, message, observed

READING = Conventions(Keyed(b"a key of sixteen bytes or more"))


class FakePublisher:
    """Confirms what it is given once it is allowed to."""

    def __init__(self, *, confirms: bool = True) -> None:
        self.begun = asyncio.Event()
        self.allowed = asyncio.Event()
        if confirms:
            self.allowed.set()
        self.played: list[list[FeedEvent]] = []

    async def play(self, feed: Iterable[FeedEvent], speed: float) -> None:
        assert speed == 0
        self.played.append(list(feed))
        self.begun.set()
        await self.allowed.wait()


class Bench:
    def __init__(self, publisher: FakePublisher, patience_s: float = 5) -> None:
        publishing: Any = publisher
        self.outlet = Outlet(publishing, patience_s)
        self.gateway = Gateway(READING, self.outlet)
        self.running = asyncio.create_task(self.outlet.run())

    async def answered(self, sent: bytes) -> list[list[str]]:
        """The answer's segments, each split into its fields."""
        (said,) = [one async for one in self.gateway.answers_to(Block(sent))]
        return [[str(field) for field in segment] for segment in hl7.parse(said.decode())]


async def test_a_message_is_accepted_when_the_broker_has_all_of_it() -> None:
    publisher = FakePublisher()
    header, verdict = await Bench(publisher).answered(observed(SYSTOLIC, HEART_RATE))
    assert verdict == ["MSA", "AA", "42"]
    assert header[3:7] == ["WARDWATCH", "HOSPITAL", "MONITORS", "WARD"]
    assert header[9] == "ACK^R01^ACK"
    assert [event.topic for event in publisher.played[0]] == ["vitals"]


async def test_what_was_left_out_of_an_accepted_message_is_a_warning() -> None:
    said = await Bench(FakePublisher()).answered(observed(SYSTOLIC, laboratory("2160-0", "88", "kPa")))
    assert said[1][1] == "AA"
    assert said[2][2:5] == ["OBX^2^6", "103^Table value not found^HL70357", "W"]


async def test_a_result_that_could_not_be_obtained_is_accepted_and_told() -> None:
    said = await Bench(FakePublisher()).answered(observed(laboratory("2160-0", "", "mg/dL", status="X")))
    assert said[1][1] == "AA"
    assert said[2][2:5] == ["OBX^1^11", "0^Message accepted^HL70357", "I"]


async def test_what_was_left_out_is_logged_by_its_place_alone() -> None:
    with capture_logs() as logged:
        await Bench(FakePublisher()).answered(observed(SYSTOLIC, laboratory("2160-0", "1.2", "mg/dL", status="W")))
    (line,) = [one for one in logged if one["event"] == "left-out"]
    assert (line["observations"], line["where"]) == (1, "OBX^2^11")
    assert (line["sender"], line["control_id"]) == ("MONITORS|WARD", "42")
    assert not {"DOE", "JANE", "700123"} & set(str(logged).replace("'", " ").split())


async def test_a_broker_that_does_not_confirm_is_answered_send_again_and_at_once_the_next_time() -> None:
    publisher = FakePublisher(confirms=False)
    bench = Bench(publisher, patience_s=0.05)
    first = await bench.answered(observed(SYSTOLIC))
    assert first[1][1] == "AR"
    assert bench.outlet.is_stalled
    with pytest.raises(BrokerAwayError):
        await bench.outlet.deliver([])
    publisher.allowed.set()
    await asyncio.wait_for(_until_flowing(bench.outlet), 5)
    assert (await bench.answered(observed(SYSTOLIC)))[1][1] == "AA"


async def _until_flowing(outlet: Outlet) -> None:
    while outlet.is_stalled:  # noqa: ASYNC110 - a state of the outlet, which tells nobody
        await asyncio.sleep(0)


async def test_messages_that_wait_together_go_together_and_none_that_its_sender_gave_up() -> None:
    publisher = FakePublisher(confirms=False)
    bench = Bench(publisher, patience_s=30)
    waiting = [asyncio.create_task(bench.answered(observed(SYSTOLIC))) for _ in range(3)]
    await asyncio.sleep(0)  # each has handed over its record
    waiting[1].cancel()
    publisher.allowed.set()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(one, BaseException) for one in told] == [False, True, False]
    assert sum(len(batch) for batch in publisher.played) == 2


@pytest.mark.parametrize(
    ("sent", "control"),
    [(b"", ""), (b"hello", ""), (b"MSH", ""), (b"\xff\xfe", ""), (message(control=""), ""), (b"MSH|^~\\&", "")],
)
async def test_what_is_no_message_is_answered_that_it_is_none(sent: bytes, control: str) -> None:
    publisher = FakePublisher()
    said = await Bench(publisher).answered(sent)
    assert said[1] == ["MSA", "AE", control]
    assert said[2][4] == "E"
    assert publisher.played == []


async def test_a_failure_of_ours_is_answered_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(FakePublisher())

    async def failing(_: Sequence[FeedEvent]) -> None:
        message = "JANE DOE"
        raise RuntimeError(message)

    monkeypatch.setattr(bench.outlet, "deliver", failing)
    said = await bench.answered(observed(SYSTOLIC))
    assert said[1][1] == "AE"
    assert "JANE" not in str(said)


def test_an_answer_states_its_moment_with_the_zone() -> None:
    now = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
    assert answer(None, "AE", [], now, "7").split(b"|")[6] == b"20261121091500+0000"


async def test_mllp_over_tls_and_an_end_that_waits_for_the_message_in_work(tmp_path: Path) -> None:
    authority, issued = issue(["localhost"], datetime.now(UTC))
    (tmp_path / "chain.pem").write_bytes(issued["localhost"].certificate)
    (tmp_path / "key.pem").write_bytes(issued["localhost"].key)
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    theirs = ssl.create_default_context(cadata=authority.decode())
    publisher = FakePublisher(confirms=False)
    gateway = Bench(publisher).gateway
    server = await gateway.listen("127.0.0.1", 0, ours)
    port = server.sockets[0].getsockname()[1]
    connect = {"ssl": theirs, "server_hostname": "localhost", "encoding": "utf-8"}
    _, idle = await open_hl7_connection("127.0.0.1", port, **connect)
    reader, writer = await open_hl7_connection("127.0.0.1", port, **connect)
    writer.writeblock(observed(SYSTOLIC))
    await asyncio.wait_for(publisher.begun.wait(), 5)
    server.close()
    closing = asyncio.create_task(gateway.close())
    await asyncio.sleep(0)
    publisher.allowed.set()
    said = await reader.readmessage()
    assert str(said.segment("MSA")(1)) == "AA"
    await asyncio.wait_for(closing, 5)
    for one in (idle, writer):
        one.close()


async def test_what_is_no_mllp_or_too_large_ends_its_connection_and_no_other() -> None:
    gateway = Bench(FakePublisher()).gateway
    server = await gateway.listen("127.0.0.1", 0, None)
    port = server.sockets[0].getsockname()[1]
    for junk in (b"GET / HTTP/1.1\r\n\r\n\x1c\r", b"\x0b" + b"x" * (2 * LARGEST_BYTES) + b"\x1c\r"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(junk)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
    reader, writer = await open_hl7_connection("127.0.0.1", port, encoding="utf-8")
    writer.writeblock(observed(SYSTOLIC))
    assert str((await reader.readmessage()).segment("MSA")(1)) == "AA"
    writer.close()
    server.close()
    await gateway.close()
