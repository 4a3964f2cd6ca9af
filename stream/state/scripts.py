"""The scripts that run in Redis, by the hashes under which it knows them: a worker's user may run no others."""

import hashlib
from typing import Final

from stream.state.marks import ADVANCE
from stream.state.owner import CLAIM
from stream.state.store import GUARDED_WRITES
from stream.state.tries import BEGUN, SUSPECT

SCRIPTS: Final = (GUARDED_WRITES, ADVANCE, BEGUN, SUSPECT, CLAIM)


def hashes() -> tuple[str, ...]:
    """What EVALSHA calls each of them: its SHA-1, by Redis's protocol."""
    return tuple(hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest() for one in SCRIPTS)
