"""The treatment rules: one row for each statement of a guideline, with its source and its strength there.

The wording is ours and short, and sends the reader to the source. A statement that could not be read in a primary
source is not encoded. Durations, ages of inputs and lists of checks are ours unless the row says otherwise.
"""

from typing import Final, Literal, NamedTuple

from models.scores.news2 import MIN_AGE_YEARS, RESPONSES, Response
from models.treatment.safety.conditions import Condition
from schemas.alerts import Priority

HOUR_S: Final = 3600.0
DAY_S: Final = 24 * HOUR_S


class Citation(NamedTuple):
    """The source of a rule; `strength` is the strength of recommendation in the guideline's own words."""

    guideline: str
    edition: str
    reference: str
    strength: str


class Voice(NamedTuple):
    """What another guideline says of the same, where it differs."""

    text: str
    citation: Citation


class AlarmIsOn(NamedTuple):
    """Holds while an alarm episode of the condition is on; with `priority`, only while it has that priority."""

    condition: str
    priority: Priority | None = None


class LabBeyond(NamedTuple):
    """Holds while the latest result is above the limit (or on it, where `inclusive`) and not older than `max_age_s`.

    Results that fall into the same span of the rule's validity are one cause, so that they make one reminder.
    """

    name: str
    limit: float
    inclusive: bool
    max_age_s: float


class GeneMeetsDrug(NamedTuple):
    """Holds while one of the drugs is ordered or given to a patient with one of the phenotypes of the gene.

    With `activity` the result's activity score has to be one of these, with `other_activity` none of those.
    """

    gene: str  # or an allele, whose phenotypes are positive and negative
    phenotypes: tuple[str, ...]
    drugs: tuple[str, ...]
    activity: tuple[str, ...] = ()
    other_activity: tuple[str, ...] = ()


class LesionIsSuspicious(NamedTuple):
    """Holds for every study but those of the retina whose preliminary report calls a lesion suspicious."""


class RetinaShows(NamedTuple):
    """Holds for every study of the retina of whose preliminary report one of these is the worst grade, or a finding."""

    findings: tuple[str, ...]


class DrugWithoutGene(NamedTuple):
    """Holds while one of the drugs is ordered or given and the gene has no result that could rule it out.

    That is no result at all, none that is a call, or a normal one of an assay that covered the gene in part.
    """

    gene: str
    drugs: tuple[str, ...]


class TableSays(NamedTuple):
    """Holds while the drug is ordered or given and CPIC's table advises something for the genes that are known."""

    drug: str


class ReportShows(NamedTuple):
    """Holds for every pathology report of which one part is from the site and states one of the values of each name.

    Further conditions, each only where it is given:

    lacks          no report on the site says anything under these names
    gene           the gene has one of `phenotypes`; without `phenotypes` it has no result that could rule it out
    without_drugs  none of these drugs is ordered
    unsuspected    no suspicious study of the specimen's site is known
    """

    site: str | None
    shows: tuple[tuple[str, tuple[str, ...]], ...]
    lacks: tuple[str, ...] = ()
    gene: str | None = None
    phenotypes: tuple[str, ...] = ()
    without_drugs: tuple[str, ...] = ()
    unsuspected: bool = False


class VariantFound(NamedTuple):
    """Holds while a laboratory reports a pathogenic or likely pathogenic variant of the gene that is not somatic.

    reports  which variants: `any`; those on `two copies`, as one homozygous or two of them; `no lone heterozygous` one
             of a gene on the X chromosome; `truncating` ones; `C282Y twice`
    """

    gene: str
    condition: str
    reports: Literal["any", "two copies", "no lone heterozygous", "truncating", "C282Y twice"] = "any"


When = (
    AlarmIsOn
    | LabBeyond
    | GeneMeetsDrug
    | LesionIsSuspicious
    | RetinaShows
    | DrugWithoutGene
    | ReportShows
    | TableSays
    | VariantFound
    | Condition
)


class Need(NamedTuple):
    """An input that a reader of the proposal needs. Older than `max_age_s` it counts as missing."""

    name: str
    max_age_s: float


class Rule(NamedTuple):
    """A statement of a guideline, the condition under which it applies, and what has to be known or checked first."""

    id: str
    version: str
    when: When
    text: str
    citation: Citation
    valid_s: float
    needs: tuple[Need, ...] = ()
    unless: tuple[Need, ...] = ()  # the rule is silent where one of these is known and recent enough
    alternatives: tuple[str, ...] = ()  # drugs that the text names, less those that a check of orders speaks against
    to_check: tuple[str, ...] = ()
    min_age_years: float = 0.0
    voices: tuple[Voice, ...] = ()
    below_age_years: float | None = None  # then the rule is silent where the age is not known, too


# fmt: off
_NEWS2 = Citation("National Early Warning Score (NEWS) 2", "RCP 2017",
                  "Royal College of Physicians 2017, ISBN 978-1-86016-682-2", "response table, not graded")
_ADA_RETINA = Citation("American Diabetes Association: Diabetic Retinopathy, a Position Statement", "2017",
                       "doi:10.2337/dc16-2641", "table 4, not graded")
_ICO_RETINA = Citation("ICO Guidelines for Diabetic Eye Care", "updated 2017, high-resource settings",
                       "doi:10.1016/j.ophtha.2018.04.007", "not graded")
_EYES = ("known eye disease and its treatment", "sight, and both eyes",
         "the model's limits: its report is preliminary")
_SSC_BUNDLE = Citation("Surviving Sepsis Campaign hour-1 bundle", "2018",
                       "doi:10.1007/s00134-018-5085-0", "bundle element")
_SSC_2021 = "Surviving Sepsis Campaign guidelines for sepsis and septic shock"
_SSC_2021_DOI = "doi:10.1007/s00134-021-06506-y"
_NEWER = "a later edition (SSC 2026, doi:10.1097/CCM.0000000000007075) is not encoded here: compare with it"

def _cpic(title: str, edition: str, doi: str, strength: str) -> Citation:
    return Citation(f"CPIC guideline for {title}", edition, f"doi:{doi}", strength)

_CPIC_DPYD_POOR = _cpic("DPYD and fluoropyrimidines", "2017 update, revised on line 2018", "10.1002/cpt.911", "Strong")
_CPIC_DPYD_INTERMEDIATE = _CPIC_DPYD_POOR._replace(strength="Strong (activity score 1), Moderate (1.5)")
_CPIC_DPYD_1 = _CPIC_DPYD_POOR._replace(strength="Strong (activity score 1)")
_CPIC_DPYD_1_5 = _CPIC_DPYD_POOR._replace(strength="Moderate (activity score 1.5)")
_CPIC_WARFARIN = _cpic("CYP2C9, VKORC1, CYP4F2 and warfarin", "2017 update", "10.1002/cpt.668",
                       "see the guideline: by ancestry, age and gene")
_CPIC_METOPROLOL = _cpic("CYP2D6 and beta-blockers", "2024", "10.1002/cpt.3351", "Moderate")
_CPIC_HYDRALAZINE = _cpic("NAT2 and hydralazine", "2025", "10.1002/cpt.70071", "not read: see the guideline's table 2")
_CPIC_VORICONAZOLE = _cpic("CYP2C19 and voriconazole", "2017", "10.1002/cpt.583", "Moderate")
_EMA_DPD = Citation("EMA recommendations on DPD testing prior to treatment with fluorouracil and related substances",
                    "30 April 2020", "https://www.ema.europa.eu/en/news/ema-recommendations-dpd-testing-prior-treatment-"
                    "fluorouracil-capecitabine-tegafur-flucytosine", "recommended")

def _nice_lynch(what: str) -> Citation:
    return Citation("NICE DG27, molecular testing for Lynch syndrome in people with colorectal cancer",
                    f"2017, {what}", "https://www.nice.org.uk/guidance/dg27", "offer testing")

_PRESSURE = (Need("mean_arterial_mmhg", 600.0), Need("systolic_mmhg", HOUR_S))
_LACTATE = Need("lactate_mmol_per_l", 6 * HOUR_S)
_NAIVE = "whether the patient took it before without a reaction: the statement is for those who did not"
_OTHER_LACTATE = "other causes of a high lactate"
_OTHER_CAUSES = "other causes of a low pressure: bleeding, heart, drugs, a transducer out of level"

_CPIC_FLUOROPYRIMIDINES = ("fluorouracil", "capecitabine")
_POOR = ("Poor Metabolizer", "Likely Poor Metabolizer", "Possible Poor Metabolizer")
_INTERMEDIATE = ("Intermediate Metabolizer", "Likely Intermediate Metabolizer", "Possible Intermediate Metabolizer")
_FLUOROPYRIMIDINES = (*_CPIC_FLUOROPYRIMIDINES, "tegafur")
_ACTIVITY = "DPYD activity score, and what a phenotyping test says where there is one"
_HALF = ("the guideline starts at 50 % of the usual dose and then adjusts it by tolerance, or by drug monitoring "
         "where it can be had")
_HOMOZYGOUS = "whether c.2846A>T is homozygous: the guideline says that it may need less than half of the dose"
_FOUR_VARIANTS = "which DPYD variants were looked for: a test of some does not exclude the others"
_ANTIFUNGALS = ("liposomal amphotericin b", "posaconazole")
_ON_VORICONAZOLE = ("the fungus and its susceptibility", "liver and kidney function", "voriconazole level")
_TOPICAL = "the route: fluorouracil on the skin is not meant"
_MALIGNANT = (("behaviour", ("malignant",)),)
_ANY_MALIGNANT = (("behaviour", ("malignant", "metastatic")),)
_READ = "the report itself: it was read by a program"
_PRIMARY = "that the carcinoma began in the colon or rectum"

_BANDS: Final[tuple[tuple[Priority, str], ...]] = (("low", "low-medium"), ("medium", "medium"), ("high", "high"))
_RESPONSE: Final[dict[str, Response]] = {row.band: row for row in RESPONSES}

RULES: Final[tuple[Rule, ...]] = (
    *(Rule(f"news2-response-{band}", "1", AlarmIsOn("news2", priority),
           f"NEWS2 clinical risk is {band}. The response table asks to monitor {_RESPONSE[band].monitoring}, and "
           f"for {_RESPONSE[band].response}.",
           _NEWS2, 4 * HOUR_S,
           needs=(Need("news2_total", 600.0),),
           to_check=("pregnancy: NEWS2 is not meant for it", "a ceiling of care that was agreed"),
           min_age_years=MIN_AGE_YEARS)
      for priority, band in _BANDS),

    Rule("sepsis-lactate", "1", AlarmIsOn("sepsis-risk"),
         "The forecast of sepsis is over its alarm threshold and no lactate of the last 6 hours is known: consider "
         "measuring it if infection is suspected.",
         _SSC_BUNDLE, 6 * HOUR_S, needs=(*_PRESSURE, Need("news2_total", 600.0)), unless=(_LACTATE,),
         to_check=("whether infection is likely", _NEWER), min_age_years=18),
    Rule("sepsis-blood-cultures", "1", AlarmIsOn("sepsis-risk"),
         "The forecast of sepsis is over its alarm threshold: if infection is suspected, consider blood cultures "
         "before antibiotics are given.",
         _SSC_BUNDLE, 6 * HOUR_S, needs=(*_PRESSURE, _LACTATE, Need("temperature_celsius", 6 * HOUR_S)),
         to_check=("whether infection is likely", "antibiotics that were given already", "allergies", "kidney function",
                   "pregnancy", "weight", _NEWER), min_age_years=18),
    Rule("lactate-remeasure", "1", LabBeyond("lactate_mmol_per_l", 2.0, inclusive=False, max_age_s=6 * HOUR_S),
         "Lactate is above 2 mmol/L: if sepsis is suspected, consider measuring it again.",
         _SSC_BUNDLE, 6 * HOUR_S, needs=_PRESSURE,
         to_check=(_OTHER_LACTATE, _NEWER), min_age_years=18),
    Rule("lactate-resuscitation", "1", LabBeyond("lactate_mmol_per_l", 4.0, inclusive=True, max_age_s=6 * HOUR_S),
         "Lactate is 4 mmol/L or more: if sepsis is suspected, the bundle names crystalloid resuscitation; review the "
         "patient's fluids.",
         _SSC_BUNDLE, 6 * HOUR_S, needs=_PRESSURE,
         to_check=("signs of fluid overload, heart and kidney function", "weight", _OTHER_LACTATE, _NEWER),
         min_age_years=18),
    Rule("pressure-vasopressor-review", "1", AlarmIsOn("mean-arterial-low"),
         "Mean arterial pressure is below 65 mmHg: if sepsis is suspected and it stays there during or after fluids, "
         "consider a review for vasopressors.",
         _SSC_BUNDLE, 2 * HOUR_S, needs=(*_PRESSURE, _LACTATE),
         to_check=(_OTHER_CAUSES, "a personal pressure target", _NEWER), min_age_years=18),
    Rule("pressure-fluid-responsiveness", "1", AlarmIsOn("mean-arterial-low"),
         "Mean arterial pressure is below 65 mmHg: if sepsis is suspected, consider dynamic measures (such as a "
         "passive leg raise) to judge whether more fluid would help.",
         Citation(_SSC_2021, "2021, recommendation 6", _SSC_2021_DOI, "Weak recommendation, very low-quality evidence"),
         2 * HOUR_S, needs=(*_PRESSURE, _LACTATE), to_check=(_OTHER_CAUSES, _NEWER), min_age_years=18),

    Rule("clopidogrel-cyp2c19-poor", "1",
         GeneMeetsDrug("CYP2C19", _POOR, ("clopidogrel",)),
         "CYP2C19 poor metabolizer on clopidogrel: after an acute coronary syndrome or PCI avoid it if possible; "
         "consider {alternatives} if there is no contraindication.",
         _cpic("CYP2C19 and clopidogrel", "2022 update", "10.1002/cpt.2526", "Strong (ACS, PCI)"), 7 * DAY_S,
         alternatives=("prasugrel", "ticagrelor"),
         to_check=("the indication", "bleeding, earlier stroke or TIA"), min_age_years=18),
    Rule("clopidogrel-cyp2c19-intermediate", "1",
         GeneMeetsDrug("CYP2C19", _INTERMEDIATE, ("clopidogrel",)),
         "CYP2C19 intermediate metabolizer on clopidogrel: after an acute coronary syndrome or PCI avoid the standard "
         "dose if possible; consider {alternatives} if there is no contraindication.",
         _cpic("CYP2C19 and clopidogrel", "2022 update", "10.1002/cpt.2526", "Strong (ACS, PCI)"), 7 * DAY_S,
         alternatives=("prasugrel", "ticagrelor"),
         to_check=("the indication", "bleeding, earlier stroke or TIA"), min_age_years=18),
    Rule("voriconazole-cyp2c19-poor", "1", GeneMeetsDrug("CYP2C19", _POOR, ("voriconazole",)),
         "CYP2C19 poor metabolizer on voriconazole: consider an agent that does not depend on CYP2C19, such as "
         "{alternatives}.",
         _CPIC_VORICONAZOLE, 7 * DAY_S, alternatives=_ANTIFUNGALS, to_check=_ON_VORICONAZOLE),
    Rule("voriconazole-cyp2c19-rapid", "1", GeneMeetsDrug("CYP2C19", ("Rapid Metabolizer",), ("voriconazole",)),
         "CYP2C19 rapid metabolizer on voriconazole: levels below target are likely in an adult; consider an agent "
         "that does not depend on CYP2C19, such as {alternatives}.",
         _CPIC_VORICONAZOLE, 7 * DAY_S, alternatives=_ANTIFUNGALS, to_check=_ON_VORICONAZOLE, min_age_years=18),
    Rule("voriconazole-cyp2c19-rapid-child", "1", GeneMeetsDrug("CYP2C19", ("Rapid Metabolizer",), ("voriconazole",)),
         "CYP2C19 rapid metabolizer on voriconazole: for a child the guideline keeps the usual first dose and lets "
         "drug monitoring guide the rest.",
         _CPIC_VORICONAZOLE, 7 * DAY_S, to_check=_ON_VORICONAZOLE, below_age_years=18),
    Rule("voriconazole-cyp2c19-ultrarapid", "1",
         GeneMeetsDrug("CYP2C19", ("Ultrarapid Metabolizer",), ("voriconazole",)),
         "CYP2C19 ultrarapid metabolizer on voriconazole: levels below target are likely; consider an agent that does "
         "not depend on CYP2C19, such as {alternatives}.",
         _CPIC_VORICONAZOLE, 7 * DAY_S, alternatives=_ANTIFUNGALS, to_check=_ON_VORICONAZOLE),
    # The guideline is no table but a dose that is calculated: which one is nothing that a proposal says.
    *(Rule(f"warfarin-{gene.lower()}", "1", GeneMeetsDrug(gene, phenotypes, ("warfarin",)),
           f"{what} and warfarin: the usual first dose is often too high; the guideline lets a published algorithm "
           "with CYP2C9 and VKORC1 guide the first doses where the patient's ancestry allows it.",
           _CPIC_WARFARIN, 7 * DAY_S,
           to_check=("INR, and whether warfarin has been adjusted to it already", "the other genes of the algorithm",
                     "age, weight, ancestry and interacting drugs"))
      for gene, phenotypes, what in (
          ("CYP2C9", (*_POOR, *_INTERMEDIATE), "CYP2C9 poor or intermediate metabolizer"),
          ("VKORC1", ("-1639 AG", "-1639 AA"), "VKORC1 -1639 A allele"))),
    # Both guidelines are newer than the edition of CPIC's table.
    Rule("metoprolol-cyp2d6-poor", "1", GeneMeetsDrug("CYP2D6", _POOR, ("metoprolol",)),
         "CYP2D6 poor metabolizer on metoprolol: the guideline begins with the lowest starting dose, raises it with "
         "care and watches for bradycardia, or considers another beta-blocker.",
         _CPIC_METOPROLOL, 7 * DAY_S,
         to_check=("heart rate and blood pressure",
                   "whether it is well tolerated already: the guideline then finds a change probably unnecessary")),
    Rule("hydralazine-nat2-poor", "1", GeneMeetsDrug("NAT2", _POOR, ("hydralazine",)),
         "NAT2 poor metabolizer (slow acetylator) on hydralazine: the guideline expects higher levels, and so more "
         "effect and more adverse effects, drug-induced lupus among them. See there for what it recommends.",
         _CPIC_HYDRALAZINE, 7 * DAY_S,
         to_check=("the guideline itself: its recommendation is not encoded", "blood pressure, signs of lupus")),
    Rule("tacrolimus-cyp3a5-expresser", "1",
         GeneMeetsDrug("CYP3A5", ("Normal Metabolizer", *_INTERMEDIATE), ("tacrolimus",)),
         "CYP3A5 expresser on tacrolimus: the usual first dose often leaves the level below target; see the guideline "
         "for the beginning, and let drug monitoring guide the rest.",
         _cpic("CYP3A5 and tacrolimus", "2015", "10.1002/cpt.113", "Strong"), 7 * DAY_S,
         to_check=("tacrolimus level", "the transplanted organ: a liver has its donor's genotype", "kidney function",
                   "interacting drugs")),
    Rule("abacavir-hla-b-57-01", "1",
         GeneMeetsDrug("HLA-B*57:01", ("positive",), ("abacavir",)),
         "HLA-B*57:01 positive and abacavir: abacavir is not recommended (hypersensitivity).",
         _cpic("HLA-B and abacavir", "2014 update", "10.1038/clpt.2014.38", "Strong"), 7 * DAY_S,
         to_check=("signs of hypersensitivity, if it was given already",)),
    Rule("carbamazepine-hla-b-15-02", "1",
         GeneMeetsDrug("HLA-B*15:02", ("positive",), ("carbamazepine", "oxcarbazepine")),
         "HLA-B*15:02 positive and carbamazepine or oxcarbazepine: do not use it in a patient who never took it "
         "(Stevens-Johnson syndrome, toxic epidermal necrolysis).",
         _cpic("HLA and carbamazepine, oxcarbazepine", "2017 update", "10.1002/cpt.1004", "Strong"), 7 * DAY_S,
         to_check=(_NAIVE, "skin and mucosa")),
    Rule("phenytoin-hla-b-15-02", "1",
         GeneMeetsDrug("HLA-B*15:02", ("positive",), ("phenytoin", "fosphenytoin")),
         "HLA-B*15:02 positive and phenytoin or fosphenytoin: do not use it in a patient who never took it; avoid "
         "carbamazepine and oxcarbazepine as well.",
         _cpic("CYP2C9, HLA-B and phenytoin", "2020 update", "10.1002/cpt.2008", "Strong"), 7 * DAY_S,
         to_check=(_NAIVE, "skin and mucosa")),

    Rule("fluoropyrimidine-dpyd-poor", "2", GeneMeetsDrug("DPYD", _POOR, _CPIC_FLUOROPYRIMIDINES),
         "DPYD poor metabolizer on a fluoropyrimidine: avoid fluorouracil and drugs that become fluorouracil. Only "
         "with activity score 0.5, and where no alternative is suitable, does the guideline speak of a strongly "
         "reduced dose with early drug monitoring.",
         _CPIC_DPYD_POOR, 7 * DAY_S,
         to_check=(_ACTIVITY, _FOUR_VARIANTS, _TOPICAL), min_age_years=18),
    Rule("fluoropyrimidine-dpyd-activity-1", "1",
         GeneMeetsDrug("DPYD", _INTERMEDIATE, _CPIC_FLUOROPYRIMIDINES, activity=("1.0",)),
         f"DPYD intermediate metabolizer with activity score 1 on a fluoropyrimidine: {_HALF}.",
         _CPIC_DPYD_1, 7 * DAY_S, to_check=(_HOMOZYGOUS, _FOUR_VARIANTS, _TOPICAL), min_age_years=18),
    # The guideline of 2017 said 25 to 50 % less for activity score 1.5; its revision on line of November 2018 made that
    # 50 % less, after Henricks 2018 (doi:10.1016/S1470-2045(18)30686-7), and left the strength as it was.
    Rule("fluoropyrimidine-dpyd-activity-1-5", "1",
         GeneMeetsDrug("DPYD", _INTERMEDIATE, _CPIC_FLUOROPYRIMIDINES, activity=("1.5",)),
         f"DPYD intermediate metabolizer with activity score 1.5 on a fluoropyrimidine: since its revision of 2018 "
         f"{_HALF}.",
         _CPIC_DPYD_1_5, 7 * DAY_S, to_check=(_FOUR_VARIANTS, _TOPICAL), min_age_years=18),
    Rule("fluoropyrimidine-dpyd-intermediate", "2",
         GeneMeetsDrug("DPYD", _INTERMEDIATE, _CPIC_FLUOROPYRIMIDINES, other_activity=("1.0", "1.5")),
         f"DPYD intermediate metabolizer on a fluoropyrimidine: {_HALF}.",
         _CPIC_DPYD_INTERMEDIATE, 7 * DAY_S,
         to_check=(_ACTIVITY, _HOMOZYGOUS, _FOUR_VARIANTS, _TOPICAL), min_age_years=18),
    Rule("tegafur-dpyd-poor", "1", GeneMeetsDrug("DPYD", _POOR, ("tegafur",)),
         "DPYD poor metabolizer on tegafur, which becomes fluorouracil: with complete lack of dihydropyrimidine "
         "dehydrogenase the agency says that it must not be used.",
         _EMA_DPD._replace(strength="contraindicated"), 7 * DAY_S,
         to_check=(_ACTIVITY, "uracil in blood, the other way to test", _FOUR_VARIANTS)),
    Rule("tegafur-dpyd-intermediate", "1", GeneMeetsDrug("DPYD", _INTERMEDIATE, ("tegafur",)),
         "DPYD intermediate metabolizer on tegafur, which becomes fluorouracil: with partial lack of dihydropyrimidine "
         "dehydrogenase the agency lets a lower first dose be considered.",
         _EMA_DPD._replace(strength="may be considered"), 7 * DAY_S,
         to_check=(_ACTIVITY, "uracil in blood, the other way to test", _FOUR_VARIANTS)),
    Rule("fluoropyrimidine-dpyd-unknown", "2", DrugWithoutGene("DPYD", _FLUOROPYRIMIDINES),
         "Fluorouracil or a drug that becomes it is ordered and no result for DPYD is known that could rule out a lack "
         "of its enzyme: a test for lack of dihydropyrimidine dehydrogenase is recommended before treatment.",
         _EMA_DPD, 7 * DAY_S,
         to_check=("uracil in blood, the other way to test", "whether treatment has begun", _TOPICAL)),

    Rule("lesion-communication", "1", LesionIsSuspicious(),
         "A preliminary model report calls a lesion suspicious: a radiologist has to read the study; a finding that is "
         "confirmed and was not expected should reach the treating team directly.",
         Citation("ACR practice parameter for communication of diagnostic imaging findings", "revised 2020",
                  "American College of Radiology, Resolution 37 (2020)", "practice parameter, not graded"),
         7 * DAY_S, to_check=("earlier images", "known disease", "the model's limits: its report is preliminary")),
    Rule("retinopathy-moderate-referral", "1", RetinaShows(("grade_2",)),
         "A preliminary model report grades the retinopathy as moderate non-proliferative: the position statement "
         "refers to an ophthalmologist within 3 to 6 months.",
         _ADA_RETINA, 28 * DAY_S, to_check=_EYES),
    Rule("retinopathy-severe-referral", "1", RetinaShows(("grade_3", "grade_4")),
         "A preliminary model report grades the retinopathy as severe non-proliferative or proliferative: the position "
         "statement refers to an ophthalmologist at once.",
         _ADA_RETINA, 7 * DAY_S, to_check=_EYES,
         voices=(Voice("A referral, and an examination in less than 3 months for a severe and in less than 1 month for "
                       "a proliferative retinopathy.", _ICO_RETINA),)),
    Rule("retinopathy-ungraded-referral", "1", RetinaShows(("undecided",)),
         "A preliminary model report suspects referable retinopathy and is not sure of it: from the moderate grade on, "
         "which a person has to judge, the position statement refers to an ophthalmologist.",
         _ADA_RETINA, 28 * DAY_S, to_check=_EYES),
    Rule("macular-oedema-referral", "1", RetinaShows(("macular_oedema",)),
         "A preliminary model report calls macular oedema present, and a photograph does not tell how near the centre: "
         "the position statement refers at once where the centre is involved, else within 3 to 6 months.",
         _ADA_RETINA, 7 * DAY_S, to_check=_EYES),
    Rule("pathology-malignancy-communication", "1", ReportShows(None, _ANY_MALIGNANT, unsuspected=True),
         "A pathology report states malignancy and no suspicious study of the site is known: where it was not "
         "expected, the pathologist's direct word to the treating team should be on record.",
         Citation("CAP and ADASP consensus statement on urgent and significant, unexpected diagnoses",
                  "2012, reaffirmed 2017", "doi:10.5858/arpa.2011-0400-SA", "expert consensus statement"),
         7 * DAY_S, to_check=(_READ, "whether malignancy was known or suspected before")),
    Rule("breast-her2-equivocal", "1", ReportShows("breast", (*_MALIGNANT, ("her2_ihc", ("2+",))), lacks=("her2_ish",)),
         "HER2 is equivocal (2+) by immunohistochemistry and no in situ hybridisation is known: the guideline asks for "
         "a reflex test on the same specimen, or for a new test.",
         Citation("ASCO/CAP guideline for HER2 testing in breast cancer", "2018, affirmed 2023",
                  "doi:10.1200/JCO.2018.77.8738", "Strong Recommendation; EB-H"),
         14 * DAY_S, to_check=(_READ, "a test that is under way", "that the carcinoma is invasive")),
    Rule("colorectal-mismatch-repair-unknown", "1", ReportShows("colorectum", _MALIGNANT, lacks=("mmr", "msi")),
         "Colorectal carcinoma is reported and neither mismatch repair nor microsatellite status is known: the "
         "guidance offers this test to all when first diagnosed.",
         _nice_lynch("recommendation 1.1"), 14 * DAY_S,
         to_check=(_READ, _PRIMARY, "a test that is under way, or of an earlier specimen")),
    Rule("colorectal-repair-deficient", "1",
         ReportShows("colorectum", (*_MALIGNANT, ("mmr", ("deficient",)))),
         "Colorectal carcinoma with deficient mismatch repair: the guidance goes on step by step to germline testing "
         "for Lynch syndrome; with loss of MLH1, after BRAF V600E and MLH1 promoter methylation.",
         _nice_lynch("recommendations 1.1 to 1.3"), 14 * DAY_S,
         to_check=(_READ, _PRIMARY, "BRAF V600E and MLH1 promoter methylation", "consent and genetic counselling")),
    Rule("colorectal-dpyd-unknown", "2",
         ReportShows("colorectum", _MALIGNANT, gene="DPYD", without_drugs=_FLUOROPYRIMIDINES),
         "Colorectal carcinoma is reported and no result for DPYD is known that could rule out a lack of its enzyme: "
         "if a fluoropyrimidine is considered, a test for lack of dihydropyrimidine dehydrogenase is recommended "
         "before treatment.",
         _EMA_DPD, 14 * DAY_S, to_check=(_READ, _PRIMARY, "uracil in blood, the other way to test")),
    Rule("colorectal-dpyd-poor", "1",
         ReportShows("colorectum", _MALIGNANT, gene="DPYD", phenotypes=_POOR,
                     without_drugs=_FLUOROPYRIMIDINES),
         "Colorectal carcinoma in a DPYD poor metabolizer: before systemic treatment is chosen, note that the "
         "guideline avoids fluorouracil and drugs that become fluorouracil.",
         _CPIC_DPYD_POOR, 14 * DAY_S, to_check=(_READ, _PRIMARY, _ACTIVITY, _FOUR_VARIANTS), min_age_years=18),
    Rule("colorectal-dpyd-intermediate", "2",
         ReportShows("colorectum", _MALIGNANT, gene="DPYD", phenotypes=_INTERMEDIATE,
                     without_drugs=_FLUOROPYRIMIDINES),
         "Colorectal carcinoma in a DPYD intermediate metabolizer: if a fluoropyrimidine is considered, note that the "
         "guideline starts at 50 % of the usual dose.",
         _CPIC_DPYD_INTERMEDIATE, 14 * DAY_S,
         to_check=(_READ, _PRIMARY, _ACTIVITY, _FOUR_VARIANTS), min_age_years=18),
)
# fmt: on
