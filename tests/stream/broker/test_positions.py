"""What an operator is shown of a partition."""

import pytest
from aiokafka import TopicPartition

from stream.broker.lineage import Log, Place, View
from stream.broker.positions import position_of

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
        (Place(500), None, (500, None, None, 0)),
    ],
)
def test_what_is_committed_of_which_log_and_how_far_the_states_are(
    commit: Place | None, mark: Place | None, shown: tuple[int | None, bool | None, int | None, int]
) -> None:
    row = position_of(TP, VIEW, commit, mark)
    assert (row.topic, row.partition, row.start, row.end) == ("vitals", 3, 10, 100)
    assert (row.committed, row.same_log, row.applied, row.unread) == shown
