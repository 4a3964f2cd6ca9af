"""Records that are refused in bulk, not applied, or stamped by a wrong clock are told, and told as over."""

import pytest

from stream.observability.metrics import Metrics
from stream.observability.outcomes import Outcomes
from tests.builders.ports import News


class Bench:
    """A worker's metrics, looked at every two seconds."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.news = News()
        self.outcomes = Outcomes(self.news.status(self.metrics), self.metrics)
        self.now_s = 0.0

    async def look(
        self, came: int = 0, refused: int = 0, suppressed: int = 0, *, caught_up: bool = True, after_s: float = 2
    ) -> None:
        self.now_s += after_s
        self.metrics.records.labels("vitals").inc(came)
        self.metrics.dead_letters.labels("validate").inc(refused)
        self.metrics.suppressed.labels("vitals").inc(suppressed)
        await self.outcomes.look(self.now_s, caught_up=caught_up)

    @property
    def changes(self) -> list[tuple[str, str | None, str]]:
        return [(one["component"], one.get("part"), one["state"]) for one in self.news.told]


@pytest.fixture
async def bench() -> Bench:
    bench = Bench()
    await bench.look()
    return bench


async def test_what_goes_well_is_no_news(bench: Bench) -> None:
    for _ in range(60):
        await bench.look(came=50, refused=1, suppressed=2)
    assert bench.changes == []
    assert not bench.outcomes.nothing_applied


@pytest.mark.parametrize(("refused", "suppressed"), [(10, 0), (0, 10), (4, 6)])
async def test_records_that_come_and_are_not_applied_are_told_until_some_are(
    bench: Bench, refused: int, suppressed: int
) -> None:
    await bench.look(came=10, refused=refused, suppressed=suppressed)
    assert bench.outcomes.nothing_applied
    assert bench.news.told[0]["text"] == (
        f"of 10 records of the last minute none was applied: {refused} were refused, "
        f"{suppressed} had been applied before"
    )
    await bench.look(came=1)
    assert not bench.outcomes.nothing_applied
    assert bench.changes == [("log", "applied", "degraded"), ("log", "applied", "restored")]


async def test_a_few_records_say_nothing(bench: Bench) -> None:
    await bench.look(came=4, refused=4)
    assert bench.changes == []


async def test_what_was_long_ago_does_not_count(bench: Bench) -> None:
    await bench.look(came=10, suppressed=10)
    for _ in range(31):
        await bench.look()
    assert bench.changes == [("log", "applied", "degraded"), ("log", "applied", "restored")]


@pytest.mark.parametrize(
    ("came", "refused", "told"), [(100, 51, True), (100, 50, False), (21, 19, False), (21, 20, True)]
)
async def test_letters_in_bulk_are_told(bench: Bench, *, came: int, refused: int, told: bool) -> None:
    await bench.look(came=came, refused=refused)
    assert (("feed", "refused", "degraded") in bench.changes) == told
    assert not any(away == "degraded" for _, part, away in bench.changes if part == "applied")


async def test_outputs_that_were_too_large_are_over_after_a_minute(bench: Bench) -> None:
    bench.metrics.unsendable.labels("alerts").inc()
    await bench.outcomes._status.tell("outputs", "too large", away=True)  # noqa: SLF001 - as the settler does
    await bench.look()
    assert bench.changes == [("outputs", None, "degraded")]
    for _ in range(31):
        await bench.look()
    assert bench.changes == [("outputs", None, "degraded"), ("outputs", None, "restored")]


@pytest.mark.parametrize(("age_s", "wrong"), [(60, False), (61, True), (-60, False), (-61, True)])
async def test_the_stamp_of_a_record_that_has_only_just_come_shows_a_wrong_clock(
    bench: Bench, age_s: float, *, wrong: bool
) -> None:
    bench.metrics.arrival_age_s.set(age_s)
    await bench.look(came=10)
    assert (bench.changes == [("clock", None, "degraded")]) == wrong
    bench.metrics.arrival_age_s.set(0)
    await bench.look(came=10)
    assert (bench.changes[1:] == [("clock", None, "restored")]) == wrong


async def test_old_records_of_a_backlog_show_no_wrong_clock(bench: Bench) -> None:
    bench.metrics.arrival_age_s.set(3600)
    await bench.look(came=10, caught_up=False)
    await bench.look(came=10, caught_up=True)
    await bench.look(came=0, caught_up=True)
    assert bench.changes == [("log", "backlog", "degraded"), ("log", "backlog", "restored")]
    assert bench.news.told[0]["text"].startswith("a backlog is read: records are 3600 s old, and alerts are late;")


async def test_misplaced_records_are_told_with_their_number_until_none_comes_for_a_minute(bench: Bench) -> None:
    bench.metrics.moved.labels("vitals").inc(7)
    bench.metrics.moved.labels("labs").inc(2)
    await bench.look(came=100)
    for _ in range(31):
        await bench.look(came=100)
    assert bench.changes == [("feed", "partitioner", "degraded"), ("feed", "partitioner", "restored")]
    assert bench.news.told[0]["text"].startswith("9 records of the last minute lay in another partition")
    assert bench.news.told[1]["text"].endswith("9 were moved since this worker began")
