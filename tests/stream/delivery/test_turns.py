"""What is live does not wait for a backlog of other partitions, and does not keep it from being read."""

from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from stream.delivery.turns import BACKLOG_MS, BESIDE_LIVE, Turns

NOW_MS = 1_790_000_000_000
MOST = 2000
OLD, OLDER, LIVE = (TopicPartition("vitals", number) for number in range(3))
OURS = {OLD, OLDER, LIVE}


def turns_of_now() -> Turns:
    return Turns(lambda: NOW_MS / 1000)


def waiting(*partitions: tuple[TopicPartition, int]) -> "OrderedDict[TopicPartition, Any]":
    """What aiokafka holds of partitions, the next record of each so old."""
    return OrderedDict(
        (tp, SimpleNamespace(_partition_records=SimpleNamespace(stamp_ms=NOW_MS - age_ms))) for tp, age_ms in partitions
    )


def orders(held: "OrderedDict[TopicPartition, Any]", turns: Turns) -> list[list[TopicPartition]]:
    found = []
    for _ in range(4):
        turns.take(held, OURS, MOST)
        found.append(list(held))
    return found


def test_a_backlog_is_handed_on_after_what_is_live_and_before_it_in_turns() -> None:
    held = waiting((OLD, BACKLOG_MS + 1), (LIVE, 0), (OLDER, 60 * BACKLOG_MS))
    found = orders(held, turns_of_now())
    assert [order.index(LIVE) for order in found] in ([0, 2, 0, 2], [2, 0, 2, 0])


def test_beside_what_is_live_a_backlog_is_handed_on_in_small_runs() -> None:
    turns = turns_of_now()
    assert turns.take(waiting((LIVE, 0), (OLD, BACKLOG_MS + 1)), OURS, MOST) == BESIDE_LIVE
    assert turns.take(waiting((OLD, BACKLOG_MS + 1)), OURS, MOST) == BESIDE_LIVE  # the live one is read for now
    assert turns.take(waiting((OLD, BACKLOG_MS + 1)), OURS, 8) == 8


def test_what_came_exactly_so_long_ago_is_live_and_what_came_before_that_is_a_backlog() -> None:
    assert turns_of_now().take(waiting((LIVE, BACKLOG_MS), (OLD, BACKLOG_MS + 1)), OURS, MOST) == BESIDE_LIVE
    assert turns_of_now().take(waiting((LIVE, BACKLOG_MS), (OLD, BACKLOG_MS)), OURS, MOST) == MOST


def test_where_all_is_live_or_all_is_old_the_order_and_the_runs_stay_as_they_are() -> None:
    for held in (waiting((LIVE, 0), (OLD, BACKLOG_MS)), waiting((LIVE, 60 * BACKLOG_MS), (OLD, 90 * BACKLOG_MS))):
        turns = turns_of_now()
        assert turns.take(held, OURS, MOST) == MOST
        assert orders(held, turns) == [[LIVE, OLD]] * 4


def test_a_partition_that_went_counts_no_more() -> None:
    turns = turns_of_now()
    turns.take(waiting((LIVE, 0)), OURS, MOST)
    assert turns.take(waiting((OLD, BACKLOG_MS + 1)), {OLD}, MOST) == MOST


def test_an_error_in_the_place_of_records_stays_where_it_is() -> None:
    held = waiting((OLD, BACKLOG_MS + 1), (LIVE, 0))
    held[OLDER] = SimpleNamespace(_error=KeyError())
    held.move_to_end(OLDER, last=False)
    assert turns_of_now().take(held, OURS, MOST) == BESIDE_LIVE
    assert OLDER in held
    assert turns_of_now().take(OrderedDict([(OLD, SimpleNamespace(_partition_records=None))]), OURS, MOST) == MOST
