"""What a patient's state says was applied holds for the log that it speaks of, and for no other."""

from collections.abc import Collection

import pytest
from aiokafka import TopicPartition

from stream.broker.lineage import Log, Place
from tests.stream.watch.test_handler import WELL, Bench, event, frames

OLD, NEW = Log("old", 1), Log("new", 0)


class Standings:
    """Says how far each place stands, and remembers what was asked."""

    def __init__(self, stands: int) -> None:
        self.stands = stands
        self.asked: list[tuple[TopicPartition, list[Place]]] = []

    async def __call__(self, tp: TopicPartition, places: Collection[Place]) -> list[int]:
        self.asked.append((tp, list(places)))
        return [min(self.stands, place.offset) for place in places]


async def test_a_state_knows_the_log_that_its_position_is_a_place_in() -> None:
    bench = Bench()
    await bench.take(frames(WELL, WELL), log=OLD)
    assert bench.state().positions == {"vitals/0": 2}
    assert bench.state().logs == {"vitals/0": str(OLD)}


@pytest.mark.parametrize(("stands", "applied"), [(0, 5), (1, 4), (2, 3), (9, 3)])
async def test_records_at_offsets_that_only_an_old_log_had_applied_are_new(stands: int, applied: int) -> None:
    standings = Standings(stands)
    bench = Bench(standings=standings)
    await bench.take(frames(WELL, WELL), log=OLD)
    await bench.take(frames(*([WELL] * 3), start=0, every_s=20), log=NEW)
    assert bench.state().counts == {"vitals": applied}
    assert bench.state().positions == {"vitals/0": 3}
    assert bench.state().logs == {"vitals/0": str(NEW)}
    assert standings.asked == [(("vitals", 0), [Place(2, OLD)])]
    assert bench.count("positions_set_back", topic="vitals") == (1 if stands < 2 else 0)
    assert bench.count("records_suppressed", topic="vitals") == 5 - applied


async def test_within_one_log_nobody_is_asked() -> None:
    standings = Standings(0)
    bench = Bench(standings=standings)
    for start in (0, 2, 1):
        await bench.take(frames(WELL, WELL, start=start), log=OLD)
    assert bench.state().counts == {"vitals": 4}
    assert standings.asked == []


async def test_the_same_holds_for_every_other_topic() -> None:
    bench = Bench(standings=Standings(0))
    await bench.take([event("labs", offset=7, lactate_mmol_per_l=1.0)], log=OLD)
    await bench.take([event("labs", offset=7, lactate_mmol_per_l=1.0)], log=OLD)
    assert bench.state().counts == {"labs": 1}
    await bench.take([event("labs", offset=0, lactate_mmol_per_l=2.0)], log=NEW)
    assert bench.state().counts == {"labs": 2}
    assert bench.state().positions == {"labs/0": 1}
