"""The door of the ward board: requests of browsers, and of whatever else finds the port."""

import asyncio
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from unittest.mock import patch

from aiohttp import web_fileresponse

from stream.board.deeds import Deeds
from stream.board.desk import Desk
from stream.board.feed import Feed
from stream.board.history import History
from stream.board.link import Link
from stream.board.server import runner_of
from stream.board.sessions import Sessions
from stream.board.users import User
from stream.board.views import Views
from stream.feeds.events import FeedEvent
from stream.subscriber.ward import Ward
from tests.fuzz.told import NAME, NUMBER, listening

_TURNS: Final = 20  # of the event loop, in which a request is answered
_PAUSE_S: Final = 0.0005
_OF_AIOHTTP: Final = frozenset({b"501", b"505"})  # for a method or a version that it does not know
_STATUS: Final = re.compile(rb"^HTTP/\d\.\d (\d{3}) ", re.MULTILINE)


def _request(path: str = "/", *headers: str, method: str = "GET", host: str = "localhost") -> bytes:
    lines = (f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1")


def _posted(path: str, body: str, *headers: str) -> bytes:
    headers = ("Content-Type: application/json", f"Content-Length: {len(body)}", *headers)
    return _request(path, *headers, method="POST") + body.encode("latin-1")


SEEDS = (
    _request("/me", "Cookie: __Host-wardwatch=a"),
    _posted("/login", '{"name": "nurse-1", "password": "open"}'),
    _posted("/login", f'{{"name": "{NAME}", "password": "{NUMBER}"}}'),
    _posted("/deeds", '{"deed": "acknowledge", "patient": "p-1"}', "X-CSRF-Token: a", "Cookie: __Host-wardwatch=a"),
    _posted("/logout", "{}"),
    _request(),
    _request("/events"),
    _request("/bed/sim-01/8"),
    _request("/bed/%2e%2e%2f/999"),
    _request("/alarms"),
    _request("/technical"),
    _request("/events", "Last-Event-ID: 0a1b2c3d-17"),
    _request("/page/board.js", "Range: bytes=0-10", "If-None-Match: *"),
    _request("/page/../server.py"),
    _request("/page/%2e%2e/%2e%2e/settings.py"),
    _request(f"/{NAME}?patient={NUMBER}", f"X-Patient: {NAME}", f"Cookie: a={NUMBER}"),
    _request(host="evil.example"),
    _request("http://localhost:80/events", method="OPTIONS"),
    _request("/", "Content-Length: 5", method="POST") + b"12345" + _request("/page/board.css", method="HEAD"),
    _request("/", "Transfer-Encoding: chunked", method="PUT") + b"5\r\n12345\r\n0\r\n\r\n",
    _request("/events", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: AAAA"),
    _request("/page/board.js", "Accept-Encoding: gzip, br", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"),
)
WORDS = tuple(
    word.encode("latin-1")
    for word in (
        *("\r\n", "\r\n\r\n", "\n", "HTTP/1.1", "HTTP/0.9", "Host: ", "[::1]", ":", "localhost:80", "127.0.0.1"),
        *("/page/", "%00", "%2f", "..", "\\", "?", "#", "//", "%ff", "\xff", "%", "/events", "/page/board.js"),
        *("Content-Length: ", "Transfer-Encoding: chunked", "Range: bytes=", "Expect: 100-continue", "If-Range: "),
        *("Connection: close", "Content-Encoding: gzip", "GET", "HEAD", "POST", "TRACE", "CONNECT", "-1", "0\r\n\r\n"),
        *("If-Modified-Since: ", "Upgrade: h2c", "Content-Type: multipart/form-data; boundary="),
    )
)


class _Wire(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def writelines(self, several: Iterable[bytes | bytearray | memoryview]) -> None:
        for data in several:
            self.write(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Nothing is read but what is fed."""

    def resume_reading(self) -> None:
        """As above."""

    def get_write_buffer_size(self) -> int:
        return 0


def one(data: bytes) -> None:
    """What a client sends on one connection.

    It is answered with what the board serves, or refused: never with an error of ours, never with a file outside the
    page; a planted name, in a path or a header, is in no log line. To an `Expect` that is no UTF-8 aiohttp answers 500
    by itself.
    """
    with listening() as lines, patch.object(web_fileresponse, "NOSENDFILE", True):  # noqa: FBT003 - there is no socket
        written = asyncio.run(_conversation(data))
    assert not [line for line in lines if "Traceback" in line], lines
    statuses = _STATUS.findall(written)
    assert bool(statuses) == bool(written), "an answer without a status"
    assert not [
        one for one in statuses if one[:1] == b"5" and one not in _OF_AIOHTTP and b"expect" not in data.lower()
    ], written[:200]
    assert b"def _name_of" not in written


def _desk() -> Desk:
    """A desk with one user."""
    user = User.model_validate({"name": "nurse-1", "role": "nurse", "password": "$argon2id$x"})
    sessions = Sessions({user.name: user}, lambda _, said: said == "open")

    async def send(_: FeedEvent) -> None:
        """Nothing is sent."""

    return Desk(sessions, Deeds(Ward()), send)


async def _conversation(data: bytes) -> bytes:
    ending = asyncio.Event()
    runner = runner_of(
        ["localhost", "127.0.0.1"], Feed(), ending, _desk(), Views(Ward(), History(), Link(datetime.now(UTC)))
    )
    await runner.setup()
    assert runner.server is not None
    protocol, wire = runner.server(), _Wire()
    try:
        protocol.connection_made(wire)
        protocol.data_received(data)
        for turn in range(_TURNS):  # a file is opened in a thread, and that takes longer than a turn
            await asyncio.sleep(0 if turn < _TURNS // 2 or wire.written else _PAUSE_S)
    finally:
        ending.set()
        protocol.connection_lost(None)
        await runner.cleanup()
    return bytes(wire.written)
