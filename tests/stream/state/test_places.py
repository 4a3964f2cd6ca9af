"""Which of two places in a log was passed first."""

import pytest

from stream.broker.lineage import Log, Place
from stream.state.marks import is_before


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        (Place(5, Log("a", 1)), Place(6, Log("a", 1)), True),
        (Place(6, Log("a", 1)), Place(6, Log("a", 1)), False),
        (Place(9, Log("a", 0)), Place(6, Log("a", 1)), True),  # of an earlier leader
        (Place(5, Log("a", 1)), Place(6, Log("a", 0)), False),
        (Place(5, Log("a", 1)), Place(6, Log("a", -1)), True),  # by offset alone
        (Place(6, Log("a", 1)), Place(6, Log("a", -1)), False),
        (Place(5, Log("a", 1)), Place(6, Log("b", 2)), False),  # in another topic
    ],
)
def test_a_place_is_before_another_by_leader_and_then_by_offset_in_one_topic(
    one: Place, other: Place, *, before: bool
) -> None:
    assert is_before(one, other) is before
