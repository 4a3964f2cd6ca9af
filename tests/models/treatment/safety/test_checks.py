"""Every check of orders speaks where its source does, is silent beside it, and says when it could not be done."""

import re
from itertools import product

import pytest

from models.treatment.cpic_rules import CPIC_RULES
from models.treatment.drug_terms import read_drug
from models.treatment.engine import suggest
from models.treatment.facts import Drug, Facts, Gene
from models.treatment.rules import RULES, Rule
from models.treatment.safety.check import CHECK_RULES, NOT_DONE, ORDER_RULES, of_drug
from models.treatment.safety.conditions import (
    AgeMeetsDrug,
    DrugsMeet,
    PregnancyMeetsDrug,
    ResultMeetsDrug,
    SameClass,
)
from tests.builders.order_facts import NOW_S, known, ordered, reading, spoken

PAIRS = [(rule, drug, other) for rule in CHECK_RULES if isinstance(rule.when, DrugsMeet)
         for drug, other in product(rule.when.drugs, rule.when.others)]  # fmt: skip
RESULTS = [(rule, drug) for rule in CHECK_RULES if isinstance(rule.when, ResultMeetsDrug) for drug in rule.when.drugs]
AGES = [(rule, drug) for rule in CHECK_RULES if isinstance(rule.when, AgeMeetsDrug) for drug in rule.when.drugs]
PREGNANT = [(rule, drug) for rule in CHECK_RULES if isinstance(rule.when, PregnancyMeetsDrug)
            for drug in rule.when.drugs]  # fmt: skip
CLASSES = [(rule, *rule.when.drugs[:2]) for rule in CHECK_RULES if isinstance(rule.when, SameClass)]


@pytest.mark.parametrize(("rule", "drug", "other"), PAIRS)
def test_a_pair_speaks_once_whichever_was_ordered_first_and_is_silent_alone(rule: Rule, drug: str, other: str) -> None:
    for orders in ((drug, other), (other, drug)):
        proposals = [one for one in suggest(known(*orders), NOW_S) if one.rule == rule.id]
        assert [one.key for one in proposals] == [f"{rule.id}/1|{drug}+{other}"]
        assert drug.capitalize() in proposals[0].text
        assert other in proposals[0].text
    assert rule.id not in spoken(known(drug)).keys() | spoken(known(other)).keys()
    topical = known(drug)._replace(drugs=(*ordered(drug), *ordered(other, route="TOP")))
    assert rule.id not in spoken(topical)


@pytest.mark.parametrize(("rule", "drug", "other"), PAIRS)
def test_a_drug_of_a_barring_pair_is_never_offered_beside_the_other(rule: Rule, drug: str, other: str) -> None:
    assert isinstance(rule.when, DrugsMeet)
    for offered, beside in ((drug, other), (other, drug)):
        found = of_drug(offered, known(beside))
        assert rule.id in {one.rule for one in found.held}
        assert found.barred >= rule.when.bars
        assert rule.id not in {one.rule for one in of_drug(offered, known(beside), beside=False).held}


@pytest.mark.parametrize(("rule", "drug"), RESULTS)
def test_a_result_counts_beyond_its_limit_and_on_it_where_the_source_says_so(rule: Rule, drug: str) -> None:
    when = rule.when
    assert isinstance(when, ResultMeetsDrug)
    step = 0.1 if when.direction == "above" else -0.1
    for value, speaks in ((when.limit + step, True), (when.limit, when.inclusive), (when.limit - step, False)):
        assert (rule.id in spoken(reading(known(drug), **{when.name: value}))) is speaks
    if when.not_above is not None:
        assert rule.id in spoken(reading(known(drug), **{when.name: when.not_above}))
        assert rule.id not in spoken(reading(known(drug), **{when.name: when.not_above + 0.1}))


@pytest.mark.parametrize(("rule", "drug"), AGES)
def test_an_age_counts_below_its_limit(rule: Rule, drug: str) -> None:
    assert isinstance(rule.when, AgeMeetsDrug)
    limit = rule.when.below_years
    assert rule.id in spoken(known(drug, age_years=limit - 0.1))
    assert rule.id not in spoken(known(drug, age_years=limit))


@pytest.mark.parametrize(("rule", "drug"), PREGNANT)
def test_pregnancy_counts_where_it_is_said(rule: Rule, drug: str) -> None:
    woman = known(drug, sex="female", age_years=30.0)
    assert rule.id not in spoken(woman)
    assert rule.id in spoken(woman._replace(is_pregnant=True))
    assert "is_pregnant" in spoken(woman._replace(is_pregnant=None))[NOT_DONE.id].missing
    for no_question in (woman._replace(sex="male"), woman._replace(age_years=61.0), woman._replace(age_years=9.0)):
        silent = spoken(no_question._replace(is_pregnant=None))
        assert "is_pregnant" not in (silent[NOT_DONE.id].missing if NOT_DONE.id in silent else ())


@pytest.mark.parametrize(("rule", "drug", "other"), CLASSES)
def test_two_drugs_of_a_class_speak_once(rule: Rule, drug: str, other: str) -> None:
    for orders in ((drug, other), (other, drug)):
        assert [one.rule for one in suggest(known(*orders), NOW_S) if one.rule == rule.id] == [rule.id]
    assert rule.id not in spoken(known(drug))
    assert rule.id not in spoken(known(drug, drug))


def test_a_drug_alone_and_in_a_combination_is_ordered_twice() -> None:
    facts = known()._replace(drugs=ordered("codeine", "codeine+ibuprofen"))
    assert "in two orders" in spoken(facts)["order-duplicate-opioids"].text


# Not done ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (known("heparin", allergies=None), {"allergies"}),
        (known("metformin", readings={}), {"creatinine_mg_per_dl"}),
        (known("metformin", age_years=None, sex=None), {"age_years", "sex"}),
        (known("fondaparinux", weight_kg=None), {"weight_kg"}),
        (known("eplerenone", readings={}), {"creatinine_mg_per_dl", "potassium_mmol_per_l"}),
        (known("codeine", age_years=None), {"age_years"}),
        (
            known("sotalol", readings={"creatinine_mg_per_dl": known().readings["creatinine_mg_per_dl"]}),
            {"qtc_ms", "potassium_mmol_per_l"},
        ),
        (known("house mixture 7"), {"drug"}),
    ],
)
def test_a_check_that_could_not_be_done_is_named_with_what_it_lacks(facts: Facts, missing: set[str]) -> None:
    proposal = spoken(facts)[NOT_DONE.id]
    assert set(proposal.missing) == missing
    assert not proposal.text.count("{")


@pytest.mark.parametrize("facts", [known(), known("heparin"), known("metformin"), Facts()])
def test_nothing_is_said_where_every_check_was_done(facts: Facts) -> None:
    assert spoken(facts) == {}


def test_many_drugs_with_one_thing_missing_are_told_together() -> None:
    drugs = [drug for rule in CHECK_RULES if rule.id.endswith("-kidney") for drug in rule.when.drugs]  # type: ignore[union-attr]
    readings = {name: value for name, value in known().readings.items() if name != "creatinine_mg_per_dl"}
    proposal = spoken(known(*drugs, readings=readings))[NOT_DONE.id]
    assert proposal.text.count("kidney function") == 1
    assert proposal.missing == ("creatinine_mg_per_dl",)


# Alternatives --------------------------------------------------------------------------------------------------------


def poor(*orders: str, **more: object) -> Facts:
    genes = {"CYP2C19": Gene("Poor Metabolizer", NOW_S - 60, "lab", "full")}
    return known("clopidogrel", *orders)._replace(genes=genes, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "named", "left_out", "why"),
    [
        (poor(), {"prasugrel", "ticagrelor"}, set(), ""),
        (poor(allergies=("Ticagrelor",)), {"prasugrel"}, {"ticagrelor"}, "recorded allergy to ticagrelor"),
        (poor("clarithromycin"), {"prasugrel"}, {"ticagrelor"}, "ticagrelor: clarithromycin is ordered as well"),
        (poor("clarithromycin", allergies=("prasugrel",)), set(), {"prasugrel", "ticagrelor"}, "recorded allergy"),
    ],
)
def test_a_proposal_names_no_alternative_that_a_check_speaks_against(
    facts: Facts, named: set[str], left_out: set[str], why: str
) -> None:
    (proposal,) = [one for one in suggest(facts, NOW_S) if one.rule == "clopidogrel-cyp2c19-poor"]
    assert {drug for drug in ("prasugrel", "ticagrelor") if drug in proposal.text} == named
    assert any(why in line for line in proposal.to_check) or not why
    assert not left_out & named
    assert {f"contraindicated pairs of {drug} with other orders" for drug in named | left_out} <= set(
        proposal.contraindications_checked
    )


# What a rule must be, and must never say -----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ORDER_RULES, ids=[rule.id for rule in ORDER_RULES])
def test_a_check_names_its_source_and_strength_and_fits_the_wire(rule: Rule) -> None:
    assert all(rule.citation)
    assert max(map(len, (rule.id, rule.citation.edition, rule.citation.strength, *rule.to_check))) <= 128
    words = rule.text.format(drug="", words="")
    assert not re.search(r"\d\s*(mg|g|mcg|µg|units?|times)\b", words)
    assert not re.search(r"\b(give|administer|order|start|prescribe|infuse)\b", words, re.IGNORECASE)


def test_every_drug_of_a_rule_is_one_that_an_order_can_be_read_as() -> None:
    for rule in CHECK_RULES:
        when = rule.when
        named = [*getattr(when, "drugs", ()), *getattr(when, "others", ())]
        named += [one for one in getattr(when, "allergens", ()) if not one.startswith("any ")]
        assert [name for name in named if read_drug(name) != (name, True)] == [], rule.id


def test_the_names_of_all_rules_differ() -> None:
    names = [rule.id for rule in (*RULES, *CPIC_RULES.values(), *ORDER_RULES)]
    assert len(names) == len(set(names))


def test_two_orders_of_a_drug_are_one_cause_and_keep_the_first_ones_time() -> None:
    facts = known("clarithromycin", "simvastatin")
    again = facts._replace(drugs=(*facts.drugs, Drug("o-9", "simvastatin", NOW_S)))
    assert spoken(facts)["order-pair-simvastatin"] == spoken(again)["order-pair-simvastatin"]
