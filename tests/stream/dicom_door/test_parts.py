"""A multipart body is cut into its parts, in whatever pieces it comes."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.dicom_door.parts import Edge, Parts, boundary_of

CONTENTS = st.lists(st.binary(max_size=60) | st.sampled_from([b"\r\n--edg", b"--edge", b"\r\n", b"\r\n--", b"-"]))


def cut(body: bytes, at: Sequence[int] = ()) -> tuple[list[bytes], bool]:
    """The contents of the whole parts of a body that comes in pieces, and whether its end has come."""
    parts, whole, now = Parts(b"edge"), [], b""
    for begin, end in pairwise([0, *sorted(at), len(body)]):
        for said in parts.feed(body[begin:end]):
            if isinstance(said, bytes):
                now += said
            elif said is Edge.END:
                whole.append(now)
            else:
                now = b""
    return whole, parts.is_ended


def body_of(contents: Sequence[bytes], head: bytes = b"Content-Type: application/dicom") -> bytes:
    return b"".join(b"--edge\r\n" + head + b"\r\n\r\n" + one + b"\r\n" for one in contents) + b"--edge--\r\n"


@given(CONTENTS, st.data())
def test_every_part_comes_out_as_it_is_in_whatever_pieces_it_comes(contents: list[bytes], data: st.DataObject) -> None:
    body = body_of(contents)
    at = data.draw(st.lists(st.integers(0, len(body))))
    assert cut(body, at) == (contents, True)


@given(st.integers(0, 400))
def test_a_body_that_breaks_off_has_only_its_whole_parts(length: int) -> None:
    contents = [b"a" * 100, b"b" * 100]
    body = body_of(contents)
    whole, is_ended = cut(body[:length])
    assert whole == contents[: len(whole)]
    assert is_ended == (length >= body.rindex(b"--edge--") + len(b"--edge--"))


@pytest.mark.parametrize(
    "body",
    [
        b"--edge\r\n\r\nxyz\r\n--edge--",  # no head, and no line's end, as Orthanc ends
        b"\r\n--edge \t\r\nContent-Length: 99\r\n\r\nxyz\r\n--edge--\r\nepilogue",
        b"preamble\r\n--edge\r\nA: b\r\n\r\nxyz\r\n--edge-- \r\n--edge\r\n\r\nno part\r\n--edge--",
    ],
)
@pytest.mark.parametrize("pieces", [1, 1000])
def test_what_senders_write_around_their_parts_is_no_part(body: bytes, pieces: int) -> None:
    at = range(1, len(body)) if pieces == 1000 else ()
    assert cut(body, at) == ([b"xyz"], True)


@pytest.mark.parametrize(
    "body",
    [
        b"--edgeless\r\n\r\nxyz\r\n--edge--",
        b"--edge" + b" " * 2000,
        b"--edge\r\n" + b"A: b\r\n" * 5000,
        body_of([b"xyz"], b"Content-type:  Multipart/mixed; boundary=other"),
    ],
)
def test_what_is_no_body_of_plain_parts_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words
        cut(body)


def test_a_body_without_parts_has_none_and_holds_nothing() -> None:
    parts = Parts(b"edge")
    for _ in range(100):
        assert list(parts.feed(b"x" * 1000)) == []
    assert len(parts._held) < 100  # noqa: SLF001 - what it holds
    assert cut(b"") == ([], False)
    assert cut(b"--edge--") == ([], True)


def test_the_boundary_is_the_one_that_the_content_type_names() -> None:
    assert boundary_of('multipart/related; type="application/dicom"; boundary=' + "a" * 73) == b"a" * 73
    assert boundary_of('multipart/related; boundary="a b"') == b"a b"
    for none in ("multipart/related", "multipart/related; boundary=", f"multipart/related; boundary={'a' * 201}", "ä"):
        with pytest.raises(ValueError):  # noqa: PT011 - it has no words
            boundary_of(none)
