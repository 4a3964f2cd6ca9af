"""The plan of one patient: what is known, what alarms, what the rules propose, and what could not be checked."""

from typing import Literal

from pydantic import Field

from schemas.alerts import Priority
from schemas.suggestions import Citation, SecondVoice, UsedInput
from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire

Urgency = Literal["now", "before the next dose", "today", "planned"]


class PlanStay(Wire):
    """What admission data say. Absent is not known."""

    admitted: Instant | None = Field(default=None, description="When the stay began.")
    discharged: Instant | None = Field(default=None, description="When the patient left, if so.")
    age_years: float | None = Field(default=None, description="Age in years.")
    sex: Literal["female", "male"] | None = Field(default=None, description="Sex as it was sent.")
    weight_kg: float | None = Field(default=None, description="Body weight in kilograms.")
    is_pregnant: bool | None = Field(default=None, description="Whether the patient is pregnant.")
    allergies: tuple[Code, ...] | None = Field(
        default=None, description="All known allergies; empty: none is known. Absent: nobody said."
    )
    missing: tuple[Code, ...] = Field(default=(), description="What of this nobody said.")


class PlanValue(Wire):
    """The latest value of a vital sign or a laboratory analyte."""

    name: Code = Field(description="A field of `vitals` or `labs`; its name says the unit.")
    value: float | str = Field(description="The value; for consciousness the level, for oxygen yes or no.")
    unit: Code | None = Field(default=None, description="Unit; absent for a number without one and for words.")
    age_s: float = Field(ge=0, description="Seconds from its measurement to the plan's `time`.")
    old: bool = Field(description="True where it is too old to stand for now.")


class PlanRisk(Wire):
    """A score or a forecast, and why it is what it is."""

    name: Code = Field(description="NEWS2, or the outcome that a model forecasts.")
    text: str = Field(description="What it says, in one English sentence.")
    value: float | None = Field(default=None, description="Total of the score, or probability from 0 to 1.")
    why: tuple[str, ...] = Field(default=(), description="What it rests on, the strongest first.")
    missing: tuple[Code, ...] = Field(default=(), description="What it would need and nobody measured lately.")
    age_s: float = Field(ge=0, description="Seconds from its making to the plan's `time`.")


class PlanAlarm(Wire):
    """An alarm that is on, or a condition that is told and never sounds."""

    alert: Code | None = Field(
        default=None, description="The episode: `alert` of the records in `alerts`. Absent for a device's own alarm."
    )
    condition: Code = Field(description="What is wrong, in the words of `alerts`.")
    priority: Priority | None = Field(default=None, description="Its priority; of a device's alarm as the device says.")
    signal: Literal["on", "latched", "ack", "off"] | None = Field(
        default=None, description="As in `alerts`. Absent for a device's own alarm."
    )
    since: Instant = Field(description="When it began.")
    text: str = Field(description="One English sentence with value and limit.")
    source: Literal["wardwatch", "device"] = Field(description="Who says so.")


class PlanImage(Wire):
    """What a preliminary report says of a study, or that only its suspicion is known."""

    study_uid: Code = Field(description="Study Instance UID.")
    age_s: float = Field(ge=0, description="Seconds from the report's `time` to the plan's.")
    model_name: Code | None = Field(default=None, description="The image set of the model.")
    priority: Literal["routine", "urgent", "not-assessed"] = Field(description="As in the report.")
    findings: tuple[str, ...] = Field(default=(), description="What the model says of each image that it judged.")
    not_judged: tuple[str, ...] = Field(default=(), description="Why images were not judged.")
    maps: tuple[str, ...] = Field(default=(), description="Where saliency maps lie.")


class PlanPathology(Wire):
    """What a program read of a pathology report."""

    report: Code = Field(description="The report's identifier.")
    age_s: float = Field(ge=0, description="Seconds from the report's `time` to the plan's.")
    findings: tuple[str, ...] = Field(default=(), description="What the report states, and what it leaves open.")
    contradictions: tuple[str, ...] = Field(default=(), description="Names about which the report contradicts itself.")


class PlanGene(Wire):
    """What is known of a pharmacogene or an allele."""

    gene: Code = Field(description="Gene or allele.")
    phenotype: Code = Field(description="Phenotype in CPIC's words, or the word that nothing was called.")
    activity: Code | None = Field(default=None, description="Activity score, where it is known.")
    coverage: Literal["full", "partial"] | None = Field(default=None, description="How much of it the assay looked at.")
    source: Code | None = Field(default=None, description="Laboratory and method.")
    age_s: float = Field(ge=0, description="Seconds from the result to the plan's `time`.")


class PlanVariant(Wire):
    """A disease-related variant as the laboratory classified it."""

    name: str = Field(description="Identifier of the finding.")
    gene: Code = Field(description="Gene.")
    hgvs: str = Field(description="The variant in HGVS nomenclature.")
    significance: Code = Field(description="The laboratory's class.")
    time_s: float = Field(description="When the laboratory issued it, seconds since 1970.")
    zygosity: Code | None = Field(default=None, description="On how many copies it was found.")
    origin: Code | None = Field(default=None, description="Germline or somatic.")
    source: Code | None = Field(default=None, description="Laboratory and method.")
    condition: Code | None = Field(default=None, description="The condition that the laboratory names.")
    clinvar: Code | None = Field(default=None, description="ClinVar accession.")


class PlanGap(Wire):
    """Something that nobody knows, and what it would be needed for."""

    about: Code = Field(description="What is not known.")
    why: str = Field(description="Why not, or what it would be needed for, as a short English phrase.")


class PlanDrug(Wire):
    """A drug that is ordered or being given."""

    order: Code = Field(description="The order's identifier.")
    drug: Code = Field(description="Generic name.")
    understood: bool = Field(description="False where the name was not understood, so that no check looked at it.")
    route: Code | None = Field(default=None, description="Way into the body, as the order writes it.")
    age_s: float = Field(ge=0, description="Seconds from the order's newest record to the plan's `time`.")


class PlanProposal(Wire):
    """A proposal, never an order: what a source says for a patient in this state."""

    id: Code = Field(description="The proposal's identifier: that of its first step in `suggestions`.")
    rule: Code = Field(description="Rule and version.")
    urgency: Urgency = Field(
        description="How soon somebody should look at it. Ours: no guideline ranks its statements."
    )
    text: str = Field(description="The proposal in English, for a clinician.")
    citation: Citation = Field(description="Where the statement comes from, and how strong it is there.")
    inputs: tuple[UsedInput, ...] = Field(description="The values that the rule looked at.")
    missing: tuple[Code, ...] = Field(default=(), description="What a reader needs and nobody knows, or is too old.")
    contraindications_checked: tuple[Code, ...] = Field(default=(), description="What was looked for in the record.")
    to_check: tuple[str, ...] = Field(default=(), description="What a clinician has to check.")
    second_voices: tuple[SecondVoice, ...] = Field(default=(), description="Guidelines that say otherwise.")
    against: tuple[str, ...] = Field(default=(), description="What speaks against it, or asks for care with it.")
    drug: Code | None = Field(default=None, description="The ordered drug that it is about, where it is about one.")
    alternatives: tuple[Code, ...] = Field(
        default=(), description="Drugs that it names and that nothing known bars. Not a choice."
    )
    service: str | None = Field(default=None, description="A test, an image or a visit that it speaks of.")
    kind: Literal["order", "gene", "alarm", "result", "image", "report", "variant", "follow-up"] = Field(
        description="What it rests on: a check of orders, a gene and a drug, an alarm, a result, an image, a pathology "
        "report, a variant, or a table of follow-up."
    )
    since: Instant = Field(description="Since when its cause holds.")
    expires: Instant = Field(description="After this moment it no longer holds.")


class Plan(Wire):
    """All that is known of one patient at a moment, and what the rules propose. The same inputs give the same bytes."""

    format: Literal[1] = Field(default=1, description="Version of this form.")
    patient: Pseudonym
    time: Instant = Field(description="The moment that the plan is about: ages count to it.")
    stay: PlanStay
    vitals: tuple[PlanValue, ...] = Field(default=(), description="The latest vital signs.")
    vitals_missing: tuple[Code, ...] = Field(default=(), description="Vital signs of which none is known.")
    labs: tuple[PlanValue, ...] = Field(default=(), description="The latest laboratory results.")
    labs_missing: tuple[Code, ...] = Field(default=(), description="Analytes of which none is known.")
    risks: tuple[PlanRisk, ...] = Field(default=(), description="Scores and forecasts.")
    alarms: tuple[PlanAlarm, ...] = Field(default=(), description="Alarms that are on, the gravest first.")
    images: tuple[PlanImage, ...] = Field(default=(), description="Studies, the newest first.")
    pathology: tuple[PlanPathology, ...] = Field(default=(), description="Pathology reports, the newest first.")
    genes: tuple[PlanGene, ...] = Field(default=(), description="Pharmacogenes and alleles.")
    variants: tuple[PlanVariant, ...] = Field(default=(), description="Disease-related variants.")
    genes_not_covered: tuple[PlanGap, ...] = Field(
        default=(), description="Genes that nothing, or not all, is known of: never taken for the reference."
    )
    drugs: tuple[PlanDrug, ...] = Field(default=(), description="Orders.")
    proposals: tuple[PlanProposal, ...] = Field(default=(), description="Proposals, the most urgent first.")
    checked: tuple[str, ...] = Field(default=(), description="What was checked, in English.")
    not_checked: tuple[PlanGap, ...] = Field(default=(), description="What could not be checked, and why.")
    rules: Code = Field(description="Fingerprint of the set of rules.")
    content_hash: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the plan as JSON in this order of fields, with this field left out.",
    )
    provenance: Provenance
