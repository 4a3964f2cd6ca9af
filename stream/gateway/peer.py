"""The other end of a connection: its address, and what its certificate says where it has shown one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Found = TypeVar("Found")


@dataclass(frozen=True)
class Peer:
    """Who is at the other end.

    names        subject alternative names of its certificate (RFC 5280, 4.2.1.6): DNS names, URIs, addresses
    fingerprint  SHA-256 of its certificate, in lower case hexadecimal digits
    """

    address: str
    names: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def name(self) -> str:
        """One name for it, in the log and where its messages are counted."""
        return next(iter(self.names), self.address)

    def of(self, senders: Mapping[str, Found]) -> Found | None:
        """What a table says of it: by fingerprint, by a name of its certificate, by address, the surest first."""
        known_as = (f"sha256:{self.fingerprint}", *(name.casefold() for name in self.names), self.address)
        return next((senders[one] for one in known_as if one in senders), None)


def key_of(stated: str) -> str:
    """A sender as an operator writes it, as `Peer.of` looks for it: openssl writes fingerprints with colons."""
    kind, _, digits = stated.partition(":")
    if kind.casefold() == "sha256":
        return f"sha256:{digits.replace(':', '').casefold()}"
    return stated.casefold()
