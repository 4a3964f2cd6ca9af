"""A worker learns where it stands: by its own stays and the other workers', across restarts, and without Redis."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from models.risk import site
from models.risk.seen import Seen
from models.risk.site import FROM_H, LEAST_STAYS, SiteProfile
from models.watch.state import PatientState
from stream.observability.metrics import Metrics
from stream.state.client import StateUnavailableError
from stream.watch.site_watch import SiteWatch
from tests.builders.ports import News

SERIES = ("heart_rate_bpm", "lactate_mmol_per_l")
HOME = (1.0, 0.05)


@dataclass
class FakeModel:
    """Its state is hours, and how often each series is measured in an hour."""

    version: str = "fake-1"
    profile: SiteProfile | None = None
    silent_because: str | None = None

    def seen(self, states: Sequence[NDArray[np.float32]]) -> Seen:
        table = np.stack(states)
        mean = np.tile(np.array([85.0, 2.0], np.float32), (len(states), 1))
        return Seen(table[:, 0], table[:, 1:] * table[:, :1], mean)


@dataclass
class FakeIndex:
    """The rows in memory; `away` makes it unreachable."""

    rows: dict[bytes, bytes] = field(default_factory=dict)
    away: bool = False

    async def keep(self, rows: Mapping[bytes, bytes]) -> None:
        if self.away:
            raise StateUnavailableError
        self.rows |= rows

    async def load(self) -> Collection[tuple[bytes, bytes]]:
        return list(self.rows.items())


class Worker:
    """One worker's part."""

    def __init__(
        self, index: FakeIndex, where: Literal["judge", "checked"] = "judge", *, profiled: bool = True
    ) -> None:
        hours = np.full(200, FROM_H, np.float32)
        mean = (np.array([85.0, 2.0]) * np.linspace(0.9, 1.1, 200)[:, None]).astype(np.float32)
        home = site.describe(Seen(hours, np.tile(np.array(HOME) * FROM_H, (200, 1)), mean))
        self.model = FakeModel(profile=SiteProfile(SERIES, {"home": home}) if profiled else None)
        self.news = News()
        self.watch = SiteWatch(self.model, index, self.news.status(Metrics()), where)

    def see(self, patients: range, rates: tuple[float, float] = HOME, hours: float = FROM_H) -> None:
        """An hour closes for these patients."""
        before = PatientState(risk_version=self.model.version)
        after = replace(before, risk=np.array([hours, *rates], np.float32))
        names = [f"p-{patient}" for patient in patients]
        self.watch.note(names, [before] * len(names), [after] * len(names))


async def test_a_new_worker_is_silent_until_enough_stays_were_seen_for_a_day() -> None:
    worker = Worker(FakeIndex())
    assert worker.model.silent_because is not None
    worker.see(range(LEAST_STAYS - 1))
    worker.see(range(1000, 1200), hours=FROM_H - 1)
    await worker.watch.look()
    assert worker.watch.standing.stays == LEAST_STAYS - 1
    assert worker.model.silent_because is not None
    worker.see(range(LEAST_STAYS + 5))
    await worker.watch.look()
    assert worker.model.silent_because is None


async def test_workers_learn_from_each_other_and_a_new_one_from_those_before_it() -> None:
    index = FakeIndex()
    one, other = Worker(index), Worker(index)
    one.see(range(35))
    other.see(range(35, 75))
    await one.watch.look()
    await other.watch.look()
    assert other.model.silent_because is None
    after_a_restart = Worker(index)
    await after_a_restart.watch.look()
    assert after_a_restart.model.silent_because is None


async def test_where_the_stays_are_foreign_it_stays_silent_and_says_why_once() -> None:
    worker = Worker(FakeIndex())
    await worker.watch.tell()
    worker.see(range(80), rates=(1.0, 0.0))
    for _ in range(2):
        await worker.watch.look()
        await worker.watch.tell()
    assert worker.model.silent_because is not None
    assert "not like those of the model's training" in worker.model.silent_because
    assert [(one["component"], one["part"], one["state"]) for one in worker.news.told] == [
        ("risk-model", "site-not-yet-known", "degraded"),
        ("risk-model", "site-not-yet-known", "restored"),
        ("risk-model", "site-foreign", "degraded"),
    ]


async def test_without_redis_it_judges_by_what_it_saw_itself_and_hands_it_on_later() -> None:
    index = FakeIndex(away=True)
    worker = Worker(index)
    worker.see(range(60))
    await worker.watch.look()
    assert worker.model.silent_because is None
    index.away = False
    await worker.watch.look()
    assert len(index.rows) >= LEAST_STAYS


async def test_rows_of_another_version_are_left_out() -> None:
    worker = Worker(FakeIndex({b"1": b"\x00" * 12, b"2": b""}))
    await worker.watch.look()
    assert worker.watch.standing.stays == 0


@pytest.mark.parametrize(("where", "profiled"), [("checked", True), ("judge", False)])
async def test_a_model_that_was_checked_here_or_knows_no_hospital_is_never_silenced(
    where: Literal["judge", "checked"], *, profiled: bool
) -> None:
    worker = Worker(FakeIndex(), where, profiled=profiled)
    worker.see(range(80), rates=(1.0, 0.0))
    await worker.watch.look()
    await worker.watch.tell()
    assert worker.model.silent_because is None
    assert worker.news.told == []
