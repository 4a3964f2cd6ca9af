"""`wardwatch read-pathology`: what is read from a report, for a person who wants to see why."""

import io
import json
import sys
from pathlib import Path

import pytest

from models.pathology.reader import MOST_FINDINGS
from schemas.topics import read_by
from stream import cli
from stream.commands.read_pathology import MOST_CHARACTERS
from tests.builders.pathology_reports import REPORTS


def called(*arguments: str | Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit status, standard output, and standard error in one line."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["read-pathology", *(str(argument) for argument in arguments)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, " ".join(said.err.split())


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text(REPORTS["lung with a doubt"].text, encoding="utf-8")
    return path


def test_the_help_names_the_worker_that_reads_such_reports(capsys: pytest.CaptureFixture[str]) -> None:
    assert "pathology-reports" in read_by("check")
    status, said, _ = called("--help", capsys=capsys)
    assert status == 0
    assert "as the check worker does" in said


def test_each_finding_stands_beside_the_words_it_was_read_from(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, _ = called(report, capsys=capsys)
    assert status == 0
    (line,) = [line for line in said.splitlines() if "pdl1_tps_percent" in line]
    text = report.read_text(encoding="utf-8")
    start = text.index("TPS 60%")
    assert f"{start}-{start + len('TPS 60%')}" in line
    assert "TPS 60%" in line
    assert sum("hedged" in line for line in said.splitlines()) == 3


def test_json_tells_values_and_places_and_none_of_the_words(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = called(report, "--json", capsys=capsys)
    (told,) = json.loads(said)
    assert status == 0
    assert {"name", "value", "certainty", "start", "end", "part"} == set(told["findings"][0])
    assert (told["nothing_read"], told["cut"], told["contradictions"]) == (False, False, [])
    assert "suspicious" not in said


def test_a_report_comes_from_standard_input_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfBreast, biopsy: ER positive. ER negative."))
    monkeypatch.setattr(sys, "stdin", given)
    status, said, _ = called("-", capsys=capsys)
    assert status == 0
    assert "The report contradicts itself about er." in said


def test_a_text_of_which_nothing_could_be_read_is_said_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Thank you [for] the referral.", encoding="utf-8")
    assert called(path, capsys=capsys)[:2] == (0, f"{path}\nNothing could be read.\n")


def test_what_was_left_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.txt"
    lines = [
        f"{chr(ord('A') + number)}. Breast: ER 9{number % 10}%, PR 5{number % 10}%, Ki-67 7%." for number in range(26)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert f"More than {MOST_FINDINGS} findings" in called(path, capsys=capsys)[1]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xff\xfe\x00", "this is no text in UTF-8"),
        (b"a" * (MOST_CHARACTERS + 1), f"a report has at most {MOST_CHARACTERS} characters"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, sentence: str
) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(data)
    assert called(path, capsys=capsys) == (1, "", f"{path}: {sentence}")


def test_a_report_of_the_longest_length_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(b"a" * MOST_CHARACTERS)
    assert called(path, capsys=capsys)[0] == 0


def test_a_file_that_is_not_there_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, said = called("nowhere.txt", capsys=capsys)
    assert (status, said) == (1, "nowhere.txt: No such file or directory")
