"""Every treatment rule: what makes it speak, what keeps it silent, and what it must never say."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pathology.finding import Certainty, Contradiction, Finding
from models.scores import news2
from models.treatment.engine import Proposal, suggest
from models.treatment.facts import ActiveAlarm, Drug, Facts, Gene, Lesion, Measured, Pathology
from models.treatment.rules import RULES, Rule
from models.treatment.safety.check import ORDER_RULES
from schemas.alerts import Priority
from schemas.labs import ANALYTES
from schemas.vitals import NUMERICS

HOUR_S, DAY_S = 3600.0, 86_400.0
NOW_S = 1_795_000_000.0
BY_ID = {rule.id: rule for rule in RULES}


def proposals(facts: Facts, now_s: float = NOW_S) -> dict[str, Proposal]:
    return {proposal.rule: proposal for proposal in suggested(facts, now_s)}


def suggested(facts: Facts, now_s: float = NOW_S) -> tuple[Proposal, ...]:
    """What these rules propose; the checks of orders speak beside them and have tests of their own."""
    return tuple(one for one in suggest(facts, now_s) if not one.rule.startswith("order-"))


def an_alarm(condition: str, priority: Priority = "medium", *, began_s: float = NOW_S - 60) -> Facts:
    return Facts(alarms={condition: ActiveAlarm(began_s, priority, began_s)})


def a_lactate(value: float, age_s: float = 600.0) -> Facts:
    return Facts(readings={"lactate_mmol_per_l": Measured(value, NOW_S - age_s)})


def a_gene_and_a_drug(gene: str, phenotype: str, drug: str) -> Facts:
    return Facts(genes={gene: Gene(phenotype, NOW_S - DAY_S)}, drugs=(Drug("order-1", drug, NOW_S - HOUR_S),))


def a_reading(
    *stated: str, site: str | None = "colorectum", unclear: str = "", certainty: Certainty = "stated", age_s: float = 60
) -> Pathology:
    """A report that states "name value", each in one part."""
    told = [*stated, *([f"site {site}"] if site else [])]
    findings = [Finding(name, value, certainty, 10, 20) for name, _, value in (one.partition(" ") for one in told)]
    doubts = (Contradiction(unclear, ""),) if unclear else ()
    return Pathology("path-1", NOW_S - age_s, (), tuple(findings), doubts)


def reported(*stated: str, site: str | None = "colorectum", unclear: str = "") -> Facts:
    return Facts(pathology=(a_reading(*stated, site=site, unclear=unclear),))


def hedged(*left_open: str, site: str | None = "colorectum") -> Facts:
    return Facts(pathology=(a_reading(*left_open, site=site, certainty="hedged"),))


def a_dpyd(phenotype: str) -> Facts:
    return reported("behaviour malignant")._replace(genes={"DPYD": Gene(phenotype, NOW_S - DAY_S)})


def a_score(activity: str, phenotype: str = "Intermediate Metabolizer") -> Facts:
    facts = a_gene_and_a_drug("DPYD", phenotype, "capecitabine")
    return facts._replace(genes={"DPYD": facts.genes["DPYD"]._replace(activity=activity)})


def in_part(facts: Facts) -> Facts:
    return facts._replace(genes={name: gene._replace(coverage="partial") for name, gene in facts.genes.items()})


def a_drug(name: str) -> Facts:
    return Facts(drugs=(Drug("order-1", name, NOW_S - HOUR_S),))


UNCALLED = ("Indeterminate", "No Call", "No Result", "Unknown")
CARCINOMA = reported("behaviour malignant")
BREAST_2 = reported("behaviour malignant", "her2_ihc 2+", site="breast")


def a_retina(*findings: str) -> Facts:
    return Facts(lesions=(Lesion("1.2.3", 0.9, NOW_S - 60, "fundus", findings),))


A_LESION = Facts(lesions=(Lesion("1.2.3", 0.9, NOW_S - 60),))

# Facts that make each rule speak, and facts just beside them that must not.
SPEAKS: dict[str, tuple[Facts, ...]] = {
    "news2-response-low-medium": (an_alarm("news2", "low"),),
    "news2-response-medium": (an_alarm("news2", "medium"),),
    "news2-response-high": (an_alarm("news2", "high"),),
    "sepsis-lactate": (an_alarm("sepsis-risk"),),
    "sepsis-blood-cultures": (an_alarm("sepsis-risk"),),
    "lactate-remeasure": (a_lactate(2.1), a_lactate(9.0), a_lactate(2.1, 6 * HOUR_S - 1)),
    "lactate-resuscitation": (a_lactate(4.0), a_lactate(4.1)),
    "pressure-vasopressor-review": (an_alarm("mean-arterial-low", "medium"), an_alarm("mean-arterial-low", "high")),
    "pressure-fluid-responsiveness": (an_alarm("mean-arterial-low", "medium"), an_alarm("mean-arterial-low", "high")),
    "clopidogrel-cyp2c19-poor": (
        a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "clopidogrel"),
        a_gene_and_a_drug("CYP2C19", "Possible Poor Metabolizer", "clopidogrel"),
        a_gene_and_a_drug("CYP2C19", "Likely Poor Metabolizer", "clopidogrel"),
    ),
    "clopidogrel-cyp2c19-intermediate": (
        a_gene_and_a_drug("CYP2C19", "Intermediate Metabolizer", "clopidogrel"),
        a_gene_and_a_drug("CYP2C19", "Likely Intermediate Metabolizer", "clopidogrel"),
    ),
    "warfarin-cyp2c9": (
        a_gene_and_a_drug("CYP2C9", "Poor Metabolizer", "warfarin"),
        a_gene_and_a_drug("CYP2C9", "Intermediate Metabolizer", "warfarin"),
    ),
    "warfarin-vkorc1": (
        a_gene_and_a_drug("VKORC1", "-1639 AG", "warfarin"),
        a_gene_and_a_drug("VKORC1", "-1639 AA", "warfarin"),
    ),
    "metoprolol-cyp2d6-poor": (a_gene_and_a_drug("CYP2D6", "Poor Metabolizer", "metoprolol"),),
    "hydralazine-nat2-poor": (a_gene_and_a_drug("NAT2", "Poor Metabolizer", "hydralazine"),),
    "voriconazole-cyp2c19-poor": (
        a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "voriconazole"),
        a_gene_and_a_drug("CYP2C19", "Likely Poor Metabolizer", "voriconazole"),
    ),
    "voriconazole-cyp2c19-rapid": (
        a_gene_and_a_drug("CYP2C19", "Rapid Metabolizer", "voriconazole"),
        a_gene_and_a_drug("CYP2C19", "Rapid Metabolizer", "voriconazole")._replace(age_years=18.0),
    ),
    "voriconazole-cyp2c19-rapid-child": (
        a_gene_and_a_drug("CYP2C19", "Rapid Metabolizer", "voriconazole")._replace(age_years=17.9),
    ),
    "voriconazole-cyp2c19-ultrarapid": (
        a_gene_and_a_drug("CYP2C19", "Ultrarapid Metabolizer", "voriconazole"),
        a_gene_and_a_drug("CYP2C19", "Ultrarapid Metabolizer", "voriconazole")._replace(age_years=5.0),
    ),
    "tacrolimus-cyp3a5-expresser": (
        a_gene_and_a_drug("CYP3A5", "Normal Metabolizer", "tacrolimus"),
        a_gene_and_a_drug("CYP3A5", "Possible Intermediate Metabolizer", "tacrolimus"),
        a_gene_and_a_drug("CYP3A5", "Intermediate Metabolizer", "tacrolimus"),
    ),
    "abacavir-hla-b-57-01": (a_gene_and_a_drug("HLA-B*57:01", "positive", "abacavir"),),
    "carbamazepine-hla-b-15-02": (
        a_gene_and_a_drug("HLA-B*15:02", "positive", "carbamazepine"),
        a_gene_and_a_drug("HLA-B*15:02", "positive", "oxcarbazepine"),
    ),
    "phenytoin-hla-b-15-02": (
        a_gene_and_a_drug("HLA-B*15:02", "positive", "phenytoin"),
        a_gene_and_a_drug("HLA-B*15:02", "positive", "fosphenytoin"),
    ),
    "lesion-communication": (A_LESION,),
    "retinopathy-moderate-referral": (a_retina("grade_2"), a_retina("grade_0", "grade_2", "undecided")),
    "retinopathy-severe-referral": (a_retina("grade_3"), a_retina("grade_2", "grade_3"), a_retina("grade_4")),
    "retinopathy-ungraded-referral": (a_retina("undecided"), a_retina("grade_1", "undecided")),
    "macular-oedema-referral": (a_retina("grade_1", "macular_oedema"), a_retina("grade_4", "macular_oedema")),
    "fluoropyrimidine-dpyd-poor": (
        a_gene_and_a_drug("DPYD", "Poor Metabolizer", "fluorouracil"),
        a_gene_and_a_drug("DPYD", "Likely Poor Metabolizer", "capecitabine"),
        a_score("0.5", "Poor Metabolizer"),
    ),
    "fluoropyrimidine-dpyd-intermediate": (
        a_gene_and_a_drug("DPYD", "Intermediate Metabolizer", "capecitabine"),
        a_gene_and_a_drug("DPYD", "Likely Intermediate Metabolizer", "capecitabine"),
        a_score("≥1.0"),
    ),
    "fluoropyrimidine-dpyd-activity-1": (a_score("1.0"), a_score("1.0", "Possible Intermediate Metabolizer")),
    "fluoropyrimidine-dpyd-activity-1-5": (a_score("1.5"),),
    "tegafur-dpyd-poor": (
        a_gene_and_a_drug("DPYD", "Poor Metabolizer", "tegafur"),
        a_gene_and_a_drug("DPYD", "Likely Poor Metabolizer", "tegafur"),
    ),
    "tegafur-dpyd-intermediate": (a_gene_and_a_drug("DPYD", "Intermediate Metabolizer", "tegafur"),),
    "fluoropyrimidine-dpyd-unknown": (
        a_drug("fluorouracil"),
        a_drug("capecitabine"),
        a_drug("tegafur"),
        *(a_gene_and_a_drug("DPYD", phenotype, "capecitabine") for phenotype in (*UNCALLED, "Not Understood")),
        a_gene_and_a_drug("DPYD", "Indeterminate", "tegafur"),
        in_part(a_gene_and_a_drug("DPYD", "Normal Metabolizer", "capecitabine")),
    ),
    "pathology-malignancy-communication": (
        CARCINOMA,
        reported("behaviour malignant", site=None),
        reported("behaviour malignant", site="breast")._replace(
            lesions=(Lesion("1.2.3", 0.9, NOW_S - 60, "chest_ct"),)
        ),
        reported("behaviour malignant", site="breast")._replace(
            lesions=(Lesion("1.2.3", 0.9, NOW_S - 181 * DAY_S, "breast_ultrasound"),)
        ),
    ),
    "breast-her2-equivocal": (
        BREAST_2,
        Facts(
            pathology=(
                a_reading("behaviour malignant", "her2_ihc 2+", site="breast"),
                a_reading("her2_ish amplified", site="lung"),
            )
        ),
    ),
    "colorectal-mismatch-repair-unknown": (CARCINOMA,),
    "colorectal-repair-deficient": (reported("behaviour malignant", "mmr deficient"),),
    "colorectal-dpyd-unknown": (CARCINOMA, *map(a_dpyd, UNCALLED), in_part(a_dpyd("Normal Metabolizer"))),
    "colorectal-dpyd-poor": (a_dpyd("Poor Metabolizer"), a_dpyd("Likely Poor Metabolizer")),
    "colorectal-dpyd-intermediate": (a_dpyd("Intermediate Metabolizer"), a_dpyd("Likely Intermediate Metabolizer")),
}
SILENT: dict[str, tuple[Facts, ...]] = {
    "news2-response-low-medium": (an_alarm("news2", "medium"), an_alarm("sepsis-risk", "low")),
    "news2-response-medium": (an_alarm("news2", "low"), an_alarm("news2", "high")),
    "news2-response-high": (an_alarm("news2", "medium"), an_alarm("spo2-low", "high")),
    "sepsis-lactate": (an_alarm("news2", "high"), a_lactate(1.0)._replace(alarms=an_alarm("sepsis-risk").alarms)),
    "sepsis-blood-cultures": (an_alarm("news2", "high"),),
    "lactate-remeasure": (a_lactate(2.0), a_lactate(1.9), a_lactate(2.1, 6 * HOUR_S + 1)),
    "lactate-resuscitation": (a_lactate(3.9), a_lactate(4.0, 6 * HOUR_S + 1)),
    "pressure-vasopressor-review": (an_alarm("systolic-low", "high"),),
    "pressure-fluid-responsiveness": (an_alarm("systolic-low", "high"),),
    "clopidogrel-cyp2c19-poor": (
        a_gene_and_a_drug("CYP2C19", "Intermediate Metabolizer", "clopidogrel"),
        a_gene_and_a_drug("CYP2C19", "Normal Metabolizer", "clopidogrel"),
        a_gene_and_a_drug("CYP2C19", "Indeterminate", "clopidogrel"),
        a_gene_and_a_drug("CYP2D6", "Poor Metabolizer", "clopidogrel"),
    ),
    "clopidogrel-cyp2c19-intermediate": (
        a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "clopidogrel"),
        a_gene_and_a_drug("CYP2C19", "Indeterminate", "clopidogrel"),
    ),
    "warfarin-cyp2c9": (a_gene_and_a_drug("CYP2C9", "Normal Metabolizer", "warfarin"),),
    "warfarin-vkorc1": (a_gene_and_a_drug("VKORC1", "-1639 GG", "warfarin"),),
    "metoprolol-cyp2d6-poor": (
        a_gene_and_a_drug("CYP2D6", "Intermediate Metabolizer", "metoprolol"),
        a_gene_and_a_drug("CYP2D6", "Poor Metabolizer", "carvedilol"),
    ),
    "hydralazine-nat2-poor": (
        a_gene_and_a_drug("NAT2", "Intermediate Metabolizer", "hydralazine"),
        a_gene_and_a_drug("NAT2", "Rapid Metabolizer", "hydralazine"),
    ),
    "voriconazole-cyp2c19-poor": (
        a_gene_and_a_drug("CYP2C19", "Intermediate Metabolizer", "voriconazole"),
        a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "fluconazole"),
    ),
    "voriconazole-cyp2c19-rapid": (
        a_gene_and_a_drug("CYP2C19", "Normal Metabolizer", "voriconazole"),
        a_gene_and_a_drug("CYP2C19", "Rapid Metabolizer", "voriconazole")._replace(age_years=17.9),
    ),
    "voriconazole-cyp2c19-rapid-child": (
        a_gene_and_a_drug("CYP2C19", "Rapid Metabolizer", "voriconazole")._replace(age_years=18.0),
        a_gene_and_a_drug("CYP2C19", "Rapid Metabolizer", "voriconazole"),
    ),
    "voriconazole-cyp2c19-ultrarapid": (a_gene_and_a_drug("CYP2C19", "Rapid Metabolizer", "voriconazole"),),
    "tacrolimus-cyp3a5-expresser": (
        a_gene_and_a_drug("CYP3A5", "Poor Metabolizer", "tacrolimus"),
        a_gene_and_a_drug("CYP3A4", "Normal Metabolizer", "tacrolimus"),
    ),
    "abacavir-hla-b-57-01": (
        a_gene_and_a_drug("HLA-B*57:01", "negative", "abacavir"),
        a_gene_and_a_drug("HLA-B*15:02", "positive", "abacavir"),
    ),
    "carbamazepine-hla-b-15-02": (
        a_gene_and_a_drug("HLA-B*15:02", "negative", "carbamazepine"),
        a_gene_and_a_drug("HLA-B*57:01", "positive", "carbamazepine"),
    ),
    "phenytoin-hla-b-15-02": (
        a_gene_and_a_drug("HLA-B*15:02", "negative", "phenytoin"),
        a_gene_and_a_drug("HLA-B*15:02", "positive", "levetiracetam"),
    ),
    "lesion-communication": (Facts(), a_retina("grade_2")),
    "retinopathy-moderate-referral": (a_retina("grade_1"), a_retina("grade_2", "grade_3"), A_LESION),
    "retinopathy-severe-referral": (a_retina("grade_2"), a_retina("grade_2", "macular_oedema")),
    "retinopathy-ungraded-referral": (a_retina("grade_2", "undecided"), a_retina("grade_1", "macular_oedema")),
    "macular-oedema-referral": (a_retina("grade_4"),),
    "fluoropyrimidine-dpyd-poor": (
        a_gene_and_a_drug("DPYD", "Intermediate Metabolizer", "fluorouracil"),
        a_gene_and_a_drug("DPYD", "Poor Metabolizer", "oxaliplatin"),
        a_gene_and_a_drug("DPYD", "Poor Metabolizer", "tegafur"),  # CPIC's update of 2017 no longer speaks of it
    ),
    "fluoropyrimidine-dpyd-activity-1": (a_score("1.5"), a_score("0.5"), a_score("1.0", "Poor Metabolizer")),
    "fluoropyrimidine-dpyd-activity-1-5": (a_score("1.0"), a_score("≥1.5"), a_score("1.5", "Normal Metabolizer")),
    "tegafur-dpyd-poor": (
        a_gene_and_a_drug("DPYD", "Intermediate Metabolizer", "tegafur"),
        a_gene_and_a_drug("DPYD", "Poor Metabolizer", "capecitabine"),
    ),
    "tegafur-dpyd-intermediate": (a_gene_and_a_drug("DPYD", "Normal Metabolizer", "tegafur"),),
    "fluoropyrimidine-dpyd-intermediate": (
        a_gene_and_a_drug("DPYD", "Normal Metabolizer", "capecitabine"),
        a_gene_and_a_drug("DPYD", "Poor Metabolizer", "capecitabine"),
        a_score("1.0"),
        a_score("1.5"),
    ),
    "fluoropyrimidine-dpyd-unknown": (
        a_drug("oxaliplatin"),
        a_drug("flucytosine"),
        a_gene_and_a_drug("DPYD", "Normal Metabolizer", "capecitabine"),
        in_part(a_gene_and_a_drug("DPYD", "Poor Metabolizer", "capecitabine")),
    ),
    "pathology-malignancy-communication": (
        reported("behaviour benign", "behaviour in situ", "behaviour uncertain"),
        hedged("behaviour malignant"),
        reported("behaviour malignant", unclear="behaviour"),
        reported("behaviour malignant", site="breast")._replace(
            lesions=(Lesion("1.2.3", 0.9, NOW_S - 179 * DAY_S, "breast_ultrasound"),)
        ),
    ),
    "breast-her2-equivocal": (
        reported("behaviour malignant", "her2_ihc 1+", site="breast"),
        reported("behaviour malignant", "her2_ihc 3+", site="breast"),
        reported("behaviour in situ", "her2_ihc 2+", site="breast"),
        reported("behaviour malignant", "her2_ihc 2+", site="lung"),
        reported("behaviour malignant", "her2_ihc 2+", "her2_ish not amplified", site="breast"),
        reported("behaviour malignant", "her2_ihc 2+", site="breast", unclear="her2_ihc"),
        hedged("behaviour malignant", "her2_ihc 2+", site="breast"),
        Facts(pathology=(*BREAST_2.pathology, a_reading("her2_ish amplified", site="breast"))),
    ),
    "colorectal-mismatch-repair-unknown": (
        reported("behaviour malignant", "mmr proficient"),
        reported("behaviour malignant", "msi stable"),
        reported("behaviour malignant", site="lung"),
        reported("behaviour benign"),
        hedged("behaviour malignant"),
        Facts(pathology=(*CARCINOMA.pathology, a_reading("mmr proficient"))),
        Facts(pathology=(*CARCINOMA.pathology, a_reading("mmr deficient", certainty="hedged"))),
    ),
    "colorectal-repair-deficient": (
        reported("behaviour malignant", "mmr proficient"),
        reported("behaviour benign", "mmr deficient"),
        reported("behaviour malignant", "mmr deficient", site="lung"),
        reported("behaviour malignant", "mmr deficient", unclear="mmr"),
        hedged("behaviour malignant", "mmr deficient"),
    ),
    "colorectal-dpyd-unknown": (
        a_dpyd("Normal Metabolizer"),
        reported("behaviour malignant", site="breast"),
        hedged("behaviour malignant"),
        CARCINOMA._replace(drugs=a_drug("capecitabine").drugs),
    ),
    "colorectal-dpyd-poor": (
        a_dpyd("Intermediate Metabolizer"),
        a_dpyd("Normal Metabolizer"),
        CARCINOMA,
        a_dpyd("Poor Metabolizer")._replace(pathology=()),
        a_dpyd("Poor Metabolizer")._replace(drugs=a_drug("capecitabine").drugs),
    ),
    "colorectal-dpyd-intermediate": (
        a_dpyd("Poor Metabolizer"),
        CARCINOMA,
        a_dpyd("Intermediate Metabolizer")._replace(drugs=a_drug("fluorouracil").drugs),
    ),
}


def test_every_rule_is_tried_from_both_sides() -> None:
    assert set(SPEAKS) == set(SILENT) == set(BY_ID)
    assert len(BY_ID) == len(RULES)


@pytest.mark.parametrize(
    ("rule", "index"), [(rule, index) for rule, cases in SPEAKS.items() for index in range(len(cases))]
)
def test_a_rule_speaks_when_its_condition_holds(rule: str, index: int) -> None:
    assert rule in proposals(SPEAKS[rule][index])


@pytest.mark.parametrize(
    ("rule", "index"), [(rule, index) for rule, cases in SILENT.items() for index in range(len(cases))]
)
def test_a_rule_is_silent_when_its_condition_does_not_hold(rule: str, index: int) -> None:
    assert rule not in proposals(SILENT[rule][index])


def test_about_a_patient_of_whom_nothing_is_known_nothing_is_said() -> None:
    assert suggest(Facts(), NOW_S) == ()


@pytest.mark.parametrize(
    "without",
    [
        lambda facts: facts._replace(genes={}),
        lambda facts: facts._replace(drugs=()),
    ],
)
def test_a_gene_without_its_drug_and_a_drug_without_its_gene_say_nothing(without: Callable[[Facts], Facts]) -> None:
    assert suggested(without(a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "clopidogrel"))) == ()


def test_a_result_of_long_ago_speaks_when_the_drug_is_ordered_and_an_old_order_when_the_result_comes() -> None:
    old, new = NOW_S - 400 * DAY_S, NOW_S - 60
    for gene_s, drug_s in ((old, new), (new, old)):
        facts = Facts(
            genes={"CYP2C19": Gene("Poor Metabolizer", gene_s)}, drugs=(Drug("order-1", "clopidogrel", drug_s),)
        )
        assert proposals(facts)["clopidogrel-cyp2c19-poor"].expires_s == new + 7 * DAY_S


# Inputs, missing, contraindications ----------------------------------------------------------------------------------


def test_what_the_rule_looked_at_is_shown_with_its_age_and_what_it_lacks_is_named() -> None:
    facts = an_alarm("sepsis-risk")._replace(readings={"mean_arterial_mmhg": Measured(58.0, NOW_S - 30)}, age_years=60)
    proposal = proposals(facts)["sepsis-blood-cultures"]
    assert [tuple(item) for item in proposal.inputs] == [("mean_arterial_mmhg", 58.0, 30.0)]
    assert proposal.missing == ("systolic_mmhg", "lactate_mmol_per_l", "temperature_celsius")


@pytest.mark.parametrize(("age_s", "known"), [(600.0, True), (600.5, False)])
def test_an_input_that_is_too_old_counts_as_missing(age_s: float, *, known: bool) -> None:
    facts = an_alarm("news2", "high")._replace(readings={"news2_total": Measured(9.0, NOW_S - age_s)})
    proposal = proposals(facts)["news2-response-high"]
    assert ("news2_total" in {item.name for item in proposal.inputs}) is known
    assert ("news2_total" in proposal.missing) is not known


@pytest.mark.parametrize(("age_s", "silent"), [(6 * HOUR_S, True), (6 * HOUR_S + 1, False)])
def test_no_lactate_is_asked_for_while_one_of_the_last_six_hours_is_known(age_s: float, *, silent: bool) -> None:
    facts = an_alarm("sepsis-risk")._replace(readings={"lactate_mmol_per_l": Measured(1.0, NOW_S - age_s)})
    assert ("sepsis-lactate" not in proposals(facts)) is silent


def test_a_lactate_that_was_asked_for_is_shown_by_the_other_reminder() -> None:
    facts = an_alarm("sepsis-risk")._replace(readings=a_lactate(1.5).readings)
    (shown,) = [item for item in proposals(facts)["sepsis-blood-cultures"].inputs if "lactate" in item.name]
    assert (shown.value, shown.age_s) == (1.5, 600.0)


@pytest.mark.parametrize(
    ("allergies", "text", "checked", "to_check"),
    [
        (None, "prasugrel or ticagrelor", (), None),
        ((), "prasugrel or ticagrelor", ("allergy to prasugrel", "allergy to ticagrelor"), None),
        (("Penicillin",), "prasugrel or ticagrelor", ("allergy to prasugrel", "allergy to ticagrelor"), None),
        (("Ticagrelor ",), "consider prasugrel if", ("allergy to prasugrel", "allergy to ticagrelor"), "ticagrelor"),
        (
            ("ticagrelor", "prasugrel 10 mg"),
            "consider an alternative if",
            ("allergy to prasugrel", "allergy to ticagrelor"),
            "prasugrel",
        ),
    ],
)
def test_an_alternative_that_the_patient_is_allergic_to_is_not_named(
    allergies: tuple[str, ...] | None, text: str, checked: tuple[str, ...], to_check: str | None
) -> None:
    facts = a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "clopidogrel")._replace(allergies=allergies)
    proposal = proposals(facts)["clopidogrel-cyp2c19-poor"]
    assert text in proposal.text
    pairs = (
        "contraindicated pairs of prasugrel with other orders",
        "contraindicated pairs of ticagrelor with other orders",
    )
    assert set(proposal.contraindications_checked) == {*checked, *pairs}
    assert ("allergies" in proposal.missing) is (allergies is None)
    recorded = [line for line in proposal.to_check if line.startswith("recorded allergy")]
    assert recorded == [] if to_check is None else f"recorded allergy to {to_check}" in recorded


def test_a_result_always_shows_where_it_comes_from_and_what_it_covered() -> None:
    facts = a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "clopidogrel")
    about = {"source of CYP2C19", "coverage of CYP2C19"}
    unsaid = proposals(facts)["clopidogrel-cyp2c19-poor"]
    assert about <= set(unsaid.missing)
    assert not about & {item.name for item in unsaid.inputs}
    full = facts._replace(genes={"CYP2C19": Gene("Poor Metabolizer", NOW_S - DAY_S, "lab A, array", "full")})
    shown = {item.name: item.value for item in proposals(full)["clopidogrel-cyp2c19-poor"].inputs}
    assert (shown["source of CYP2C19"], shown["coverage of CYP2C19"]) == ("lab A, array", "full")
    assert not about & set(proposals(full)["clopidogrel-cyp2c19-poor"].missing)
    partial = facts._replace(genes={"CYP2C19": Gene("Poor Metabolizer", NOW_S - DAY_S, "lab A, array", "partial")})
    assert any("in part" in line for line in proposals(partial)["clopidogrel-cyp2c19-poor"].to_check)


@pytest.mark.parametrize(
    ("rule", "limit"), [("news2-response-high", 16), ("sepsis-lactate", 18), ("clopidogrel-cyp2c19-poor", 18)]
)
def test_a_patient_younger_than_the_guideline_means_gets_no_proposal(rule: str, limit: float) -> None:
    facts = SPEAKS[rule][0]
    assert rule not in proposals(facts._replace(age_years=limit - 0.1))
    assert rule in proposals(facts._replace(age_years=limit))
    assert "age_years" in proposals(facts)[rule].missing
    assert "age_years" not in proposals(facts._replace(age_years=limit))[rule].missing


def test_a_finding_is_shown_with_where_it_was_read_and_never_with_its_words() -> None:
    shown = {one.name: one.value for one in proposals(BREAST_2)["breast-her2-equivocal"].inputs}
    assert shown == {
        "behaviour": "malignant",
        "behaviour read from": "path-1, characters 10 to 20",
        "her2_ihc": "2+",
        "her2_ihc read from": "path-1, characters 10 to 20",
    }
    assert proposals(BREAST_2)["breast-her2-equivocal"].missing == ("her2_ish",)


def test_another_contradiction_of_the_report_is_to_be_checked() -> None:
    doubtful = reported("behaviour malignant", "pt pT1", "pt pT3", unclear="pt")
    assert "the report contradicts itself about pt" in proposals(doubtful)["colorectal-dpyd-unknown"].to_check


def test_what_parts_of_a_report_show_is_not_put_together() -> None:
    breast, node = Finding("site", "breast", "stated", 0, 6, "A"), Finding("site", "lymph node", "stated", 7, 9, "B")
    score = Finding("her2_ihc", "2+", "stated", 20, 22, "B")
    malignant = Finding("behaviour", "malignant", "stated", 10, 12, "A")
    report = Pathology("path-1", NOW_S - 60, (), (breast, node, malignant, score))
    assert "breast-her2-equivocal" not in proposals(Facts(pathology=(report,)))
    together = report._replace(findings=(breast, malignant, score._replace(part="A")))
    assert "breast-her2-equivocal" in proposals(Facts(pathology=(together,)))


def test_what_the_order_calls_the_specimen_counts_where_the_report_names_no_site() -> None:
    told = a_reading("behaviour malignant", site=None)
    assert "colorectal-dpyd-unknown" not in proposals(Facts(pathology=(told,)))
    assert "colorectal-dpyd-unknown" in proposals(Facts(pathology=(told._replace(sites=("colorectum",)),)))
    named = a_reading("behaviour malignant", site="lung")._replace(sites=("colorectum",))
    assert "colorectal-dpyd-unknown" not in proposals(Facts(pathology=(named,)))


@pytest.mark.parametrize(
    ("facts", "rule", "because", "tail", "inputs"),
    [
        (
            a_lactate(4.0, 600.0),
            "lactate-resuscitation",
            ("lactate_mmol_per_l", NOW_S - 600),
            f"lactate_mmol_per_l@{int((NOW_S - 600) // (6 * HOUR_S))}",
            [("lactate_mmol_per_l", 4.0, 600.0)],
        ),
        (
            an_alarm("mean-arterial-low", "high", began_s=NOW_S - 90),
            "pressure-vasopressor-review",
            ("mean-arterial-low", NOW_S - 90),
            f"mean-arterial-low@{NOW_S - 90!r}",
            [],
        ),
        (
            a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "clopidogrel"),
            "clopidogrel-cyp2c19-poor",
            ("CYP2C19", NOW_S - DAY_S),
            "CYP2C19+clopidogrel",
            [("CYP2C19", "Poor Metabolizer", DAY_S), ("drug", "clopidogrel", HOUR_S)],
        ),
        (A_LESION, "lesion-communication", ("1.2.3", NOW_S - 60), "1.2.3", [("suspicious_probability", 0.9, 60.0)]),
        (
            a_drug("capecitabine"),
            "fluoropyrimidine-dpyd-unknown",
            ("order-1", NOW_S - HOUR_S),
            "capecitabine",
            [("drug", "capecitabine", HOUR_S)],
        ),
        (
            reported("behaviour malignant", "mmr deficient"),
            "colorectal-repair-deficient",
            ("path-1", NOW_S - 60),
            "path-1+deficient+malignant",
            [
                ("behaviour", "malignant", 60.0),
                ("behaviour read from", "path-1, characters 10 to 20", 60.0),
                ("mmr", "deficient", 60.0),
                ("mmr read from", "path-1, characters 10 to 20", 60.0),
            ],
        ),
    ],
    ids=["laboratory", "alarm", "gene", "lesion", "order", "report"],
)
def test_a_proposal_names_what_brought_it_about_when_and_what_was_looked_at(
    facts: Facts, rule: str, because: tuple[str, float], tail: str, inputs: list[tuple[str, float | str, float]]
) -> None:
    proposal = proposals(facts)[rule]
    assert tuple(proposal.because) == because
    assert proposal.key == f"{rule}/{BY_ID[rule].version}|{tail}"
    assert (proposal.rule, proposal.version, proposal.citation) == (rule, BY_ID[rule].version, BY_ID[rule].citation)
    assert [tuple(one) for one in proposal.inputs] == inputs


# Keys, validity, order -----------------------------------------------------------------------------------------------


def test_a_proposal_keeps_its_key_for_as_long_as_its_cause_lasts() -> None:
    facts = an_alarm("news2", "high")
    later = facts._replace(readings={"news2_total": Measured(12.0, NOW_S + 500)})
    assert suggest(facts, NOW_S)[0].key == suggest(later, NOW_S + 600)[0].key


def test_lactates_in_a_row_make_one_reminder_and_a_much_worse_one_makes_its_own() -> None:
    span_began_s = NOW_S // (6 * HOUR_S) * 6 * HOUR_S
    taken = [(2.5, span_began_s), (3.9, span_began_s + 3 * HOUR_S), (4.5, span_began_s + 6 * HOUR_S - 1)]
    made = [
        {one.key for one in suggest(Facts(readings={"lactate_mmol_per_l": Measured(value, time_s)}), time_s)}
        for value, time_s in taken
    ]
    assert made[0] == made[1] < made[2]
    assert {key.split("/")[0] for key in made[2] - made[1]} == {"lactate-resuscitation"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (an_alarm("news2", "high"), an_alarm("news2", "high", began_s=NOW_S - 61)),
        (a_lactate(3.0, 0.0), a_lactate(3.0, 6 * HOUR_S)),
        (A_LESION, Facts(lesions=(Lesion("1.2.4", 0.9, NOW_S - 60),))),
        (
            a_gene_and_a_drug("HLA-B*15:02", "positive", "phenytoin"),
            a_gene_and_a_drug("HLA-B*15:02", "positive", "fosphenytoin"),
        ),
        (an_alarm("news2", "high"), an_alarm("news2", "medium")),
    ],
)
def test_another_cause_makes_another_key(one: Facts, other: Facts) -> None:
    assert not {item.key for item in suggested(one)} & {item.key for item in suggested(other)}


def test_two_orders_of_a_drug_and_a_result_that_is_sent_again_are_the_same_cause() -> None:
    once = a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "clopidogrel")
    again = once._replace(
        genes={"CYP2C19": Gene("Poor Metabolizer", NOW_S)},
        drugs=(*once.drugs, Drug("order-2", "clopidogrel", NOW_S)),
    )
    assert [item.key for item in suggest(once, NOW_S)] == [item.key for item in suggest(again, NOW_S)]


def test_two_drugs_and_two_studies_make_a_proposal_each() -> None:
    drugs = (Drug("a", "fluorouracil", NOW_S), Drug("b", "tegafur", NOW_S))
    assert len({item.key for item in suggested(Facts(drugs=drugs))}) == 2
    studies = Facts(lesions=(Lesion("1", 0.8, NOW_S), Lesion("2", 0.9, NOW_S)))
    assert len({item.key for item in suggest(studies, NOW_S)}) == 2


@pytest.mark.parametrize("rule", SPEAKS)
def test_a_proposal_expires_and_is_not_made_again_for_the_same_cause(rule: str) -> None:
    proposal = proposals(SPEAKS[rule][0])[rule]
    assert NOW_S < proposal.expires_s <= NOW_S + BY_ID[rule].valid_s
    assert rule not in proposals(SPEAKS[rule][0], proposal.expires_s)


def test_an_alarm_that_grew_worse_late_still_gets_its_response() -> None:
    began_s = NOW_S - 10 * HOUR_S
    facts = Facts(alarms={"news2": ActiveAlarm(began_s, "high", NOW_S - 60)})
    proposal = proposals(facts)["news2-response-high"]
    assert tuple(proposal.because) == ("news2", began_s)
    assert proposal.expires_s > NOW_S


EVERYTHING = Facts(
    readings={"lactate_mmol_per_l": Measured(5.0, NOW_S - 60), "news2_total": Measured(9.0, NOW_S)},
    alarms={
        name: ActiveAlarm(NOW_S - 60, "medium", NOW_S - 60) for name in ("news2", "sepsis-risk", "mean-arterial-low")
    },
    genes={"CYP2C19": Gene("Poor Metabolizer", NOW_S), "HLA-B*15:02": Gene("positive", NOW_S)},
    drugs=tuple(Drug(name, name, NOW_S) for name in ("voriconazole", "clopidogrel", "phenytoin", "carbamazepine")),
    lesions=A_LESION.lesions,
    allergies=(),
    age_years=70.0,
)


@settings(deadline=None)
@given(st.permutations(EVERYTHING.drugs), st.permutations(sorted(EVERYTHING.alarms)), st.floats(0, DAY_S))
def test_the_same_facts_in_any_order_give_the_same_proposals_in_the_order_of_the_rules(
    drugs: list[Drug], conditions: list[str], later_s: float
) -> None:
    shuffled = EVERYTHING._replace(drugs=tuple(drugs), alarms={name: EVERYTHING.alarms[name] for name in conditions})
    one, other = suggest(EVERYTHING, NOW_S + later_s), suggest(shuffled, NOW_S + later_s)
    assert one == other
    order = [rule.id for rule in (*RULES, *ORDER_RULES)]
    places = [order.index(proposal.rule) for proposal in one]
    assert places == sorted(places)
    assert len({proposal.key for proposal in one}) == len(one)


# What a rule must be, and must never say -----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_names_its_guideline_edition_reference_and_strength(rule: Rule) -> None:
    assert all(rule.citation)
    assert re.match(
        r"doi:10\.\d{4}|Royal College|American College|https://www\.(ema\.europa\.eu|nice\.org\.uk)/",
        rule.citation.reference,
    )


@pytest.mark.parametrize("rule", SPEAKS)
def test_no_proposal_names_a_dose_or_gives_an_order(rule: str) -> None:
    for facts in SPEAKS[rule]:
        text = proposals(facts)[rule].text
        assert not re.search(r"\d\s*(mg|g|mcg|µg|ug|ml|mL|units?|mg/kg|mL/kg|times)\b", text)
        assert not re.search(r"\b(give|administer|order|start|prescribe|infuse)\b", text, re.IGNORECASE)
        assert "{" not in text


def test_every_input_that_a_rule_asks_for_is_one_that_the_wire_carries() -> None:
    carried = {*NUMERICS, *ANALYTES, "news2_total"}
    asked = {need.name for rule in RULES for need in (*rule.needs, *rule.unless)}
    assert asked <= carried


def test_the_news2_response_is_that_of_the_response_table() -> None:
    for row in news2.RESPONSES[1:]:
        text = BY_ID[f"news2-response-{row.band}"].text
        assert row.monitoring in text
        assert row.response in text


@pytest.mark.parametrize(
    ("facts", "rule", "standing"),
    [
        (a_lactate(4.0), "lactate-resuscitation", False),
        (an_alarm("mean-arterial-low", "high"), "pressure-vasopressor-review", False),
        (a_gene_and_a_drug("CYP2C19", "Poor Metabolizer", "clopidogrel"), "clopidogrel-cyp2c19-poor", True),
        (A_LESION, "lesion-communication", True),
        (CARCINOMA, "pathology-malignancy-communication", True),
    ],
)
def test_what_rests_on_an_alarm_or_a_value_does_not_stand_for_long(facts: Facts, rule: str, *, standing: bool) -> None:
    assert proposals(facts)[rule].standing is standing
