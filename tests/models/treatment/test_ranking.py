"""The drugs of a class beside each other: by what is known of them, with reasons, without a score."""

import pytest

from models.treatment.facts import Gene
from models.treatment.ranking import ORDER, Candidate, rank
from models.treatment.safety.classes import CLASSES
from tests.builders.order_facts import NOW_S, known, reading


def ranked(name: str, **more: object) -> dict[str, Candidate]:
    orders = more.pop("orders", ())
    return {one.drug: one for one in rank(name, known(*orders)._replace(**more), NOW_S)}  # type: ignore[misc, arg-type]


def test_every_drug_of_the_class_is_listed_once_by_standing_and_then_by_name() -> None:
    found = rank("statins", known("clarithromycin", allergies=("rosuvastatin",)), NOW_S)
    assert sorted(one.drug for one in found) == list(CLASSES["statins"])
    places = [(ORDER.index(one.standing), one.drug) for one in found]
    assert places == sorted(places)


@pytest.mark.parametrize("name", CLASSES)
def test_what_stands_against_a_drug_says_why(name: str) -> None:
    for one in rank(name, known("dabigatran", "clarithromycin", allergies=("penicillin",)), NOW_S):
        assert (one.standing == "against") is bool(one.reasons_against)
        assert one.standing != "nothing against" or not (one.reasons_for_care or one.not_checked)
        assert all(reason.text and reason.source for reason in (*one.reasons_against, *one.reasons_for_care))


def test_allergy_interaction_kidney_and_genotype_are_reasons_against() -> None:
    allergic = ranked("platelet-inhibitors", allergies=("ticagrelor",))["ticagrelor"]
    assert [one.about for one in allergic.reasons_against] == ["allergies"]
    together = ranked("statins", orders=("clarithromycin",))["simvastatin"]
    assert [(one.about, one.text) for one in together.reasons_against] == [
        ("interactions", "clarithromycin is ordered as well")
    ]
    weak = {"creatinine_mg_per_dl": 5.0}
    kidney = {one.drug: one for one in rank("anticoagulants", reading(known(), **weak), NOW_S)}
    assert {one.about for one in kidney["dabigatran"].reasons_against} == {"kidney function"}
    assert [one.about for one in kidney["enoxaparin"].reasons_for_care] == ["kidney function"]
    poor = ranked("platelet-inhibitors", genes={"CYP2C19": Gene("Poor Metabolizer", NOW_S, "lab", "full")})
    assert [one.about for one in poor["clopidogrel"].reasons_against] == ["genotype"]
    assert "prasugrel or ticagrelor" in poor["clopidogrel"].reasons_against[0].text
    assert poor["prasugrel"].reasons_against == ()
    assert poor["ticagrelor"].reasons_against == ()


def test_a_reason_names_no_drug_that_another_order_speaks_against() -> None:
    genes = {"CYP2C19": Gene("Poor Metabolizer", NOW_S, "lab", "full")}
    for orders in (("clarithromycin",), ("clarithromycin", "clopidogrel")):
        found = ranked("platelet-inhibitors", orders=orders, genes=genes)
        (reason,) = found["clopidogrel"].reasons_against
        assert "consider prasugrel if" in reason.text
        assert found["ticagrelor"].standing == "against"


def test_a_normal_result_and_what_does_not_cross_are_reasons_for_a_drug() -> None:
    normal = ranked("platelet-inhibitors", genes={"CYP2C19": Gene("Normal Metabolizer", NOW_S, "lab", "full")})
    assert normal["clopidogrel"].standing == "nothing against"
    assert "the guideline asks for no change with CYP2C19" in {one.text for one in normal["clopidogrel"].reasons_for}
    sulfa = ranked("loop-diuretics", allergies=("sulfa",))["furosemide"]
    assert any("no cross-reactivity" in one.text and one.source for one in sulfa.reasons_for)
    assert sulfa.reasons_against == ()


def test_what_was_not_checked_is_named_and_does_not_stand_first() -> None:
    unknown = ranked("platelet-inhibitors", allergies=None)
    assert all(any("allergies" in line for line in one.not_checked) for one in unknown.values())
    assert "genotype: CYP2C19" in unknown["clopidogrel"].not_checked
    assert {one.standing for one in unknown.values()} == {"not all checked"}


def test_a_drug_that_is_ordered_is_marked() -> None:
    found = ranked("statins", orders=("atorvastatin",))
    assert [drug for drug, one in found.items() if one.ordered] == ["atorvastatin"]
