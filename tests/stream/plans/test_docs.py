"""What docs/plan.md shows can be done as it stands there."""

import json
import re
import shlex
from pathlib import Path
from typing import Final

import pytest
import typer

from stream.cli import COMMANDS, Unimported, main

PAGE: Final = (Path(__file__).parents[3] / "docs" / "plan.md").read_text(encoding="utf-8")
EXAMPLE: Final = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]
CALLS: Final = [
    shlex.split(line.partition("  #")[0].strip()) for line in PAGE.splitlines() if line.startswith("wardwatch ")
]


def test_the_file_of_the_page_gives_a_plan_that_says_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("patient.json").write_text(EXAMPLE, encoding="utf-8")
    for _, *arguments in CALLS:
        if arguments[:2] == ["suggest", "--patient"]:
            with pytest.raises(SystemExit) as ended:
                main(arguments)
            assert ended.value.code == 0, capsys.readouterr().err
    assert Path("plan.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(Path("plan.fhir.json").read_bytes())["resourceType"] == "Bundle"
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("Vital signs:", "Risk: NEWS2", "Alarm (", "before the next dose", "planned"))


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_every_option_of_the_page_is_one_of_its_command(call: list[str]) -> None:
    _, name, *rest = call
    command = Unimported(name, COMMANDS[name]).imported()
    if COMMANDS[name].attribute == "app":
        command = command.commands[rest[0]]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known
    assert isinstance(command, typer.core.TyperCommand)
