"""The listening sockets: connections are accepted one after the other, and each makes its TLS handshake on its own."""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from stream.gateway.limits import Limits
from stream.gateway.peer import Peer
from stream.gateway.tally import Tally

_SPARE: Final = 50  # connections above the limit that are answered before they are ended
_BUFFER_BYTES: Final = 2**15  # asyncio holds up to twice as much of what a connection has sent and nobody has read
_PAUSE_S: Final = 1.0  # where the process has no descriptor left for another connection
_WAITING: Final = 1024  # connections that the system holds until they are accepted
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))
"""After a minute's silence the other end is asked; after two it is known to be gone. Not every system has all three."""

Welcome = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Peer], Awaitable[None]]


class Door:
    """Listens, and hands each connection to `welcome` when its handshake is done."""

    def __init__(self, welcome: Welcome, limits: Limits, tally: Tally, security: ssl.SSLContext | None) -> None:
        self.sockets: Sequence[socket.socket] = ()
        self._welcome = welcome
        self._limits = limits
        self._tally = tally
        self._security = security
        self._accepting: list[asyncio.Task[None]] = []
        self._admitted: set[asyncio.Task[None]] = set()
        self._shaking_hands: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> None:
        """Begin to listen; raises OSError where that address can't be had."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        places = dict.fromkeys((family, address[:2]) for family, _, _, _, address in found)
        self.sockets = [socket.create_server(at, family=family, backlog=_WAITING) for family, at in places]
        for one in self.sockets:
            one.settimeout(0)
        self._accepting = [asyncio.create_task(self._accept(one)) for one in self.sockets]

    def close(self) -> None:
        """Accept no more, and end the handshakes that are not done."""
        for task in (*self._accepting, *self._shaking_hands):
            task.cancel()
        for one in self.sockets:
            one.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, address = await loop.sock_accept(listening)
            except OSError:
                self._tally.limit("descriptors", "")
                await asyncio.sleep(_PAUSE_S)
                continue
            task = asyncio.create_task(self._admit(accepted, Peer(address[0])))
            self._admitted.add(task)
            task.add_done_callback(self._admitted.discard)

    async def _admit(self, accepted: socket.socket, peer: Peer) -> None:
        if len(self._admitted) > self._limits.connections + _SPARE:
            self._tally.limit("connections", peer.name)
            accepted.close()
            return
        reader = asyncio.StreamReader(_BUFFER_BYTES)
        writer = await self._shake_hands(accepted, reader, peer)
        if writer is not None:
            await self._welcome(reader, writer, _with_certificate(peer, writer))

    async def _shake_hands(
        self, accepted: socket.socket, reader: asyncio.StreamReader, peer: Peer
    ) -> asyncio.StreamWriter | None:
        """The connection when it is ready to be read; None where it does not come to that."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        with suppress(OSError):  # gone already: told when it is read
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _KEEPALIVE:
                if hasattr(socket, option):
                    accepted.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        limit_s = None if self._security is None else self._limits.handshake_s
        self._shaking_hands.add(task)
        try:
            transport, protocol = await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader),
                accepted,
                ssl=self._security,
                ssl_handshake_timeout=limit_s,
                ssl_shutdown_timeout=limit_s,
            )
        except OSError:  # of TLS, of the connection, or of time
            self._tally.limit("handshake", peer.name)
            return None
        finally:
            self._shaking_hands.discard(task)
        return asyncio.StreamWriter(transport, protocol, reader, loop)


def _with_certificate(peer: Peer, writer: asyncio.StreamWriter) -> Peer:
    """What the certificate of the other end says; it was verified in the handshake, or none was asked for."""
    over_tls = writer.get_extra_info("ssl_object")
    shown = over_tls.getpeercert() if over_tls is not None else None
    if not shown:
        return peer
    names = tuple(str(name) for kind, name in shown.get("subjectAltName", ()) if kind in {"DNS", "URI", "IP Address"})
    return Peer(peer.address, names, hashlib.sha256(over_tls.getpeercert(binary_form=True)).hexdigest())
