"""The rules are auditable: each has a source and a day of review, in one order, under one hash."""

import json
import subprocess
import sys
from datetime import date

import pytest

from models.alarms.rules import EXTREMES, FRAME_RULES, SEPSIS_RISK
from models.rulebook import rows as rulebook
from models.rulebook.reviews import EVERY, READ, REPLACED, REVIEWS, Review, reading_of
from models.rulebook.rows import Row, hash_of, rows
from models.treatment.cpic_rules import CPIC_RULES
from models.treatment.dpwg import DPWG_RULES, SECONDS
from models.treatment.rules import RULES, Rule
from models.treatment.safety.check import CHECK_RULES
from models.treatment.secondary import SECONDARY_RULES

LISTED = rows()
BY_ID = {row.id: row for row in LISTED}


def test_every_rule_of_alarms_and_treatment_is_listed() -> None:
    alarms = {rule.condition for rule in (*FRAME_RULES, SEPSIS_RISK)} | {f"{one.condition}:extreme" for one in EXTREMES}
    treatment = {rule.id for rule in (*RULES, *DPWG_RULES, *SECONDARY_RULES.values(), *CPIC_RULES.values())}
    assert alarms | treatment <= set(BY_ID)
    assert len(BY_ID) == len(LISTED)


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row.id)
def test_every_rule_names_source_edition_strength_and_day_of_review(row: Row) -> None:
    told = (row.version, row.holds, row.text, row.source, row.edition, row.reference, row.strength)
    assert all(told)
    assert row.compared < row.due <= row.compared + EVERY


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row.id)
def test_every_rule_says_how_well_its_source_was_read(row: Row) -> None:
    assert row.source_read in {"read", "second hand", "not read", "ours"}
    assert row.review_note
    assert "nobody noted" not in row.review_note


def test_a_source_that_nobody_has_read_is_said_to_be_so() -> None:
    assert reading_of("treatment", "doi:10.1000/new").how == "not read"
    assert BY_ID["lesion-communication"].source_read == "not read"
    assert "could not be read" in BY_ID["hydralazine-nat2-poor"].review_note


def test_every_source_that_was_noted_is_one_of_the_rules() -> None:
    assert set(READ) <= {row.reference for row in LISTED}


@pytest.mark.parametrize(
    "rule",
    [*RULES, *DPWG_RULES, *SECONDARY_RULES.values(), *CPIC_RULES.values(), *CHECK_RULES],
    ids=lambda rule: rule.id,
)
def test_what_a_rule_says_fits_the_wire(rule: Rule) -> None:
    short = [*rule.to_check, rule.citation.edition, rule.citation.strength]
    short += [text for voice in rule.voices for text in (voice.citation.edition, voice.citation.strength)]
    short += [text for second in SECONDS for text in (second.citation.edition, second.citation.strength)]
    cited = [*(second.citation for second in SECONDS), *(voice.citation for voice in rule.voices)]
    titles = {citation.guideline for citation in cited}
    short += [f"another guideline says otherwise: {title}" for title in titles]
    assert max(map(len, short)) <= 128


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
