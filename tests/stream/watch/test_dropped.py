"""When more is said of a patient than is kept, that is told with the patient, and as over when it is."""

from typing import Any

from tests.builders.ports import ARecord
from tests.stream.watch.test_handler import Bench, event


def orders(start: int, count: int, status: str = "active") -> list[ARecord]:
    return [
        event("medications", offset=number, order=f"o-{number % 500}", drug=f"heparin {number}", status=status)
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


async def test_each_record_that_is_not_understood_is_told_and_counted_without_a_word_of_it() -> None:
    bench = Bench()
    unclear: dict[str, Any] = {"order": "o-1", "drug": "mixture for Jane Doe", "status": "active"}
    await bench.take([event("medications", offset=0, **unclear)])
    await bench.take([event("medications", offset=1, **(unclear | {"order": "o-2"}))])
    told = bench.news.told
    assert [one["state"] for one in told] == ["degraded", "restored", "degraded", "restored"]
    assert {(one["component"], one["patient"], one["part"]) for one in told} == {
        ("state", "p-1", "drug-not-understood")
    }
    assert all("Jane" not in one["text"] for one in told)
    assert bench.count("frames_flagged", why="drug-not-understood") == 2
    await bench.take([event("genomics", offset=2, gene="CYP2C19", phenotype="slowish"), *orders(3, 1)])
    assert [(one["part"], one["state"]) for one in bench.news.told[4:]] == [
        ("phenotype-not-understood", "degraded"),
        ("phenotype-not-understood", "restored"),
    ]


async def test_what_is_understood_is_not_told_as_anything_else() -> None:
    bench = Bench()
    await bench.take([event("genomics", gene="cyp2c19 ", phenotype="PM"), *orders(1, 3)])
    assert bench.news.told == []
