"""What one worker heard another one knows: beds are handed on by way of Redis, and watched without it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from structlog.testing import capture_logs

from stream.state.client import StateUnavailableError
from stream.watch.bed_watch import BedWatch, where_it_was
from stream.watch.silence import FORGOTTEN_S, SilentBeds

LIMIT_S = 300.0
WALL_S = 1_790_000_000.0


@dataclass
class FakeIndex:
    """The beds in memory; `away` makes it unreachable."""

    held: dict[int, dict[str, float]] = field(default_factory=dict)
    away: bool = False
    oldest_s: float = 0

    async def note(
        self, heard: Mapping[int, Mapping[str, float]], gone: Mapping[int, Sequence[str]], oldest_s: float
    ) -> None:
        if self.away:
            raise StateUnavailableError
        for partition, times_s in heard.items():
            self.held.setdefault(partition, {}).update(times_s)
        for partition, patients in gone.items():
            for patient in patients:
                self.held.get(partition, {}).pop(patient, None)
        self.oldest_s = oldest_s

    async def load(self, partitions: Collection[int], since_s: float) -> dict[str, tuple[int, float]]:
        if self.away:
            raise StateUnavailableError
        rows = ((patient, place, at_s) for place in partitions for patient, at_s in self.held.get(place, {}).items())
        return {patient: (place, at_s) for patient, place, at_s in rows if at_s >= since_s}


class Worker:
    """The beds of one worker; its monotonic clock began `begun_s` after the others' wall time did."""

    def __init__(
        self,
        index: FakeIndex,
        *partitions: int,
        begun_s: float = 0,
        home: Callable[[str, int], int] = where_it_was,
    ) -> None:
        self.partitions = set(partitions)
        self.wall_s = WALL_S + begun_s
        self.steady_s = 10.0
        self.told: list[tuple[str | None, bool]] = []
        self.beds = SilentBeds(LIMIT_S, self.tell)
        self.watch = BedWatch(
            self.beds,
            index,  # type: ignore[arg-type]  # a fake with the two methods that are called
            lambda: self.partitions,
            home=home,
            clock=lambda: self.wall_s,
            steady=lambda: self.steady_s,
        )

    async def tell(self, component: str, text: str, *, away: bool, patient: str | None = None) -> None:
        assert component == "feed", text
        self.told.append((patient, away))

    def hear(self, patient: str, partition: int) -> None:
        self.beds.heard(patient, partition, self.steady_s)

    async def look(self, after_s: float = 0, *, caught_up: bool = True) -> None:
        self.wall_s += after_s
        self.steady_s += after_s
        if caught_up:
            self.beds.caught_up()
        await self.watch.look()


async def test_a_bed_that_was_silent_before_a_worker_began_is_told_once() -> None:
    index = FakeIndex()
    first = Worker(index, 0, 1)
    first.hear("p-1", 0)
    first.hear("p-2", 1)
    await first.look()
    second = Worker(index, 0, 1, begun_s=250)
    await second.look()
    assert second.told == []
    second.hear("p-2", 1)
    for _ in range(3):
        await second.look(51)
    assert second.told == [("p-1", True)]


async def test_only_the_beds_of_ones_own_partitions_are_missed() -> None:
    index = FakeIndex({0: {"p-1": WALL_S}, 1: {"p-2": WALL_S}})
    worker = Worker(index, 1, begun_s=1000)
    await worker.look()
    await worker.look(1)
    assert worker.told == [("p-2", True)]
    worker.partitions = {0}
    worker.beds.only(set())
    await worker.look(1)
    await worker.look(1)
    assert worker.told == [("p-2", True), ("p-1", True), ("p-2", False)]


async def test_who_was_discharged_is_not_missed_by_the_next_worker() -> None:
    index = FakeIndex()
    first = Worker(index, 0)
    first.hear("p-1", 0)
    await first.look()
    first.beds.gone("p-1", 0)
    await first.look(1)
    second = Worker(index, 0, begun_s=1000)
    await second.look()
    await second.look(1)
    assert second.told == []


async def test_what_was_heard_longer_ago_than_a_stay_can_pause_is_neither_learnt_nor_kept() -> None:
    index = FakeIndex({0: {"p-1": WALL_S}})
    worker = Worker(index, 0, begun_s=FORGOTTEN_S + 1)
    worker.hear("p-2", 0)
    await worker.look()
    await worker.look(1)
    assert worker.told == []
    assert index.oldest_s > WALL_S


async def test_without_redis_the_beds_that_are_heard_are_watched_and_kept_when_it_is_back() -> None:
    index = FakeIndex({0: {"p-before": WALL_S}}, away=True)
    worker = Worker(index, 0, begun_s=1000)
    worker.hear("p-1", 0)
    await worker.look(LIMIT_S + 1)
    assert worker.told == [("p-1", True)]
    index.away = False
    await worker.look(1)
    assert index.held[0]["p-1"] == WALL_S + 1000
    await worker.look(1)
    assert worker.told == [("p-1", True), ("p-before", True)]


async def test_while_the_backlog_is_read_nobody_is_called_silent() -> None:
    worker = Worker(FakeIndex({0: {"p-1": WALL_S}}), 0, begun_s=1000)
    for _ in range(5):
        await worker.look(LIMIT_S / 10, caught_up=False)
    assert worker.told == []
    worker.hear("p-1", 0)
    await worker.look()
    assert worker.told == []


async def test_that_redis_refuses_the_beds_is_logged_when_it_begins_and_when_it_ends() -> None:
    index = FakeIndex(away=True)
    worker = Worker(index, 0)
    with capture_logs() as said:
        for away in (True, True, False, False):
            index.away = away
            worker.hear("p-1", 0)
            await worker.look(1)
    assert [one["event"] for one in said] == ["beds-not-handed-on", "beds-handed-on-again"]


async def test_a_bed_that_was_heard_in_another_partition_than_its_patients_is_watched_by_whoever_has_that_one() -> None:
    index = FakeIndex({0: {"p-1": WALL_S - 10, "p-2": WALL_S - 10}, 1: {}})
    homes = {"p-1": 1, "p-2": 0}
    first, second = (Worker(index, number, home=lambda patient, _: homes[patient]) for number in (0, 1))
    await first.look()
    await second.look()
    assert index.held == {0: {"p-2": WALL_S - 10}, 1: {"p-1": WALL_S - 10}}
    for worker in (first, second):
        await worker.look(LIMIT_S)
    assert first.told == [("p-2", True)]
    assert second.told == [("p-1", True)]


async def test_a_bed_whose_patient_belongs_to_another_partition_of_ours_is_watched_at_once() -> None:
    index = FakeIndex({0: {"p-1": WALL_S - 10}})
    both = Worker(index, 0, 1, home=lambda *_: 1)
    await both.look()
    await both.look(LIMIT_S)
    assert both.told == [("p-1", True)]
    assert index.held == {0: {}, 1: {"p-1": WALL_S - 10}}
