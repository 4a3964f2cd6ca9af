"""`wardwatch lesion-report`: what the check path says of files at hand."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from highdicom import sr

from stream import cli
from stream.feeds.images import simulated_study
from tests.builders.dicom_files import NAME, a_dataset, as_bytes


def called(*arguments: str | Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit status, standard output, and standard error in one line."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["lesion-report", *(str(argument) for argument in arguments)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, " ".join(said.err.split())


@pytest.fixture
def film(tmp_path: Path) -> Path:
    simulated_study(
        "chest_xray",
        suspicious=True,
        seed=1,
        folder=tmp_path / "in",
        patient="sim-1",
        time=datetime(2026, 1, 2, tzinfo=UTC),
    )
    (path,) = (tmp_path / "in").iterdir()
    os.utime(path, (1_767_225_600, 1_767_225_600))  # 2026-01-01, in UTC
    return path


@pytest.mark.timeout(400)  # a fresh process imports torch
def test_a_film_is_judged_and_its_three_files_are_written(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    status, said, _ = called(film, "--out", out, "--patient", "p-17", capsys=capsys)
    assert status == 0
    lines = said.splitlines()
    assert lines[0] == "Preliminary, not verified by a person, not for clinical use."
    assert lines[1] == "1 of 1 images judged; priority for the worklist: urgent."
    assert lines[2].startswith("1. chest_xray ")
    assert "pneumonia" in lines[2]
    assert "mm, which is no size of a lesion" in lines[2]
    kept = {path.suffix: path for path in out.iterdir()}
    assert [line.rpartition(": ")[2] for line in lines[3:]] == [kept[end].as_uri() for end in (".png", ".dcm", ".json")]
    document = sr.srread(kept[".dcm"])
    assert (document.PatientID, document.ContentDate) == ("p-17", "20260101")
    assert json.loads(kept[".json"].read_bytes())["issued"].startswith("2026-01-01T00:00:00")


@pytest.mark.timeout(400)  # as above
def test_a_file_that_is_refused_is_reported_as_the_stream_would(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hand.dcm"
    path.write_bytes(as_bytes(a_dataset(BodyPartExamined="HAND")))
    status, said, _ = called(path, "--out", tmp_path / "out", "--json", capsys=capsys)
    report = json.loads(said)
    assert status == 0
    assert "no model was trained on this" in report["images"][0]["refusal"]
    assert (report["dicom_sr_url"], report["patient"]) == (None, "unnamed")
    assert report["dicom_sr_missing"] == "no image was judged whose header says which instance it is"
    assert NAME not in said


def test_what_is_no_dicom_file_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"a picture")
    assert called(path, "--out", tmp_path, capsys=capsys) == (
        1,
        "",
        "picture.png: this is no DICOM file, or its header is damaged",
    )


def test_files_of_two_studies_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for study in ("1.2", "1.3"):
        (tmp_path / study).write_bytes(as_bytes(a_dataset(StudyInstanceUID=study)))
    status, _, said = called(tmp_path / "1.2", tmp_path / "1.3", "--out", tmp_path, capsys=capsys)
    assert (status, said) == (1, "these files belong to 2 studies; a report is on one")


def test_a_name_is_not_taken_for_a_pseudonym(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, said = called(film, "--out", tmp_path, "--patient", "Doe, Jane", capsys=capsys)
    assert (status, said.partition(":")[0]) == (1, "patient")
    assert "Jane" not in said


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, said = called(tmp_path / "nowhere.dcm", "--out", tmp_path, capsys=capsys)
    assert status == 1
    assert said.replace(" ", "").endswith("nowhere.dcm:Nosuchfileordirectory")
