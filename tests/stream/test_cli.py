"""The command line is a contract: what scripts call is there, answers at once, and refuses in a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stream import cli
from stream.commands.extras import MODULES
from stream.settings import PREFIX
from tests.builders.installation import modules_beyond, modules_of, requirements_of, without

PROMISED = (
    "demo",
    "worker",
    "replay",
    "tail",
    "board",
    "gateway",
    "topics",
    "dead-letters",
    "evaluate",
    "train",
    "schema",
    "secrets",
    "bench",
    "lesion-report",
    "read-pathology",
    "genotype",
    "genotype-tables",
    "rules",
    "suggest",
    "deidentify",
    "doctor",
)
PARTS = {
    "gateway": {"hl7", "fhir", "dicom"},
    "topics": {"create", "list"},
    "dead-letters": {"list", "show", "replay"},
    "evaluate": {"risk", "alarms", "lesion", "generator", "pathology"},
    "train": {"risk", "lesion", "generator"},
    "schema": {"export"},
    "secrets": {"init", "grant"},
    "genotype-tables": {"build"},
    "rules": {"list", "show", "check"},
}
HEAVY = ("torch", "pandas", "sklearn", "scipy", "matplotlib", "lightgbm", "pyarrow", "pydicom", "highdicom", "faust")

CALL = """
import contextlib, io, json, sys
from stream.cli import main

answers = []
for call in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(call)
            code = 0
        except SystemExit as ended:
            code = ended.code
    answers.append({"call": call, "code": code, "out": out.getvalue(), "err": err.getvalue(), "loaded": [
        name for name in json.loads(sys.argv[2]) if name in sys.modules
    ]})
print(json.dumps(answers))
"""

pytestmark = pytest.mark.timeout(400)


def answers(*calls: list[str], **environment: str) -> list[dict[str, Any]]:
    """Make these calls in one process of their own: exit code, what was said, which heavy modules are loaded then."""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", CALL, json.dumps(calls), json.dumps(HEAVY)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return told


def real(name: str) -> Any:  # noqa: ANN401 - a command or a group of them
    """The command, imported."""
    command = cli.Commands().commands[name]
    assert isinstance(command, cli.Unimported)
    return command.imported()


def parts_of(name: str) -> list[str]:
    """The commands of a group; a command has none."""
    return list(getattr(real(name), "commands", ()))


def test_every_promised_command_is_there() -> None:
    assert set(PROMISED) <= set(cli.COMMANDS)
    assert all(PARTS[group] <= set(parts_of(group)) for group in PARTS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_list_of_commands_repeats_how_the_help_of_each_begins(name: str) -> None:
    beginning = real(name).help.partition("\n\n")[0]
    assert " ".join(beginning.split()) == cli.COMMANDS[name].summary


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f" {name} " in said for name in cli.COMMANDS)
    assert "not for clinical use" in said


@pytest.mark.parametrize("group", PARTS)
def test_help_of_a_group_names_its_parts(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([group, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f" {part} " in said for part in PARTS[group])


def test_help_typing_errors_and_refused_settings_load_no_model_and_no_transport() -> None:
    parts = [[group, part] for group in cli.COMMANDS for part in parts_of(group)]
    helps = [[*words, "--help"] for words in ([], *([name] for name in cli.COMMANDS), *parts)]
    for answer in answers(*helps, COLUMNS="200"):
        assert answer["code"] == 0, answer
        assert "Usage: wardwatch" in answer["out"]
        assert answer["loaded"] == [], answer["call"]
    for answer in answers(["evalaute"], ["evaluate", "rsk"], ["worker", "--role", "watcher"]):
        assert answer["code"] == 2, answer
        assert answer["loaded"] == [], answer["call"]
    for answer in answers(["worker"], ["doctor"], ["lesion-report", "a", "--out", "b"], WARDWATCH_BROKER_USER="x"):
        assert answer["code"] == 1, answer
        assert "WARDWATCH_BROKER_PASSWORD_FILE" in answer["err"]
        assert answer["loaded"] == [], answer["call"]


@pytest.mark.parametrize("called", [["frobnicate"], ["evaluate", "frobnicate"], ["worker", "--role", "frobnicate"]])
def test_what_is_not_there_is_refused_without_a_traceback(
    called: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(called)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "frobnicate" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("typed", "meant"), [(["evalaute"], "evaluate"), (["evaluate", "rsk"], "risk"), (["dead-leters"], "dead-letters")]
)
def test_a_slip_of_the_finger_is_answered_with_what_was_meant(
    typed: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(typed)
    assert ended.value.code == 2
    assert f"Did you mean '{meant}'?" in " ".join(capsys.readouterr().err.split())


def test_a_setting_that_is_wrong_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARDWATCH_REDIS_URL", "redis://user:hunter2@host/0")
    with pytest.raises(SystemExit) as ended:
        cli.main(["worker", "--role", "watch"])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("WARDWATCH_REDIS_URL: ")
    assert "hunter2" not in said


def test_a_list_that_is_no_json_is_named_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARDWATCH_IMAGE_ROOTS", "/srv/hunter2")
    with pytest.raises(SystemExit) as ended:
        cli.main(["worker", "--role", "check"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == 'WARDWATCH_IMAGE_ROOTS: a list is written in JSON, like ["a", "b"]\n'


@pytest.mark.parametrize("offset", ["²", "٣", "9" * 19, "+1", "1_0"])
def test_what_only_looks_like_an_offset_is_refused(offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["positions", "reset", "--to", offset, "--topic", "vitals", "--partition", "0"])
    assert ended.value.code == 2
    assert "earliest, latest, applied" in " ".join(capsys.readouterr().err.split())


def test_what_needs_an_extra_that_is_not_installed_says_so_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a key of sixteen bytes or more")
    here, file = str(tmp_path), str(tmp_path / "key")
    calls = {
        "lab": [
            ["evaluate", "risk", "--data", here, "--predictions", file],
            ["evaluate", "risk", "--outcome", "mortality", "--data", here, "--predictions", file],
            ["evaluate", "alarms", "--data", here],
            ["evaluate", "lesion", "--set", "chest_xray", "--images", here, "--predictions", file],
            ["evaluate", "generator", "--data", here],
            ["train", "risk", "--data", here],
            ["train", "lesion", "--data", here],
            ["train", "generator", "--data", here],
            ["replay", here],
            ["demo", "--data", here],
        ],
        "embedded": [["demo"], ["bench"]],
        "rights": [["secrets", "grant"]],
        "deidentify": [["deidentify", file, f"{here}/out", "--key-file", file]],
        "genome": [["genotype", file]],
    }
    missing = without(modules_beyond(), tmp_path / "installation")
    told = answers(*(call for some in calls.values() for call in some), COLUMNS="200", **missing)
    wanted = {json.dumps(call): extra for extra, some in calls.items() for call in some}
    for answer in told:
        extra = wanted[json.dumps(answer["call"])]
        assert answer["err"].splitlines()[-1:] == [
            f"this command needs wardwatch[{extra}]: pip install 'wardwatch[{extra}]'"
        ], answer
        assert "Traceback" not in answer["err"]
        assert (answer["code"], answer["out"]) == (1, "")


def test_what_needs_no_extra_works_without_any(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("DIAGNOSIS: Breast, core biopsy: invasive carcinoma, grade 3.")
    outside = tmp_path / "outside.tsv"
    outside.write_text("CYP2D6\t*1/*4\n")
    calls = [
        ["genotype", "--outside", str(outside), "--json"],
        ["schema", "export", str(tmp_path / "schema")],
        ["secrets", "init", str(tmp_path / "secrets")],
        ["read-pathology", str(report), "--json"],
        ["evaluate", "pathology", "--reports", "10"],
    ]
    for answer in answers(*calls, **without(modules_beyond(), tmp_path / "installation")):
        assert answer["code"] == 0, answer


@pytest.mark.parametrize("extra", MODULES)
def test_an_extra_is_known_by_a_module_of_each_of_its_packages(extra: str) -> None:
    modules = MODULES[extra]  # type: ignore[index] # one of its own keys
    assert modules <= modules_of(extra)
    assert len(modules) == len(requirements_of("wardwatch", [extra])) - len(requirements_of("wardwatch", []))


def test_a_variable_that_is_no_setting_is_told_in_a_sentence_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"{PREFIX}BROKR", "hunter2:9092")
    monkeypatch.setenv("WARDWATCH_BROKER", "127.0.0.1:1")
    with pytest.raises(SystemExit) as ended:
        cli.main(["topics", "list"])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.splitlines()[0] == f"{PREFIX}BROKR is not a setting and has no effect; did you mean WARDWATCH_BROKER?"
    assert "hunter2" not in said


def test_a_refusal_also_tells_of_a_variable_that_is_no_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARDWATCH_BROKER_USER", "watch")
    monkeypatch.setenv(f"{PREFIX}BROKER_PASWORD_FILE", "/secret")
    with pytest.raises(SystemExit):
        cli.main(["worker", "--role", "watch"])
    told, refused = capsys.readouterr().err.splitlines()
    assert "did you mean WARDWATCH_BROKER_PASSWORD_FILE?" in told
    assert "belong together" in refused
