"""What speaks against a draft order is a card, each with one source; what could not be checked is one, too."""

import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from fhirclient.models.medicationrequest import MedicationRequest
from fhirclient.models.servicerequest import ServiceRequest

from models.fhir_out.elements import link
from models.treatment.by_name import BY_NAME
from models.treatment.facts import ActiveAlarm, Gene
from models.watch.state import PatientState, Stay
from stream.cds.card import Card
from stream.cds.cards import MOST, NOT_LIVE, TWICE, UNCHECKED
from stream.cds.live import How
from stream.cds.rules import URGENCY
from tests.builders.cds_calls import (
    INSTANCE,
    NOW_S,
    RESPONSE,
    a_bundle_of,
    a_call,
    a_draft,
    a_state,
    an_allergy,
    answered,
    ordered,
)
from tests.builders.fhir_resources import LOINC, a_patient, an_observation, concept, quantity

OF_R4 = {"MedicationRequest": MedicationRequest, "ServiceRequest": ServiceRequest}


def rules(cards: list[Card]) -> list[str]:
    return [one.rule.partition("/")[0] for one in cards]


def kept(cards: list[Card]) -> list[dict[str, Any]]:
    """The cards as they are written, which keep the specification; what they create is FHIR R4."""
    written = [one.written for one in cards]
    jsonschema.validate({"cards": written}, RESPONSE)
    for suggestion in (one for card in written for one in card.get("suggestions", ())):
        for created in (one["resource"] for one in suggestion["actions"] if one["type"] == "create"):
            assert OF_R4[created["resourceType"]](created).as_json() == created
    return written


async def test_a_genotype_that_speaks_against_a_draft_order_is_a_critical_card_with_its_source() -> None:
    found = (await answered(a_call(a_draft("Clopidogrel 75 MG Oral Tablet")), a_state())).cards
    assert rules(found) == ["clopidogrel-cyp2c19-poor"]
    (card,) = kept(found)
    assert card["indicator"] == "critical"
    assert card["summary"].startswith("CYP2C19 poor metabolizer on clopidogrel")
    assert card["source"]["url"] == "https://doi.org/10.1002/cpt.2526"
    assert card["source"]["topic"]["code"].startswith("genotype-clopidogrel-cyp2c19-poor-1-")
    assert card["source"]["topic"]["display"] == "Genotype and drug"
    assert "never an order" in card["detail"]
    assert {one["code"] for one in card["overrideReasons"]} >= {"1", "2"}


async def test_suggestions_drop_the_draft_or_put_a_proposal_in_its_place() -> None:
    (card,) = kept((await answered(a_call(a_draft()), a_state())).cards)
    assert card["selectionBehavior"] == "at-most-one"
    remove, prasugrel, ticagrelor = card["suggestions"]
    assert [one["resourceId"] for one in remove["actions"]] == ["MedicationRequest/103"]
    assert [one["type"] for one in prasugrel["actions"]] == ["delete", "create"]
    created = ticagrelor["actions"][1]["resource"]
    assert created == {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "proposal",
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": "ticagrelor"},
    }


async def test_an_alternative_that_a_check_bars_is_not_suggested() -> None:
    state = a_state()
    state.stay = replace(state.stay, allergies=("prasugrel",))
    (card,) = kept((await answered(a_call(a_draft()), state)).cards)
    assert [one["label"] for one in card["suggestions"]] == [
        "Remove the draft order of clopidogrel",
        "Ticagrelor instead",
    ]


async def test_a_draft_without_an_id_can_not_be_dropped_and_is_checked_all_the_same() -> None:
    (card,) = kept((await answered(a_call(a_draft(logical=None)), a_state())).cards)
    assert [one["label"] for one in card["suggestions"]] == ["Prasugrel instead", "Ticagrelor instead"]
    assert {action["type"] for one in card["suggestions"] for action in one["actions"]} == {"create"}


@pytest.mark.parametrize(
    ("drug", "change", "rule"),
    [
        ("amoxicillin", {"allergies": ("ampicillin",)}, "order-allergy-penicillins"),
        ("ibuprofen", {"allergies": ("ibuprofen",)}, "order-allergy-recorded"),
    ],
)
async def test_an_allergy_speaks_against_a_draft_order(drug: str, change: dict[str, Any], rule: str) -> None:
    state = a_state()
    state.stay = replace(state.stay, **change)
    found = (await answered(a_call(a_draft(drug)), state)).cards
    assert rule in rules(found)
    (card,) = (one for one in kept(found) if one["source"]["topic"]["code"].startswith("allergy-"))
    assert card["indicator"] == "critical"


async def test_kidney_function_speaks_against_a_draft_order() -> None:
    labs = {"creatinine_mg_per_dl": (6.0, round(NOW_S - 3600) * 1000)}
    found = (await answered(a_call(a_draft("metformin")), a_state(labs=labs))).cards
    assert "kidney" in {one.topic[0] for one in found}


async def test_an_order_that_stands_speaks_against_a_draft_and_so_does_another_draft() -> None:
    state = a_state(drugs=ordered(a="simvastatin"))
    of_order = (await answered(a_call(a_draft("clarithromycin")), state)).cards
    of_draft = (await answered(a_call(a_draft("clarithromycin"), a_draft("simvastatin", "104")), a_state())).cards
    assert "order-pair-simvastatin" in rules(of_order)
    (card,) = (one for one in kept(of_draft) if one["source"]["topic"]["code"].startswith("interaction-"))
    dropped = [one["actions"][0]["resourceId"] for one in card["suggestions"]]
    assert dropped == ["MedicationRequest/103", "MedicationRequest/104"]


async def test_what_speaks_of_orders_that_stand_alone_is_no_card_of_a_draft() -> None:
    state = a_state(drugs=ordered(a="simvastatin", b="clarithromycin"))
    found = (await answered(a_call(a_draft("paracetamol")), state)).cards
    assert "interaction" not in {one.topic[0] for one in found}


async def test_two_drugs_of_a_class_and_the_same_drug_twice_are_duplicates() -> None:
    state = a_state(drugs=ordered(a="ibuprofen", b="ramipril"))
    found = (await answered(a_call(a_draft("naproxen"), a_draft("ramipril", "104")), state)).cards
    doubled = {one.rule for one in found if one.topic[0] == "duplicate"}
    assert TWICE in doubled
    assert len(doubled) > 1
    (card,) = (one for one in found if one.rule == TWICE)
    assert card.summary == "Ramipril is ordered already"


async def test_one_drug_in_two_drafts_is_one_card_that_can_drop_either() -> None:
    found = (await answered(a_call(a_draft("ramipril"), a_draft("ramipril", "104")), a_state())).cards
    (card,) = (one for one in kept(found) if "two of the draft orders" in one["summary"])
    assert len(card["suggestions"]) == 2


async def test_an_order_that_is_known_and_comes_as_a_draft_again_is_not_twice_there() -> None:
    known = a_draft("ramipril", status="active", authoredOn="2026-11-29T10:00:00Z")
    body = a_call(a_draft("ramipril"), prefetch={"medications": a_bundle_of(known)})
    assert TWICE not in {one.rule for one in (await answered(body, a_state())).cards}


async def test_only_the_selected_order_gets_cards_and_the_others_count_beside_it() -> None:
    drafts = a_draft("clarithromycin"), a_draft("simvastatin", "104"), a_draft("clopidogrel", "105")
    for selection in ("MedicationRequest/104", "104"):
        body = a_call(*drafts, hook="order-select", context={"selections": [selection]})
        found = rules((await answered(body, a_state())).cards)
        assert "order-pair-simvastatin" in found
        assert "clopidogrel-cyp2c19-poor" not in found


async def test_where_the_selection_is_none_of_the_drafts_all_are_meant() -> None:
    for selections in (["MedicationRequest/9"], [], "103", None):
        body = a_call(a_draft(), hook="order-select", context={"selections": selections})
        assert rules((await answered(body, a_state())).cards) == ["clopidogrel-cyp2c19-poor"]


async def test_an_order_on_the_skin_meets_no_other_drug() -> None:
    by_mouth = (await answered(a_call(a_draft("ketoconazole")), a_state(drugs=ordered(a="simvastatin")))).cards
    on_skin = a_draft("ketoconazole", dosageInstruction=[{"route": {"text": "topical"}}])
    local = (await answered(a_call(on_skin), a_state(drugs=ordered(a="simvastatin")))).cards
    assert "order-pair-simvastatin" in rules(by_mouth)
    assert "order-pair-simvastatin" not in rules(local)


async def test_no_two_cards_share_a_topic_that_a_clinician_may_have_overridden() -> None:
    state = a_state(drugs=ordered(a="simvastatin"))
    state.stay = replace(state.stay, allergies=("ibuprofen", "aspirin"))
    drafts = (
        a_draft("ibuprofen"),
        a_draft("aspirin", "104"),
        a_draft("clarithromycin", "105"),
        a_draft("metformin", "106"),
    )
    first = kept((await answered(a_call(*drafts), state)).cards)
    codes = [one["source"]["topic"]["code"] for one in first]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z0-9-]{1,80}", one) for one in codes)
    again = kept((await answered(a_call(*drafts, hookInstance="another"), state)).cards)
    assert [one["source"]["topic"]["code"] for one in again] == codes  # the same of another call
    fewer = kept((await answered(a_call(*drafts[1:]), state)).cards)
    assert {one["source"]["topic"]["code"] for one in fewer if "Aspirin" in one["summary"]} <= set(codes)


async def test_nothing_against_an_order_and_all_checked_is_no_card() -> None:
    assert (await answered(a_call(a_draft("paracetamol")), a_state())).cards == []


async def test_what_could_not_be_checked_is_said_with_the_tests_that_would_tell() -> None:
    found = (await answered(a_call(a_draft("metformin"), a_draft("omeprazole", "104")), PatientState())).cards
    (card,) = (one for one in kept(found) if one["source"]["topic"]["code"].startswith("not-checked-"))
    assert card["indicator"] == "info"
    assert card["summary"].startswith("Not checked for metformin: ")
    assert "allergies" in card["summary"]
    assert "omeprazole: genotype (not known: CYP2C19)" in card["detail"]
    assert card["selectionBehavior"] == "any"
    asked = [one["actions"][0]["resource"]["code"] for one in card["suggestions"]]
    assert {"text": "Genotype of CYP2C19"} in asked
    assert {"coding": [{"system": LOINC, "code": "2160-0"}], "text": "Creatinine"} in asked
    assert "overrideReasons" not in card


async def test_a_drug_that_no_table_knows_is_said_to_be_unchecked() -> None:
    (card,) = (await answered(a_call(a_draft("Zzyzximab 5 mg")), a_state())).cards
    assert card.rule == UNCHECKED
    assert card.summary == "Not checked for Zzyzximab 5 mg: the drug is not known here"


async def test_a_draft_that_can_not_be_read_is_said_and_costs_no_other() -> None:
    odd = a_draft("aspirin", "104", modifierExtension=[{"url": "http://x"}])
    nameless = a_draft("", "105")
    other = a_draft("heparin", "106", subject={"identifier": {"system": "urn:oid:1.2.3", "value": "77"}})
    found = (await answered(a_call(a_draft(), odd, nameless, other), a_state())).cards
    assert rules(found) == ["clopidogrel-cyp2c19-poor", "cds-not-checked"]
    assert "aspirin: the order could not be read" in found[1].detail
    assert "an order: the order could not be read: the order names no drug" in found[1].detail
    assert "heparin: the order could not be read: it is about another patient" in found[1].detail


async def test_a_test_that_a_guideline_asks_for_first_is_suggested() -> None:
    found = (await answered(a_call(a_draft("capecitabine")), a_state())).cards
    (card,) = (one for one in kept(found) if one["source"]["topic"]["code"].startswith("genotype-"))
    (test,) = (one for one in card["suggestions"] if one["label"] == "Test DPYD first")
    assert test["actions"][0]["resource"]["intent"] == "proposal"
    assert not any(
        "DPYD" in one["detail"] for one in kept(found) if one["source"]["topic"]["code"].startswith("not-checked-")
    )


async def test_what_the_call_brings_counts_beside_what_the_ward_knows_and_the_newest_of_each_counts() -> None:
    genotype = an_observation(
        "84413-4",
        id="g",
        issued="2026-11-30T11:30:00Z",
        subject={"reference": "Patient/p1"},
        component=[
            {"code": concept((LOINC, "48018-6")), "valueCodeableConcept": {"text": "CYP2C19"}},
            {"code": concept((LOINC, "53040-2")), "valueCodeableConcept": {"text": "Poor Metabolizer"}},
        ],
    )
    creatinine = an_observation(
        "2160-0",
        id="c",
        subject={"reference": "Patient/p1"},
        effectiveDateTime="2026-11-30T11:00:00Z",
        valueQuantity=quantity(7, "mg/dL"),
    )
    prefetch = {
        "genomics": a_bundle_of(genotype),
        "allergies": a_bundle_of(an_allergy()),
        "labs": a_bundle_of(creatinine),
        "medications": None,
    }
    body = a_call(a_draft(), a_draft("aspirin", "104"), a_draft("metformin", "105"), prefetch=prefetch)
    state = a_state(genes={"CYP2C19": Gene("Normal Metabolizer", NOW_S - 7200)})
    topics = {one.topic[0] for one in (await answered(body, state)).cards}
    assert {"genotype", "allergy", "kidney"} <= topics
    assert "genotype" not in {one.topic[0] for one in (await answered(a_call(a_draft()), state)).cards}


async def test_the_proposals_that_are_open_come_by_urgency_when_a_patient_is_viewed() -> None:
    state = a_state(
        drugs=ordered(a="clopidogrel", b="naproxen", c="ibuprofen"),
        alarms={"news2": ActiveAlarm(NOW_S - 60, "high", NOW_S - 60)},
        labs={"lactate_mmol_per_l": (5.0, round(NOW_S - 60) * 1000)},
        stay=Stay(age_years=70.0),
    )
    found = (await answered(a_call(hook="patient-view"), state)).cards
    kept(found)
    assert [URGENCY.index(one.indicator) for one in found] == sorted(URGENCY.index(one.indicator) for one in found)
    assert {"news2-response-high", "clopidogrel-cyp2c19-poor", "lactate-resuscitation"} <= set(rules(found))
    assert not any(one.suggestions for one in found)


async def test_the_same_call_has_the_same_cards_and_another_call_others() -> None:
    body = a_call(a_draft(), a_draft("simvastatin", "104"))
    first, again = [(await answered(body, a_state())).cards for _ in range(2)]
    assert first == again
    other = (await answered(body | {"hookInstance": "another"}, a_state())).cards
    assert not {one.id for one in first} & {one.id for one in other}
    assert INSTANCE not in str([one.written for one in first])


@pytest.mark.parametrize("how", ["away", "unreadable"])
async def test_without_the_live_record_the_call_is_checked_and_every_card_says_so(how: How) -> None:
    found = (await answered(a_call(a_draft("aspirin"), prefetch={"allergies": an_allergy()}), None, how)).cards
    kept(found)
    assert {NOT_LIVE, "order-allergy-recorded/1"} <= {one.rule for one in found}
    assert all("only what this call brought was looked at" in one.detail for one in found)
    viewed = (await answered(a_call(hook="patient-view"), None, how)).cards
    assert [one.rule for one in viewed] == [NOT_LIVE]


async def test_words_of_the_call_are_shown_as_they_are_and_never_as_a_link_or_a_picture() -> None:
    (card,) = (await answered(a_call(a_draft("![x](https://evil.example)<img src=x>")), a_state())).cards
    assert "](" not in card.detail.replace("\\]", "").replace("\\(", "")
    assert "<img" not in card.detail.replace("\\<", "")


async def test_an_answer_has_a_bounded_number_of_cards() -> None:
    names = sorted(one for rule in BY_NAME.values() for one in getattr(rule.when, "drugs", ()))
    drafts = [a_draft(name, str(number)) for number, name in enumerate(dict.fromkeys(names))]
    found = (await answered(a_call(*drafts[:100]), PatientState())).cards
    kept(found)
    assert len(found) == MOST + 1
    assert found[-1].rule == UNCHECKED  # what was not checked is never what is left out
    assert "less urgent cards" in found[-1].detail


async def test_two_drafts_under_one_id_make_no_card_twice() -> None:
    found = (
        await answered(a_call(a_draft("ramipril"), a_draft("ramipril")), a_state(drugs=ordered(a="ramipril")))
    ).cards
    assert len({one.id for one in found}) == len(found)


def test_the_source_of_every_rule_that_names_an_address_has_it() -> None:
    for rule in BY_NAME.values():
        address = link(rule.citation.reference)
        assert address is None or re.fullmatch(r"https://[^\s,;]+", address)
        if rule.citation.reference.startswith(("doi:", "PMID ")):
            assert address is not None


async def test_the_age_of_the_patient_comes_from_the_call() -> None:
    child = a_patient(birthDate="2020-01-01")
    found = (await answered(a_call(a_draft(), prefetch={"patient": child}), PatientState(genes=a_state().genes))).cards
    assert "clopidogrel-cyp2c19-poor" not in rules(found)
