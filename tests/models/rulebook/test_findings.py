"""A check of the rules finds what is overdue, what was replaced, what is said twice and what contradicts."""

from datetime import timedelta
from typing import Final

import pytest

from models.alarms.rules import EXTREMES, FRAME_RULES, Extreme, Level
from models.rulebook.check import check
from models.rulebook.findings import of_alarms, of_duplicates, of_reviews, of_table, of_treatment
from models.rulebook.reviews import REVIEWS
from models.rulebook.rows import rows
from models.treatment.rules import RULES, Rule

LISTED: Final = rows()
BY_ID: Final = {rule.id: rule for rule in RULES}
DUE: Final = min(review.due for review in REVIEWS.values())
HIGH = next(rule for rule in FRAME_RULES if rule.condition == "heart-rate-high")
LOW = next(rule for rule in FRAME_RULES if rule.condition == "heart-rate-low")


def test_the_rules_have_no_fault() -> None:
    assert [one for one in check(DUE) if one.is_fault] == []


def test_a_review_is_overdue_the_day_after_it_was_due() -> None:
    assert [one for one in of_reviews(LISTED, DUE) if one.kind == "overdue"] == []
    late = {name for one in of_reviews(LISTED, DUE + timedelta(days=1)) for name in one.rules if one.kind == "overdue"}
    assert late == {row.id for row in LISTED if row.due == DUE}


def test_a_source_that_was_replaced_is_told() -> None:
    told = {one.rules[0] for one in of_reviews(LISTED, DUE) if one.kind == "replaced"}
    assert {"sepsis-lactate", "cpic-azathioprine"} <= told
    assert "abacavir-hla-b-57-01" not in told


def test_a_name_given_twice_and_words_said_twice_are_duplicates() -> None:
    first, second, *_ = LISTED
    assert list(of_duplicates(LISTED)) == []
    assert [one.rules for one in of_duplicates([first, second, first._replace(text="other")])] == [(first.id,)]
    same = first._replace(id="again")
    assert [one.rules for one in of_duplicates([first, second, same])] == [(first.id, "again")]


@pytest.mark.parametrize(
    ("rules", "extremes", "words"),
    [
        ([HIGH._replace(levels=(Level("medium", 150), Level("high", 131)))], (), "milder limit"),
        ([HIGH._replace(levels=(Level("medium", 131), Level("high", 131)))], (), "milder limit"),
        ([LOW._replace(levels=(Level("medium", 30), Level("high", 40)))], (), "milder limit"),
        ([HIGH._replace(clear=131)], (), "well again"),
        ([LOW._replace(clear=40)], (), "well again"),
        ([HIGH, LOW._replace(levels=(Level("medium", 131),), clear=140)], (), "violate both"),
        ([LOW._replace(levels=(Level("medium", 131),), clear=140), HIGH], (), "violate both"),
        ([HIGH], (Extreme("heart-rate-high", 149, ""),), "extreme is milder"),
        ([LOW], (Extreme("heart-rate-low", 31, ""),), "extreme is milder"),
    ],
)
def test_limits_that_contradict_each_other_are_found(rules: list, extremes: tuple, words: str) -> None:  # type: ignore[type-arg]
    assert list(of_alarms(FRAME_RULES, EXTREMES)) == []
    (found,) = of_alarms(rules, extremes)
    assert words in found.text
    assert found.is_fault


def changed(rule: Rule, **fields: object) -> Rule:
    return rule._replace(when=rule.when._replace(**fields))  # type: ignore[arg-type]


POOR = BY_ID["clopidogrel-cyp2c19-poor"]
CHILD = BY_ID["voriconazole-cyp2c19-rapid-child"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (POOR._replace(id="other", text="Go on with it."), "both speak of clopidogrel"),
        (POOR._replace(id="other", alternatives=("voriconazole",), when=BY_ID["tegafur-dpyd-poor"].when), "both speak"),
        (CHILD._replace(id="other", below_age_years=19.0), "both speak of voriconazole"),
        (
            changed(BY_ID["fluoropyrimidine-dpyd-activity-1"], activity=("1.0", "1.5"))._replace(id="other"),
            "both speak",
        ),
    ],
)
def test_two_rules_on_one_result_and_drug_contradict_each_other(rule: Rule, words: str) -> None:
    assert list(of_treatment(RULES)) == []
    found = list(of_treatment((*RULES, rule)))
    assert found
    assert all("other" in one.rules and words in one.text for one in found)


@pytest.mark.parametrize("drug", ["voriconazole", "citalopram"])
def test_an_alternative_that_is_advised_against_for_the_same_result_is_found(drug: str) -> None:
    rules = [rule._replace(alternatives=(drug,)) if rule is POOR else rule for rule in RULES]
    found = list(of_treatment(rules))
    assert {one.rules[0] for one in found} == {POOR.id}
    assert all(drug in one.text for one in found)


def test_a_rule_that_cpics_table_does_not_bear_out_is_found() -> None:
    assert list(of_table(RULES)) == []
    weak = POOR._replace(citation=POOR.citation._replace(strength="Optional"))
    assert {one.text for one in of_table([weak])} >= {
        "the table's strength for clopidogrel with CYP2C19 Poor Metabolizer is another"
    }
    normal = changed(POOR, phenotypes=("Normal Metabolizer",))
    assert [one.text for one in of_table([normal])] == [
        "the table advises nothing for clopidogrel with CYP2C19 Normal Metabolizer"
    ]
