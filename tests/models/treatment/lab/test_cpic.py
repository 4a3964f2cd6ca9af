"""The command that makes the table of CPIC's recommendations from a list of them."""

import json
import sys
from pathlib import Path

import pytest

from models.treatment.lab import cpic

HEAD = "drugs\tlookup\tpopulation\tclassification\talternate_drug\tdosing_information\tother_guidance\tpmids"
LINES = (
    "a\tG=x; H=1\tgeneral\tStrong\t1\t0\t0\t2,1",
    "a\tG=y; H=1\tgeneral\tModerate\t0\t1\t1\t2,1",
    "b\tG=x; H=1\tgeneral\tStrong\t1\t0\t0\t2,1",
    "b\tG=y; H=1\tgeneral\tModerate\t0\t1\t1\t2,1",
    "c\tG=x\tchild\t\t0\t0\t0\t",
)


def test_drugs_that_are_treated_alike_share_a_group_and_combinations_without_a_line_are_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "list.tsv"
    file.write_text("\n".join((HEAD, *LINES, "c\tG=z\tadult\tStrong\t0\t0\t0\t")))
    monkeypatch.setattr(sys, "argv", ["cpic", str(file), "--edition", "of today"])
    cpic.main()
    made = json.loads(capsys.readouterr().out)
    assert made["edition"] == "of today"
    assert made["outcomes"] == [["Strong", "another drug"], ["Moderate", "dose", "other guidance"], [""], ["Strong"]]
    both, other = made["groups"]
    assert (both["drugs"], both["genes"], both["pmid"]) == (["a", "b"], {"G": ["x", "y"], "H": ["1"]}, "2")
    assert both["populations"] == {"general": [0, 1]}
    assert other["populations"] == {"adult": [None, 3], "child": [2, None]}
