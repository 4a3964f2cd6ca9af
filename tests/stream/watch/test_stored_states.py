"""States that other versions stored: read, gone on with, and never stored over where a newer version forbids it."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from models.watch.state import PatientState
from models.watch.stored import FORMAT, to_fields
from stream.delivery.sender import Output, PublishError
from stream.delivery.settle import Settlement, Settler
from stream.state.store import Stored
from tests.builders.ports import SOON_S, FakeProducer, FakeRun, FakeStore, a_record, a_sender
from tests.stream.watch.test_handler import ILL, WELL, Bench, frames

NEWER = {"format": FORMAT + 1, "readable_from": FORMAT + 1}


def lying(**parts: object) -> Stored:
    """A state in Redis with these parts in place of its own."""
    fields = to_fields(PatientState(positions={"labs/0": 7}))
    return Stored(9, fields | {"state": json.dumps(json.loads(fields["state"]) | parts).encode()})


async def test_a_state_that_only_a_newer_version_may_store_over_stays_as_it_is_and_alarms_go_on() -> None:
    untouched = lying(**NEWER)
    bench = Bench(store=FakeStore(held={"p-1": untouched}))
    await bench.take(frames(WELL, ILL, ILL))
    await bench.take([*frames(ILL, ILL, start=3), *frames(WELL, patient="p-2", start=5)])
    assert [alert["condition"] for alert in bench.said("alerts")] == ["spo2-low", "news2"]
    assert bench.news.changes == [("state", "degraded")]
    first, second = bench.settler.handed_over
    assert (set(first.writes), first.all_stored) == (set(), False)
    assert (set(second.writes), second.all_stored) == ({"p-2"}, False)
    assert bench.store.held["p-1"] == untouched


async def test_after_a_change_of_partitions_the_state_is_read_again_and_stored_if_it_may_be() -> None:
    bench = Bench(store=FakeStore(held={"p-1": lying(**NEWER)}))
    await bench.take(frames(WELL))
    bench.settler.handed_over.clear()
    bench.watch.forget()
    bench.store.held["p-1"] = lying()
    await bench.take(frames(WELL, start=1))
    (settlement,) = bench.settler.handed_over
    assert (set(settlement.writes), settlement.all_stored) == ({"p-1"}, True)


async def test_a_part_that_can_not_be_read_is_told_and_the_rest_of_the_state_counts() -> None:
    bench = Bench(store=FakeStore(held={"p-1": lying(drugs={"o-1": 5})}))
    await bench.take(frames(WELL))
    assert bench.state().positions == {"labs/0": 7, "vitals/0": 1}
    assert bench.state().flagged == {"state-partly-unreadable": 1}
    assert bench.news.changes == [("state", "degraded")]
    assert "drugs" in bench.news.told[0]["text"]


@pytest.mark.parametrize(
    "parts",
    [{"readable_from": "x"}, {"format": None, "more": 1}, {"stay": [1]}, {"more": json.loads("[" * 400 + "]" * 400)}],
    ids=["no format", "no number", "another type", "deeper than can be written"],
)
async def test_alarms_go_on_where_what_lies_there_is_no_state(parts: dict[str, object]) -> None:
    bench = Bench(store=FakeStore(held={"p-1": lying(**parts)}))
    await bench.take(frames(WELL, ILL, ILL))
    assert [alert["condition"] for alert in bench.said("alerts")] == ["spo2-low", "news2"]
    assert bench.news.changes == [("state", "degraded")]
    assert bench.said("dead-letters") == []
    await bench.settler.settle()
    assert bench.state().flagged["state-unreadable"] == 1


async def none_is_unsendable(error: PublishError) -> Sequence[Output]:
    raise error


@pytest.mark.parametrize("all_stored", [True, False])
async def test_a_run_whose_states_may_not_all_be_stored_is_never_finished(*, all_stored: bool) -> None:
    store = FakeStore()

    async def on_state(*, away: bool) -> None:
        assert not away

    settler = Settler(
        a_sender(FakeProducer()),
        store,  # type: ignore[arg-type]  # a fake with the methods that are called
        on_state=on_state,
        on_unsendable=none_is_unsendable,
        on_progress=lambda: None,
    )
    run, later = FakeRun([a_record("vitals", b"{}")]), FakeRun([a_record("vitals", b"{}", offset=1)])
    settling = asyncio.create_task(settler.run())
    await settler.put(Settlement(run, [], {}, all_stored=all_stored))
    await settler.put(Settlement(later, [], {}))
    async with asyncio.timeout(SOON_S):
        while not later.finished:  # noqa: ASYNC110 - a run has nothing that one could wait on
            await asyncio.sleep(0)
    settling.cancel()
    assert run.finished is all_stored
    assert settler.waiting_for_state == (0 if all_stored else 1)
    settler.partitions_lost()
    assert settler.waiting_for_state == 0
