"""The doctor says what is missing, what to do about it, and whether a worker could work."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import TOPICS
from stream.broker.limits import Limits
from stream.broker.placement import Misplaced
from stream.broker.topics import BATCH_BYTES, TopicState
from stream.cli import main
from stream.observability import doctor
from stream.observability.doctor import (
    CheckResult,
    clock,
    codecs,
    conditions,
    device,
    disk,
    eviction,
    genomes,
    group,
    limits,
    partitioner,
    python,
    topics,
)

STRAYED = Misplaced("vitals", 2, 9, (3, 5), 60_000, None)


def all_topics(**partitions: int) -> list[TopicState]:
    return [TopicState(name, partitions.get(name, 8), 1) for name in TOPICS]


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        (python((3, 10)), "failed"),
        (python((3, 11)), "ok"),
        (python((4, 0)), "ok"),
        (device("auto", cuda=False), "ok"),
        (device("cuda", cuda=True), "ok"),
        (device("cuda", cuda=False), "failed"),
        (device("tpu", cuda=True), "failed"),
        (topics(all_topics()), "ok"),
        (topics(all_topics(alerts=3)), "ok"),
        (topics(all_topics(labs=4)), "failed"),
        (topics(all_topics(alerts=0)), "failed"),
        (limits([Limits("alerts", BATCH_BYTES, stamped_by_broker=False)]), "ok"),
        (limits([Limits("alerts", BATCH_BYTES - 1, stamped_by_broker=False)]), "failed"),
        (limits([Limits("vitals", BATCH_BYTES - 1, stamped_by_broker=True)]), "ok"),
        (limits([Limits("vitals", BATCH_BYTES, stamped_by_broker=False)]), "warning"),
        (limits([Limits("vitals")]), "warning"),
        (limits([]), "ok"),
        (conditions(()), "ok"),
        (conditions(["shock-index"]), "warning"),
        (genomes([], can_read=False), "ok"),
        (genomes(["/genomes"], can_read=True), "ok"),
        (genomes(["/genomes"], can_read=False), "failed"),
        (eviction("noeviction"), "ok"),
        (eviction("allkeys-lru"), "warning"),
        (group("ours", set()), "ok"),
        (group("ours", {"ours"}), "ok"),
        (group("ours", {"theirs"}), "failed"),
        (partitioner([], 0), "ok"),
        (partitioner([STRAYED], 0), "warning"),
        (codecs([]), "ok"),
        (codecs(["lz4", "zstd"]), "failed"),
        (clock(1.0, 120), "ok"),
        (clock(-1.0, 120), "ok"),
        (clock(1.1, 120), "warning"),
        (clock(-120, 120), "warning"),
        (clock(120.1, 120), "failed"),
        (disk(Path("/"), lambda _: 500 * 2**20), "ok"),
        (disk(Path("/"), lambda _: 500 * 2**20 - 1), "warning"),
    ],
)
def test_each_check_knows_both_sides_of_its_edge(finding: CheckResult, state: str) -> None:
    assert finding.state == state
    assert (finding.fix is None) == (state == "ok")


def test_a_missing_topic_is_named_with_the_command_that_makes_it() -> None:
    finding = topics(all_topics(scores=0, labs=0))
    assert finding.found == "missing: labs, scores"
    assert finding.fix == "run `wardwatch topics create`"


def test_inputs_with_different_numbers_of_partitions_are_a_failure_that_names_them() -> None:
    finding = topics(all_topics(medications=4))
    assert finding.state == "failed"
    assert finding.found.startswith("inputs with different numbers of partitions: ")
    assert "medications 4" in finding.found
    assert finding.fix is not None
    assert "same number of partitions" in finding.fix


def test_misplaced_keys_are_told_by_number_and_partition_with_the_setting_that_mends_it() -> None:
    finding = partitioner([STRAYED, STRAYED._replace(topic="labs", before=6)], 180_000)
    assert finding.found == (
        "vitals: 2 of 9 keys in partitions 3, 5 lie elsewhere than murmur2 puts them, the latest came 2 min ago; "
        "labs: 2 of 9 keys in partitions 3, 5 lie elsewhere than murmur2 puts them, the latest came 2 min ago "
        "(right while there were 6 partitions)"
    )
    assert finding.fix is not None
    assert "partitioner=murmur2_random" in finding.fix


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    def nowhere(path: Path) -> int:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    finding = disk(tmp_path / "none", nowhere)
    assert finding.state == "failed"
    assert "No such file" in finding.found


def test_without_broker_and_redis_the_doctor_names_both_and_exits_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("WARDWATCH_BROKER", "127.0.0.1:1")
    monkeypatch.setenv("WARDWATCH_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("WARDWATCH_RISK_FOLDER", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json"])
    assert ended.value.code == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    failed = {check["check"]: check["fix"] for check in told["checks"] if check["state"] == "failed"}
    assert failed.keys() == {"broker", "redis", "risk model"}
    assert "WARDWATCH_BROKER" in failed["broker"]
    assert "WARDWATCH_REDIS_URL" in failed["redis"]
    assert told["ok"] is False


def test_the_table_shows_every_check_and_a_warning_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def healthy(_: object) -> list[CheckResult]:
        return [
            CheckResult("python", "ok", "3.11"),
            CheckResult("disk", "warning", "1 MB free in [tmp]", "free 500 MB"),
        ]

    monkeypatch.setattr(doctor, "examine", healthy)
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "1 MB free in [tmp]" in shown
    assert "free 500 MB" in shown


def test_a_wrong_setting_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARDWATCH_RUN_RECORDS", "many")
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    assert ended.value.code == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("WARDWATCH_RUN_RECORDS: ")
    assert "many" not in sentence
