"""A record is worked on in the partition of its key alone, once, whatever crashes while it is moved there."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.watch.state import PatientState
from schemas.arrival import HELD_MS
from schemas.partitioner import MOVED_FROM
from stream.broker.lineage import Log
from stream.broker.placement import partition_of
from stream.delivery.dead_letters import Failure, replayed
from stream.delivery.decode import Refused
from stream.delivery.outputs import letter
from stream.delivery.placing import Elsewhere, home_of, moved, placed, placed_now
from stream.delivery.records import Moved, Record, SetAside, log_of, place_of
from stream.watch.applied import applied, is_new
from tests.builders.ports import NOW_MS, ARecord

PARTITIONS = 8
LOG = Log("ab12", 3)
KEY = b"p-1"
HOME = partition_of(KEY, PARTITIONS)
ELSEWHERE = (HOME + 3) % PARTITIONS


def lying(partition: int, offset: int = 0, **more: Any) -> ARecord:
    return ARecord("vitals", more.pop("value", b"{}"), offset=offset, partition=partition, **more)


def sent_on(record: Record, log: Log = LOG, offset: int = 0, timestamp: int = NOW_MS) -> ARecord:
    """The record in the partition that it was moved to."""
    ((_, home),) = placed([record], PARTITIONS, log).elsewhere
    out = moved(Elsewhere(record, home), log)
    assert (out.topic, out.partition, out.key, out.value) == (record.topic, home, record.key, record.value)
    return ARecord(out.topic, out.value, out.key, offset, home, timestamp, out.headers)


def test_a_record_in_the_partition_of_its_key_is_worked_on_as_it_is() -> None:
    record = lying(HOME)
    assert placed([record], PARTITIONS, LOG) == ([record], [], 0)


@pytest.mark.parametrize(
    "record",
    [
        lying(ELSEWHERE, key=None),
        lying(PARTITIONS),
        SetAside("vitals", ELSEWHERE, 0, 1, 0, "a fault", 0, "", key=KEY),
        SetAside("vitals", HOME, 0, 1, 0, "a fault", 0, "", key=KEY, headers=[(MOVED_FROM, b"1/2 3 ab12:3")]),
    ],
    ids=["without a key", "in a partition that has just been added", "set aside", "moved and set aside"],
)
def test_a_record_of_which_nobody_can_say_where_it_belongs_stays(record: Record) -> None:
    assert placed([record], PARTITIONS, LOG) == ([record], [], 0)


@pytest.mark.parametrize(("partition", "known", "asked"), [(HOME, PARTITIONS, 0), (ELSEWHERE, PARTITIONS, 1)])
async def test_the_broker_is_asked_how_many_partitions_there_are_before_a_record_is_moved(
    partition: int, known: int, asked: int
) -> None:
    questions: list[str] = []

    async def more(topic: str) -> int:
        questions.append(topic)
        return 4 * PARTITIONS

    records = [lying(partition)]
    found = await placed_now(records, "vitals", LOG, lambda _: known, more)
    assert questions == ["vitals"] * asked
    assert found == placed(records, 4 * PARTITIONS if asked else known, LOG)
    assert await placed_now(records, "vitals", LOG, lambda _: known) == placed(records, known, LOG)


def test_where_the_number_of_partitions_is_not_known_nothing_is_moved() -> None:
    assert placed([lying(ELSEWHERE)], 0, LOG).elsewhere == []


def test_a_moved_record_counts_as_what_it_was_where_it_lay() -> None:
    record = lying(ELSEWHERE, 17, timestamp=NOW_MS - 5000, headers=[("traceparent", b"x"), ("empty", None)])
    ((here,), _, _) = placed([sent_on(record, offset=900)], PARTITIONS, LOG)
    assert here == Moved("vitals", ELSEWHERE, 17, NOW_MS - 5000, KEY, b"{}", record.headers, LOG)
    assert place_of(here) == f"vitals/{ELSEWHERE} moved" != place_of(record)
    assert log_of(here, Log("ab12", 9)) == LOG
    assert log_of(record, LOG) == LOG


def test_a_record_that_is_moved_again_comes_from_its_last_place_and_keeps_its_first_time() -> None:
    record = lying(ELSEWHERE, 17, timestamp=NOW_MS - 5000)
    once = sent_on(record, offset=900)._replace(partition=(ELSEWHERE + 1) % PARTITIONS)
    ((here,), _, _) = placed([sent_on(once)], PARTITIONS, LOG)
    assert (here.partition, here.offset, here.timestamp) == (once.partition, 900, NOW_MS - 5000)
    assert here.headers == []


@pytest.mark.parametrize(
    ("header", "log"),
    [
        (b"5/17 1000 other:3", LOG),
        (f"{HOME}/17 1000 ab12:3".encode(), LOG),
        (b"5/17 1000", LOG),
        (b"-1/17 1000 ab12:3", LOG),
        (b"\xd9\xa5/17 1000 ab12:3", LOG),
        (b"\xff", LOG),
        (b"", LOG),
        (None, LOG),
        (b"5/17 1000 ab12:3", Log("cd34", 3)),
    ],
)
def test_a_header_that_no_worker_of_this_topic_wrote_changes_nothing(header: bytes | None, log: Log) -> None:
    record = lying(HOME, headers=[(MOVED_FROM, header)])
    assert placed([record], PARTITIONS, log).here == [record]


def test_another_header_that_looks_the_same_changes_nothing() -> None:
    record = lying(HOME, headers=[("traceparent", f"{ELSEWHERE}/17 {NOW_MS} {LOG}".encode())])
    assert placed([record], PARTITIONS, LOG).here == [record]


def test_nobody_arrives_later_by_saying_so() -> None:
    record = lying(HOME, headers=[(MOVED_FROM, f"{ELSEWHERE}/17 {NOW_MS + 9000} {LOG}".encode())])
    assert placed([record], PARTITIONS, LOG).here[0].timestamp == NOW_MS


def test_the_letter_of_a_moved_record_names_where_it_came_from_and_its_replay_is_a_record_of_its_own() -> None:
    ((here,), _, _) = placed([sent_on(lying(ELSEWHERE, 17))], PARTITIONS, LOG)
    failure = Failure.read(letter(Refused(here, "decode", "no JSON")).headers)
    assert (failure.partition, failure.offset, failure.headers) == (ELSEWHERE, 17, [])
    twice = SetAside("vitals", HOME, 0, 1, 0, "a fault", 0, "", key=KEY, headers=[(MOVED_FROM, b"1/2 3 ab12:3")])
    again = replayed(Failure.read(letter(Refused(twice, "decode", "a fault")).headers))
    assert MOVED_FROM not in dict(again)


def test_a_patient_belongs_to_the_partition_of_the_name() -> None:
    assert home_of(lambda: PARTITIONS, "p-1", ELSEWHERE) == HOME
    assert home_of(lambda: 0, "p-1", ELSEWHERE) == ELSEWHERE
    assert home_of(lambda: PARTITIONS, "p-1", PARTITIONS) == PARTITIONS


ENDS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6)


@given(own=st.integers(0, 6), stray=st.integers(0, 12), crashes=ENDS, cuts=st.lists(st.integers(1, 7), min_size=1))
def test_after_any_crashes_every_record_was_applied_once_and_in_order(
    own: int, stray: int, crashes: Sequence[tuple[int, int]], cuts: Sequence[int]
) -> None:
    """A worker begins at what is committed, sends on a part of what lies there, and commits a part of that."""
    there = [lying(ELSEWHERE, offset, value=str(offset).encode()) for offset in range(stray)]
    log: list[ARecord] = [lying(HOME, offset) for offset in range(own)]
    committed = 0
    for sends, commits in [*crashes, (stray, stray)]:
        sent = min(committed + sends, stray)
        log += [sent_on(one, offset=len(log) + at) for at, one in enumerate(there[committed:sent])]
        committed += min(commits, sent - committed)
    state, values, at, runs = PatientState(), list[bytes | None](), 0, 0
    while at < len(log):
        run, at, runs = log[at : at + cuts[runs % len(cuts)]], at + cuts[runs % len(cuts)], runs + 1
        new = [record for record in placed(run, PARTITIONS, LOG).here if is_new(state, record)]
        values += [record.value for record in new if isinstance(record, Moved)]
        state = applied(state, new, LOG)
    assert values == [one.value for one in there]
    assert state.counts.get("vitals", 0) == own + stray


def test_a_record_that_its_gateway_held_back_came_so_long_before() -> None:
    now, held = lying(HOME), lying(HOME, offset=1, headers=[("ce_id", b"x"), (HELD_MS, b"7200000")])
    first, second = placed([now, held], PARTITIONS, LOG).here
    assert first is now
    assert second.timestamp == held.timestamp - 7_200_000
    assert (second.offset, second.key, second.value, second.headers) == (1, held.key, held.value, held.headers)


@pytest.mark.parametrize("said", [b"", b"-5", b"soon", b"1" * 13, None])
def test_what_is_no_length_of_time_holds_nothing_back(said: bytes | None) -> None:
    record = lying(HOME, headers=[(HELD_MS, said)])
    assert placed([record], PARTITIONS, LOG).here == [record]


def test_a_record_that_was_held_back_and_moved_came_so_long_before_too() -> None:
    record = lying(ELSEWHERE, headers=[(HELD_MS, b"60000")])
    (found,) = placed([sent_on(record, offset=9)], PARTITIONS, LOG).here
    assert found.timestamp == record.timestamp - 60_000
