"""Who assigned an identifier: a plain name, or a universal id with its type, in the one form that counts. Pure.

Two ways of writing one universal id are one authority, as far as its type says that they are the same id. Two names are
one only where the site says so (`--same-authority SENT=COUNTS`): a number of one authority is another patient's number
of the next.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from unicodedata import normalize

from stream.gateway.segments import DELETED

_OID: Final = re.compile(r"[0-2](\.\d+)+", re.ASCII)
_UUID: Final = re.compile(r"\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.ASCII)
_URI: Final = re.compile(r"([a-z][a-z0-9+.-]*:)(//[^/?#]*)?", re.ASCII | re.IGNORECASE)
_HAS_NO_CASE: Final = frozenset({"DNS", "EUI64"})  # RFC 4343; hex digits


class Authority(NamedTuple):
    """The assigning authority as it counts: its universal id with its type before it, else its name."""

    name: str = ""
    universal: str = ""


def assigner(same: Mapping[str, str], name: str, universal: str = "", kind: str = "") -> Authority:
    """Who assigned an identifier, of what HD says (HL7 v2, chapter 2.A.36): a plain name, or a universal id alone.

    The universal id is the same at every sender, the name is each sender's own. `same` is the site's table.
    """
    name, universal = (normalize("NFC", "" if part == DELETED else part.strip()) for part in (name, universal))
    if not universal:
        return _counted(same, name)
    bare = _without_urn_oid(universal)
    found = next((same[one] for one in (universal, bare, bare.lower()) if one in same), None)
    return Authority(universal=_written(bare, kind)) if found is None else _counted(same, found)


def table_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The site's table: by a name that is sent, the one that counts.

    Raises ValueError where a name has two that count, or counts by way of itself.
    """
    table: dict[str, str] = {}
    for sent, counts in pairs:
        if table.setdefault(sent, counts) != counts:
            message = f"two names count for the authority {sent!r}"
            raise ValueError(message)
    for sent in table:
        at, passed = sent, {sent}
        while (at := table.get(at, "")) and at not in passed:
            passed.add(at)
        if at:
            message = f"the names of the authority {sent!r} lead in a circle"
            raise ValueError(message)
    return table


def _counted(same: Mapping[str, str], name: str) -> Authority:
    """The authority of a name, of the site's table or of a message, which may be an OID or an address."""
    passed: set[str] = set()
    while name in same and name not in passed:
        passed.add(name)
        name = same[name]
    bare = _without_urn_oid(name)
    if _OID.fullmatch(bare) or bare.lower().startswith("urn:") or "://" in bare:
        return Authority(universal=_written(bare, "URI"))
    return Authority(name)


def _written(universal: str, kind: str) -> str:
    """A universal id in the form that counts, its type before it.

    What has no case is compared without one: a UUID (RFC 9562, 4), a name of DNS, scheme and host of an address
    (RFC 3986, 6.2.2.1). The rest of an address has one (FHIR R4, 2.24.0.1), as has an id whose type is not known.
    """
    kind = kind.upper()
    if _OID.fullmatch(universal):
        return f"ISO:{universal}"
    if found := _UUID.fullmatch(universal.lower().removeprefix("urn:uuid:")):  # GUID is another word for it, table 0301
        return f"UUID:{found[1]}"
    if kind in _HAS_NO_CASE:
        return f"{kind}:{universal.lower()}"
    if kind == "URI":
        return f"URI:{_URI.sub(lambda begin: begin[0].lower(), universal, count=1)}"
    return f"{kind}:{universal}"


def _without_urn_oid(stated: str) -> str:
    return stated[8:] if stated.lower().startswith("urn:oid:") else stated
