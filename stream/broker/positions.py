"""Where a role's group stands in each partition, for operators: shown, and set anew while none of its workers runs."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError

from stream.broker.connection import Connection
from stream.broker.lineage import Place, View, is_of
from stream.broker.logs import broker_logs
from stream.settings import Settings

_PATIENCE_S: Final = 20.0


class InUseError(Exception):
    """A worker of the group runs."""


class Position(NamedTuple):
    """One partition: its log, what was committed, how far the states are; None where there is nothing.

    `same_log` says whether the commit was made in the log that is there now; None where nobody noted it.
    """

    topic: str
    partition: int
    start: int
    end: int
    committed: int | None
    same_log: bool | None
    applied: int | None
    unread: int


def position_of(tp: TopicPartition, view: View, commit: Place | None, mark: Place | None) -> Position:
    """Put together what is known of a partition."""
    return Position(
        tp.topic,
        tp.partition,
        view.start,
        view.end,
        None if commit is None else commit.offset,
        is_of(commit, view) if commit is not None and commit.is_noted else None,
        mark.offset if mark is not None and is_of(mark, view) else None,
        view.end - max(view.start, 0 if commit is None else min(commit.offset, view.end)),
    )


async def views_and_commits(
    settings: Settings, group: str, topics: Collection[str]
) -> tuple[dict[TopicPartition, View], dict[TopicPartition, Place]]:
    """The logs of these topics, and what the group has committed of them."""
    async with asyncio.timeout(_PATIENCE_S), broker_logs(Connection.of(settings)) as logs:
        views = await logs.views(topics)
        return dict(sorted(views.items())), await logs.commits(group, views)


async def commit(settings: Settings, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Set what a group has committed, without the note of a worker: its next one takes it for an operator's word.

    Raises InUseError while one of the group runs.
    """
    consumer = AIOKafkaConsumer(group_id=group, enable_auto_commit=False, **Connection.of(settings).for_aiokafka())
    try:
        await consumer.start()
        consumer.assign(list(offsets))
        await consumer.commit(dict(offsets))
    except CommitFailedError:
        message = f"a worker of the group {group} runs; stop it first"
        raise InUseError(message) from None
    finally:
        await consumer.stop()
