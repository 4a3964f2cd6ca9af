"""`wardwatch rules`: lists, shows and checks the rules, for people and for programs."""

import json
from typing import Any

import pytest

from models.rulebook import check as checking
from models.rulebook.findings import Finding
from models.rulebook.rows import hash_of, rows
from stream.cli import main


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["rules", *arguments])
    return int(ended.value.code or 0)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:  # noqa: ANN401 - any JSON
    assert run(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_the_list_holds_every_rule_and_the_hash_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "list")
    assert [row["id"] for row in said["rules"]] == [row.id for row in rows()]
    alarms = answer(capsys, "list", "--kind", "alarm")
    assert {row["kind"] for row in alarms["rules"]} == {"alarm"}
    assert alarms["hash"] == said["hash"] == hash_of(rows())
    assert run("list") == 0
    assert said["hash"] in capsys.readouterr().out


def test_the_list_names_every_rule_in_full_and_says_how_its_source_was_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("list", "--kind", "dpwg") == 0
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert "read" in shown
    said = answer(capsys, "show", "lesion-communication")
    assert (said["source_read"], said["review_note"]) == ("not read", "compare it before you rely on it")


def test_a_rule_is_shown_with_or_without_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "show", "sepsis-lactate") == answer(capsys, "show", "sepsis-lactate/1")
    assert run("show", "sepsis-lactate") == 0
    assert "Surviving Sepsis Campaign hour-1 bundle" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("show", "no-such-rule"), ("list", "--kind", "no-such-kind")])
def test_what_is_not_there_is_refused_in_a_sentence(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 1
    assert capsys.readouterr().err.startswith("no rule")


def test_overdue_reviews_warn_and_do_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "check", "--on", "2030-01-01")
    late = [one["rules"][0] for one in said["findings"] if one["kind"] == "overdue"]
    assert late == [row.id for row in rows()]
    assert run("check", "--on", "2030-01-01") == 0
    assert "overdue: sepsis-lactate: due for review since" in " ".join(capsys.readouterr().out.split())


def test_where_two_guidelines_differ_is_told_and_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "check", "--on", "2026-12-01")
    differing = [one["rules"][0] for one in said["findings"] if one["kind"] == "differs"]
    assert {"cpic-codeine", "cpic-tramadol", "dpwg-metoprolol-cyp2d6-intermediate"} <= set(differing)
    assert not any(one["fault"] for one in said["findings"])


def test_a_contradiction_fails(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "of_alarms", lambda *_: [Finding("contradiction", ("a", "b"), "they differ")])
    assert run("check", "--on", "2026-12-01") == 1
    assert "contradiction: a, b: they differ" in capsys.readouterr().out
    assert run("check", "--on", "2026-12-01", "--json") == 1
