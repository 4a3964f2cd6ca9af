"""A record in another partition than its patient's is moved there, and worked on there as what it was."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.partitioner import MOVED_FROM
from stream.broker.lineage import Log
from stream.broker.placement import partition_of
from stream.delivery.dead_letters import Failure
from stream.delivery.sender import Output
from tests.builders.ports import NOW_S, ARecord
from tests.stream.watch.test_handler import ILL, WELL, Bench, event, frames
from tests.stream.watch.test_positions import Standings

PARTITIONS = 8
HOME = partition_of(b"p-1", PARTITIONS)
ELSEWHERE = (HOME + 1) % PARTITIONS
LOG = Log("ab12", 1)


def a_bench(**ports: Any) -> Bench:
    return Bench(partitions=lambda _: PARTITIONS, **ports)


def strayed(records: list[ARecord], partition: int = ELSEWHERE, late_s: float = 0) -> list[ARecord]:
    return [
        one._replace(partition=partition, timestamp=one.timestamp - round(1000 * late_s) + one.offset)
        for one in records
    ]


def moved(bench: Bench) -> list[Output]:
    outputs = [delivery.output for one in bench.settler.handed_over for delivery in one.deliveries]
    return [output for output in outputs if output.partition is not None]


def arrived(outputs: list[Output]) -> list[ARecord]:
    """The records where they were moved to, as the broker shows them there."""
    return [
        ARecord(output.topic, output.value, output.key, 100 + at, output.partition or 0, headers=output.headers)
        for at, output in enumerate(outputs)
    ]


async def test_misplaced_records_are_sent_on_unread_and_the_others_of_their_run_worked_on() -> None:
    bench = a_bench()
    other = next(f"p-{n}" for n in range(100) if partition_of(f"p-{n}".encode(), PARTITIONS) == ELSEWHERE)
    records = [*strayed(frames(WELL, ILL)), *strayed(frames(ILL, ILL, patient=other, start=2))]
    records.insert(2, records[0]._replace(value=b"{", offset=9))
    run = await bench.take(records, log=LOG)
    (settlement,) = bench.settler.handed_over
    assert settlement.run is run
    assert settlement.writes.keys() == {other}
    sent = moved(bench)
    assert [(one.topic, one.partition, one.key, one.value) for one in sent] == [
        ("vitals", HOME, b"p-1", record.value) for record in records[:3]
    ]
    assert dict(sent[1].headers)[MOVED_FROM] == f"{ELSEWHERE}/1 {records[1].timestamp} ab12:1".encode()
    assert {alert["patient"] for alert in bench.said("alerts")} == {other}
    assert bench.said("dead-letters") == []
    assert bench.count("records_moved", topic="vitals") == 3


async def test_a_run_of_nothing_else_is_settled_and_moves_the_clock() -> None:
    bench = a_bench()
    run = await bench.take(strayed(frames(WELL)))
    (settlement,) = bench.settler.handed_over
    assert (settlement.run, settlement.writes) == (run, {})
    clock = await bench.watch.tick(NOW_S, lambda: {run.tp: False})
    assert clock == datetime.fromtimestamp(NOW_S, UTC)


async def test_what_was_moved_says_the_same_as_if_it_had_never_lain_elsewhere() -> None:
    bench, plain = a_bench(), a_bench()
    records = strayed(frames(WELL, ILL, ILL, WELL), late_s=40)
    await bench.take(records, log=LOG)
    await bench.take(arrived(moved(bench)), log=Log("ab12", 2))
    await plain.take(strayed(frames(WELL, ILL, ILL, WELL), HOME, late_s=40), log=LOG)
    assert bench.said("alerts") == plain.said("alerts") != []
    assert bench.said("scores") == plain.said("scores")
    state = bench.state()
    assert state.positions == {f"vitals/{ELSEWHERE} moved": 4}
    assert state.logs == {f"vitals/{ELSEWHERE} moved": str(LOG)}
    assert (state.counts, state.arrived_ms) == ({"vitals": 4}, plain.state().arrived_ms)


async def test_what_is_moved_twice_is_applied_once_in_one_run_and_in_two() -> None:
    bench = a_bench()
    await bench.take(strayed(frames(WELL, ILL, ILL)), log=LOG)
    copies = arrived(moved(bench))
    await bench.take([copies[0], copies[1], copies[0], copies[1], copies[2]], log=LOG)
    said = len(bench.producer.sent)
    await bench.take(copies, log=LOG)
    assert len(bench.producer.sent) == said
    assert bench.state().counts == {"vitals": 3}
    assert bench.count("records_suppressed", topic="vitals") == 5


async def test_own_and_moved_records_of_one_partition_are_counted_apart() -> None:
    """What was moved out of a partition by mistake, while its number was not known, is not taken for applied."""
    bench = a_bench()
    await bench.take(strayed(frames(WELL)), log=LOG)
    copies = arrived(moved(bench))
    await bench.take(strayed(frames(WELL, start=5), HOME), log=LOG)
    await bench.take(copies, log=LOG)
    assert bench.state().counts == {"vitals": 2}
    assert bench.state().positions == {f"vitals/{HOME}": 6, f"vitals/{ELSEWHERE} moved": 1}


async def test_moved_events_follow_the_same_rules() -> None:
    bench = a_bench()
    await bench.take(strayed([event("labs", 3, lactate_mmol_per_l=1.0)]), log=LOG)
    copies = arrived(moved(bench))
    await bench.take([copies[0], copies[0]], log=LOG)
    await bench.take(copies, log=LOG)
    assert bench.state().counts == {"labs": 1}
    assert bench.state().positions == {f"labs/{ELSEWHERE} moved": 4}


async def test_a_position_among_moved_records_holds_for_the_log_that_they_lay_in() -> None:
    standings = Standings(1)
    bench = a_bench(standings=standings)
    await bench.take(strayed(frames(WELL, WELL, WELL)), log=LOG)
    await bench.take(arrived(moved(bench)), log=LOG)
    cut_back = Log("ab12", 2)
    await bench.take(strayed(frames(ILL, ILL, start=1)), log=cut_back)
    await bench.take(arrived(moved(bench)[-2:]), log=Log("ab12", 7))
    assert [(tp, [place.log for place in places]) for tp, places in standings.asked] == [(("vitals", ELSEWHERE), [LOG])]
    assert bench.state().counts == {"vitals": 5}


async def test_a_moved_record_that_can_not_be_read_is_a_letter_about_the_place_where_it_lay() -> None:
    bench = a_bench()
    await bench.take(strayed(frames(WELL)[:1])[0:1], log=LOG)
    (copy,) = arrived(moved(bench))
    await bench.take([copy._replace(value=b"{")], log=LOG)
    letters = [delivery.output for delivery in bench.settler.handed_over[-1].deliveries]
    failure = Failure.read(letters[0].headers)
    assert (failure.partition, failure.offset, failure.headers) == (ELSEWHERE, 0, [])


@pytest.mark.parametrize("topic", ["vitals", "patients"])
async def test_a_bed_is_watched_in_the_partition_that_its_records_were_moved_to(topic: str) -> None:
    bench = a_bench()
    await bench.take(strayed(frames(WELL)), log=LOG)
    await bench.take(arrived(moved(bench)), log=LOG)
    heard, gone = bench.beds.changes()
    assert {name: bed.partition for name, bed in heard.items()} == {"p-1": HOME}
    if topic == "patients":
        await bench.take(strayed([event("patients", status="discharged")]), log=LOG)
        await bench.take(arrived(moved(bench)[-1:]), log=LOG)
        heard, gone = bench.beds.changes()
        assert gone == {"p-1": HOME}
