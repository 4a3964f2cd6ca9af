"""The forty inputs of the risk model: what each is called and its unit."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["vital", "lab", "static"]


@dataclass(frozen=True)
class Input:
    """One input of the risk model.

    column  its name in the PhysioNet/CinC Challenge 2019 files
    name    its name here, carrying the unit
    """

    column: str
    name: str
    unit: str
    kind: Kind


# Order: the challenge's own (Reyna et al., Crit Care Med 2020, doi 10.1097/CCM.0000000000004145).
# fmt: off
INPUTS: Final[tuple[Input, ...]] = (
    Input("HR",               "heart_rate_bpm",               "/min",    "vital"),
    Input("O2Sat",            "spo2_percent",                 "%",       "vital"),
    Input("Temp",             "temperature_celsius",          "degC",    "vital"),
    Input("SBP",              "systolic_mmhg",                "mmHg",    "vital"),
    Input("MAP",              "mean_arterial_mmhg",           "mmHg",    "vital"),
    Input("DBP",              "diastolic_mmhg",               "mmHg",    "vital"),
    Input("Resp",             "respiratory_rate_per_min",     "/min",    "vital"),
    Input("EtCO2",            "etco2_mmhg",                   "mmHg",    "vital"),
    Input("BaseExcess",       "base_excess_mmol_per_l",       "mmol/L",  "lab"),
    Input("HCO3",             "bicarbonate_mmol_per_l",       "mmol/L",  "lab"),
    Input("FiO2",             "fio2_fraction",                "1",       "lab"),
    Input("pH",               "ph",                           "1",       "lab"),
    Input("PaCO2",            "paco2_mmhg",                   "mmHg",    "lab"),
    Input("SaO2",             "sao2_percent",                 "%",       "lab"),
    Input("AST",              "ast_u_per_l",                  "U/L",     "lab"),
    Input("BUN",              "bun_mg_per_dl",                "mg/dL",   "lab"),
    Input("Alkalinephos",     "alkaline_phosphatase_u_per_l", "U/L",     "lab"),
    Input("Calcium",          "calcium_mg_per_dl",            "mg/dL",   "lab"),
    Input("Chloride",         "chloride_mmol_per_l",          "mmol/L",  "lab"),
    Input("Creatinine",       "creatinine_mg_per_dl",         "mg/dL",   "lab"),
    Input("Bilirubin_direct", "direct_bilirubin_mg_per_dl",   "mg/dL",   "lab"),
    Input("Glucose",          "glucose_mg_per_dl",            "mg/dL",   "lab"),
    Input("Lactate",          "lactate_mmol_per_l",           "mmol/L",  "lab"),
    Input("Magnesium",        "magnesium_mg_per_dl",          "mg/dL",   "lab"),
    Input("Phosphate",        "phosphate_mg_per_dl",          "mg/dL",   "lab"),
    Input("Potassium",        "potassium_mmol_per_l",         "mmol/L",  "lab"),
    Input("Bilirubin_total",  "total_bilirubin_mg_per_dl",    "mg/dL",   "lab"),
    Input("TroponinI",        "troponin_i_ng_per_ml",         "ng/mL",   "lab"),
    Input("Hct",              "hematocrit_percent",           "%",       "lab"),
    Input("Hgb",              "hemoglobin_g_per_dl",          "g/dL",    "lab"),
    Input("PTT",              "ptt_s",                        "s",       "lab"),
    Input("WBC",              "wbc_10e3_per_ul",              "10^3/uL", "lab"),
    Input("Fibrinogen",       "fibrinogen_mg_per_dl",         "mg/dL",   "lab"),
    Input("Platelets",        "platelets_10e3_per_ul",        "10^3/uL", "lab"),
    Input("Age",              "age_years",                    "a",       "static"),
    Input("Gender",           "sex_male",                     "1",       "static"),
    Input("Unit1",            "unit_micu",                    "1",       "static"),
    Input("Unit2",            "unit_sicu",                    "1",       "static"),
    Input("HospAdmTime",      "hours_from_hospital_to_icu",   "h",       "static"),
    Input("ICULOS",           "hours_in_icu",                 "h",       "static"),
)
# fmt: on

NAMES: Final = tuple(one.name for one in INPUTS)
COLUMNS: Final = tuple(one.column for one in INPUTS)
VITALS: Final = sum(one.kind == "vital" for one in INPUTS)
