"""Outputs to Kafka, and the broker's word that they are there.

A send that is only buffered is no delivery. `post` buffers; `confirm` returns when the broker has acknowledged every
record, however long it is away: until then the input is not acknowledged either, so a crash meanwhile repeats it and
loses nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, NamedTuple

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)
from structlog import get_logger

from stream.delivery.records import Record

log = get_logger()

_TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)
_HOPELESS: Final = (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    TopicAuthorizationFailedError,
)
"""No retry helps and the record is not to blame: these end the worker, and its successor reads the input again."""


class Output(NamedTuple):
    """A record to be sent, and the input that it follows from (None for news about ourselves)."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    origin: Record | None = None
    partition: int | None = None  # that of the key, but for an input that is moved


class PublishError(Exception):
    """The broker will never take this output: it is too large, or an input that we may not move."""

    def __init__(self, output: Output, *, may_not: bool = False) -> None:
        why = "may not be written by this worker" if may_not else "is larger than the broker takes"
        moved = "; it is an input that lies in another partition than its key's" if output.partition is not None else ""
        super().__init__(f"an output for {output.topic} {why}{moved}")
        self.output = output
        self.may_not = may_not


class Delivery:
    """An output on its way; without a future the producer itself would not take it, since it is too large."""

    __slots__ = ("future", "output")

    def __init__(self, output: Output, future: Awaitable[Any] | None) -> None:
        self.output = output
        self.future = None if future is None else asyncio.ensure_future(future)


Send = Callable[..., Awaitable[Awaitable[Any]]]


class Sender:
    """Sends through Faust's producer: `send(topic, key, value, partition, timestamp, headers)` gives a future."""

    def __init__(self, send: Send, timeout_s: float, on_confirmed: Callable[[Output], None]) -> None:
        self._send = send
        self._timeout_s = timeout_s
        self._on_confirmed = on_confirmed

    async def post(self, outputs: Iterable[Output]) -> list[Delivery]:
        """Hand outputs to the producer, in order. Returns before the broker has them."""
        return [await self._post(output) for output in outputs]

    async def _post(self, output: Output) -> Delivery:
        while True:
            try:
                async with asyncio.timeout(self._timeout_s):
                    future = await self._send(
                        output.topic, output.key, output.value, output.partition, None, output.headers
                    )
                return Delivery(output, future)
            except _TOO_LARGE:
                return Delivery(output, None)  # told where it is confirmed, in its turn
            except _HOPELESS:
                raise
            except (KafkaError, TimeoutError) as error:
                self._wait_for_broker(error)
                await asyncio.sleep(0.2)

    async def confirm(self, deliveries: Iterable[Delivery]) -> None:
        """Wait until the broker has every record. Raises PublishError for one that it will never take."""
        for delivery in deliveries:
            while not await self._confirmed(delivery):
                pass

    async def _confirmed(self, delivery: Delivery) -> bool:
        if delivery.future is None:
            raise PublishError(delivery.output)
        try:
            async with asyncio.timeout(self._timeout_s):
                await asyncio.shield(delivery.future)
        except TimeoutError as error:  # still in the idempotent producer's hands: sending it again would double it
            self._wait_for_broker(error)
            return False
        except _TOO_LARGE as error:
            raise PublishError(delivery.output) from error
        except TopicAuthorizationFailedError as error:
            if delivery.output.partition is None:
                raise
            raise PublishError(delivery.output, may_not=True) from error  # rights of before: no reason to end
        except _HOPELESS:
            raise
        except KafkaError as error:
            self._wait_for_broker(error)
            delivery.future = (await self._post(delivery.output)).future
            return False
        self._on_confirmed(delivery.output)
        return True

    @staticmethod
    def _wait_for_broker(error: Exception) -> None:
        log.warning("broker-does-not-confirm", error=type(error).__name__)
