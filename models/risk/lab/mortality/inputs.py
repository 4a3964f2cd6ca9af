"""The inputs of the mortality model: of which samples each is made, its unit, what it can be, how an hour sums it up.

Parameters and units are those of the PhysioNet/CinC Challenge 2012 (Silva et al., Comput Cardiol 2012).
"""

from dataclasses import dataclass
from typing import Final, Literal

from models.risk.inputs import INPUTS as OF_SEPSIS
from models.risk.inputs import Input, Kind
from models.risk.plausible import LIMITS as LIMITS_OF_SEPSIS
from schemas.labs import ANALYTES
from schemas.vitals import NUMERICS

Hour = Literal["mean", "lowest", "sum", "last"]
_KNOWN: Final = dict(zip((one.name for one in OF_SEPSIS), zip(OF_SEPSIS, LIMITS_OF_SEPSIS, strict=True), strict=True))


@dataclass(frozen=True)
class Source:
    """One input and where it comes from. The files have no column of it, so its column here is called by its name.

    parameters  of the challenge, the best first: an hour takes the first that has a sample in it
    lowest, highest  what a sample can be, both included; any other is impossible and counts as not measured
    hour  what an hour tells of its samples; of statics the newest is kept
    """

    input: Input
    parameters: tuple[str, ...]
    lowest: float
    highest: float
    hour: Hour


def _shared(name: str, *parameters: str, kind: Kind = "lab", hour: Hour = "last") -> Source:
    """Return an input that the sepsis model has too, with its unit and limits."""
    known, (_, lowest, highest) = _KNOWN[name]
    return Source(Input(name, name, known.unit, kind), parameters, lowest, highest, hour)


def _own(name: str, parameter: str, unit: str, lowest: float, highest: float, kind: Kind, hour: Hour) -> Source:
    return Source(Input(name, name, unit, kind), (parameter,), lowest, highest, hour)


# The limits of our own inputs: the Glasgow Coma Scale from 3 to 15 (Teasdale and Jennett, Lancet 1974); the others are
# our choice, as in `models.risk.plausible`: wide enough for every patient, narrow enough for another unit or a slip.
# -1 for an unknown height, weight or sex is the challenge's own and lies outside them.
# fmt: off
SOURCES: Final[tuple[Source, ...]] = (
    _shared("heart_rate_bpm",           "HR",                     kind="vital", hour="mean"),
    _shared("respiratory_rate_per_min", "RespRate",               kind="vital", hour="mean"),
    _shared("temperature_celsius",      "Temp",                   kind="vital", hour="mean"),
    _shared("systolic_mmhg",            "SysABP", "NISysABP",     kind="vital", hour="mean"),
    _shared("mean_arterial_mmhg",       "MAP", "NIMAP",           kind="vital", hour="mean"),
    _shared("diastolic_mmhg",           "DiasABP", "NIDiasABP",   kind="vital", hour="mean"),
    _own("glasgow_coma_score",          "GCS",         "1",       3.0,    15.0,  "vital", "lowest"),
    _own("urine_ml",                    "Urine",       "ml",      0.0,  5000.0,  "vital", "sum"),
    _shared("fio2_fraction",            "FiO2"),
    _own("ventilated",                  "MechVent",    "1",       1.0,     1.0,  "lab",   "last"),
    _own("pao2_mmhg",                   "PaO2",        "mmHg",   10.0,   800.0,  "lab",   "last"),
    _shared("paco2_mmhg",               "PaCO2"),
    _shared("ph",                       "pH"),
    _shared("sao2_percent",             "SaO2"),
    _shared("lactate_mmol_per_l",       "Lactate"),
    _shared("bicarbonate_mmol_per_l",   "HCO3"),
    _own("sodium_mmol_per_l",           "Na",          "mmol/L", 80.0,   220.0,  "lab",   "last"),
    _shared("potassium_mmol_per_l",     "K"),
    _shared("magnesium_mg_per_dl",      "Mg"),
    _shared("glucose_mg_per_dl",        "Glucose"),
    _shared("bun_mg_per_dl",            "BUN"),
    _shared("creatinine_mg_per_dl",     "Creatinine"),
    _shared("total_bilirubin_mg_per_dl", "Bilirubin"),
    _own("albumin_g_per_dl",            "Albumin",     "g/dL",    0.5,    10.0,  "lab",   "last"),
    _shared("alkaline_phosphatase_u_per_l", "ALP"),
    _own("alt_u_per_l",                 "ALT",         "U/L",     0.0, 50000.0,  "lab",   "last"),
    _shared("ast_u_per_l",              "AST"),
    _own("cholesterol_mg_per_dl",       "Cholesterol", "mg/dL",  10.0,  2000.0,  "lab",   "last"),
    _shared("troponin_i_ng_per_ml",     "TroponinI"),
    _own("troponin_t_ng_per_ml",        "TroponinT",   "ng/mL",   0.0,   100.0,  "lab",   "last"),
    _shared("hematocrit_percent",       "HCT"),
    _shared("wbc_10e3_per_ul",          "WBC"),
    _shared("platelets_10e3_per_ul",    "Platelets"),
    _own("weight_kg",                   "Weight",      "kg",     20.0,   400.0,  "lab",   "last"),
    _shared("age_years",                "Age",                    kind="static"),
    _shared("sex_male",                 "Gender",                 kind="static"),
    _own("height_cm",                   "Height",      "cm",     80.0,   250.0,  "static", "last"),
    # ICUType 1 to 4, one yes or no each; `data` makes them
    _own("unit_coronary",               "ICUType=1",   "1",       0.0,     1.0,  "static", "last"),
    _own("unit_cardiac_surgery",        "ICUType=2",   "1",       0.0,     1.0,  "static", "last"),
    _own("unit_medical",                "ICUType=3",   "1",       0.0,     1.0,  "static", "last"),
    _own("unit_surgical",               "ICUType=4",   "1",       0.0,     1.0,  "static", "last"),
    _shared("hours_in_icu",             "hour",                   kind="static"),  # counted, in no sample
)
# fmt: on
INPUTS: Final = tuple(one.input for one in SOURCES)
NAMES: Final = tuple(one.name for one in INPUTS)
LIMITS: Final = tuple((one.input.column, one.lowest, one.highest) for one in SOURCES)
PARAMETERS: Final = frozenset(name.partition("=")[0] for one in SOURCES[:-1] for name in one.parameters)
"""The challenge's parameters that are read."""
_ADMITTED: Final = ("age_years", "sex_male", "unit_medical", "unit_surgical", "hours_in_icu")  # in admission records
NOT_ON_THE_WIRE: Final = tuple(name for name in NAMES if name not in (*NUMERICS, *ANALYTES, *_ADMITTED))
"""Inputs that no topic of the stream carries."""
