"""Baselines: stock Faust, with an empty agent (`python -m stream.bench.stock_faust empty`) or the watch path's work.

`... watch` does the work of Wardwatch's watch path in the micro-batches that stock Faust offers (`noack_take`). It is
for benchmarks only: its delivery has the defects that stream/delivery/transport.py fixes.
"""

import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import faust

from stream.bench.same_work import Batch, watching
from stream.broker.connection import Connection
from stream.delivery.app import broker_options
from stream.settings import Settings

_WITHIN_S: Final = 0.05


class Taken(NamedTuple):
    """A record for the watch path, made from Faust's message; the time-stamp in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def make_app(settings: Settings) -> tuple[faust.App, Any]:
    """Return an app with Faust's own settings except the commit interval, and the topic vitals as raw bytes."""
    app = faust.App(
        settings.group,
        **broker_options(Connection.of(settings)),
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        datadir=Path(tempfile.gettempdir()) / "wardwatch-stock-faust",
        broker_commit_interval=0.5,  # as often as Wardwatch
    )
    return app, app.topic("vitals", key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")


def empty(settings: Settings) -> faust.App:
    """Return an app whose agent does nothing."""
    app, vitals = make_app(settings)

    @app.agent(vitals)  # type: ignore[untyped-decorator]  # Faust is untyped here
    async def nothing(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        async for _ in stream:
            pass

    return app


def same_work(settings: Settings) -> faust.App:
    """Return an app whose agent passes micro-batches to the watch path and acknowledges them when they are finished."""
    app, vitals = make_app(settings)

    async def send(*record: Any) -> Any:  # noqa: ANN401 - topic, key, value, partition, timestamp, headers
        return await app.producer.send(*record)

    @app.agent(vitals)  # type: ignore[untyped-decorator]  # Faust is untyped here
    async def watch(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        async with watching(settings, send) as path:
            async for events in stream.noack_take(settings.run_records, within=_WITHIN_S):
                taken = list(events)
                batch = Batch([_record(event.message) for event in taken], partial(_ack, taken))
                await path.handle(batch.as_run())

    return app


def _record(message: Any) -> Taken:  # noqa: ANN401 - Faust's message
    headers = message.headers.items() if isinstance(message.headers, dict) else message.headers or ()
    at_ms = round(message.timestamp * 1000)
    return Taken(message.topic, message.partition, message.offset, at_ms, message.key, message.value, list(headers))


def _ack(events: list[Any]) -> None:
    for event in events:
        event.ack()


if __name__ == "__main__":
    app_of = {"empty": empty, "watch": same_work}[sys.argv[1]]
    faust.Worker(app_of(Settings()), loglevel="WARNING").execute_from_commandline()
