"""What the treatment rules may look at. Times are event time in seconds since 1970."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field

from models.pathology.finding import Contradiction, Finding
from schemas.alerts import Priority

Seconds = Annotated[float, Field(ge=-62_000_000_000, le=253_000_000_000)]
"""A time that can be written as a date, with room for what holds from then on: the years 5 to 9987."""


class Measured(NamedTuple):
    """The latest value of a vital sign, a laboratory analyte or a score, and when it was measured."""

    value: float
    time_s: float


class ActiveAlarm(NamedTuple):
    """An alarm episode that is on now; `start_s` tells it from every other episode of its condition."""

    start_s: float
    priority: Priority
    priority_since_s: float


class Gene(NamedTuple):
    """A genomic result in CPIC's words. What was not covered is no call, never the reference."""

    phenotype: str
    time_s: Seconds
    source: str | None = None
    coverage: Literal["full", "partial"] | None = None
    activity: str | None = None  # as CPIC writes it, e.g. 1.0 or ≥3.75; None where it is not known


TAKEN_BACK: Final = "Entered In Error"
"""What stands for the phenotype of a result that the laboratory took back."""
NO_CALL: Final = frozenset({"Indeterminate", "No Call", "No Result", "Unknown", "Not Understood", TAKEN_BACK, None})
"""Phenotypes that call nothing; `Not Understood` is ours, for words that were not read."""


class Drug(NamedTuple):
    """A drug that is ordered or being given; stopped ones are not listed."""

    order: str
    name: str  # generic, lower case; of a combination the ingredients that rules name, joined by +
    time_s: Seconds
    route: str | None = None  # as the order writes it

    @property
    def ingredients(self) -> tuple[str, ...]:
        """What the drug is made of, as far as rules name it."""
        return tuple(self.name.split("+"))


class Variant(NamedTuple):
    """A disease-related variant as a laboratory has classified it; `name` tells it from the patient's others."""

    name: str
    gene: str
    hgvs: str
    significance: str  # of variant_terms.Significance; TAKEN_BACK; or what was not understood
    time_s: Seconds
    zygosity: Literal["heterozygous", "homozygous", "hemizygous"] | None = None
    origin: Literal["germline", "somatic"] | None = None
    source: str | None = None
    condition: str | None = None
    clinvar: str | None = None


class Lesion(NamedTuple):
    """A preliminary report on a study that the lesion model calls suspicious."""

    study_uid: str
    probability: float
    time_s: Seconds
    model_name: str | None = None  # the image set that the model knows
    findings: tuple[str, ...] = ()  # the classes that it names in the images, and what else it calls present


class Pathology(NamedTuple):
    """What was read from a pathology report, without a word of it; `sites` is what its order called the specimen."""

    report: str
    time_s: Seconds
    sites: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


NOTHING: Final[Mapping[str, Measured]] = MappingProxyType({})


class Facts(NamedTuple):
    """A patient at one moment. None means not known, which is not the same as none."""

    readings: Mapping[str, Measured] = NOTHING  # by the wire's field names, and "news2_total"
    alarms: Mapping[str, ActiveAlarm] = MappingProxyType({})  # by condition
    genes: Mapping[str, Gene] = MappingProxyType({})  # by gene, or allele as in HLA-B*57:01
    variants: tuple[Variant, ...] = ()
    drugs: tuple[Drug, ...] = ()
    lesions: tuple[Lesion, ...] = ()
    pathology: tuple[Pathology, ...] = ()
    allergies: tuple[str, ...] | None = None
    age_years: float | None = None
    sex: Literal["female", "male"] | None = None
    weight_kg: float | None = None
    is_pregnant: bool | None = None
