"""What can break between an HL7 sender and Kafka, and what it came to: for the stack test and `make chaos-hl7`.

The sender keeps a log of its own and sends a message until it is accepted. It cuts messages, goes away before it has
read the answer, and leaves connections half open.
"""

import asyncio
import os
import signal
import tempfile
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console

from models.deidentify.keyed import Keyed
from stream.broker.topics import create_topics, list_topics
from stream.gateway.conventions import Conventions
from stream.gateway.framing import framed
from stream.settings import Settings
from stream.stack.kafka import KafkaServer
from stream.stack.ports import HOST, free_ports
from tests.builders.gateway_process import KEY, GatewayProcess, gateway
from tests.builders.hl7_ids import ids_of
from tests.builders.hl7_messages import HEART_RATE, message, request
from tests.stack.counts import show

READING: Final = Conventions(Keyed(KEY.encode()))
COUNTED: Final = ("messages", "sent again", "records", "lost", "unknown", "disordered", "doubled")
AWAY_S: Final = 4.0
"""So long something is away; a message goes into the spool after two seconds."""
_ANSWER_S: Final = 6.0
_SETTLED_S: Final = 90.0


class Door:
    """A gateway that can be killed and started again, at one port and with one spool."""

    def __init__(self, broker: str, folder: Path, *options: str) -> None:
        (self.port,) = free_ports(1)
        self._broker = broker
        self._folder = folder
        self._options = (*options, "--port", str(self.port), "--spool", str(folder / "spool"), "--slow-s", "5")
        self._until = AsyncExitStack()
        self._running: GatewayProcess | None = None

    async def start(self) -> None:
        self._running = await self._until.enter_async_context(gateway(self._broker, self._folder, *self._options))

    async def kill(self) -> None:
        if self._running is not None:
            self._running.process.kill()
        await self._until.aclose()


class Sender:
    """Sends one patient's messages, each until it is accepted, and writes down what was."""

    def __init__(self, port: int, patient: str) -> None:
        self.accepted: list[bytes] = []
        self.sent_again = 0
        self._port = port
        self._patient = patient
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def message(self, number: int) -> bytes:
        """The patient's n-th message; the heart rate counts."""
        minutes, seconds = divmod(number, 60)
        time = f"20261121{10 + minutes // 60:02}{minutes % 60:02}{seconds:02}+0100"
        rate = HEART_RATE.replace("|92|", f"|{50 + number % 100}|")
        person = f"PID|||{self._patient}^^^HOSPITAL^MR"
        return message(person, request(time), rate, control=f"{self._patient}-{number}")

    async def send(self, messages: int, per_s: float) -> None:
        """Send so many messages."""
        for number in range(messages):
            one = self.message(number)
            if number % 7 == 3:
                await self._leave_after(b"\x0b" + one[: len(one) // 2])
            if number % 5 == 2:
                await self._leave_after(framed(one))
            while not await self._is_accepted(one):
                self.sent_again += 1
                await asyncio.sleep(0.2)
            self.accepted.append(one)
            await asyncio.sleep(1 / per_s)
        await self.hang_up()

    async def _is_accepted(self, one: bytes) -> bool:
        try:
            reader, writer = self._connection or await asyncio.open_connection(HOST, self._port)
            self._connection = reader, writer
            writer.write(framed(one))
            async with asyncio.timeout(_ANSWER_S):
                said = await reader.readuntil(b"\x1c\r")
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            await self.hang_up()
            return False
        control_id = one.split(b"|")[9]
        return b"MSA|AA|" + control_id in said

    async def _leave_after(self, data: bytes) -> None:
        """Send something and go away without waiting for an answer."""
        self.sent_again += 1
        with suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, self._port)
            writer.write(data)
            await _closed(writer)

    async def hang_up(self) -> None:
        """End the connection."""
        if self._connection is not None:
            await _closed(self._connection[1])
        self._connection = None


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection, be it lost."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def nothing(_: Door, __: KafkaServer) -> None:
    """A clean run."""
    await asyncio.sleep(AWAY_S)


async def kill_the_gateway(door: Door, _: KafkaServer) -> None:
    """With -9, twice."""
    for _number in range(2):
        await asyncio.sleep(1)
        await door.kill()
        await door.start()


async def stop_the_broker(_: Door, kafka: KafkaServer) -> None:
    """In good order, and start it again."""
    await asyncio.sleep(1)
    await asyncio.to_thread(kafka.stop)
    await asyncio.sleep(AWAY_S)
    kafka.start()  # from this thread: the server lives as long as the thread that started it


async def freeze_the_broker(_: Door, kafka: KafkaServer) -> None:
    """It neither answers nor is gone."""
    await asyncio.sleep(1)
    assert kafka.pid is not None
    os.kill(kafka.pid, signal.SIGSTOP)
    await asyncio.sleep(AWAY_S)
    os.kill(kafka.pid, signal.SIGCONT)


async def kill_the_gateway_while_the_broker_is_away(door: Door, kafka: KafkaServer) -> None:
    """Between the disk and the broker."""
    await asyncio.sleep(1)
    await asyncio.to_thread(kafka.kill)
    await asyncio.sleep(AWAY_S)
    await door.kill()
    await door.start()
    await asyncio.sleep(AWAY_S)
    kafka.start()


MISCHIEF: Final[dict[str, Callable[[Door, KafkaServer], Awaitable[None]]]] = {
    "nothing": nothing,
    "gateway killed with -9": kill_the_gateway,
    "broker stopped and started": stop_the_broker,
    "broker frozen": freeze_the_broker,
    "spool full": stop_the_broker,
    "gateway killed while the broker is away": kill_the_gateway_while_the_broker_is_away,
}
OPTIONS: Final = {"spool full": ("--spool-mib", "0.02")}


async def losses(name: str, kafka: KafkaServer, folder: Path, senders: int = 4, messages: int = 60) -> Counter[str]:
    """One round of a kind of mischief, in numbers."""
    await create_topics(Settings(broker=kafka.address))
    begin = await _ends(kafka.address)
    door = Door(kafka.address, folder, *OPTIONS.get(name, ()))
    await door.start()
    half_open = [await asyncio.open_connection(HOST, door.port) for _ in range(5)]
    for _, writer in half_open:
        writer.write(b"\x0bMSH|^~\\&|MONITORS|WARD|")
    prefix = uuid.uuid4().hex[:6]
    every = [Sender(door.port, f"{prefix}{number}") for number in range(senders)]
    sending = [asyncio.create_task(one.send(messages, per_s=15)) for one in every]
    try:
        await MISCHIEF[name](door, kafka)
        await asyncio.gather(*sending)
        return await _counted(every, kafka.address, begin)
    finally:
        for task in sending:
            task.cancel()
        for _, writer in half_open:
            await _closed(writer)
        await door.kill()


async def _counted(senders: list[Sender], broker: str, begin: dict[TopicPartition, int]) -> Counter[str]:
    order = [[one for sent in sender.accepted for one in ids_of(sent, READING)] for sender in senders]
    wanted = {one for ids in order for one in ids}
    came = await _came(broker, begin, wanted)
    firsts = {one: at for at, one in reversed(list(enumerate(came)))}
    places = [[firsts[one] for one in ids if one in firsts] for ids in order]
    return Counter(
        {
            "messages": sum(len(sender.accepted) for sender in senders),
            "sent again": sum(sender.sent_again for sender in senders),
            "records": len(came),
            "lost": len(wanted - set(came)),
            "unknown": len(set(came) - wanted),
            "disordered": sum(a > b for one in places for a, b in pairwise(one)),
            "doubled": len(came) - len(set(came)),
        }
    )


async def _ends(broker: str) -> dict[TopicPartition, int]:
    (topic,) = await list_topics(Settings(broker=broker), ["vitals"])
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=broker)
    await consumer.start()
    try:
        return dict(await consumer.end_offsets([TopicPartition("vitals", one) for one in range(topic.partitions)]))
    finally:
        await consumer.stop()


async def _came(broker: str, begin: dict[TopicPartition, int], wanted: set[str]) -> list[str]:
    """The ids of all records since the beginning, by partition in their order; waits for those that are wanted."""
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False)
    await consumer.start()
    came: dict[TopicPartition, list[str]] = {partition: [] for partition in begin}
    try:
        consumer.assign(list(begin))
        for partition, offset in begin.items():
            consumer.seek(partition, offset)
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLED_S):
                is_over = False
                while not is_over:
                    found = await consumer.getmany(timeout_ms=1000)
                    for partition, records in found.items():
                        came[partition] += [dict(record.headers)["ce_id"].decode() for record in records]
                    is_over = not found and wanted <= {one for ids in came.values() for one in ids}
    finally:
        await consumer.stop()
    return [one for partition in sorted(came) for one in came[partition]]


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each kind of mischief is made.")] = 5,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as one JSON object.")] = False,
) -> None:
    """Break everything between HL7 senders and Kafka; exit 1 when an accepted message was lost or a record unknown."""
    rows: dict[str, Counter[str]] = {name: Counter() for name in MISCHIEF}
    err = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="wardwatch-hl7-") as scratch, KafkaServer() as kafka:
        for name, counts in rows.items():
            for number in range(rounds):
                folder = Path(scratch) / uuid.uuid4().hex
                folder.mkdir()
                counted = asyncio.run(losses(name, kafka, folder))
                counts.update(counted)
                err.print(f"{name} {number + 1}/{rounds}: {dict(counted)}")
    show(rows, rounds, COUNTED, as_json=as_json)
    if any(counts["lost"] or counts["unknown"] for counts in rows.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
