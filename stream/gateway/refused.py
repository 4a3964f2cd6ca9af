"""Refused messages on disk, sealed and bounded: they can be looked at, and come again when a profile was mended.

Each is a file, `ID.refused`; named `ID.again` the running gateway takes it once more, as from the sender that it came
from, and removes it or gives it its first name back.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from stream.gateway.peer import Peer
from stream.gateway.trouble import Trouble
from stream.gateway.vault import SALT_BYTES, SealError, Vault

MOST_BYTES: Final = 256 * 2**20
"""Of all refused messages; our choice."""
_LEFT: Final = 0.9  # of the room, when some is made: the folder is not looked through for each message
_REFUSED, _AGAIN = ".refused", ".again"


@dataclass(frozen=True)
class Refused:
    """A refused message. `content` is what came, `where` and `why` the first thing that is wrong with it."""

    at: datetime
    peer: Peer
    content: bytes
    where: str
    why: str


class RefusedStore:
    """The refused messages in a folder; when there is no room for one more the oldest are given up."""

    def __init__(self, folder: Path, vault: Vault, most_bytes: int = MOST_BYTES) -> None:
        """Open a store; raises OSError where the folder can't be used."""
        self.given_up = 0
        self._folder = folder
        self._vault = vault
        self._most_bytes = most_bytes
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._held_bytes = sum(path.stat().st_size for path in self._files())

    def keep(self, at: datetime, peer: Peer, content: bytes, troubles: Sequence[Trouble]) -> str:
        """Keep a message; its id. Raises OSError."""
        name = f"{at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        self.put_back(name, Refused(at, peer, content, troubles[0].where, troubles[0].sentence))
        return name

    def put_back(self, name: str, one: Refused) -> None:
        """Keep a message under an id that it has, as one that is not asked for again; raises OSError."""
        salt = self._vault.salt()
        plain = asdict(one) | {"at": one.at.isoformat(), "content": one.content.decode("latin-1")}
        whole = salt + self._vault.file(salt).seal(0, json.dumps(plain).encode())
        self._make_room(len(whole))
        aside = self._folder / f"{name}.new"
        aside.write_bytes(whole)
        aside.replace(self._folder / (name + _REFUSED))
        self._held_bytes += len(whole)
        asked = self._folder / (name + _AGAIN)
        if asked.exists():
            self._held_bytes -= asked.stat().st_size
            asked.unlink()

    def ids(self, *, again: bool = False) -> list[str]:
        """The messages that are kept, or those that are to come again; the oldest first."""
        return sorted(path.stem for path in self._folder.glob(f"*{_AGAIN if again else _REFUSED}"))

    def read(self, name: str) -> Refused:
        """A message. Raises SealError, and OSError where it is not there."""
        path = self._path(name)
        whole = path.read_bytes()
        try:
            said = json.loads(self._vault.file(whole[:SALT_BYTES]).unseal(0, whole[SALT_BYTES:]))
            peer = Peer(said["peer"]["address"], tuple(said["peer"]["names"]), said["peer"]["fingerprint"])
            at, content = datetime.fromisoformat(said["at"]), said["content"].encode("latin-1")
            return Refused(at, peer, content, said["where"], said["why"])
        except (KeyError, TypeError, ValueError):
            raise SealError from None

    def ask_again(self, name: str) -> None:
        """Have the running gateway take a message once more; raises OSError where it is not there."""
        (self._folder / (name + _REFUSED)).rename(self._folder / (name + _AGAIN))

    def remove(self, name: str) -> None:
        """Remove a message; raises OSError."""
        path = self._path(name)
        self._held_bytes -= path.stat().st_size
        path.unlink()

    def _path(self, name: str) -> Path:
        refused = self._folder / (name + _REFUSED)
        return refused if refused.exists() else self._folder / (name + _AGAIN)

    def _files(self) -> list[Path]:
        return sorted((*self._folder.glob(f"*{_REFUSED}"), *self._folder.glob(f"*{_AGAIN}")))

    def _make_room(self, more_bytes: int) -> None:
        if self._held_bytes + more_bytes <= self._most_bytes:
            return
        for path in self._files():
            self._held_bytes -= path.stat().st_size
            path.unlink()
            self.given_up += 1
            if self._held_bytes + more_bytes <= self._most_bytes * _LEFT:
                return
