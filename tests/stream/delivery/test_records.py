"""What a record says of where it lies: in which partition it counts, and in which log its offset is a place."""

from typing import Any

from stream.broker.lineage import Log
from stream.delivery.records import Moved, SetAside, end_of, log_of, place_of

WHERE: dict[str, Any] = {"topic": "vitals", "partition": 3, "offset": 7, "timestamp": 0}
OF_THE_RUN, OF_ITS_OWN = Log("run", 1), Log("own", 2)
ASIDE = SetAside(**WHERE, end=9, fault="not read", size_bytes=0, sha256="")
MOVED = Moved(**WHERE, key=None, value=None, headers=(), log=OF_ITS_OWN)


def test_a_record_that_was_moved_counts_apart_from_those_of_the_partition_that_it_lay_in() -> None:
    assert (place_of(ASIDE), place_of(MOVED)) == ("vitals/3", "vitals/3 moved")  # names that stored states hold


def test_what_was_set_aside_without_a_word_of_the_leader_has_the_epoch_that_stands_for_none() -> None:
    assert ASIDE.leader_epoch == -1  # KIP-320, as brokers answer


def test_the_offset_of_a_record_that_was_moved_is_a_place_in_the_log_that_it_lay_in() -> None:
    assert (log_of(ASIDE, OF_THE_RUN), log_of(MOVED, OF_THE_RUN)) == (OF_THE_RUN, OF_ITS_OWN)


def test_what_stands_for_several_records_ends_after_the_last_of_them() -> None:
    assert (end_of(ASIDE), end_of(MOVED)) == (9, 8)
