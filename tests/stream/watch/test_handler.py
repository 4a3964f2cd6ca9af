"""The watch path as a whole, on fakes at its ports: what goes in, what comes out, what is kept."""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from models.risk.model import RiskOutput
from models.watch import records_out
from models.watch.state import PatientState
from models.watch.stored import from_fields
from schemas.identity import device_alarm_id
from schemas.vitals import VitalsFrame
from stream.broker.lineage import Log
from stream.delivery.dead_letters import Failure
from stream.delivery.logbook import Standings, as_they_say
from stream.delivery.placing import Partitions, unknown
from stream.delivery.settle import Settlement
from stream.observability.metrics import Metrics
from stream.settings import Settings
from stream.state.store import Stored
from stream.watch.handler import Watch
from stream.watch.silence import SilentBeds
from tests.builders.ports import NOW_S, SOON_S, ARecord, FakeProducer, FakeRun, FakeStore, News, a_record, a_sender
from tests.builders.watch_frames import CountingModel

ILL = {"spo2_percent": 80.0, "heart_rate_bpm": 80.0, "respiratory_rate_per_min": 15.0, "systolic_mmhg": 120.0}
WELL = ILL | {"spo2_percent": 98.0}


@dataclass
class FakeSettler:
    """Takes what is handed over; nothing is settled until the test says so."""

    store: FakeStore
    handed_over: list[Settlement] = field(default_factory=list)

    async def put(self, settlement: Settlement) -> None:
        self.handed_over.append(settlement)

    def partitions_lost(self) -> None:
        """Nothing was left open."""

    def unsettled(self) -> set[str]:
        return {patient for one in self.handed_over for patient in one.writes}

    async def settle(self) -> None:
        for one in self.handed_over:
            assert await self.store.save(one.writes) == {}
        self.handed_over.clear()


class Bench:
    """A watch path with its ports."""

    def __init__(
        self,
        model: CountingModel | None = None,
        store: FakeStore | None = None,
        memory_s: float = 86_400,
        standings: Standings = as_they_say,
        partitions: Partitions = unknown,
        conditions_off: tuple[str, ...] = (),
    ) -> None:
        self.now_s = NOW_S
        self.store = store or FakeStore()
        self.settler = FakeSettler(self.store)
        self.producer = FakeProducer()
        self.metrics = Metrics()
        self.news = News()
        self.silent: list[tuple[str | None, bool]] = []
        self.beds = SilentBeds(300, self.tell)
        self.watch = Watch(
            Settings(memory_s=memory_s, conditions_off=conditions_off),
            model=model,
            store=self.store,  # type: ignore[arg-type]  # a fake with the methods that are called
            sender=a_sender(self.producer),
            settler=self.settler,  # type: ignore[arg-type]  # as above
            status=self.news.status(self.metrics),
            metrics=self.metrics,
            beds=self.beds,
            standings=standings,
            partitions=partitions,
            clock=lambda: self.now_s,
        )

    async def tell(self, component: str, text: str, *, away: bool, patient: str | None = None) -> None:
        assert component == "feed", text
        self.silent.append((patient, away))

    async def take(self, records: Iterable[ARecord], log: Log | None = None) -> FakeRun:
        run = FakeRun(list(records), log=log or Log())
        await self.watch.handle(run)  # type: ignore[arg-type]  # what is looked at of a run
        return run

    def said(self, topic: str) -> list[dict[str, Any]]:
        return [orjson.loads(value or b"") for to, _, value in self.producer.sent if to == topic]

    def state(self, patient: str = "p-1") -> PatientState:
        """As it is handed over to be stored."""
        for one in reversed(self.settler.handed_over):
            if patient in one.writes:
                return from_fields(0, dict(one.writes[patient].fields)).state
        return from_fields(0, dict(self.store.held[patient].fields)).state

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"wardwatch_{name}_total", labels) or 0.0


def at(after_s: float) -> datetime:
    return datetime.fromtimestamp(NOW_S, UTC) - timedelta(hours=8) + timedelta(seconds=after_s)


def a_frame(after_s: float, measured: dict[str, float], patient: str = "p-1") -> VitalsFrame:
    return VitalsFrame(patient=patient, time=at(after_s), **measured)


def frames(*measured: dict[str, float], patient: str = "p-1", start: int = 0, every_s: float = 20) -> list[ARecord]:
    """Frames one after the other, with their offsets."""
    return [
        a_record("vitals", a_frame(number * every_s, values, patient), offset=number)
        for number, values in enumerate(measured, start)
    ]


def event(topic: str, offset: int = 0, after_s: float = 60, **fields: Any) -> ARecord:
    return a_record(topic, {"patient": "p-1", "time": at(after_s).isoformat()} | fields, offset=offset)


POISON = ARecord("vitals", b'{"patient": "')


async def test_a_run_gives_scores_and_alerts_and_the_next_state_and_is_handed_over_unfinished() -> None:
    bench = Bench()
    run = await bench.take(frames(WELL, ILL, ILL))
    assert run.begun
    assert not run.finished
    assert [alert["condition"] for alert in bench.said("alerts")] == ["spo2-low", "news2"]
    assert bench.said("scores")
    assert bench.state().counts == {"vitals": 3}
    assert bench.state().positions == {"vitals/0": 3}
    (settlement,) = bench.settler.handed_over
    assert (settlement.writes["p-1"].base, settlement.writes["p-1"].revision) == (0, 1)
    assert len(settlement.deliveries) == len(bench.producer.sent)


async def test_what_can_not_be_read_becomes_a_dead_letter_and_holds_nothing_back() -> None:
    bench = Bench()
    records = frames(WELL, ILL, ILL)
    await bench.take([records[0], POISON._replace(offset=7), *records[1:]])
    letters = [
        output.output for output in bench.settler.handed_over[0].deliveries if output.output.topic == "dead-letters"
    ]
    assert [letter.value for letter in letters] == [POISON.value]
    assert Failure.read(letters[0].headers).stage == "decode"
    assert Failure.read(letters[0].headers).offset == 7
    assert bench.state().counts == {"vitals": 3}
    assert bench.said("alerts")


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> str:
    """A patient over whom the pure core stumbles, as over no record that passes the schema."""
    honest = records_out.of_frames

    def stumble(names: list[str], reaction: Any) -> Any:  # noqa: ANN401 - passed on
        if "p-bad" in names:
            raise KeyError("p-bad")  # noqa: EM101 - as a dictionary raises it
        return honest(names, reaction)

    monkeypatch.setattr(records_out, "of_frames", stumble)
    return "p-bad"


async def test_a_record_that_breaks_the_work_is_found_by_halving_and_everybody_else_goes_on(poisoned: str) -> None:
    others = [f"p-{number}" for number in range(5)]
    records = [record for name in others for record in frames(WELL, ILL, ILL, patient=name)]
    records = [record._replace(offset=number) for number, record in enumerate(records)]
    bad = frames(ILL, patient=poisoned, start=99)[0]
    bench = Bench()
    await bench.take([*records[:7], bad, POISON, *records[7:]])
    assert {alert["patient"] for alert in bench.said("alerts")} == set(others)
    assert all(bench.state(name).counts == {"vitals": 3} for name in others)
    letters = [
        Failure.read(one.output.headers)
        for one in bench.settler.handed_over[0].deliveries
        if one.output.topic == "dead-letters"
    ]
    assert sorted((letter.stage, letter.offset) for letter in letters) == [("decode", 0), ("state", 99)]
    assert poisoned not in " ".join(letter.message + letter.stacktrace for letter in letters)
    assert bench.count("dead_letters", stage="decode") == 1
    assert bench.count("dead_letters", stage="state") == 1


async def test_halving_gives_what_the_run_without_the_broken_record_gives(poisoned: str) -> None:
    clean, broken = Bench(), Bench()
    records = frames(WELL, ILL, ILL, WELL, ILL, WELL, WELL)
    await clean.take(records)
    await broken.take([*records[:4], *frames(ILL, patient=poisoned, start=99), *records[4:]])
    assert broken.said("alerts") == clean.said("alerts")
    assert broken.said("scores") == clean.said("scores")
    assert broken.state().positions == clean.state().positions


async def test_a_replay_after_a_restart_changes_nothing_and_says_nothing_again() -> None:
    bench = Bench(CountingModel())
    records = frames(WELL, ILL, ILL)
    await bench.take(records)
    await bench.settler.settle()
    after = Bench(CountingModel(), store=bench.store)
    stored = dict(bench.store.held)
    await after.take(records)
    assert after.producer.sent == []
    assert after.settler.handed_over[0].writes == {}
    assert after.store.held == stored
    assert after.count("records_suppressed", topic="vitals") == 3


async def test_a_replay_of_what_was_not_stored_repeats_the_same_ids() -> None:
    first, second = Bench(CountingModel()), Bench(CountingModel())
    records = frames(WELL, ILL, ILL, *([WELL] * 8))
    await first.take(records)
    for record in records:  # in other runs, and after a crash
        await second.take([record])
    assert [sent for sent in first.producer.sent if sent[0] == "alerts"]
    for topic in ("alerts", "scores", "forecasts"):
        assert {one["id"] for one in first.said(topic)} == {one["id"] for one in second.said(topic)}


async def test_a_partly_replayed_run_goes_on_where_the_state_stopped() -> None:
    bench = Bench()
    records = frames(WELL, ILL, ILL, ILL)
    await bench.take(records[:2])
    await bench.settler.settle()
    after = Bench(store=bench.store)
    await after.take(records)
    assert after.state().counts == {"vitals": 4}
    assert (after.settler.handed_over[0].writes["p-1"].base, after.store.held["p-1"].revision) == (1, 1)


async def test_an_unknown_patient_begins_blank_while_redis_is_away_and_that_is_told() -> None:
    bench = Bench(store=FakeStore(held={"p-1": Stored(9, {})}, away=True))
    await bench.take(frames(WELL, ILL, ILL))
    assert [alert["condition"] for alert in bench.said("alerts")] == ["spo2-low", "news2"]
    assert bench.news.changes == [("state", "degraded")]
    assert bench.settler.handed_over[0].writes["p-1"].base == 0  # what was stored is not overwritten unseen


@pytest.mark.parametrize("stored", [b"no JSON", b"{}", b"[]"])
async def test_a_patient_whose_stored_state_can_not_be_read_begins_anew_and_alarms_go_on(stored: bytes) -> None:
    bench = Bench(store=FakeStore(held={"p-1": Stored(9, {"state": stored, "risk": b""})}))
    await bench.take(frames(WELL, ILL, ILL))
    assert [alert["condition"] for alert in bench.said("alerts")] == ["spo2-low", "news2"]
    assert bench.said("dead-letters") == []
    assert bench.news.changes == [("state", "degraded")]
    assert bench.settler.handed_over[0].writes["p-1"].base == 9
    assert bench.state().flagged == {"state-unreadable": 1}


async def test_a_patient_who_is_known_needs_no_redis() -> None:
    bench = Bench()
    await bench.take(frames(WELL))
    bench.store.away = True
    await bench.take(frames(ILL, ILL, start=1))
    assert bench.news.changes == []
    assert bench.state().counts == {"vitals": 3}


async def test_after_a_revocation_only_what_is_not_stored_stays_in_memory() -> None:
    bench = Bench()
    await bench.take(frames(WELL, patient="p-stored"))
    await bench.settler.settle()
    await bench.take(frames(WELL, patient="p-unsettled"))
    held = bench.store.held["p-stored"]
    bench.store.held["p-stored"] = Stored(held.revision + 5, held.fields)  # its new owner has worked on it
    bench.watch.forget()
    await bench.take([*frames(ILL, patient="p-stored", start=1), *frames(ILL, patient="p-unsettled", start=1)])
    writes = bench.settler.handed_over[-1].writes
    assert writes["p-stored"].base == held.revision + 5
    assert writes["p-unsettled"].base == 1
    assert bench.state("p-unsettled").counts == {"vitals": 2}


async def test_a_revocation_amid_the_work_makes_no_dead_letter_of_a_good_record() -> None:
    model = Slow()
    bench = Bench(model)
    await bench.take(frames(WELL))
    await bench.settler.settle()
    working = asyncio.create_task(bench.take(frames(ILL, start=1, every_s=3600)))
    await asyncio.to_thread(model.begun.wait, SOON_S)
    bench.watch.forget()
    model.go_on.set()
    async with asyncio.timeout(SOON_S):
        await working
    assert [topic for topic, _, _ in bench.producer.sent if topic == "dead-letters"] == []
    assert bench.state().counts == {"vitals": 2}


class Slow(CountingModel):
    """A model that waits to be told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], RiskOutput]:
        """Wait first."""
        self.begun.set()
        assert self.go_on.wait(SOON_S)
        return super().step(state, bins)


async def test_a_slow_model_does_not_hold_the_event_loop() -> None:
    model = Slow()
    bench = Bench(model)
    working = asyncio.create_task(bench.take(frames(WELL, WELL, every_s=3600)))
    await asyncio.to_thread(model.begun.wait, SOON_S)
    assert not working.done()  # and this line runs
    model.go_on.set()
    async with asyncio.timeout(SOON_S):
        await working
    assert bench.said("forecasts")


async def test_without_a_model_scores_and_alerts_go_on_and_the_hours_wait_for_one() -> None:
    bench = Bench(None)
    await bench.take(frames(WELL, ILL, ILL))
    await bench.take(frames(WELL, start=3, every_s=1200))
    assert bench.said("alerts")
    assert bench.said("forecasts") == []
    assert [hour for hour, _, _ in bench.state().waiting] == [1]


async def test_a_model_that_raises_costs_no_score_and_no_alert_and_is_told_once_until_it_works_again() -> None:
    model = CountingModel(broken=True)
    bench = Bench(model)
    await bench.take(frames(WELL, ILL, ILL, every_s=20))
    await bench.take(frames(ILL, start=3, every_s=1800))
    await bench.take(frames(ILL, start=4, every_s=1800))
    assert bench.said("alerts")
    assert bench.said("forecasts") == []
    assert bench.news.changes == [("risk-model", "degraded")]
    model.broken = False
    await bench.take(frames(ILL, start=5, every_s=1800))
    assert bench.news.changes == [("risk-model", "degraded"), ("risk-model", "restored")]
    assert [one["hour"] for one in bench.said("forecasts") if one["kind"] == "closed"] == [1, 2]


async def test_a_score_counts_for_admission_data_that_came_before_it() -> None:
    bench = Bench()
    await bench.take([event("patients", age_years=15, after_s=0)])
    await bench.take(frames(WELL, ILL, ILL))
    assert bench.said("scores") == []
    assert [alert["condition"] for alert in bench.said("alerts")] == ["spo2-low"]
    assert bench.state().counts == {"patients": 1, "vitals": 3}


async def test_a_laboratory_result_brings_a_proposal_about_and_names_its_source() -> None:
    bench = Bench()
    await bench.take([event("labs", lactate_mmol_per_l=5.0)])
    assert bench.state().labs["lactate_mmol_per_l"][0] == 5.0
    assert bench.state().counts == {"labs": 1}
    assert all(one["citation"]["guideline"] for one in bench.said("suggestions"))


async def test_a_gene_and_a_drug_that_do_not_go_together_bring_about_a_proposal_in_either_order() -> None:
    gene: dict[str, Any] = {"gene": "CYP2C19", "phenotype": "Poor Metabolizer", "coverage": "full"}
    drug: dict[str, Any] = {"order": "o-1", "drug": "clopidogrel", "status": "active"}
    told: list[set[str]] = []
    for topics in (("genomics", "medications"), ("medications", "genomics")):
        bench = Bench()
        for topic in topics:
            await bench.take([event(topic, **(gene if topic == "genomics" else drug))])
        told.append({one["rule"] for one in bench.said("suggestions")})
        assert bench.state().counts == {"genomics": 1, "medications": 1}
    assert told[0] == told[1]
    assert any("clopidogrel" in rule for rule in told[0]), told


async def test_an_acknowledgement_silences_the_alert_that_it_names() -> None:
    bench = Bench()
    await bench.take(frames(WELL, ILL, ILL))
    (spo2,) = [alert for alert in bench.said("alerts") if alert["condition"] == "spo2-low"]
    await bench.take([event("acknowledgements", alert=spo2["alert"], by="nurse", after_s=45)])
    step = bench.said("alerts")[-1]
    assert (step["alert"], step["phase"], step["signal"], step["presence"]) == (spo2["alert"], "update", "ack", True)
    await bench.take([event("acknowledgements", offset=1, alert=spo2["id"], by="nurse", after_s=46)])
    assert bench.said("alerts")[-1] == step
    assert bench.state().flagged["acknowledged-unknown"] == 1


async def test_a_devices_alarm_confirms_ours_once_however_often_it_is_delivered() -> None:
    monitor: dict[str, Any] = {
        "device": "monitor-4",
        "alarm": "a-1",
        "event": "MDC_EVT_DESAT",
        "text": "",
        "phase": "start",
    }
    bench = Bench()
    await bench.take(frames(WELL, ILL, ILL))
    for _ in range(2):
        await bench.take([event("device-alarms", after_s=45, **monitor, state="active")])
    (step,) = [alert for alert in bench.said("alerts") if alert.get("confirmed_by")]
    assert (step["condition"], step["phase"]) == ("spo2-low", "update")
    assert step["confirmed_by"] == [{"alarm": str(device_alarm_id("p-1", "monitor-4", "a-1"))}]
    assert bench.state().counts == {"vitals": 3, "device-alarms": 1}
    assert bench.state().positions["device-alarms/0"] == 1


async def test_alarms_that_a_greater_one_silences_are_recorded_and_counted() -> None:
    bench = Bench()
    severe = ILL | {"respiratory_rate_per_min": 26.0, "spo2_percent": 90.0, "on_oxygen": True}
    await bench.take(frames(WELL, *[severe] * 3))
    silent = [alert for alert in bench.said("alerts") if "suppressed_by" in alert]
    assert {alert["condition"] for alert in silent} == {"spo2-low", "respiratory-rate-high"}
    assert bench.count("alarms_suppressed", condition="spo2-low") == 1


async def test_a_discharge_ends_every_alarm_and_the_bed_may_be_silent() -> None:
    bench = Bench()
    await bench.take(frames(WELL, ILL, ILL))
    begun = {alert["alert"] for alert in bench.said("alerts")}
    await bench.take([event("patients", status="discharged", after_s=60)])
    ended = [alert for alert in bench.said("alerts") if alert["phase"] == "end"]
    assert {alert["alert"] for alert in ended} == begun
    assert {(alert["signal"], alert["presence"]) for alert in ended} == {("off", False)}
    assert bench.state().episodes == {}
    await bench.beds.look(1e12)
    assert bench.silent == []


async def test_a_run_of_events_that_can_not_all_be_read_gives_a_letter_for_each_that_can_not() -> None:
    bench = Bench()
    good = event("labs", lactate_mmol_per_l=1.0, offset=1)
    await bench.take([ARecord("labs", b"{"), good, good._replace(key=b"p-2", offset=2)])
    letters = [one.output for one in bench.settler.handed_over[0].deliveries if one.output.topic == "dead-letters"]
    assert [Failure.read(letter.headers).stage for letter in letters] == ["decode", "validate"]
    assert bench.state().positions == {"labs/0": 2}


async def test_every_output_is_keyed_by_its_patient_and_says_when_its_input_arrived() -> None:
    bench = Bench(CountingModel())
    await bench.take(frames(WELL, ILL, ILL, patient="p-7"))
    outputs = [one.output for one in bench.settler.handed_over[0].deliveries]
    assert {one.key for one in outputs} == {b"p-7"}
    assert {dict(one.headers)["x-input-ts"] for one in outputs} == {str(round(NOW_S * 1000)).encode()}
    assert len({dict(one.headers)["ce_id"] for one in outputs}) == len(outputs)


async def test_a_run_that_waits_to_be_settled_holds_no_records() -> None:
    run = await Bench().take(frames(WELL))
    assert run.value == []
