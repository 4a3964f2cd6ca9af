"""The parts of a multipart body (RFC 2046 5.1) while it comes, in pieces of any size. Pure.

What senders do beyond the standard is read, too: Orthanc's boundaries have 73 characters, where 70 are allowed, and its
bodies end without a line's end.
"""

from collections.abc import Iterator
from email.message import Message
from enum import Enum, auto
from typing import Final

_HEAD_BYTES: Final = 2**14
_LINE_BYTES: Final = 1000  # blanks behind a boundary
_LONGEST: Final = 200  # characters of a boundary


class Edge(Enum):
    """Where a part begins, and where it has come whole."""

    BEGIN = auto()
    END = auto()


class _In(Enum):
    PREAMBLE = auto()
    LINE = auto()
    HEAD = auto()
    BODY = auto()
    EPILOGUE = auto()


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type names. Raises ValueError where it names none."""
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if not boundary or len(boundary) > _LONGEST:
        raise ValueError
    return boundary.encode("ascii")


class Parts:
    """Cuts a body into parts: what is fed comes out as edges and the content between them."""

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._held = b"\r\n"  # the first boundary may stand at the very beginning
        self._at = _In.PREAMBLE

    @property
    def is_ended(self) -> bool:
        """Whether the last boundary has come."""
        return self._at is _In.EPILOGUE

    def feed(self, data: bytes) -> Iterator[Edge | bytes]:
        """Take more of the body in. Raises ValueError where it is no multipart body, or has parts within a part."""
        self._held += data
        while True:
            before = self._at
            yield from self._step()
            if self._at is before:  # it needs more to go on
                return

    def _step(self) -> Iterator[Edge | bytes]:
        if self._at in {_In.PREAMBLE, _In.BODY}:
            yield from self._until_the_delimiter()
        elif self._at is _In.LINE:
            self._line()
        elif self._at is _In.HEAD:
            yield from self._head()
        else:
            self._held = b""

    def _until_the_delimiter(self) -> Iterator[Edge | bytes]:
        is_body = self._at is _In.BODY
        found = self._held.find(self._delimiter)
        upto = found if found >= 0 else max(0, len(self._held) - len(self._delimiter) + 1)
        if is_body and upto:
            yield self._held[:upto]
        self._held = self._held[upto:]
        if found >= 0:
            self._held = self._held[len(self._delimiter) :]
            self._at = _In.LINE
            if is_body:
                yield Edge.END

    def _line(self) -> None:
        if self._held.startswith(b"--"):
            self._at = _In.EPILOGUE
            return
        rest = self._held.lstrip(b" \t")
        if rest.startswith(b"\r\n"):
            self._held, self._at = rest, _In.HEAD
        elif rest not in {b"", b"\r", b"-"} or len(self._held) > _LINE_BYTES:
            raise ValueError

    def _head(self) -> Iterator[Edge]:
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            if len(self._held) > _HEAD_BYTES:
                raise ValueError
            return
        if b"\r\ncontent-type:multipart/" in self._held[:end].lower().replace(b" ", b""):
            raise ValueError
        self._held, self._at = self._held[end + 4 :], _In.BODY
        yield Edge.BEGIN
