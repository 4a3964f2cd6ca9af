"""A bed that falls silent is told of once, after the limit and not before; what has left is no silence."""

import pytest

from stream.silence import SilentBeds

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
    bench.beds.heard("p-1", 1000)
    await bench.beds.look(1000 + after_s)
    assert bench.told == ([("p-1", True, "no frame for 300 s")] if silent else [])


async def test_a_silence_is_told_once_and_its_end_once() -> None:
    bench = Bench()
    bench.beds.heard("p-1", 0)
    for now_s in (301, 302, 900):
        await bench.beds.look(now_s)
    bench.beds.heard("p-1", 901)
    for now_s in (902, 903):
        await bench.beds.look(now_s)
    assert bench.told == [("p-1", True, "no frame for 300 s"), ("p-1", False, "frames come again")]
    await bench.beds.look(1300)
    assert bench.told[-1] == ("p-1", True, "no frame for 300 s")


async def test_every_bed_is_silent_by_itself() -> None:
    bench = Bench()
    bench.beds.heard("p-2", 0)
    bench.beds.heard("p-1", 0)
    bench.beds.heard("p-3", 200)
    await bench.beds.look(301)
    assert [patient for patient, _, _ in bench.told] == ["p-1", "p-2"]


async def test_who_is_discharged_is_not_missed() -> None:
    bench = Bench()
    bench.beds.heard("p-1", 0)
    bench.beds.gone("p-1")
    bench.beds.gone("p-never-heard")
    await bench.beds.look(1000)
    assert bench.told == []


async def test_beds_that_another_worker_listens_to_are_not_missed_here() -> None:
    bench = Bench()
    for patient in ("p-1", "p-2"):
        bench.beds.heard(patient, 0)
    bench.beds.only({"p-2"})
    await bench.beds.look(1000)
    assert [patient for patient, _, _ in bench.told] == ["p-2"]


async def test_a_silence_that_ends_because_the_patient_left_is_not_called_frames() -> None:
    bench = Bench()
    bench.beds.heard("p-1", 0)
    await bench.beds.look(1000)
    bench.beds.gone("p-1")
    await bench.beds.look(1001)
    assert bench.told[1:] == [("p-1", False, "the bed is no longer watched here")]
