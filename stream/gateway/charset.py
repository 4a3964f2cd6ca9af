"""Character sets of messages: what MSH-18 names (HL7 table 0211), else the sender's, else UTF-8. Pure.

All are decoded before anything is split, since in Shift-JIS and GB 18030 a delimiter's byte may be half a character.
"""

import codecs
import re
from functools import lru_cache
from typing import Final, NamedTuple

# fmt: off
_TABLE_0211: Final[dict[str, str]] = {
    "ASCII": "ascii", "ISO IR6": "ascii",
    **{f"8859/{part}": f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))},
    "ISO IR100": "iso8859-1", "ISO IR101": "iso8859-2", "ISO IR144": "iso8859-5", "ISO IR192": "utf-8",
    "UNICODE": "utf-8", "UNICODE UTF-8": "utf-8",  # UNICODE alone is deprecated: who writes it means UTF-8
    "GB 18030-2000": "gb18030", "GB18030": "gb18030", "GB2312": "gb18030", "GBK": "gb18030",  # 18030 contains both
    "BIG-5": "big5hkscs", "KS X 1001": "euc_kr",
    "ISO IR14": "iso2022_jp", "ISO IR87": "iso2022_jp", "ISO IR159": "iso2022_jp_1", "JAS2020": "iso2022_jp",
    "JIS X 0202": "iso2022_jp",
    "SHIFT-JIS": "cp932", "SHIFT_JIS": "cp932", "SJIS": "cp932",  # no name of the table; senders write it
    "WINDOWS-1252": "cp1252", "ANSI": "cp1252",
}
# fmt: on
_PART_8859: Final = re.compile(r"(?:ISO)?[ -]?8859[-_/ ](\d+)")
_DECLARED: Final = 17  # the place of MSH-18 where a header is split at its separator: MSH-1 is that separator


class Decoded(NamedTuple):
    """A block's text.

    is_stated   the message names its character set (MSH-18), or has nothing but ASCII
    is_certain  its bytes are what that set allows, or else the sender's or UTF-8
    """

    text: str
    codec: str
    is_stated: bool
    is_certain: bool = True


def decode(block: bytes, of_sender: str | None = None) -> Decoded:
    """Decode a block; never fails. What is not certain is read as Windows-1252, so that figures and codes are right."""
    declared = named(_declared(block))
    for codec in dict.fromkeys(one for one in (*declared, of_sender, "utf-8", "cp1252") if one):
        try:
            text = block.decode(codec)
        except UnicodeDecodeError:
            continue
        is_certain = text.isascii() or codec in declared or (not declared and codec in {of_sender, "utf-8"})
        return Decoded(text, codec, text.isascii() or codec in declared, is_certain)
    return Decoded(block.decode("latin-1"), "latin-1", is_stated=False, is_certain=False)


def _declared(block: bytes) -> str:
    """MSH-18 as it stands in the header's bytes.

    Where a name before it holds half a character that looks like a delimiter, it is the first field after that place
    that names a set of the table.
    """
    begins = block.find(b"MSH")
    if begins < 0:
        return ""
    header = re.split(rb"[\r\n]", block[begins : begins + 4096], maxsplit=1)[0].decode("latin-1")
    fields = header.split(header[3:4] or "|")[_DECLARED:]
    if fields and named(fields[0]):
        return fields[0]
    return next((field for field in fields if field.upper() in _TABLE_0211), "")


@lru_cache(maxsize=256)
def named(declared: str) -> tuple[str, ...]:
    """Python's codecs for what MSH-18 says; of repetitions the one that can also write the others counts first."""
    found = []
    for name in re.split(r"[~\\]", declared.upper()):
        plain = _PART_8859.sub(r"8859/\1", " ".join(name.split()))
        codec = _TABLE_0211.get(plain) or _python_name(plain)
        if codec:
            found.append(codec)
    return tuple(sorted(dict.fromkeys(found), key=lambda codec: codec == "ascii"))


def _python_name(name: str) -> str | None:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return found.name if getattr(found, "_is_text_encoding", True) else None
