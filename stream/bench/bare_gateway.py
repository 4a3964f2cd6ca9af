"""Baseline: a bare asyncio reader that splits the fields of HL7 messages, awaits Kafka and answers AA.

`python -m stream.bench.bare_gateway PORT`: it knows no codes, units, persons, doubles or limits.
"""

import asyncio
import json
import sys

from aiokafka import AIOKafkaProducer

from stream.bench.hl7_load import END, START
from stream.broker.connection import Connection
from stream.settings import Settings


async def serve(settings: Settings, port: int) -> None:
    """Answer until killed."""
    producer = AIOKafkaProducer(acks="all", enable_idempotence=True, **Connection.of(settings).for_aiokafka())

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                block = await reader.readuntil(END)
                rows = [line.split("|") for line in block[1 : -len(END)].decode().split("\r") if line]
                segments = {row[0]: row for row in rows}
                values = {row[3].split("^")[0]: float(row[5]) for row in rows if row[0] == "OBX"}
                patient = segments["PID"][3].split("^")[0]
                value = json.dumps({"patient": patient, "time": segments["OBR"][7], "values": values}).encode()
                await producer.send_and_wait("vitals", value, key=patient.encode())
                control = segments["MSH"][9]
                said = f"MSH|^~\\&|||||||ACK|{control}|P|2.6\rMSA|AA|{control}\r"
                writer.write(START + said.encode() + END)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with producer, await asyncio.start_server(answer, "127.0.0.1", port, backlog=2048) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Settings(), int(sys.argv[1])))
