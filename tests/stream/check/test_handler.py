"""The check path on fakes at its ports: a study is reported once, or becomes a dead letter, and holds no other back."""

import asyncio
import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest
from aiokafka import TopicPartition

from models.pathology.record import findings_of
from schemas.examples import EXAMPLES
from schemas.genomes import GenomeReady
from schemas.imaging import ImagingReady, LesionReport, Replaced
from schemas.pathology import PathologyFindings, PathologyReport
from schemas.therapy import GenomicResult
from stream.broker.lineage import Log, Place
from stream.broker.placement import partition_of
from stream.check import handler
from stream.check.checker import CheckFailed
from stream.check.handler import Check
from stream.check.report import ReportSource, report_id
from stream.delivery.dead_letters import Failure
from stream.delivery.logbook import Standings, as_they_say
from stream.delivery.placing import Partitions, unknown
from stream.genomes.genotyper import GenomeFailed, NotUsed
from stream.observability.metrics import Metrics
from stream.settings import Settings
from stream.state.store import Stored
from tests.builders.ports import SOON_S, ARecord, FakeProducer, FakeRun, FakeStore, News, a_record, a_sender
from tests.stream.watch.test_handler import FakeSettler

ABOUT = ReportSource("1.0", "abc")
STUDY = EXAMPLES["imaging-ready"][0]
REPORT = LesionReport.model_validate(EXAMPLES["lesion-reports"][0])


@dataclass
class FakeChecker:
    """Reports under the id of the real one; `failures` come first."""

    failures: deque[Exception] = field(default_factory=deque)
    checked: list[str] = field(default_factory=list)
    documents: bool = True

    def report_id(self, event: ImagingReady) -> UUID:
        return report_id(event, ABOUT)

    async def check(self, event: ImagingReady, replaces: tuple[Replaced, ...]) -> LesionReport:
        self.checked.append(event.study_uid)
        if self.failures:
            raise self.failures.popleft()
        return REPORT.model_copy(
            update={
                "id": self.report_id(event),
                "patient": event.patient,
                "study_uid": event.study_uid,
                "replaces": replaces,
                "dicom_sr_url": REPORT.dicom_sr_url if self.documents else None,
            }
        )


@dataclass
class FakeGenomes:
    """Says what it was given, genome by genome: results, why one is not used, or what it raises."""

    answers: deque[dict[str, str] | NotUsed | Exception] = field(default_factory=deque)

    async def results(self, ready: GenomeReady) -> tuple[GenomicResult, ...] | NotUsed:
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, NotUsed):
            return answer
        return tuple(
            GenomicResult(patient=ready.patient, time=ready.time, gene=gene, phenotype=phenotype)
            for gene, phenotype in answer.items()
        )


class Bench:
    """A check path with its ports."""

    def __init__(
        self,
        *failures: Exception,
        store: FakeStore | None = None,
        standings: Standings = as_they_say,
        partitions: Partitions = unknown,
    ) -> None:
        self.checker = FakeChecker(deque(failures))
        self.genomes = FakeGenomes()
        self.store = store or FakeStore()
        self.settler = FakeSettler(self.store)
        self.producer = FakeProducer()
        self.metrics = Metrics()
        self.news = News()
        self.check = Check(
            Settings(),
            checker=self.checker,
            genomes=self.genomes,
            store=self.store,  # type: ignore[arg-type]  # a fake with the methods that are called
            sender=a_sender(self.producer),
            settler=self.settler,  # type: ignore[arg-type]  # as above
            status=self.news.status(self.metrics),
            metrics=self.metrics,
            standings=standings,
            partitions=partitions,
        )

    async def take(self, *records: ARecord, log: Log | None = None) -> FakeRun:
        run = FakeRun(list(records), log=log or Log())
        async with asyncio.timeout(SOON_S):
            await self.check.handle(run)  # type: ignore[arg-type]  # what is looked at of a run
        return run

    def reported(self) -> list[dict[str, Any]]:
        return [orjson.loads(value or b"") for topic, _, value in self.producer.sent if topic == "lesion-reports"]

    def genes(self) -> list[tuple[str, str, str]]:
        said = [orjson.loads(value or b"") for topic, _, value in self.producer.sent if topic == "genomics"]
        return [(one["gene"], one["phenotype"], one["status"]) for one in said]

    def letters(self) -> list[Failure]:
        outputs = [one.output for run in self.settler.handed_over for one in run.deliveries]
        return [Failure.read(output.headers) for output in outputs if output.topic == "dead-letters"]

    def known(self, patient: str = "p-0017") -> dict[str, Any]:
        state: dict[str, Any] = orjson.loads(self.store.held[patient].fields["state"])
        return state


def a_study(offset: int = 0, study: str = "1.2.3", instances: int = 1, **fields: object) -> ARecord:
    images = [
        {"url": f"https://archive.example/{study}/{n}", "sop_instance_uid": f"{study}.{n}"} for n in range(instances)
    ]
    return a_record("imaging-ready", STUDY | {"study_uid": study, "images": images} | fields, offset=offset)


REPORTED = EXAMPLES["pathology-reports"]


def a_pathology_report(offset: int = 0, number: int = 0, **fields: object) -> ARecord:
    return a_record("pathology-reports", REPORTED[number] | fields, offset=offset)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between tries."""
    monkeypatch.setattr(handler, "_PAUSE_S", 0.0)


async def test_each_study_of_a_run_is_reported_and_the_run_is_handed_over_unfinished() -> None:
    bench = Bench()
    run = await bench.take(a_study(0, "1.1"), a_study(1, "1.2"), a_study(2, "1.3", patient="p-2"))
    assert run.begun
    assert not run.finished
    assert [report["study_uid"] for report in bench.reported()] == ["1.1", "1.2", "1.3"]
    assert [key for _, key, _ in bench.producer.sent] == [b"p-0017", b"p-0017", b"p-2"]
    await bench.settler.settle()
    assert bench.known()["counts"] == {"imaging-ready": 2}
    assert bench.known()["positions"] == {"imaging-ready/0": 2}


async def test_the_studies_of_a_run_are_checked_together_and_those_of_a_patient_in_their_order() -> None:
    bench = Bench()
    begun: list[str] = []
    all_patients = asyncio.Event()

    async def check(event: ImagingReady, replaces: tuple[Replaced, ...]) -> LesionReport:
        begun.append(event.study_uid)
        if set(begun) >= {"1.1", "2.1", "3.1"}:
            all_patients.set()
        await all_patients.wait()  # no study ends before one of each patient has begun
        return REPORT.model_copy(
            update={"id": report_id(event, ABOUT), "study_uid": event.study_uid, "replaces": replaces}
        )

    bench.checker.check = check  # type: ignore[method-assign]
    await bench.take(
        a_study(0, "1.1"), a_study(1, "1.2"), a_study(2, "2.1", patient="p-2"), a_study(3, "3.1", patient="p-3")
    )
    assert begun == ["1.1", "2.1", "3.1", "1.2"]
    assert [report["study_uid"] for report in bench.reported()] == ["1.1", "1.2", "2.1", "3.1"]
    await bench.settler.settle()
    assert bench.known()["positions"] == {"imaging-ready/0": 2}
    assert bench.known()["counts"] == {"imaging-ready": 2}


async def test_a_study_in_a_log_that_is_no_more_suppresses_none_at_its_offset_in_the_new_one() -> None:
    asked: list[Place] = []

    async def standings(tp: TopicPartition, places: Collection[Place]) -> list[int]:
        assert tp == ("imaging-ready", 0)
        asked.extend(places)
        return [0 for _ in places]

    old, new = Log("old", 1), Log("new", 0)
    bench = Bench(standings=standings)
    await bench.take(a_study(5, "1.1"), log=old)
    await bench.settler.settle()
    await bench.take(a_study(5, "1.1"), log=old)
    assert bench.checker.checked == ["1.1"]
    await bench.take(a_study(0, "1.2"), a_study(0, "1.2"), log=new)
    assert bench.checker.checked == ["1.1", "1.2"]
    assert asked == [Place(6, old)]
    await bench.settler.settle()
    assert bench.known()["positions"] == {"imaging-ready/0": 1}
    assert orjson.loads(bench.store.held["p-0017"].fields["logs"]) == {"imaging-ready/0": "new:0"}


async def test_what_was_known_before_logs_had_names_is_read() -> None:
    bench = Bench()
    bench.store.held["p-0017"] = Stored(1, {"state": b'{"positions": {"imaging-ready/0": 6}, "counts": {}}'})
    await bench.take(a_study(5, "1.1"), a_study(6, "1.2"), log=Log("new", 0))
    assert bench.checker.checked == ["1.2"]


async def test_a_study_too_large_for_one_record_is_reported_in_parts_and_none_of_them_twice() -> None:
    bench = Bench()
    whole = a_study(0, instances=1000)
    await bench.take(whole)
    await bench.settler.settle()
    reports = bench.reported()
    assert [(report["part"], report["parts"]) for report in reports] == [(1, 3), (2, 3), (3, 3)]
    assert len({report["id"] for report in reports}) == 3
    await bench.take(a_study(1, instances=1000))
    await bench.settler.settle()
    assert len(bench.reported()) == 3


async def test_what_a_large_study_replaces_is_replaced_once_whole_even_across_its_parts() -> None:
    bench = Bench()
    first = [{"url": f"https://archive.example/{n}", "sop_instance_uid": f"1.2.3.{n}"} for n in (0, 999)]
    await bench.take(a_study(0, images=first), a_study(1, instances=1000), a_study(2, instances=999))
    two, *parts = bench.reported()
    assert [[one["id"] for one in report["replaces"]] for report in parts] == [[], [], [two["id"]], []]
    await bench.settler.settle()
    stand = {one["id"] for one in bench.known()["standing"]}
    assert {report["id"].replace("-", "") for report in parts} == stand  # 999 images replace none of a thousand


async def test_a_study_that_is_announced_again_unchanged_is_not_reported_again() -> None:
    bench = Bench()
    await bench.take(a_study(0), a_study(1))
    await bench.settler.settle()
    await bench.take(a_study(2))
    await bench.settler.settle()
    assert len(bench.reported()) == 1
    assert len(bench.checker.checked) == 1  # nor looked at: what was written of it stays as it is
    assert bench.known()["counts"] == {"imaging-ready": 3}


def hashed(offset: int, *sha256: str | None) -> ARecord:
    """A study whose files have these hashes."""
    images = [
        {"url": f"https://archive.example/{n}", "sop_instance_uid": f"1.2.3.{n}", "sha256": one and one * 64}
        for n, one in enumerate(sha256)
    ]
    return a_study(offset, images=images)


async def test_corrected_pixels_under_the_same_uid_are_reported_once_and_replace_the_earlier_report() -> None:
    bench = Bench()
    for offset, study in enumerate([("a", "b"), ("a", "b"), ("a", "c"), ("a", "c"), ("a", "b")]):
        await bench.take(hashed(offset, *study))
        await bench.settler.settle()
    first, second = bench.reported()
    assert first["id"] != second["id"]
    assert [replaces(first), replaces(second)] == [[], [first["id"]]]
    assert len(bench.checker.checked) == 2


async def test_without_hashes_nothing_tells_that_a_known_instance_has_changed() -> None:
    bench = Bench()
    await bench.take(hashed(0, "a"), hashed(1, None))
    assert len(bench.reported()) == 1
    await bench.take(hashed(2, "b"), hashed(3, None))
    assert len(bench.reported()) == 2


async def test_a_study_that_could_not_be_checked_is_checked_when_it_is_announced_again() -> None:
    failure = CheckFailed(OSError("no route"), "fetch")
    bench = Bench(failure, failure, failure)
    await bench.take(a_study(0), a_study(1))
    assert len(bench.letters()) == 1
    assert len(bench.reported()) == 1


async def test_more_instances_of_a_study_make_a_new_report() -> None:
    bench = Bench()
    await bench.take(a_study(0, instances=1), a_study(1, instances=2))
    first, second = bench.reported()
    assert first["id"] != second["id"]


def replaces(report: dict[str, Any]) -> list[str]:
    return [one["id"] for one in report["replaces"]]


async def test_the_report_on_more_instances_replaces_the_one_on_fewer_also_after_a_restart() -> None:
    bench = Bench()
    await bench.take(a_study(0, instances=1), a_study(1, instances=2))
    await bench.settler.settle()
    after = Bench(store=bench.store)
    await after.take(a_study(2, instances=3))
    first, second = bench.reported()
    (third,) = after.reported()
    assert [replaces(first), replaces(second), replaces(third)] == [[], [first["id"]], [second["id"]]]


async def test_a_report_on_other_instances_of_the_study_replaces_nothing_and_the_one_on_all_replaces_both() -> None:
    bench = Bench()
    whole = STUDY["images"][0]
    front, side = ([whole | {"sop_instance_uid": uid}] for uid in ("1.2.1", "1.2.2"))
    await bench.take(*(a_study(at, images=images) for at, images in enumerate((front, side, [*side, *front]))))
    first, second, third = bench.reported()
    assert [replaces(first), replaces(second)] == [[], []]
    assert replaces(third) == [second["id"], first["id"]]  # the newest first


async def test_a_report_on_fewer_instances_or_another_study_replaces_nothing() -> None:
    bench = Bench()
    same = STUDY["images"]
    await bench.take(
        a_study(0, instances=2), a_study(1), a_study(2, "1.8", images=same), a_study(3, "1.9", images=same)
    )
    assert [replaces(report) for report in bench.reported()] == [[], [], [], []]


async def test_the_new_report_knows_whether_the_old_one_has_a_dicom_sr() -> None:
    bench = Bench()
    await bench.take(a_study(0, instances=1))
    bench.checker.documents = False
    await bench.take(a_study(1, instances=2))
    await bench.take(a_study(2, instances=3))
    assert [[one["dicom_sr"] for one in report["replaces"]] for report in bench.reported()] == [[], [True], [False]]


async def test_what_an_older_version_kept_of_a_patient_is_read() -> None:
    bench = Bench()
    await bench.take(a_study(0))
    await bench.settler.settle()
    held = bench.store.held["p-0017"]
    older = {name: value for name, value in bench.known().items() if name != "standing"}
    bench.store.held["p-0017"] = held._replace(fields={"state": orjson.dumps(older)})
    after = Bench(store=bench.store)
    await after.take(a_study(1), a_study(2, instances=2))
    assert [replaces(report) for report in after.reported()] == [[]]


@pytest.mark.parametrize(
    "fields",
    [{"state": b"[]"}, {"state": b"none"}, {"state": b'{"positions":5}'}, {"state": b"{}", "logs": b'["x"]'}],
    ids=["a list", "no JSON", "another type", "logs of another type"],
)
async def test_a_state_that_can_not_be_read_is_told_and_its_patient_begins_anew(fields: dict[str, bytes]) -> None:
    bench = Bench(store=FakeStore(held={"p-0017": Stored(4, fields)}))
    await bench.take(a_study(0))
    assert len(bench.reported()) == 1
    assert bench.news.changes[0] == ("state", "degraded")
    await bench.settler.settle()
    assert bench.known()["positions"] == {"imaging-ready/0": 1}


async def test_what_a_later_version_added_to_a_state_is_passed_over() -> None:
    bench = Bench(store=FakeStore(held={"p-0017": Stored(4, {"state": b'{"positions":{"a/0":3},"more":1}'})}))
    await bench.take(a_study(0))
    await bench.settler.settle()
    assert bench.known()["positions"] == {"a/0": 3, "imaging-ready/0": 1}


async def test_a_replay_after_a_restart_checks_nothing_and_says_nothing() -> None:
    bench = Bench()
    await bench.take(a_study(0), a_study(1, "1.9"))
    await bench.settler.settle()
    after = Bench(store=bench.store)
    await after.take(a_study(0), a_study(1, "1.9"))
    assert after.checker.checked == []
    assert after.producer.sent == []
    assert after.settler.handed_over[0].writes == {}
    assert (
        after.metrics.registry.get_sample_value("wardwatch_records_suppressed_total", {"topic": "imaging-ready"}) == 2
    )


async def test_a_study_that_comes_before_the_one_before_it_is_stored_loses_no_mark() -> None:
    bench = Bench()
    await bench.take(a_study(0, "1.1"))
    await bench.take(a_study(1, "1.2"))
    first, second = bench.settler.handed_over
    assert second.writes["p-0017"].base == first.writes["p-0017"].revision
    await bench.settler.settle()
    assert bench.known()["counts"] == {"imaging-ready": 2}
    assert len(bench.known()["reports"]) == 2


async def test_what_is_stored_is_read_again_since_others_may_have_worked_on_it() -> None:
    bench = Bench()
    await bench.take(a_study(0))
    await bench.settler.settle()
    held = bench.store.held["p-0017"]
    bench.store.held["p-0017"] = held._replace(revision=held.revision + 4)
    await bench.take(a_study(7, "1.9"))
    assert bench.settler.handed_over[0].writes["p-0017"].base == held.revision + 4


async def test_a_check_that_fails_is_tried_again_and_that_is_told() -> None:
    failure = CheckFailed(OSError("no route"), "fetch")
    bench = Bench(failure, failure)
    await bench.take(a_study())
    assert len(bench.checker.checked) == 3
    assert len(bench.reported()) == 1
    assert bench.letters() == []
    assert bench.news.changes == [("lesion-model", "degraded"), ("lesion-model", "restored")]


@pytest.mark.parametrize("stage", ["fetch", "inference"])
async def test_a_check_that_keeps_failing_makes_a_dead_letter_of_its_stage_and_the_next_study_is_checked(
    stage: Any,  # noqa: ANN401 - a literal
) -> None:
    failure = CheckFailed(OSError("p-0017"), stage)
    bench = Bench(failure, failure, failure)
    await bench.take(a_study(0, "1.1"), a_study(1, "1.2"))
    (letter,) = bench.letters()
    assert (letter.stage, letter.offset, letter.attempt) == (stage, 0, 3)
    assert [report["study_uid"] for report in bench.reported()] == ["1.2"]
    assert bench.metrics.registry.get_sample_value("wardwatch_dead_letters_total", {"stage": stage}) == 1


async def test_an_error_that_is_not_the_checkers_own_costs_one_study_and_not_the_worker() -> None:
    bench = Bench(ZeroDivisionError("p-0017"))
    await bench.take(a_study(0, "1.1"), a_study(1, "1.2"))
    (letter,) = bench.letters()
    assert (letter.stage, letter.offset, letter.attempt) == ("inference", 0, 1)
    assert "p-0017" not in letter.message + letter.stacktrace
    assert [report["study_uid"] for report in bench.reported()] == ["1.2"]


@pytest.mark.parametrize(
    ("record", "stage"),
    [
        (ARecord("imaging-ready", b"{"), "decode"),
        (a_study(images=[]), "validate"),
        (a_study()._replace(key=b"p-2"), "validate"),
    ],
)
async def test_an_event_that_can_not_be_used_becomes_a_dead_letter_and_is_not_checked(
    record: ARecord, stage: str
) -> None:
    bench = Bench()
    await bench.take(record)
    assert [letter.stage for letter in bench.letters()] == [stage]
    assert bench.checker.checked == []


async def test_while_redis_is_away_studies_wait_and_none_is_lost() -> None:
    bench = Bench(store=FakeStore(away=True))
    working = asyncio.create_task(bench.take(a_study()))
    await bench.store.tried.wait()
    assert bench.checker.checked == []
    bench.store.away = False
    await working
    assert len(bench.reported()) == 1
    assert ("state", "degraded") in bench.news.changes


# Pathology reports ----------------------------------------------------------------------------------------------------


def values_read(bench: Bench) -> list[dict[str, str]]:
    said = [orjson.loads(value or b"") for topic, _, value in bench.producer.sent if topic == "pathology-findings"]
    return [{found["name"]: found["value"] for found in one["findings"]} for one in said]


async def test_what_a_pathology_report_states_is_said_in_order_and_without_its_words() -> None:
    bench = Bench()
    run = await bench.take(a_pathology_report(0), a_pathology_report(1, 1))
    assert not run.finished
    first, amended = values_read(bench)
    assert first["her2"] == "equivocal"
    assert amended["her2"] == "negative"
    assert {key for _, key, _ in bench.producer.sent} == {b"p-0017"}
    assert all(b"special type, grade" not in (value or b"") for _, _, value in bench.producer.sent)
    await bench.settler.settle()
    assert bench.known()["positions"] == {"pathology-reports/0": 2}
    assert bench.known()["counts"] == {"pathology-reports": 2}


async def test_an_imaging_order_is_looked_at_and_nothing_follows() -> None:
    bench, order = Bench(), EXAMPLES["imaging-orders"][0]
    await bench.take(
        a_record("imaging-orders", order), a_record("imaging-orders", order | {"priority": "soon"}, offset=1)
    )
    assert [topic for topic, _, _ in bench.producer.sent] == ["dead-letters"]
    assert [one.stage for one in bench.letters()] == ["validate"]
    await bench.settler.settle()
    assert bench.known()["counts"] == {"imaging-orders": 1}


async def test_a_report_that_was_read_is_not_read_again_and_one_that_was_not_stored_keeps_its_id() -> None:
    bench, crashed = Bench(), Bench()
    await bench.take(a_pathology_report())
    await bench.settler.settle()
    after = Bench(store=bench.store)
    await after.take(a_pathology_report())
    assert after.producer.sent == []
    await crashed.take(a_pathology_report())
    assert crashed.producer.sent == bench.producer.sent


async def test_a_report_that_breaks_the_reader_costs_itself_and_no_word_of_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    def stumble(event: PathologyReport, software: str) -> PathologyFindings:
        if event.report == "bad":
            raise ValueError(event.text)
        return findings_of(event, software)

    monkeypatch.setattr(handler, "findings_of", stumble)
    bench = Bench()
    await bench.take(a_pathology_report(0, report="bad", text="Jane Doe"), a_pathology_report(1))
    (letter,) = bench.letters()
    assert (letter.stage, letter.offset, letter.attempt) == ("inference", 0, 1)
    assert "Jane" not in letter.message + letter.stacktrace
    assert len(values_read(bench)) == 1


async def test_a_report_that_is_too_long_is_a_dead_letter_and_is_not_read() -> None:
    bench = Bench()
    await bench.take(a_pathology_report(text="a" * 100_001))
    assert [letter.stage for letter in bench.letters()] == ["validate"]
    assert values_read(bench) == []


async def test_while_a_report_is_read_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(event: PathologyReport, software: str) -> PathologyFindings:
        begun.set()
        assert go_on.wait(SOON_S)
        return findings_of(event, software)

    monkeypatch.setattr(handler, "findings_of", wait)
    bench = Bench()
    working = asyncio.create_task(bench.take(a_pathology_report()))
    assert await asyncio.to_thread(begun.wait, SOON_S)
    assert not working.done()  # and this line runs
    go_on.set()
    await working
    assert len(values_read(bench)) == 1


GENOME = EXAMPLES["genomes-ready"][0]
POOR, NORMAL = "Poor Metabolizer", "Normal Metabolizer"


def a_genome(offset: int = 0, **fields: object) -> ARecord:
    return a_record("genomes-ready", GENOME | fields, offset=offset)


async def test_what_a_genome_says_goes_out_gene_by_gene_under_ids_that_a_repetition_repeats() -> None:
    bench, crashed = Bench(), Bench()
    for one in (bench, crashed):
        one.genomes.answers.append({"CYP2C19": POOR, "HLA-B*57:01": "negative"})
        await one.take(a_genome())
    assert bench.genes() == [("CYP2C19", POOR, "final"), ("HLA-B*57:01", "negative", "final")]
    assert {key for _, key, _ in bench.producer.sent} == {b"p-0017"}
    ids = [dict(one.output.headers)["ce_id"] for one in bench.settler.handed_over[0].deliveries]
    assert ids == [dict(one.output.headers)["ce_id"] for one in crashed.settler.handed_over[0].deliveries]
    assert len(set(ids)) == 2
    await bench.settler.settle()
    after = Bench(store=bench.store)
    await after.take(a_genome())  # it is asked nothing, and would fail
    assert after.producer.sent == []


async def test_what_a_corrected_genome_no_longer_says_is_taken_back_and_an_older_record_of_it_says_nothing() -> None:
    bench = Bench()
    bench.genomes.answers += [{"CYP2C19": POOR, "TPMT": NORMAL}, {"TPMT": NORMAL}]
    await bench.take(a_genome(0))
    await bench.settler.settle()
    later = {"time": "2026-01-01T13:00:00Z", "status": "corrected"}
    await bench.take(a_genome(1, **later), a_genome(2))
    assert bench.genes()[2:] == [("TPMT", NORMAL, "final"), ("CYP2C19", "No Result", "entered-in-error")]
    await bench.settler.settle()
    await bench.take(a_genome(3, time="2026-01-01T14:00:00Z", status="entered-in-error"))
    assert bench.genes()[4:] == [("TPMT", "No Result", "entered-in-error")]


async def test_two_genomes_of_a_patient_are_told_apart() -> None:
    bench = Bench()
    bench.genomes.answers += [{"CYP2C19": POOR}, {"TPMT": NORMAL}]
    await bench.take(a_genome(0), a_genome(1, genome="another"))
    assert bench.genes() == [("CYP2C19", POOR, "final"), ("TPMT", NORMAL, "final")]


async def test_a_genome_that_cannot_be_used_is_a_dead_letter_that_says_why_and_takes_nothing_back() -> None:
    bench = Bench()
    sentence = "chr1 is 249250621 bases long in its header: that is GRCh37, and GRCh38 is needed (248956422)"
    bench.genomes.answers += [{"CYP2C19": POOR}, NotUsed("validate", sentence), ValueError("Jane Doe")]
    await bench.take(a_genome(0), *(a_genome(n, time=f"2026-01-01T13:00:0{n}Z") for n in (1, 2)))
    refused, broken = bench.letters()
    assert (refused.stage, refused.message, refused.attempt) == ("validate", sentence, 1)
    assert (broken.stage, broken.attempt) == ("inference", 1)
    assert "Jane" not in broken.message + broken.stacktrace
    assert bench.genes() == [("CYP2C19", POOR, "final")]


@pytest.mark.parametrize("fails", [2, 3])
async def test_a_genome_that_cannot_be_fetched_is_asked_for_again_and_that_is_told(fails: int) -> None:
    bench = Bench()
    bench.genomes.answers += [*[GenomeFailed("the archive could not be reached", "fetch")] * fails, {"CYP2C19": POOR}]
    await bench.take(a_genome())
    assert bool(bench.genes()) == (fails < 3)
    assert [(one.stage, one.attempt) for one in bench.letters()] == ([] if fails < 3 else [("fetch", 3)])
    assert bench.news.changes[0] == ("genomes", "degraded")
    assert (("genomes", "restored") in bench.news.changes) == (fails < 3)


async def test_a_genome_without_a_file_is_a_dead_letter() -> None:
    bench = Bench()
    await bench.take(a_record("genomes-ready", {name: GENOME[name] for name in ("patient", "time", "genome")}))
    assert [letter.stage for letter in bench.letters()] == ["validate"]


async def test_a_study_in_another_partition_than_its_patients_is_moved_there_and_reported_once() -> None:
    bench = Bench(partitions=lambda _: 8)
    home = partition_of(b"p-0017", 8)
    elsewhere = (home + 1) % 8
    run = await bench.take(a_study(7)._replace(partition=elsewhere))
    assert bench.reported() == []
    (settlement,) = bench.settler.handed_over
    assert (settlement.run, settlement.writes) == (run, {})
    (output,) = (delivery.output for delivery in settlement.deliveries)
    assert (output.topic, output.partition, output.value) == ("imaging-ready", home, run.value[0].value)
    assert bench.metrics.registry.get_sample_value("wardwatch_records_moved_total", {"topic": "imaging-ready"}) == 1
    copies = [ARecord(output.topic, output.value, output.key, at, home, headers=output.headers) for at in (0, 1, 2)]
    await bench.take(copies[0], copies[1])
    await bench.settler.settle()
    await bench.take(copies[2])
    assert len(bench.reported()) == 1
    assert bench.known()["positions"] == {f"imaging-ready/{elsewhere} moved": 8}
