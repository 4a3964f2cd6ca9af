"""The HL7 senders of a benchmark: beds that send vital signs over MLLP, each waiting for its answer before the next."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

START, END = b"\x0b", b"\x1c\r"
_PATIENCE_S: Final = 60.0
_control: Final = count()

# What a monitor of one bed sends at a time, as an IHE PCD-01 message: code, name, value, unit.
_OBSERVED: Final = (
    ("147842", "MDC_ECG_HEART_RATE", 71, "264864^MDC_DIM_BEAT_PER_MIN"),
    ("150456", "MDC_PULS_OXIM_SAT_O2", 97, "262688^MDC_DIM_PERCENT"),
    ("151562", "MDC_RESP_RATE", 14, "264928^MDC_DIM_RESP_PER_MIN"),
    ("150037", "MDC_PRESS_BLD_ART_ABP_SYS", 118, "266016^MDC_DIM_MMHG"),
    ("150038", "MDC_PRESS_BLD_ART_ABP_DIA", 70, "266016^MDC_DIM_MMHG"),
    ("150039", "MDC_PRESS_BLD_ART_ABP_MEAN", 86, "266016^MDC_DIM_MMHG"),
    ("150344", "MDC_TEMP", 37, "268192^MDC_DIM_DEGC"),
)


class NotAcceptedError(Exception):
    """A message was not answered with AA."""


def message(bed: str, time: datetime) -> bytes:
    """One message of one bed, framed; no two are the same."""
    number = next(_control)
    stamp = time.strftime("%Y%m%d%H%M%S.%f")[:-3] + "+0000"
    lines = [
        f"MSH|^~\\&|BENCH|WARD|WARDWATCH|HOSPITAL|{stamp}||ORU^R01^ORU_R01|{number}|P|2.6",
        f"PID|||{bed}^^^HOSPITAL^MR||DOE^JANE||19600229|F",
        f"PV1||I|ICU^1^{bed}",
        f"OBR|1||{number}|69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|||{stamp}",
    ]
    lines += [
        f"OBX|{at}|NM|{code}^{name}^MDC|1.0.0.{at}|{value + number % 3}|{unit}^MDC|||||R"
        for at, (code, name, value, unit) in enumerate(_OBSERVED, 1)
    ]
    return START + ("\r".join(lines) + "\r").encode() + END


def backlog(bed: str, hours: float, every_s: float) -> list[bytes]:
    """What a bed held back for so long, oldest first."""
    now, several = datetime.now(UTC), round(hours * 3600 / every_s)
    return [message(bed, now - timedelta(seconds=every_s * (several - at))) for at in range(several)]


class Bed:
    """One connection."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self._reader = reader
        self._writer = writer

    async def send(self, framed: bytes) -> float:
        """Send a message; how many ms its answer took. Raises NotAcceptedError for another answer than AA."""
        began_s = time.perf_counter()
        self._writer.write(framed)
        async with asyncio.timeout(_PATIENCE_S):
            answer = await self._reader.readuntil(END)
        if b"MSA|AA" not in answer:
            said = answer.partition(b"MSA|")[2][:2].decode("ascii", "replace")
            text = f"a message was answered with {said or 'no MSA'} instead of AA"
            raise NotAcceptedError(text)
        return (time.perf_counter() - began_s) * 1000

    async def send_all(self, messages: Iterable[bytes]) -> None:
        """Send messages, each after the answer to the one before it."""
        for one in messages:
            await self.send(one)

    async def send_steadily(self, every_s: float, for_s: float) -> list[float]:
        """Send a message now and then; how many ms the answers took."""
        took, end_s = [], time.monotonic() + for_s
        while (due_s := time.monotonic() + every_s) < end_s:
            took.append(await self.send(message(self.name, datetime.now(UTC))))
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        return took


@asynccontextmanager
async def beds(port: int, number: int, prefix: str) -> AsyncIterator[Sequence[Bed]]:
    """So many open connections."""
    made: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    try:
        for _ in range(number):
            made.append(await asyncio.open_connection("127.0.0.1", port))  # noqa: PERF401 - those before are to be closed
        yield [Bed(f"{prefix}{at}", *pair) for at, pair in enumerate(made)]
    finally:
        for _, writer in made:
            writer.close()


async def steady(connected: Sequence[Bed], every_s: float, for_s: float) -> list[float]:
    """Every bed sends now and then, not all at once; how many ms the answers took."""

    async def one(at: int, bed: Bed) -> list[float]:
        await asyncio.sleep(every_s * at / len(connected))
        return await bed.send_steadily(every_s, for_s)

    return [ms for row in await asyncio.gather(*(one(at, bed) for at, bed in enumerate(connected))) for ms in row]
