"""The rules are auditable: each has a source and a day of review, in one order, under one hash."""

import json
import subprocess
import sys
from datetime import date

import pytest

from models.alarms.rules import EXTREMES, FRAME_RULES, SEPSIS_RISK
from models.rulebook import rows as rulebook
from models.rulebook.reviews import EVERY, REPLACED, REVIEWS, Review
from models.rulebook.rows import Row, hash_of, rows
from models.treatment.cpic_rules import CPIC_RULES
from models.treatment.rules import RULES

LISTED = rows()
BY_ID = {row.id: row for row in LISTED}


def test_every_rule_of_alarms_and_treatment_is_listed() -> None:
    alarms = {rule.condition for rule in (*FRAME_RULES, SEPSIS_RISK)} | {f"{one.condition}:extreme" for one in EXTREMES}
    treatment = {rule.id for rule in (*RULES, *CPIC_RULES.values())}
    assert alarms | treatment <= set(BY_ID)
    assert len(BY_ID) == len(LISTED)


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row.id)
def test_every_rule_names_source_edition_strength_and_day_of_review(row: Row) -> None:
    told = (row.version, row.holds, row.text, row.source, row.edition, row.reference, row.strength)
    assert all(told)
    assert row.compared < row.due <= row.compared + EVERY


def test_rules_stand_in_the_same_order_under_the_same_hash_in_every_process() -> None:
    code = "from models.rulebook.rows import *; r = rows(); print(hash_of(r), *[one.id for one in r])"
    for seed in ("1", "2"):
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == [hash_of(LISTED), *(row.id for row in LISTED)]


def test_whatever_a_rule_says_changes_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = RULES
    changed = [
        first._replace(text="Other words."),
        first._replace(version="9"),
        first._replace(valid_s=first.valid_s + 1),
        first._replace(to_check=(*first.to_check, "more")),
        first._replace(citation=first.citation._replace(strength="Weak")),
    ]
    hashes = {hash_of(LISTED)}
    for one in changed:
        monkeypatch.setattr(rulebook, "RULES", (one, *others))
        hashes.add(hash_of(rows()))
    assert len(hashes) == 1 + len(changed)


def test_a_new_review_changes_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REVIEWS, "alarm", Review(date(2027, 1, 1), date(2028, 1, 1)))
    assert hash_of(rows()) != hash_of(LISTED)


def test_the_table_of_cpic_shows_its_strengths_and_what_replaced_it() -> None:
    assert BY_ID["cpic-codeine"].strength == "Moderate, Strong"
    assert "cpt.70209" in str(BY_ID["cpic-azathioprine"].replaced_by)
    assert BY_ID["cpic-codeine"].replaced_by is None


def test_every_replaced_source_is_one_of_the_rules() -> None:
    assert set(REPLACED) <= {row.reference for row in LISTED}


def test_rows_can_be_written_as_json() -> None:
    assert [json.loads(json.dumps(row.as_json()))["due"] for row in LISTED] == [row.due.isoformat() for row in LISTED]
