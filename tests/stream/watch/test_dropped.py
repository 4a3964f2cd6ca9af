"""When more is said of a patient than is kept, that is told with the patient, and as over when it is."""

from tests.builders.ports import ARecord
from tests.stream.watch.test_handler import Bench, event


def orders(start: int, count: int, status: str = "active") -> list[ARecord]:
    return [
        event("medications", offset=number, order=f"o-{number % 500}", drug=f"drug-{number}", status=status)
        for number in range(start, start + count)
    ]


async def test_what_is_dropped_of_a_patient_is_told_counted_and_over_with_the_first_record_that_adds_nothing() -> None:
    bench = Bench()
    await bench.take(orders(0, 100))
    assert bench.news.told == []
    await bench.take(orders(100, 20))
    (told,) = bench.news.told
    assert (told["component"], told["patient"], told["part"], told["state"]) == ("state", "p-1", "bounds", "degraded")
    assert told["text"] == "more is known of this patient than is kept: drugs-dropped"
    assert bench.count("frames_flagged", why="drugs-dropped") == 20
    assert len(bench.state().drugs) == 100
    await bench.take([event("labs", offset=9, lactate_mmol_per_l=1.0)])
    assert [one["state"] for one in bench.news.told] == ["degraded", "restored"]


async def test_a_flood_of_orders_writes_no_more_than_a_few() -> None:
    few, many = Bench(), Bench()
    await few.take(orders(0, 200))
    await many.take(orders(0, 4_000))
    sizes = [len(bench.settler.handed_over[0].writes["p-1"].fields["state"]) for bench in (few, many)]
    assert sizes[1] < 1.1 * sizes[0]
