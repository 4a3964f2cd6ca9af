"""Character sets: as MSH-18 names them, else the sender's, else UTF-8; a name that nobody reads refuses no message."""

import pytest

from stream.gateway.charset import decode
from stream.gateway.segments import split, text


def sent(name: str, codec: str, declared: str | None) -> bytes:
    tail = "" if declared is None else "|" * 6 + declared
    return f"MSH|^~\\&|MON|W|WW|H|20261121101501+0100||ORU^R01|42|P|2.6{tail}\rPID|||7||{name}|x\r".encode(codec)


@pytest.mark.parametrize(
    ("name", "codec", "declared"),
    [
        ("MÜLLER", "latin-1", "8859/1"),
        ("MÜLLER", "latin-1", "ISO-8859-1"),
        ("MÜLLER", "latin-1", "8859-1"),
        ("ŠKODA", "iso8859-2", "8859/2"),
        ("ИВАНОВ", "iso8859-5", "8859/5"),
        ("MÜLLER", "cp1252", "Windows-1252"),
        ("MÜLLER", "utf-8", "UNICODE UTF-8"),
        ("MÜLLER", "utf-8", "UTF-8"),
        ("张伟", "gb18030", "GB 18030-2000"),
        ("山田", "cp932", "Shift_JIS"),
        ("山田", "iso2022_jp", "~ISO IR87"),
        ("김", "euc_kr", "KS X 1001"),
        ("陳", "big5hkscs", "BIG-5"),
    ],
)
def test_a_declared_set_is_used(name: str, codec: str, declared: str) -> None:
    found = decode(sent(name, codec, declared))
    assert found.is_certain
    assert text(split(found.text)[0].segments[1], 5) == name


@pytest.mark.parametrize(("name", "codec"), [("ソ能表\u5341", "cp932"), ("亅俓", "gb18030")])
def test_half_a_character_that_looks_like_a_delimiter_is_none(name: str, codec: str) -> None:
    declared = "SHIFT_JIS" if codec == "cp932" else "GB 18030-2000"
    found = decode(sent(name, codec, declared))
    person = split(found.text)[0].segments[1]
    assert (text(person, 5), text(person, 6)) == (name, "x")


def test_a_set_is_found_behind_half_a_character_in_the_header() -> None:
    half = "亅"  # its second byte in GB 18030 is a vertical bar
    assert b"|" in half.encode("gb18030")
    block = sent("张伟", "gb18030", "GB 18030-2000").replace(b"|W|", b"|W" + half.encode("gb18030") + b"|")
    assert decode(block).codec == "gb18030"


def test_without_a_declared_set_utf_8_counts_and_then_the_senders() -> None:
    assert decode(sent("MÜLLER", "utf-8", None)).is_certain
    of_sender = decode(sent("MÜLLER", "latin-1", None), "latin-1")
    assert (of_sender.codec, of_sender.is_certain) == ("latin-1", True)


@pytest.mark.parametrize("declared", [None, "", "UNICODE UTF-8", "ASCII", "NO SUCH SET"])
def test_what_can_only_be_guessed_is_read_and_called_uncertain(declared: str | None) -> None:
    found = decode(sent("MÜLLER", "latin-1", declared))
    assert not found.is_certain
    assert "|42|P|" in found.text


def test_a_codec_that_is_no_character_set_is_none() -> None:
    assert decode(sent("MÜLLER", "utf-8", "base64")).codec == "utf-8"
