"""Drugs as pharmacies write them; what has neither a known name nor a known code is not understood."""

import pytest

from models.treatment.drug_table import DRUGS, OTHER_DRUGS, DrugName
from models.treatment.drug_terms import read_drug
from models.treatment.rules import RULES
from models.treatment.ward_table import WARD_DRUGS


@pytest.mark.parametrize(
    ("written", "drug"),
    [
        ("Clopidogrel", "clopidogrel"),
        (" clopidogrel ", "clopidogrel"),
        ("clopidogrel 75 mg oral tablet", "clopidogrel"),
        ("Clopidogrel (as bisulfate) 75mg", "clopidogrel"),
        ("plavix", "clopidogrel"),
        ("Plavix® 75 mg", "clopidogrel"),
        ("5-fluorouracil", "fluorouracil"),
        ("5-FU", "fluorouracil"),
        ("phenytoin sodium", "phenytoin"),
        ("Fosphenytoin", "fosphenytoin"),
        ("Azathioprin", "azathioprine"),
        ("suxamethonium chloride", "succinylcholine"),
        ("tegafur/gimeracil/oteracil", "tegafur"),
        ("S-1 20 mg", "tegafur"),
        ("codeine phosphate/ibuprofen", "codeine+ibuprofen"),
    ],
)
def test_a_drug_is_known_whatever_stands_around_its_name(written: str, drug: str) -> None:
    assert read_drug(written) == (drug, True)


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("rxnorm", "32968"),
        ("RxNorm", " 32968 "),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "32968"),
        ("atc", "B01AC04"),
        ("http://www.whocc.no/atc", "b01ac04"),
    ],
)
def test_a_code_tells_the_drug_where_the_name_does_not(system: str, code: str) -> None:
    assert read_drug("house preparation 12", [(system, code)]) == ("clopidogrel", True)


def test_name_and_code_that_differ_count_both() -> None:
    assert read_drug("codeine", [("rxnorm", "32968")]).name == "clopidogrel+codeine"


@pytest.mark.parametrize(("written", "understood"), [("Insulin-Natrium 25000 IE", True), ("house preparation", False)])
def test_a_drug_of_no_rule_is_known_by_name_and_all_else_is_not_understood(written: str, *, understood: bool) -> None:
    assert read_drug(written) == (written.casefold(), understood)


@pytest.mark.parametrize(
    ("code", "understood"),
    [
        ("V08CA02", True),  # gadoteric acid: no drug of a rule is in its chemical subgroup
        ("N02AJ08", False),  # codeine and ibuprofen: another code of a subgroup with drugs of rules
        ("J01D", False),
        ("", False),
    ],
)
def test_a_code_of_another_substance_is_understood_as_one(code: str, *, understood: bool) -> None:
    assert read_drug("Contrast Special", [("atc", code)]) == ("contrast special", understood)


def test_codes_of_an_unknown_system_or_none_say_nothing() -> None:
    assert read_drug("foo", [("local", "32968"), (None, "32968"), ("rxnorm", None)]) == ("foo", False)


def test_no_name_and_no_code_means_two_drugs() -> None:
    drugs = (*DRUGS, *WARD_DRUGS)
    names = [name.casefold() for drug in drugs for name in (drug.name, *drug.others)]
    codes = [code for drug in drugs for code in (drug.rxnorm, *drug.atc) if code]
    assert len(names) == len(set(names))
    assert len(codes) == len(set(codes))
    assert not OTHER_DRUGS & set(names)


def test_every_drug_that_a_rule_names_is_in_the_table() -> None:
    named = {drug for rule in RULES for drug in getattr(rule.when, "drugs", ())}
    assert named <= {drug.name for drug in DRUGS}


@pytest.mark.parametrize("drug", DRUGS, ids=[drug.name for drug in DRUGS])
def test_each_name_and_code_of_the_table_leads_to_its_drug(drug: DrugName) -> None:
    for written in (drug.name, *drug.others):
        assert read_drug(written) == (drug.name, True)
    codes = [*(("atc", code) for code in drug.atc), *([("rxnorm", drug.rxnorm)] if drug.rxnorm else [])]
    assert all(read_drug("?", [code]) == (drug.name, True) for code in codes)
