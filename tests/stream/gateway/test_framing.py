"""Blocks out of a stream of bytes: never two messages in one, never one message in two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.gateway.framing import HEAD_BYTES, Block, Framer, framed

A, B = b"MSH|^~\\&|A\rPID|||A\r", b"MSH|^~\\&|B\rPID|||B\r"
MOST = 100_000


def blocks(stream: bytes, *cuts: int, most: int = MOST) -> list[Block]:
    framer = Framer(most)
    ends = [*sorted(cuts), len(stream)]
    found: list[Block] = []
    for begin, end in zip([0, *ends], ends, strict=False):
        found += framer.feed(stream[begin:end])
    return [*found, *framer.close()]


@pytest.mark.parametrize(
    "between",
    [
        b"\x1c\r",
        b"\x1c",
        b"\x1c\r\n",
        b"\x1c\n",
        b"\x1c\r\x00",
        b"\x1c\r\r\n",
        b"\x1c\r[2026-11-21 09:15] sent\r\n",
        b"\x1c\x1c\r",
        b"\x1c\r\x1a",
    ],
)
def test_what_lies_between_two_blocks_is_no_part_of_either(between: bytes) -> None:
    assert blocks(b"\x0b" + A + between + b"\x0b" + B + b"\x1c\r") == [Block(A), Block(B)]


@pytest.mark.parametrize("before", [b"", b"\n", b"\x00\x00", b"log line\r\n", b"\r\n\r\n", b"\x1c\r"])
def test_what_comes_before_the_first_block_is_passed_over(before: bytes) -> None:
    assert blocks(before + framed(A)) == [Block(A)]


@pytest.mark.parametrize("cut", [A, A[:12], A + b"OBX|1|NM|1478"])
def test_a_start_byte_begins_a_new_block_and_what_was_there_is_cut(cut: bytes) -> None:
    assert blocks(b"\x0b" + cut + framed(B)) == [Block(cut, "cut"), Block(B)]


def test_two_start_bytes_are_one() -> None:
    assert blocks(b"\x0b" + framed(A)) == [Block(A)]


def test_text_right_behind_an_end_byte_makes_it_doubtful_that_the_message_ended_there() -> None:
    stream = b"\x0b" + A + b"\x1cNTE|more\r\x1c\r" + framed(B)
    assert blocks(stream) == [Block(A, "end inside"), Block(B)]


def test_an_end_without_a_start_is_told_once() -> None:
    assert blocks(A + b"\x1c\r" + framed(B)) == [Block(A, "no start"), Block(B)]


def test_a_connection_that_ends_inside_a_block_leaves_it_cut() -> None:
    assert blocks(b"\x0b" + A) == [Block(A, "cut")]


def test_a_block_that_has_ended_waits_for_what_may_follow_and_for_no_longer() -> None:
    framer = Framer(MOST)
    assert list(framer.feed(b"\x0b" + A + b"\x1c")) == []
    assert framer.has_ended
    assert list(framer.settle()) == [Block(A)]
    assert list(framer.feed(b"\r" + framed(B))) == [Block(B)]


@pytest.mark.parametrize("size", [MOST - 1, MOST])
def test_the_largest_block_is_whole(size: int) -> None:
    assert blocks(framed(b"M" * size)) == [Block(b"M" * size)]


def test_of_a_block_too_large_only_its_head_is_kept_and_the_next_is_whole() -> None:
    assert blocks(framed(b"M" * (MOST + 1)) + framed(B)) == [Block(b"M" * HEAD_BYTES, "too large"), Block(B)]


def test_what_never_begins_a_block_is_given_up_once() -> None:
    stream = b"GET / HTTP/1.1\r\n" * 100
    (block,) = blocks(stream, most=1000)
    assert block.fault == "no start"
    assert len(block.content) <= HEAD_BYTES


def test_bytes_between_blocks_of_a_long_connection_never_add_up_to_a_fault() -> None:
    assert {one.fault for one in blocks((framed(B) + b"\n" * 50) * 100, most=1000)} == {""}


@given(
    st.lists(st.sampled_from([A, B, b"\x0b", b"\x1c", b"\r", b"\n", b"x", b"\x00"]), max_size=30),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_how_a_stream_is_cut_into_pieces_changes_nothing(pieces: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(pieces)
    assert blocks(stream, *(cut for cut in cuts if cut < len(stream))) == blocks(stream)


@given(st.lists(st.sampled_from([A, B, A[:9], b"\x1c", b"\r", b"noise"]), max_size=20))
def test_no_block_ever_holds_two_starts(pieces: list[bytes]) -> None:
    stream = b"".join(b"\x0b" + piece for piece in pieces)
    assert all(block.content.count(b"MSH") <= 1 for block in blocks(stream))


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(stream: bytes) -> None:
    assert all(b"\x0b" not in block.content and b"\x1c" not in block.content for block in blocks(stream, most=50))
