"""Whole connections: what comes as a stream of bytes, and what goes back."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from schemas.vitals import VitalsFrame
from stream.gateway import conversation, intake
from stream.gateway.conventions import Conventions
from stream.gateway.dialect import Answers
from stream.gateway.framing import Framer, framed
from stream.gateway.limits import LARGEST_BYTES, Limits
from stream.gateway.memory import Memory
from stream.gateway.outlet import Outlet
from stream.gateway.profile import Profile, load
from stream.gateway.reception import Arrived, Taken, take
from stream.gateway.segments import split, text
from stream.gateway.server import Gateway
from tests.builders.hl7_messages import HEART_RATE, PERSON, SYSTOLIC, message, observed, request
from tests.stream.gateway.test_server import READING, FakePublisher


def vitals(control: str, patient: str = "P1", rate: int = 92) -> bytes:
    return message(f"PID|||{patient}^^^H^MR", request(), HEART_RATE.replace("|92|", f"|{rate}|"), control=control)


A, B = vitals("A", "P1", 72), vitals("B", "P2", 151)


class Line:
    """A gateway that listens, its publisher, and one connection to it."""

    def __init__(self, gateway: Gateway, outlet: Outlet, publisher: FakePublisher, port: int) -> None:
        self.gateway = gateway
        self.outlet = outlet
        self.publisher = publisher
        self.port = port

    async def sent(self, *pieces: bytes, answers: int, pause_s: float = 0) -> list[str]:
        """The codes and control ids of so many answers to what is sent in pieces over a connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)
        said: list[bytes] = []
        framer = Framer(LARGEST_BYTES)
        while len(said) < answers and (data := await asyncio.wait_for(reader.read(65536), 10)):
            said += [block.content for block in framer.feed(data)]
        writer.write_eof()
        rest = await asyncio.wait_for(reader.read(), 10)
        said += [block.content for block in framer.feed(rest)]
        writer.close()
        acks = [split(one.decode())[0].segments[1] for one in said]
        return [f"{text(ack, 1)} {text(ack, 2)}" for ack in acks]

    @property
    def rates(self) -> list[tuple[str, float | None]]:
        """Pseudonyms and heart rates that the broker has."""
        events = [event for batch in self.publisher.played for event in batch]
        return [(one.patient, one.record.heart_rate_bpm) for one in events if isinstance(one.record, VitalsFrame)]


@asynccontextmanager
async def listening(
    reading: Conventions = READING,
    senders: dict[str, Profile] | None = None,
    limits: Limits | None = None,
    patience_s: float = 5,
) -> AsyncIterator[Line]:
    publisher = FakePublisher()
    publishing: Any = publisher
    outlet = Outlet(publishing, patience_s)
    gateway = Gateway(reading, outlet, senders, limits)
    running = asyncio.create_task(outlet.run())
    listener = await gateway.listen("127.0.0.1", 0, None)
    try:
        yield Line(gateway, outlet, publisher, listener.sockets[0].getsockname()[1])
    finally:
        listener.close()
        await gateway.close()
        running.cancel()


@pytest.mark.parametrize(
    ("stream", "answers", "rates"),
    [
        (framed(A) + framed(B), ["AA A", "AA B"], [72, 151]),
        (framed(A) + b"\n" + framed(B), ["AA A", "AA B"], [72, 151]),
        (b"2026-11-21 sent:\r\n" + framed(A), ["AA A"], [72]),
        (b"\x00" + framed(A) + b"\x00\x00" + framed(B), ["AA A", "AA B"], [72, 151]),
        (b"\x0b" + A + b"\x1c", ["AA A"], [72]),
        (b"\x0b" + A + b"\x1c\x0b" + B + b"\x1c", ["AA A", "AA B"], [72, 151]),
        (framed(A + B), ["AA A", "AA B"], [72, 151]),
        (b"\x0b" + A + framed(B), ["AA B"], [151]),
        (b"\x0b" + A[:-60] + framed(B), ["AA B"], [151]),
        (framed(A[:-60] + B), ["AE A", "AA B"], [151]),
        (b"\x0b" + A + b"\x1cOBX|2|\x1c\r" + framed(B), ["AE A", "AA B"], [151]),
        (A + b"\x1c\r" + framed(B), ["AE A", "AA B"], [151]),
        (framed(b"") + framed(A), ["AE ", "AA A"], [72]),
    ],
)
async def test_a_message_is_never_part_of_another(stream: bytes, answers: list[str], rates: list[float]) -> None:
    async with listening() as line:
        assert await line.sent(stream, answers=len(answers)) == answers
        assert [rate for _, rate in line.rates] == rates
        assert len({patient for patient, _ in line.rates}) == len(rates)


async def test_a_stream_in_single_bytes_is_the_same_stream() -> None:
    stream = b"\n" + framed(A) + b"\x0b" + A[:50] + framed(B)
    async with listening() as line:
        pieces = [stream[at : at + 1] for at in range(len(stream))]
        assert await line.sent(*pieces, answers=2) == ["AA A", "AA B"]


async def test_a_fault_of_ours_ends_its_connection_and_no_other_and_its_text_is_not_logged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(*_: object) -> list[Arrived]:
        message = "JANE DOE"
        raise RuntimeError(message)

    async with listening() as line:
        with monkeypatch.context() as broken, capture_logs() as logged:
            broken.setattr(intake, "read", failing)
            assert await line.sent(framed(A), answers=1) == []
        assert [one["error"] for one in logged if one["event"] == "message-failed"] == ["RuntimeError"]
        assert "JANE" not in str(logged)
        assert await line.sent(framed(B), answers=1) == ["AA B"]


async def test_a_sender_that_asks_for_no_answer_gets_none_and_its_records_are_taken() -> None:
    quiet = observed(HEART_RATE).replace(b"|2.6\r", b"|2.6|||NE|NE\r")
    async with listening() as line:
        assert await line.sent(framed(quiet) + framed(B), answers=1) == ["AA B"]
        assert len(line.rates) == 2


async def test_a_sender_that_waits_for_both_answers_gets_the_commits_first_each_under_a_control_id_of_its_own() -> None:
    profile = load("plain").model_copy(update={"answers": Answers(both=True)})
    asking = observed(HEART_RATE).replace(b"|2.6\r", b"|2.6|||AL|AL\r")
    async with listening(senders={"127.0.0.1": profile}) as line:
        assert await line.sent(framed(asking), answers=2) == ["CA 42", "AA 42"]
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(framed(asking))
        first, second = [split((await reader.readuntil(b"\x1c\r"))[1:-2].decode())[0] for _ in range(2)]
        assert text(first.header, 10) != text(second.header, 10)
        writer.close()


async def test_a_sender_that_sends_again_only_after_silence_is_not_answered_while_the_broker_is_away() -> None:
    async with listening(senders={"127.0.0.1": load("philips-efficia")}, patience_s=0.05) as line:
        line.publisher.allowed.clear()
        assert await line.sent(framed(A), answers=0) == []
        line.publisher.allowed.set()
        while line.outlet.is_stalled:  # noqa: ASYNC110 - a state of the outlet, which tells nobody
            await asyncio.sleep(0)
        assert await line.sent(framed(A), answers=1) == ["AA A"]


async def test_an_answer_is_never_answered() -> None:
    async with listening() as line:
        assert await line.sent(framed(message("MSA|AA|1", kind="ACK^R01")) + framed(A), answers=1) == ["AA A"]


async def test_a_report_with_its_document_is_taken_and_the_document_told() -> None:
    document = "OBX|2|ED|11502-2^Lab report^LN||^application^pdf^Base64^" + "A" * (3 * 2**20)
    async with listening() as line:
        assert await line.sent(framed(observed(HEART_RATE, document)), answers=1) == ["AA 42"]
        assert [rate for _, rate in line.rates] == [92]


async def test_a_message_too_large_is_answered_and_the_next_is_taken() -> None:
    large = observed(HEART_RATE, "NTE|1||" + "A" * LARGEST_BYTES)
    async with listening() as line:
        assert await line.sent(framed(large) + framed(A), answers=2) == ["AE 42", "AA A"]


async def test_a_large_message_is_read_where_no_other_bed_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, int] = {}

    def taken(arrived: Arrived, reading: Conventions, memory: Memory, at: datetime | None) -> Taken:
        threads[arrived.control_id] = threading.get_ident()
        return take(arrived, reading, memory, at)

    monkeypatch.setattr(intake, "take", taken)
    async with listening() as line:
        large = message(PERSON, request(), *[SYSTOLIC] * 1000, control="large")
        assert await line.sent(framed(large), framed(A), answers=2) == ["AA large", "AA A"]
    assert threads["A"] == threading.get_ident() != threads["large"]


async def test_one_connection_too_many_is_told_so_and_ends() -> None:
    async with listening(limits=Limits(connections=1)) as line:
        first, writer = await asyncio.open_connection("127.0.0.1", line.port)
        await asyncio.sleep(0.05)
        assert await line.sent(framed(A), answers=1) == ["AR A"]
        writer.write(framed(B))
        assert b"MSA|AA|B" in await asyncio.wait_for(first.readuntil(b"\x1c\r"), 5)
        writer.close()


async def test_a_connection_that_ends_inside_a_message_is_told() -> None:
    async with listening() as line:
        with capture_logs() as logged:
            assert await line.sent(b"\x0b" + A[:40], answers=0) == []
        assert [one["fault"] for one in logged if one["event"] == "block-at-fault"] == ["cut"]


async def test_a_sender_is_known_by_its_address() -> None:
    private = message(PERSON, request(), "OBX|1|NM|0002-4182^HR^MDIL|0|60|0004-0aa0^bpm^MDIL|||||F")
    as_plain = private.replace(b"MDIL", b"XDIL")
    async with listening(senders={"127.0.0.1": load("philips-iic")}) as line:
        assert await line.sent(framed(private), framed(as_plain), answers=2) == ["AA 42", "AA 42"]
        assert [rate for _, rate in line.rates] == [60]


async def test_what_is_not_used_is_counted_by_sender_and_code_and_what_is_odd_logged() -> None:
    unknown = "OBX|3|NM|PI^Perfusion^99OURS||1.7|%|||||R"
    async with listening() as line:
        with capture_logs() as logged:
            three = [observed(HEART_RATE, unknown).replace(b"|42|", b"|%d|" % number) for number in range(3)]
            await line.sent(*map(framed, three), answers=3)
        metrics = generate_latest(line.gateway.registry).decode()
        (series,) = [row for row in metrics.splitlines() if row.startswith("wardwatch_gateway_unused_total{")]
        assert 'code="PI^99OURS",sender="MONITORS|WARD"' in series
        assert series.endswith(" 3.0")
        assert [one["log_level"] for one in logged if one["event"] == "left-out"] == ["warning", "debug", "debug"]


async def test_what_senders_invent_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.gateway.tally.MOST_SERIES", 5)
    many = [f"OBX|3|NM|C{number}^x^99OURS||1.7|%|||||R" for number in range(50)]
    async with listening() as line:
        await line.sent(framed(observed(*many)), answers=1)
        metrics = generate_latest(line.gateway.registry).decode()
        series = [row for row in metrics.splitlines() if row.startswith("wardwatch_gateway_unused_total{")]
        assert len(series) == 6
        assert any('code="others"' in row and row.endswith(" 45.0") for row in series)


async def test_a_sender_whose_clock_is_off_is_told_once() -> None:
    async with listening() as line:
        with capture_logs() as logged:
            await line.sent(framed(A) * 3, answers=3)
        assert [one["event"] for one in logged].count("sender-clock-off") == 1
        assert (
            'wardwatch_gateway_clock_skew_seconds{sender="MONITORS|WARD"}'
            in generate_latest(line.gateway.registry).decode()
        )


async def test_a_live_bed_waits_behind_a_few_of_those_that_catch_up_and_not_behind_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation, "_CATCHING_UP", 2)
    monkeypatch.setattr(conversation, "_PAUSE_S", 1e9)  # whoever was answered before has more to send
    async with listening(patience_s=60) as line:
        late = [await asyncio.open_connection("127.0.0.1", line.port) for _ in range(6)]

        async def answer(reader: asyncio.StreamReader) -> bytes:
            async with asyncio.timeout(10):
                return await reader.readuntil(b"\x1c\r")

        for number, (reader, writer) in enumerate(late):
            writer.write(framed(vitals(f"a{number}", "P1")))
            await answer(reader)
        line.publisher.allowed.clear()
        before = len(line.publisher.played)
        for number, (_, writer) in enumerate(late):
            writer.write(framed(vitals(f"b{number}", "P1")))
        live_reader, live = await asyncio.open_connection("127.0.0.1", line.port)
        live.write(framed(vitals("live", "P2", rate=151)))
        async with asyncio.timeout(10):
            while sum(map(len, line.publisher.played[before:])) + len(line.outlet._waiting) < 3:  # noqa: ASYNC110, SLF001 - nothing tells that a message has come so far
                await asyncio.sleep(0.01)
        line.publisher.allowed.set()
        assert b"MSA|AA|live" in await answer(live_reader)
        assert [b"MSA|AA" in await answer(reader) for reader, _ in late] == [True] * 6
        rates = [rate for _, rate in line.rates[6:]]
        assert 151 in rates[:3]
        for writer in (live, *(writer for _, writer in late)):
            writer.close()
