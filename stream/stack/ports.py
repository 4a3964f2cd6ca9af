"""Choosing loopback ports for servers that are stopped and started again."""

import random
import socket
from typing import Final

HOST: Final = "127.0.0.1"

# Below the range from which Linux (32768), macOS and Windows (49152) take the ports of outgoing connections. A client
# that knocks at a stopped server's port inside that range may be given the very port as its own and so hold it.
_FIRST: Final = 20_000
_LAST: Final = 32_000


def free_port() -> int:
    """Return a loopback TCP port on which nothing listens.

    Raises:
        OSError: no free port was found.
    """
    for port in random.SystemRandom().sample(range(_FIRST, _LAST), k=200):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    msg = f"no free port between {_FIRST} and {_LAST} on {HOST}"
    raise OSError(msg)
