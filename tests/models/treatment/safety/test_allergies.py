"""Allergies: what a record names, what shares a side chain, and what does not cross."""

import pytest

from models.treatment.safety.allergens import CLASSES, allergens, read_allergy, unread
from models.treatment.safety.check import of_drug
from tests.builders.order_facts import known, spoken


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Penicillin", ("any penicillin",)),
        ("penicillins", ("any penicillin",)),
        ("PENICILLIN ALLERGY", ("any penicillin",)),
        ("Penicillin G", ("benzylpenicillin",)),
        ("Augmentin 875", ("amoxicillin",)),
        ("sulfa", ("any sulfonamide antibiotic",)),
        ("Sulphonamides", ("any sulfonamide antibiotic",)),
        ("Bactrim", ("sulfamethoxazole", "trimethoprim")),
        ("NSAIDs", ("any NSAID",)),
        ("Aspirin", ("acetylsalicylic acid",)),
        ("beta-lactam antibiotics", ("any beta-lactam",)),
        ("latex", ()),
        ("penicilin", ()),
    ],
)
def test_an_allergy_is_read_as_wards_write_it(written: str, read: tuple[str, ...]) -> None:
    assert read_allergy(written) == read


def test_an_allergy_that_is_not_read_is_counted_unless_it_is_no_drug() -> None:
    assert unread(["latex", "Peanuts", "penicilin", "penicillin"]) == 1
    assert (
        "1 recorded allergies name no drug"
        in spoken(known("heparin", allergies=("penicilin",)))["order-checks-not-done"].text
    )


def test_the_order_of_the_record_does_not_matter() -> None:
    assert allergens(["aspirin", "penicillin"]) == allergens(["penicillin", "aspirin", "aspirin"])


@pytest.mark.parametrize(
    ("allergy", "drug", "rules"),
    [
        ("penicillin", "amoxicillin", {"recorded"}),
        ("penicillin", "piperacillin", {"recorded"}),
        ("ampicillin", "piperacillin", {"penicillins"}),
        ("amoxicillin", "amoxicillin", {"recorded"}),
        ("amoxicillin", "cefalexin", {"aminopenicillin-aminocephalosporin"}),
        ("penicillin", "cefalexin", {"aminopenicillin-aminocephalosporin"}),
        ("cefaclor", "ampicillin", {"aminocephalosporin-aminopenicillin"}),
        ("cefaclor", "cefalexin", {"aminocephalosporins"}),
        ("ceftriaxone", "cefepime", {"methoxyimino"}),
        ("ceftazidime", "aztreonam", {"ceftazidime-aztreonam"}),
        ("aztreonam", "ceftazidime", {"aztreonam-ceftazidime"}),
        ("cephalosporins", "cefazolin", {"recorded"}),
        ("sulfa", "sulfamethoxazole+trimethoprim", {"recorded"}),
        ("sulfadiazine", "sulfamethoxazole", {"sulfonamide-antibiotics"}),
        ("aspirin", "ibuprofen", {"nsaids"}),
        ("ibuprofen", "celecoxib", {"nsaid-coxib"}),
        ("carbapenems", "meropenem", {"recorded"}),
        # What must stay silent: other side chains, other sulfonamides, other cores.
        ("amoxicillin", "cefazolin", set()),
        ("amoxicillin", "ceftriaxone", set()),
        ("penicillin", "meropenem", set()),
        ("penicillin", "aztreonam", set()),
        ("ceftriaxone", "cefalexin", set()),
        ("ceftriaxone", "aztreonam", set()),
        ("cefazolin", "ceftriaxone", set()),
        ("sulfa", "furosemide", set()),
        ("sulfa", "hydrochlorothiazide", set()),
        ("sulfa", "celecoxib", set()),
        ("sulfa", "trimethoprim", set()),
        ("aspirin", "paracetamol", set()),
        ("latex", "heparin", set()),
    ],
)
def test_an_allergy_meets_what_it_names_and_what_crosses_with_it(allergy: str, drug: str, rules: set[str]) -> None:
    spoke = {rule.removeprefix("order-allergy-") for rule in spoken(known(drug, allergies=(allergy,)))}
    assert spoke - {"order-checks-not-done"} == rules


@pytest.mark.parametrize("drug", sorted({drug for members in CLASSES.values() for drug in members}))
def test_a_drug_with_a_recorded_allergy_to_it_is_barred_whatever_it_is(drug: str) -> None:
    assert of_drug(drug, known(allergies=(drug,))).barred


def test_a_selective_inhibitor_is_a_reason_for_care_and_does_not_bar() -> None:
    reasons = of_drug("celecoxib", known(allergies=("aspirin",)))
    assert [one.rule for one in reasons.held] == ["order-allergy-nsaid-coxib"]
    assert not reasons.barred


def test_an_allergy_is_checked_on_every_route_and_the_rest_only_where_the_drug_reaches_the_body() -> None:
    eye = known()._replace(drugs=known("diclofenac").drugs[:1])
    eye = eye._replace(drugs=(eye.drugs[0]._replace(route="OP"),), allergies=("diclofenac",), is_pregnant=True)
    eye = eye._replace(sex="female")
    assert set(spoken(eye)) == {"order-allergy-recorded"}
    mouth = eye._replace(drugs=(eye.drugs[0]._replace(route="PO"),))
    assert set(spoken(mouth)) == {"order-allergy-recorded", "order-nsaid-pregnancy"}
