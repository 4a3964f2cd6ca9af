"""Kidney function: the equations by worked examples, what they rest on, and both sides of every limit."""

import math

import pytest

from models.treatment.facts import Facts, Measured
from models.treatment.safety import kidney
from models.treatment.safety.check import CHECK_RULES
from models.treatment.safety.conditions import KidneyMeetsDrug
from models.treatment.safety.kidney import Measure, Sex, clearance_cockcroft_gault, egfr_ckd_epi_2021
from tests.builders.order_facts import NOW_S, known, reading, spoken


@pytest.mark.parametrize(
    ("creatinine", "age", "sex", "expected"),
    [
        # The calculator of the National Kidney Foundation (kidney.org), as quoted by an implementation of it.
        (1.2, 55, "male", 71),
        # At creatinine = kappa both powers are 1: 142 x 0.9938^age, x 1.012 for a woman (Inker 2021, table).
        (0.9, 0, "male", 142),
        (0.7, 0, "female", 142 * 1.012),
    ],
)
def test_ckd_epi_2021_gives_the_published_values(creatinine: float, age: float, sex: Sex, expected: float) -> None:
    assert egfr_ckd_epi_2021(creatinine, age, sex) == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize(("sex", "kappa", "alpha"), [("male", 0.9, -0.302), ("female", 0.7, -0.241)])
def test_ckd_epi_2021_has_one_power_below_kappa_and_another_above(sex: Sex, kappa: float, alpha: float) -> None:
    at = egfr_ckd_epi_2021(kappa, 50, sex)
    assert egfr_ckd_epi_2021(kappa / 2, 50, sex) == pytest.approx(at * 0.5**alpha)
    assert egfr_ckd_epi_2021(kappa * 2, 50, sex) == pytest.approx(at * 2**-1.2)
    assert egfr_ckd_epi_2021(kappa, 51, sex) == pytest.approx(at * 0.9938)


@pytest.mark.parametrize(
    ("creatinine", "age", "sex", "weight", "expected"),
    [
        (1.0, 70, "male", 75, 72.9),  # worked examples of pages that teach the equation of 1976
        (1.4, 65, "male", 70, 52.1),
        (0.9, 45, "female", 60, 74.8),
        (0.9, 28, "male", 75, 129.6),
        (1.0, 68, "male", 72, 72.0),  # 140 - age, at 72 kg and 1 mg/dL
    ],
)
def test_cockcroft_gault_gives_the_worked_examples(
    creatinine: float, age: float, sex: Sex, weight: float, expected: float
) -> None:
    assert clearance_cockcroft_gault(creatinine, age, sex, weight) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("measure", ["egfr", "crcl"])
@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"readings": {}}, "creatinine_mg_per_dl"),
        ({"readings": {"creatinine_mg_per_dl": Measured(0.0, NOW_S)}}, "creatinine_mg_per_dl"),
        ({"readings": {"creatinine_mg_per_dl": Measured(1.0, NOW_S - 8 * 86_400)}}, "creatinine_mg_per_dl"),
        ({"age_years": None}, "age_years"),
        ({"sex": None}, "sex"),
        ({"age_years": 17.9}, "an equation for an age under 18 years"),
        ({"sex": "female", "is_pregnant": True}, "an equation that holds in pregnancy"),
    ],
)
def test_an_estimate_that_cannot_be_made_says_what_it_lacks(
    measure: Measure, change: dict[str, object], missing: str
) -> None:
    facts = known("metformin")._replace(**change)  # type: ignore[arg-type]
    found = kidney.estimate(measure, facts, NOW_S)
    assert (found.value, found.missing) == (None, (missing,))


def test_only_the_clearance_needs_a_weight_and_an_estimate_shows_what_it_rests_on() -> None:
    light = known("metformin", weight_kg=None)
    assert kidney.estimate("crcl", light, NOW_S).missing == ("weight_kg",)
    shown = {name: value for name, value, _ in kidney.estimate("egfr", light, NOW_S).inputs}
    assert shown == {"creatinine_mg_per_dl": 0.9, "age_years": 50.0, "sex": "male"}
    assert "weight_kg" in {name for name, _, _ in kidney.estimate("crcl", known("metformin"), NOW_S).inputs}


@pytest.mark.parametrize(("age_s", "is_known"), [(kidney.RECENT_S, True), (kidney.RECENT_S + 1, False)])
def test_a_creatinine_counts_for_a_week(age_s: float, *, is_known: bool) -> None:
    facts = known("metformin", readings={"creatinine_mg_per_dl": Measured(1.0, NOW_S - age_s)})
    assert (kidney.estimate("egfr", facts, NOW_S).value is not None) is is_known


def creatinine_for(measure: Measure, value: float, facts: Facts) -> float:
    """The creatinine above 0.9 mg/dL with which a man's estimate is this value."""
    assert facts.age_years is not None
    assert facts.weight_kg is not None
    if measure == "crcl":
        return (140 - facts.age_years) * facts.weight_kg / (72 * value)
    return 0.9 * math.pow(value / (142 * 0.9938**facts.age_years), -1 / 1.2)


EDGES = [
    (rule.id, drug, rule.when) for rule in CHECK_RULES if isinstance(rule.when, KidneyMeetsDrug)
    for drug in rule.when.drugs
]  # fmt: skip


@pytest.mark.parametrize(("rule", "drug", "when"), EDGES, ids=[rule for rule, _, _ in EDGES])
def test_a_limit_of_kidney_function_holds_on_its_side_alone(rule: str, drug: str, when: KidneyMeetsDrug) -> None:
    facts = known(drug)
    for value, speaks in ((when.below - 0.01, True), (when.below + 0.01, False), (when.not_below - 0.01, False)):
        if value > 0:
            at = reading(facts, creatinine_mg_per_dl=creatinine_for(when.measure, value, facts))
            assert (rule in spoken(at)) is speaks, value


@pytest.mark.parametrize(("drug", "rule", "speaks"), [("eplerenone", "order-eplerenone-kidney", True),
                                                      ("dabigatran", "order-dabigatran-kidney", False)])  # fmt: skip
def test_the_limit_itself_counts_where_the_source_says_so(drug: str, rule: str, *, speaks: bool) -> None:
    facts = reading(known(drug, age_years=68.0, weight_kg=72.0), creatinine_mg_per_dl=72 / 30)
    assert clearance_cockcroft_gault(72 / 30, 68, "male", 72) == pytest.approx(30.0, rel=1e-12)
    assert (rule in spoken(facts)) is speaks


def test_a_proposal_about_the_kidney_shows_the_estimate_and_its_inputs() -> None:
    proposal = spoken(reading(known("metformin"), creatinine_mg_per_dl=4.0))["order-metformin-kidney"]
    shown = {one.name: one.value for one in proposal.inputs}
    assert set(shown) == {"drug", "eGFR (CKD-EPI 2021)", "creatinine_mg_per_dl", "age_years", "sex"}
    assert "Metformin" in proposal.text
    assert "mL/min/1.73 m2" in proposal.text
