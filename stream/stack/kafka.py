"""Real Apache Kafka without Docker: one KRaft node on loopback, from Maven's jars."""

import subprocess
import tempfile
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from stream.broker.connection import Connection
from stream.stack.jars import kafka_jars, program
from stream.stack.ports import HOST, free_ports
from stream.stack.server_process import ServerError, ServerProcess

_START_S: Final = 60.0
_STOP_S: Final = 30.0

# One node that is broker and controller. Replication factors of 1, since a single node allows no more; short delays and
# sessions, because tests join and kill group members all the time, and kill the node too: it can register again only
# when its former session has expired (9 s by default).
_PROPERTIES: Final = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""


class KafkaServer:
    """One Kafka node whose port and data outlive `stop()` and `kill()`, until the context closes."""

    def __init__(self) -> None:
        self._port, self._controller_port = free_ports(2)
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._child: ServerProcess | None = None

    @property
    def address(self) -> str:
        """Bootstrap address, `host:port`."""
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid if self._child else None

    @property
    def data(self) -> Path:
        """Where the logs of its partitions lie, a folder each; it is there from the first start on."""
        assert self._scratch is not None  # noqa: S101 - see above
        return Path(self._scratch.name) / "data"

    def start(self) -> None:
        """Start the node with its existing data and return when it answers.

        Raises:
            ServerError: Java or Maven is missing, or Kafka does not start.
        """
        if self._child is None:
            self._child = self._prepare()
        self._child.start(_START_S)

    def stop(self) -> None:
        """Stop the node gracefully."""
        if self._child:
            self._child.stop(_STOP_S)

    def kill(self) -> None:
        """Kill the node, as a power cut would."""
        if self._child:
            self._child.kill()

    def _prepare(self) -> ServerProcess:
        java = [program("java", "default-jre-headless"), "-Xmx512m", "-cp", f"{kafka_jars()}/*"]
        self._scratch = tempfile.TemporaryDirectory(prefix="wardwatch-kafka-")
        folder = Path(self._scratch.name)
        properties = folder / "server.properties"
        properties.write_text(
            _PROPERTIES.format(host=HOST, port=self._port, controller_port=self._controller_port, folder=folder)
        )
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # With "=", since an id may begin with a dash and would be taken for an option.
        identified = [f"--cluster-id={cluster_id}", f"--config={properties}"]
        format_storage = [*java, "kafka.tools.StorageTool", "format", *identified]
        done = subprocess.run(format_storage, capture_output=True, text=True, timeout=_START_S, check=False)  # noqa: S603
        if done.returncode:
            msg = f"Kafka could not format its storage:\n{done.stderr[-2000:]}"
            raise ServerError(msg)
        command = [*java, "kafka.Kafka", str(properties)]
        return ServerProcess("Kafka", command, log=folder / "kafka.log", answers=self._answers)

    def _answers(self) -> bool:
        try:
            admin = AdminClient({**Connection((self.address,)).for_librdkafka(), "log_level": 0})
            return bool(admin.list_topics(timeout=1).brokers)
        except KafkaException:
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
