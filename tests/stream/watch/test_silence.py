"""A bed that falls silent is told of once, after the limit and not before; what has left is no silence."""

import pytest

from stream.watch.silence import FORGOTTEN_S, Bed, SilentBeds

LIMIT_S = 300.0


class Bench:
    def __init__(self) -> None:
        self.told: list[tuple[str | None, bool, str]] = []
        self.beds = SilentBeds(LIMIT_S, self.tell)

    async def tell(self, component: str, text: str, *, away: bool, patient: str | None = None) -> None:
        assert component == "feed"
        self.told.append((patient, away, text))


@pytest.mark.parametrize(("after_s", "silent"), [(LIMIT_S, False), (LIMIT_S + 0.001, True)])
async def test_a_bed_is_silent_after_the_limit_and_not_before(after_s: float, *, silent: bool) -> None:
    bench = Bench()
    bench.beds.heard("p-1", 3, 1000)
    await bench.beds.look(1000 + after_s)
    assert bench.told == ([("p-1", True, "no frame for 300 s")] if silent else [])


async def test_a_silence_is_told_once_and_its_end_once() -> None:
    bench = Bench()
    bench.beds.heard("p-1", 3, 0)
    for now_s in (301, 302, 900):
        await bench.beds.look(now_s)
    bench.beds.heard("p-1", 3, 901)
    for now_s in (902, 903):
        await bench.beds.look(now_s)
    assert bench.told == [("p-1", True, "no frame for 300 s"), ("p-1", False, "frames come again")]
    await bench.beds.look(1300)
    assert bench.told[-1] == ("p-1", True, "no frame for 300 s")


async def test_every_bed_is_silent_by_itself() -> None:
    bench = Bench()
    bench.beds.heard("p-2", 3, 0)
    bench.beds.heard("p-1", 3, 0)
    bench.beds.heard("p-3", 3, 200)
    await bench.beds.look(301)
    assert [patient for patient, _, _ in bench.told] == ["p-1", "p-2"]


async def test_who_is_discharged_is_not_missed() -> None:
    bench = Bench()
    bench.beds.heard("p-1", 3, 0)
    bench.beds.gone("p-1", 3)
    bench.beds.gone("p-never-heard", 3)
    await bench.beds.look(1000)
    assert bench.told == []


async def test_beds_that_another_worker_listens_to_are_not_missed_here() -> None:
    bench = Bench()
    for patient in ("p-1", "p-2"):
        bench.beds.heard(patient, 3, 0)
    bench.beds.only({"p-2"})
    await bench.beds.look(1000)
    assert [patient for patient, _, _ in bench.told] == ["p-2"]


async def test_a_silence_that_ends_because_the_patient_left_is_not_called_frames() -> None:
    bench = Bench()
    bench.beds.heard("p-1", 3, 0)
    await bench.beds.look(1000)
    bench.beds.gone("p-1", 3)
    await bench.beds.look(1001)
    assert bench.told[1:] == [("p-1", False, "the bed is no longer watched here")]


async def test_a_bed_that_was_heard_before_our_time_is_judged_when_all_that_came_is_read() -> None:
    bench = Bench()
    bench.beds.caught_up()  # on what, if its beds are not known yet?
    bench.beds.expect({"p-1": Bed(3, 1000 - LIMIT_S - 1), "p-2": Bed(3, 999)}, 1000)
    await bench.beds.look(1001)
    assert bench.told == []
    bench.beds.caught_up()
    await bench.beds.look(1002)
    await bench.beds.look(1003)
    assert bench.told == [("p-1", True, "no frame for 300 s")]


@pytest.mark.parametrize(("after_s", "told"), [(LIMIT_S - 1, []), (LIMIT_S, ["p-1"])])
async def test_where_frames_never_cease_to_come_it_is_judged_after_the_limit(after_s: float, told: list[str]) -> None:
    bench = Bench()
    bench.beds.expect({"p-1": Bed(3, -10_000)}, 1000)
    await bench.beds.look(1000 + after_s)
    assert [patient for patient, _, _ in bench.told] == told


async def test_what_was_heard_here_counts_more_than_what_somebody_remembers() -> None:
    bench = Bench()
    bench.beds.heard("p-1", 3, 990)
    bench.beds.expect({"p-1": Bed(3, 0)}, 1000)
    bench.beds.caught_up()
    await bench.beds.look(1001)
    assert bench.told == []


async def test_a_silence_that_outlasts_a_rebalance_is_not_told_again() -> None:
    bench = Bench()
    bench.beds.expect({"p-1": Bed(3, 0)}, 1000)
    bench.beds.caught_up()
    await bench.beds.look(1001)
    bench.beds.only(set())
    assert not bench.beds.complete
    bench.beds.expect({"p-1": Bed(3, 0)}, 1002)
    await bench.beds.look(1003)
    bench.beds.caught_up()
    await bench.beds.look(1004)
    assert bench.told == [("p-1", True, "no frame for 300 s")]


@pytest.mark.parametrize(("after_s", "watched"), [(FORGOTTEN_S, True), (FORGOTTEN_S + 1, False)])
async def test_a_bed_is_missed_for_as_long_as_its_stay_may_go_on(after_s: float, *, watched: bool) -> None:
    bench = Bench()
    bench.beds.heard("p-1", 3, 0)
    await bench.beds.look(1000)
    await bench.beds.look(after_s)
    assert bench.told[1:] == ([] if watched else [("p-1", False, "the bed is no longer watched here")])


def test_what_changed_is_asked_for_once_and_again_when_it_could_not_be_kept() -> None:
    beds = Bench().beds
    beds.heard("p-1", 3, 10)
    beds.heard("p-2", 4, 11)
    beds.gone("p-2", 4)
    changes = ({"p-1": Bed(3, 10)}, {"p-2": 4})
    assert beds.changes() == changes
    assert beds.changes() == ({}, {})
    beds.change_again({"p-1": 3, "p-2": 4})
    assert beds.changes() == changes
