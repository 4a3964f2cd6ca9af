"""Choose loopback ports for servers that are stopped and started again."""

import random
import socket
from typing import Final

HOST: Final = "127.0.0.1"

# Below the range from which Linux (32768), macOS and Windows (49152) take the ports of outgoing connections. A client
# that connects to a stopped server's port inside that range may get this very port as its own and so block it.
_FIRST: Final = 20_000
_LAST: Final = 32_000


def free_ports(count: int) -> list[int]:
    """Return so many different loopback TCP ports on which nothing listens.

    Raises:
        OSError: there are not that many.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(range(_FIRST, _LAST), k=200):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    msg = f"no {count} free ports between {_FIRST} and {_LAST} on {HOST}"
    raise OSError(msg)
