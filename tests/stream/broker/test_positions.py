"""What an operator is shown of a partition."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from stream.broker import positions
from stream.broker.connection import Connection
from stream.broker.lineage import Log, Place, View
from stream.broker.positions import InUseError, commit, position_of, views_and_commits
from stream.settings import Settings

TP = TopicPartition("vitals", 3)
HERE, THERE = Log("here", 1), Log("there", 1)
VIEW = View(HERE, 10, 100)


@pytest.mark.parametrize(
    ("commit", "mark", "shown"),
    [
        (None, None, (None, None, None, 90)),
        (Place(60, HERE), Place(70, HERE), (60, True, 70, 40)),
        (Place(60), None, (60, None, None, 40)),
        (Place(60, THERE), Place(70, THERE), (60, False, None, 40)),
        (Place(5, HERE), None, (5, True, None, 90)),
        (Place(60, Log("", 0)), Place(70, Log("", 0)), (60, True, 70, 40)),  # a broker that knows no ids of topics
        (Place(500), None, (500, None, None, 0)),
    ],
)
def test_what_is_committed_of_which_log_and_how_far_the_states_are(
    commit: Place | None, mark: Place | None, shown: tuple[int | None, bool | None, int | None, int]
) -> None:
    row = position_of(TP, VIEW, commit, mark)
    assert (row.topic, row.partition, row.start, row.end) == ("vitals", 3, 10, 100)
    assert (row.committed, row.same_log, row.applied, row.unread) == shown


def test_of_a_partition_that_nobody_has_read_all_is_unread() -> None:
    assert position_of(TP, View(HERE, 0, 100), None, None).unread == 100


@dataclass
class FakeConsumer:
    """In the place of aiokafka's, which it is made as; `refuses` as the broker does while a worker runs."""

    refuses: bool = False
    made_with: dict[str, Any] = field(default_factory=dict)
    done: list[object] = field(default_factory=list)

    def __call__(self, **settings: Any) -> "FakeConsumer":
        self.made_with = settings
        return self

    async def start(self) -> None:
        self.done.append("start")

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.done.append(partitions)

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self.refuses:
            raise CommitFailedError
        self.done.append(offsets)

    async def stop(self) -> None:
        self.done.append("stop")


async def test_an_operator_s_offsets_are_committed_without_a_note_and_nothing_else_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(positions, "AIOKafkaConsumer", consumer := FakeConsumer())
    await commit(Settings(broker="127.0.0.1:1"), "g-watch", {TP: 7})
    assert consumer.done == ["start", [TP], {TP: 7}, "stop"]
    assert (consumer.made_with["group_id"], consumer.made_with["enable_auto_commit"]) == ("g-watch", False)


async def test_while_a_worker_of_the_group_runs_no_offsets_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "AIOKafkaConsumer", consumer := FakeConsumer(refuses=True))
    with pytest.raises(InUseError, match="a worker of the group g-watch runs; stop it first"):
        await commit(Settings(broker="127.0.0.1:1"), "g-watch", {TP: 7})
    assert consumer.done[-1] == "stop"


async def test_an_operator_is_shown_the_logs_in_their_order_and_what_the_group_committed_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = TopicPartition("labs", 0)

    class Logs:
        async def views(self, topics: Collection[str]) -> dict[TopicPartition, View]:
            assert topics == ["vitals", "labs"]
            return {TP: VIEW, first: VIEW}

        async def commits(self, group: str, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Place]:
            assert (group, set(partitions)) == ("g-watch", {TP, first})
            return {TP: Place(7)}

    @asynccontextmanager
    async def broker_logs(connection: Connection) -> AsyncIterator[Logs]:
        assert connection == Connection.of(settings)
        yield Logs()

    settings = Settings(broker="127.0.0.1:1")
    monkeypatch.setattr(positions, "broker_logs", broker_logs)
    views, commits = await views_and_commits(settings, "g-watch", ["vitals", "labs"])
    assert list(views) == [first, TP]
    assert commits == {TP: Place(7)}
