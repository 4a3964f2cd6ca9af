"""The MLLP server: one message after the other on each connection, and an answer only when its fate is known."""

import asyncio
import ssl
from asyncio import IncompleteReadError
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import hl7
from hl7.exceptions import HL7Exception
from hl7.mllp import InvalidBlockError, start_hl7_server
from prometheus_client import CollectorRegistry, Counter
from structlog import get_logger

from stream.gateway.answer import Verdict, answer
from stream.gateway.outlet import BrokerAwayError, Outlet
from stream.gateway.segments import Message, text
from stream.gateway.translate import Conventions, Trouble, Unusable, translate

log = get_logger()

LARGEST_BYTES: Final = 2**20  # of a message; our choice, some hundred times a monitor's
_UNREADABLE: Final = Trouble("MSH^1", "100", "what came is no HL7 v2 message in UTF-8")
_NO_CONTROL_ID: Final = Trouble("MSH^1^10", "101", "the message has no control id (MSH-10)")
_AWAY: Final = Trouble("MSH^1", "207", "the broker does not confirm; send the message again")
_FAILED: Final = Trouble("MSH^1", "207", "the gateway failed on this message")


class Gateway:
    """Takes messages in and answers them. A message is accepted when the broker has confirmed all its records."""

    def __init__(self, conventions: Conventions, outlet: Outlet) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "wardwatch_gateway_messages_total", "HL7 messages by answer", ["answer"], registry=self.registry
        )
        self._records = Counter(
            "wardwatch_gateway_records_total", "records confirmed by the broker", ["topic"], registry=self.registry
        )
        self._conventions = conventions
        self._outlet = outlet
        self._connections: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def listen(self, host: str, port: int, security: ssl.SSLContext | None) -> asyncio.Server:
        """Begin to listen; raises OSError where that address can't be had."""
        server: asyncio.Server = await start_hl7_server(self._connected, host, port, limit=LARGEST_BYTES, ssl=security)
        return server

    async def close(self) -> None:
        """End every connection: those that wait at once, those at work when they have answered."""
        self._is_closing = True
        for task in self._idle:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def answer_to(self, block: bytes) -> bytes:
        """What to answer to one message."""
        message: Message | None = None
        try:
            message = hl7.parse(block.decode())
            verdict, troubles = await self._take(message)
        except (HL7Exception, IndexError, UnicodeDecodeError):
            verdict, troubles = Verdict.ERROR, [_UNREADABLE]
        except Unusable as unusable:
            verdict, troubles = Verdict.ERROR, [unusable.trouble]
        except BrokerAwayError:
            verdict, troubles = Verdict.REJECTED, [_AWAY]
        except Exception:  # a fault of ours: the sender keeps the message, and the connection goes on
            log.exception("message-failed")
            verdict, troubles = Verdict.ERROR, [_FAILED]
        self._answers.labels(verdict.value).inc()
        if verdict is not Verdict.ACCEPTED:
            log.warning("message-refused", answer=verdict.value, where=troubles[0].where, why=troubles[0].sentence)
        return answer(message, verdict, troubles, datetime.now(UTC), uuid4().hex[:20])

    async def _take(self, message: Message) -> tuple[Verdict, list[Trouble]]:
        if not text(message[0], 10):
            raise Unusable(_NO_CONTROL_ID)
        translation = translate(message, self._conventions)
        await self._outlet.deliver(translation.events)
        for event in translation.events:
            self._records.labels(event.topic).inc()
        if translation.troubles:
            first = translation.troubles[0]
            log.warning("left-out", observations=len(translation.troubles), where=first.where, why=first.sentence)
        return Verdict.ACCEPTED, translation.troubles

    async def _connected(self, reader: Any, writer: Any) -> None:  # noqa: ANN401 - the library is untyped
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._connections.add(task)
        try:
            while not self._is_closing:
                self._idle.add(task)
                block = await reader.readblock()
                self._idle.discard(task)
                writer.writeblock(await self.answer_to(block))
                await writer.drain()
        except IncompleteReadError as error:
            if error.partial:
                log.warning("connection-ended-inside-a-message")
        except InvalidBlockError:
            log.warning("no-mllp", why="what came does not begin as MLLP does")
        except ValueError:
            log.warning("message-too-large", most_bytes=LARGEST_BYTES)
        except ConnectionError:
            log.warning("connection-lost")
        except asyncio.CancelledError:
            log.info("connection-closed-by-us")
        finally:
            self._idle.discard(task)
            self._connections.discard(task)
            writer.close()
