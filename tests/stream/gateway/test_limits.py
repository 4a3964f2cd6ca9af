"""What one sender may cost the others: each limit is answered where it can be, told, and costs nobody else anything."""

import asyncio
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from stream.gateway import intake
from stream.gateway.conventions import Conventions
from stream.gateway.framing import HEAD_BYTES, Block, Framer, framed
from stream.gateway.limits import Limits, Pace, Room
from stream.gateway.memory import Memory
from stream.gateway.reception import Arrived, Taken, read, take
from stream.gateway.server import Gateway
from tests.builders.hl7_messages import PERSON, SYSTOLIC, message, request
from tests.stream.gateway.test_connection import A, B, Line, listening, vitals
from tests.stream.gateway.test_server import READING


def reached(gateway: Gateway) -> dict[str, float]:
    """How often each limit was reached, by the metrics."""
    rows = generate_latest(gateway.registry).decode().splitlines()
    begins = 'wardwatch_gateway_limits_total{limit="'
    found = (row.removeprefix(begins).split('"} ') for row in rows if row.startswith(begins))
    return {limit: float(times) for limit, times in found}


def metric(gateway: Gateway, name: str) -> float:
    rows = generate_latest(gateway.registry).decode().splitlines()
    return next(float(row.split()[1]) for row in rows if row.startswith(f"wardwatch_gateway_{name} "))


async def ended(line: Line, *sent: bytes) -> bytes:
    """What comes over a connection until the gateway ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    for one in sent:
        writer.write(one)
    said = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return said


async def test_a_message_that_does_not_end_in_time_is_to_be_sent_again() -> None:
    async with listening(limits=Limits(block_s=0.05)) as line:
        with capture_logs() as logged:
            said = await ended(line, b"\x0b" + A)
        assert b"MSA|AR|A\r" in said
        assert reached(line.gateway) == {"slow": 1}
        assert "DOE" not in str(logged)
        assert metric(line.gateway, "held_bytes") == 0


async def test_a_sender_that_sends_byte_by_byte_has_no_more_time_than_another() -> None:
    async with listening(limits=Limits(block_s=0.2)) as line:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"\x0bMSH|^~\\&|")
        reading = asyncio.create_task(reader.read())
        while not reading.done():
            writer.write(b"A")
            await asyncio.sleep(0.01)
        writer.close()
        assert reached(line.gateway) == {"slow": 1}


async def test_the_time_of_a_message_does_not_run_while_the_one_before_it_is_in_work() -> None:
    async with listening(limits=Limits(block_s=0.5)) as line:
        line.publisher.allowed.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"\x0b" + A[:20])
        await asyncio.sleep(0.05)
        writer.write(A[20:] + b"\x1c\r\x0b" + B[:20])
        await asyncio.sleep(0.8)
        line.publisher.allowed.set()
        assert b"MSA|AA|A\r" in await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 10)
        writer.write(B[20:] + b"\x1c\r")
        assert b"MSA|AA|B\r" in await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 10)
        writer.close()


async def test_an_idle_connection_ends_and_one_in_use_does_not() -> None:
    async with listening(limits=Limits(idle_s=0.5)) as line:
        assert await ended(line, framed(A)) != b""
        assert await ended(line) == b""
        assert await ended(line, b"\n" * 10) == b""
        assert reached(line.gateway) == {"idle": 3}


async def test_connections_that_send_nothing_give_their_places_back() -> None:
    async with listening(limits=Limits(connections=1, block_s=0.05)) as line:
        _, writer = await asyncio.open_connection("127.0.0.1", line.port)
        assert await ended(line) == b""
        assert reached(line.gateway) == {"idle": 1}
        assert metric(line.gateway, "connections") == 1
        writer.close()


async def test_a_message_for_which_there_is_no_room_is_to_be_sent_again_and_others_are_taken() -> None:
    async with listening(limits=Limits(held_bytes=3000)) as line:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"\x0b" + A + b"NTE|" + b"x" * 2000)
        while metric(line.gateway, "held_bytes") < 2000:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        large = vitals("large") + b"NTE|" + b"y" * 2000 + b"\r"
        assert await line.sent(framed(large), framed(B), answers=2) == ["AR large", "AA B"]
        writer.write(b"\r\x1c\r")
        assert b"MSA|AA|A" in await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 10)
        assert await line.sent(framed(large), answers=1) == ["AA large"]
        writer.close()


def test_three_hundred_unfinished_messages_hold_no_more_than_there_is_room_for() -> None:
    limits = Limits()
    room = Room(limits.held_bytes)
    framers = [Framer(limits.message_bytes, room) for _ in range(300)]
    for framer in framers:
        assert list(framer.feed(b"\x0bMSH|^~\\&|")) == []
    for _ in range(18):  # 1.1 MiB each, 341 MB together
        for framer in framers:
            assert list(framer.feed(b"x" * 2**16)) == []
            assert room.held_bytes <= limits.held_bytes
    unfinished = [framer._inside or b"" for framer in framers]  # noqa: SLF001 - what is counted is held, and no more
    assert sum(map(len, unfinished)) <= limits.held_bytes + 300 * HEAD_BYTES
    whole = [block for framer in framers for block in framer.feed(b"\x1c\r")]
    assert {block.fault for block in whole} == {"", "no room"}
    assert room.held_bytes == 0


@given(st.lists(st.sampled_from([b"\x0b", b"\x1c", b"\r", b"x", b"MSH|" + b"y" * 30, b"z" * 120])), st.booleans())
def test_room_is_given_back_whatever_comes(pieces: list[bytes], closes: bool) -> None:  # noqa: FBT001 - drawn
    room = Room(100)
    framer = Framer(80, room)
    for piece in pieces:
        list(framer.feed(piece))
        assert 0 <= room.held_bytes <= 100
    if closes:
        list(framer.close())
    framer.drop()
    assert room.held_bytes == 0


async def test_a_sender_ahead_of_its_pace_is_held_back_and_loses_nothing() -> None:
    async with listening(limits=Limits(messages_per_s=1)) as line:
        many = [vitals(str(number)) for number in range(3)]
        assert await line.sent(*map(framed, many), answers=3) == [f"AA {number}" for number in range(3)]
        assert reached(line.gateway)["pace"] >= 1


async def test_a_sender_far_ahead_of_its_pace_is_refused_and_told_to_send_again() -> None:
    async with listening(limits=Limits(messages_per_s=0.5, hold_s=0)) as line:
        said = await line.sent(framed(A), framed(A), framed(B), answers=3)
        assert said == ["AA A", "AR A", "AR B"]
        assert reached(line.gateway) == {"rate": 2}


def test_a_pace_is_each_senders_own_and_a_burst_of_a_second_is_free() -> None:
    pace = Pace(10, patience_s=1)
    waits = [pace.wait_s("a", 100.0) for _ in range(22)]
    assert waits[:11] == [0] * 11
    assert waits[11:21] == pytest.approx([number / 10 for number in range(1, 11)])
    assert waits[21] is None
    assert pace.wait_s("b", 100.0) == 0
    assert pace.wait_s("a", 102.5) == 0


async def test_a_message_of_a_megabyte_keeps_no_other_bed_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    others_are_answered = threading.Event()

    def waits(arrived: Arrived, reading: Conventions, memory: Memory, at: datetime | None) -> Taken:
        if arrived.control_id.startswith("large"):
            assert others_are_answered.wait(10)
        return take(arrived, reading, memory, at)

    monkeypatch.setattr(intake, "take", waits)
    async with listening() as line:
        large = [message(PERSON, request(), *[SYSTOLIC] * 12_000, control=f"large{number}") for number in (1, 2)]
        assert len(large[0]) > 2**20
        slow = [asyncio.create_task(line.sent(framed(one), answers=1)) for one in large]
        await asyncio.sleep(0.05)
        assert await line.sent(*[framed(A)] * 20, answers=20) == ["AA A"] * 20
        others_are_answered.set()
        assert await asyncio.gather(*slow) == [["AA large1"], ["AA large2"]]


def calls_in(work: Callable[[], Any]) -> int:
    """How many functions are called, ours and built-in ones, as a measure of work that no clock is in."""
    calls = count()
    sys.setprofile(lambda _, event, __: next(calls) if event in {"call", "c_call"} else None)
    try:
        work()
    finally:
        sys.setprofile(None)
    return next(calls)


def test_the_work_on_a_message_grows_with_its_size_and_not_faster() -> None:
    def work(observations: int) -> int:
        block = Block(message(PERSON, request(), *[SYSTOLIC] * observations))
        return calls_in(lambda: [take(one, READING, Memory(), None) for one in read(block, READING)])

    work(10)  # what is remembered of profiles
    assert work(4000) <= 4.2 * work(1000)
