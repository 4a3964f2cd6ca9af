"""Whatever is known and whatever is ordered, an answer keeps the specification; whatever comes is no fault of ours."""

import asyncio
from contextlib import suppress
from typing import Any, Final

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from models.treatment.by_name import BY_NAME
from models.treatment.drug_terms import read_drug
from models.treatment.facts import Drug, Gene
from models.watch.state import PatientState, Stay
from stream.cds.call import CallError
from stream.cds.rules import URGENCY
from tests.builders.cds_calls import NOW_S, RESPONSE, a_call, a_draft, answered
from tests.builders.fhir_resources import Resource, a_patient, an_observation

_DRUGS: Final = sorted({one for rule in BY_NAME.values() for one in getattr(rule.when, "drugs", ())} | {"paracetamol"})
_GENES: Final = sorted({gene for rule in BY_NAME.values() if (gene := getattr(rule.when, "gene", None))})
_PHENOTYPES: Final = ("Poor Metabolizer", "Intermediate Metabolizer", "Ultrarapid Metabolizer", "positive", "Unknown")
_LABS: Final = ("creatinine_mg_per_dl", "potassium_mmol_per_l", "platelets_10e3_per_ul", "lactate_mmol_per_l")
_WORDS: Final = st.text(max_size=200)
_NAMES: Final = st.one_of(st.sampled_from(_DRUGS), _WORDS)


@st.composite
def states(draw: st.DrawFn) -> PatientState:
    """Something that may be known of a patient."""
    drugs = draw(st.lists(st.sampled_from(_DRUGS), max_size=5, unique=True))
    genes = draw(st.dictionaries(st.sampled_from(_GENES), st.sampled_from(_PHENOTYPES), max_size=4))
    labs = draw(st.dictionaries(st.sampled_from(_LABS), st.floats(0.1, 500), max_size=3))
    return PatientState(
        stay=Stay(
            age_years=draw(st.floats(0, 110) | st.just(float("nan"))),
            sex=draw(st.sampled_from(["female", "male", None])),
            allergies=draw(st.none() | st.lists(_NAMES, max_size=3).map(tuple)),
            is_pregnant=draw(st.none() | st.booleans()),
        ),
        drugs={f"o{at}": Drug(f"o{at}", name, NOW_S - 600 * at) for at, name in enumerate(drugs)},
        genes={gene: Gene(phenotype, NOW_S - 60) for gene, phenotype in genes.items()},
        labs={name: (value, round(NOW_S - 60) * 1000) for name, value in labs.items()},
    )


@settings(max_examples=60, deadline=None)
@given(states(), st.lists(_NAMES, max_size=5), st.sampled_from(["order-sign", "order-select", "patient-view"]))
def test_every_answer_keeps_the_specification(state: PatientState, names: list[str], hook: str) -> None:
    drafts = [a_draft(name, str(number)) for number, name in enumerate(names)]
    found = asyncio.run(answered(a_call(*drafts, hook=hook), state)).cards
    written = [one.written for one in found]
    jsonschema.validate({"cards": written}, RESPONSE)
    ids = [one["uuid"] for one in written] + [each["uuid"] for one in written for each in one.get("suggestions", ())]
    assert len(set(ids)) == len(ids)
    assert [URGENCY.index(one.indicator) for one in found] == sorted(URGENCY.index(one.indicator) for one in found)
    dropped = {
        action["resourceId"]
        for one in written
        for each in one.get("suggestions", ())
        for action in each["actions"]
        if action["type"] == "delete"
    }
    assert dropped <= {f"MedicationRequest/{number}" for number in range(len(names))}
    # Of each draft something is said, or nothing speaks against it and all that is asked could be checked.
    unknown = [" ".join(name.split()) for name in names if name.strip() and not read_drug(name).understood]
    said = " ".join(one.detail.replace("\\", "") for one in found)
    if hook != "patient-view" and len(found) < 30:
        assert all(name.replace("\\", "")[:80] in said for name in unknown if name.isprintable())


_ODD: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["resourceType", "id", "entry", "resource", "subject", "coding"]), inner)
    ),
    max_leaves=12,
)


@st.composite
def odd_calls(draw: st.DrawFn) -> Resource:
    """A call of which one part is anything."""
    patient, order, result = a_patient(), a_draft(), an_observation("2160-0", valueQuantity={"value": 1})
    body = a_call(order, prefetch={"labs": {"resourceType": "Bundle", "entry": [{"resource": result}]}})
    body["prefetch"]["patient"] = patient
    place: Any = draw(st.sampled_from([body, body["context"], body["prefetch"], patient, order, result]))
    place[draw(st.sampled_from(sorted(place)))] = draw(_ODD)
    return body


@settings(max_examples=120, deadline=None)
@given(odd_calls())
def test_a_call_of_which_a_part_is_anything_is_answered_or_refused_with_a_sentence(body: Resource) -> None:
    body["hook"] = "order-sign"
    with suppress(CallError):
        found = asyncio.run(answered(body)).cards
        jsonschema.validate({"cards": [one.written for one in found]}, RESPONSE)
