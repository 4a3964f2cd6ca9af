"""What keeps vital signs waiting in stock Faust's fetch loop, and not in ours: no server is asked."""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from aiokafka.consumer import fetcher
from faust.types.tuples import TP

from stream.delivery.transport import FETCH_WAIT_MS, Transport
from stream.delivery.turns import BESIDE_LIVE

BUSY, SILENT = TP("vitals", 0), TP("labs", 0)
CONSUMERS = {"stock": 1500, "ours": FETCH_WAIT_MS}


@pytest.fixture(params=list(CONSUMERS))
async def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def consumer(kind: str) -> AsyncIterator[Any]:
    """A consumer that has both partitions and asks nobody."""
    app = faust.App("fetching", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False, web_enabled=False)
    if kind == "ours":
        app.transport = Transport(app.conf.broker, app)
    app.consumer._set_active_tps({BUSY, SILENT})  # noqa: SLF001 - as after an assignment
    yield app.consumer
    app.consumer._thread.thread_loop.close()  # noqa: SLF001 - Faust leaves it open


async def test_only_stock_faust_leaves_a_partition_with_a_full_buffer_out_of_its_fetches(
    kind: str,
    consumer: Any,  # noqa: ANN401 - Faust is untyped
) -> None:
    consumer.on_buffer_full(BUSY)
    asked = consumer._get_active_partitions()  # noqa: SLF001 - what the next fetch asks for
    assert (BUSY in asked) == (kind == "ours")
    consumer.on_buffer_drop(BUSY)
    assert consumer._get_active_partitions() == {BUSY, SILENT}  # noqa: SLF001


async def test_a_fetch_of_silent_topics_returns_soon_except_in_stock_faust(
    kind: str,
    consumer: Any,  # noqa: ANN401 - Faust is untyped
) -> None:
    fetching = consumer._thread._create_worker_consumer(consumer.transport)  # noqa: SLF001 - aiokafka's own
    assert fetching._fetch_max_wait_ms == CONSUMERS[kind]  # noqa: SLF001 - the longest that a broker may hold a fetch
    await fetching.stop()


async def test_only_ours_reads_no_aborted_transactions_and_reads_batches_itself(
    kind: str,
    consumer: Any,  # noqa: ANN401 - Faust is untyped
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetcher, "PartitionRecords", stock := object())
    fetching = consumer._thread._create_worker_consumer(consumer.transport)  # noqa: SLF001 - aiokafka's own
    assert fetching._isolation_level == {"stock": "read_uncommitted", "ours": "read_committed"}[kind]  # noqa: SLF001
    assert (fetcher.PartitionRecords is stock) == (kind == "stock")
    await fetching.stop()


def fetched_at(stamp_ms: float) -> SimpleNamespace:
    """What aiokafka keeps of a partition, as far as it is looked at."""
    return SimpleNamespace(_partition_records=SimpleNamespace(stamp_ms=stamp_ms))


async def test_only_ours_hands_on_less_of_a_backlog_while_another_partition_is_live(
    kind: str,
    consumer: Any,  # noqa: ANN401 - Faust is untyped
) -> None:
    asked: list[Any] = []

    async def fetched_records(active: set[TP], *, timeout: float, max_records: int) -> dict[TP, Any]:  # noqa: ASYNC109 - as aiokafka's
        asked.extend([active, timeout, max_records])
        return {BUSY: []}

    lying = OrderedDict({BUSY: fetched_at(0), SILENT: fetched_at(1000 * time.time())})
    subscriptions = SimpleNamespace(fetch_context=nullcontext)
    reader = SimpleNamespace(
        _records=lying, _closed=False, _subscriptions=subscriptions, fetched_records=fetched_records
    )
    consumer.resume_flow()
    both = {BUSY, SILENT}
    found = await consumer._thread._fetch_records(SimpleNamespace(_fetcher=reader, _closed=False), both, 0.5, 2000)  # noqa: SLF001
    assert found == {BUSY: []}
    assert asked == [both, 0.5, {"stock": 2000, "ours": BESIDE_LIVE}[kind]]


async def test_only_our_producer_makes_no_doubles_of_what_it_sends_again(
    kind: str,
    consumer: Any,  # noqa: ANN401 - Faust is untyped
) -> None:
    producer = consumer.transport.create_producer()
    settings = {**producer._settings_default(), **producer._settings_extra()}  # noqa: SLF001 - what aiokafka is given
    assert settings.get("enable_idempotence", False) is (kind == "ours")
    assert kind == "stock" or settings["acks"] == "all"
