"""Who connects and asks nothing, or half of something, takes no room from those who look at the ward."""

import asyncio
from typing import cast

import pytest
from aiohttp.web_protocol import RequestHandler

from stream.access import patience
from stream.access.patience import Patience
from stream.board.feed import Feed
from stream.board.server import door, serving

Connection = RequestHandler


def a_connection() -> Connection:
    return cast("Connection", object())


def test_a_connection_that_has_not_asked_in_time_is_sent_away_and_one_that_has_stays() -> None:
    waiting = Patience(head_s=10)
    silent, asking = a_connection(), a_connection()
    assert waiting.overdue([silent, asking], 0.0) == []
    waiting._asked.add(asking)  # noqa: SLF001 - as its middleware does
    assert waiting.overdue([silent, asking], 9.9) == []
    assert waiting.overdue([silent, asking], 10.0) == [silent]
    assert waiting.overdue([asking], 1000.0) == []


def test_of_too_many_silent_connections_the_oldest_go() -> None:
    waiting = Patience(head_s=10, most_silent=2)
    old, middle, new = (a_connection() for _ in range(3))
    assert waiting.overdue([old], 0.0) == []
    assert waiting.overdue([old, middle], 1.0) == []
    assert waiting.overdue([old, middle, new], 2.0) == [old]


async def test_half_open_requests_at_the_board_are_closed_and_a_whole_one_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "BODY_S", 0.3)
    monkeypatch.setattr(Patience.__init__, "__defaults__", (0.3, 200))
    at = door("127.0.0.1", 0)
    port = at.getsockname()[1]
    async with serving(at, ["127.0.0.1"], Feed()), asyncio.timeout(60):
        half = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        for _, to in half[1:]:
            to.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")  # the first says nothing at all
        body, to_body = await asyncio.open_connection("127.0.0.1", port)
        to_body.write(b"POST /me HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{")
        whole, to_whole = await asyncio.open_connection("127.0.0.1", port)
        to_whole.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert (await whole.readline()).split()[1] == b"200"
        assert [await answer.read() for answer, _ in half] == [b""] * len(half)
        assert (await body.readline()).split()[1] in {b"405", b"408"}
        for _, to in (*half, (body, to_body), (whole, to_whole)):
            to.close()
