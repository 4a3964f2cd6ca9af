"""What the wire has a field for: its dimension and unit, and which way of measuring it comes before which.

The order of ways is our choice: the more direct one first, as an arterial line before a cuff, the electrocardiogram
before the oximeter's pulse; of temperatures the site nearer to the body's core. "unstated" is the sender's own choice.

Molar masses are sums of the standard atomic weights (IUPAC 2021, abridged): C 12.011, H 1.0080, N 14.007, O 15.999,
S 32.06, Mg 24.305, P 30.974, Ca 40.078. Haemoglobin counts as its monomer of 16,114.5 g/mol, as laboratories report it
(ICSH 1995, J Clin Pathol 49:271).
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Topic = Literal["vitals", "labs"]
Dimension = Literal[
    "rate",
    "ratio",
    "pressure",
    "temperature",
    "flow",
    "time",
    "acidity",
    "substance concentration",
    "mass concentration",
    "charge concentration",
    "catalytic concentration",
    "number concentration",
    "words",
]
"""What kind of quantity a number is. "words" are no number: a level of consciousness, a yes or no.

Of a flow of oxygen only whether there is one has a field (`on_oxygen`).
"""
STATED: Final = "stated"
"""The way of what comes as a word."""


class Quantity(NamedTuple):
    """One field of the wire; `unit` is a name of stream/gateway/units.py."""

    topic: Topic
    field: str
    dimension: Dimension
    unit: str
    methods: tuple[str, ...]
    """The better one first."""
    molar_mass_g_per_mol: float | None = None
    charge: int | None = None
    """Of its ion, where milliequivalents may be counted."""


_PRESSURE: Final = ("arterial line", "cuff", "unstated")
_BLOOD: Final = ("arterial blood", "blood", "capillary blood", "serum or plasma")
_SITES: Final = (
    "core",
    "blood",
    "oesophagus",
    "nasopharynx",
    "bladder",
    "rectum",
    "ear",
    "mouth",
    "unstated",
    "forehead",
    "axilla",
)

# fmt: off
QUANTITIES: Final[tuple[Quantity, ...]] = (
    Quantity("vitals", "heart_rate_bpm",           "rate",        "/min",
             ("ecg", "unstated", "arterial line", "oximeter", "cuff", "pulse")),
    Quantity("vitals", "respiratory_rate_per_min", "rate",        "/min",
             ("unstated", "impedance", "capnography", "airway", "ventilator", "acoustic", "plethysmogram")),
    Quantity("vitals", "spo2_percent",             "ratio",       "%",      ("oximeter", "one side", "unstated")),
    Quantity("vitals", "systolic_mmhg",            "pressure",    "mm[Hg]", _PRESSURE),
    Quantity("vitals", "mean_arterial_mmhg",       "pressure",    "mm[Hg]", _PRESSURE),
    Quantity("vitals", "diastolic_mmhg",           "pressure",    "mm[Hg]", _PRESSURE),
    Quantity("vitals", "temperature_celsius",      "temperature", "Cel",    _SITES),
    Quantity("vitals", "etco2_mmhg",               "pressure",    "mm[Hg]", ("capnography",)),
    Quantity("vitals", "fio2_fraction",            "ratio",       "1",      ("measured", "unstated", "set")),
    Quantity("vitals", "on_oxygen",                "flow",        "L/min",  ("stated", "flow")),
    Quantity("vitals", "consciousness",            "words",       "",       ("stated",)),

    Quantity("labs", "base_excess_mmol_per_l",       "substance concentration", "mmol/L",   _BLOOD, charge=1),
    Quantity("labs", "bicarbonate_mmol_per_l",       "substance concentration", "mmol/L",   _BLOOD, charge=1),
    Quantity("labs", "fio2_fraction",                "ratio",                   "1",        _BLOOD),
    Quantity("labs", "ph",                           "acidity",                 "[pH]",     _BLOOD),
    Quantity("labs", "paco2_mmhg",                   "pressure",                "mm[Hg]",   _BLOOD),
    Quantity("labs", "sao2_percent",                 "ratio",                   "%",        _BLOOD),
    Quantity("labs", "ast_u_per_l",                  "catalytic concentration", "U/L",      _BLOOD),
    Quantity("labs", "bun_mg_per_dl",                "mass concentration",      "mg/dL",    _BLOOD, 28.014),
    Quantity("labs", "alkaline_phosphatase_u_per_l", "catalytic concentration", "U/L",      _BLOOD),
    Quantity("labs", "calcium_mg_per_dl",            "mass concentration",      "mg/dL",    _BLOOD, 40.078, 2),
    Quantity("labs", "chloride_mmol_per_l",          "substance concentration", "mmol/L",   _BLOOD, charge=1),
    Quantity("labs", "creatinine_mg_per_dl",         "mass concentration",      "mg/dL",    _BLOOD, 113.12),
    Quantity("labs", "direct_bilirubin_mg_per_dl",   "mass concentration",      "mg/dL",    _BLOOD, 584.67),
    Quantity("labs", "glucose_mg_per_dl",            "mass concentration",      "mg/dL",    _BLOOD, 180.156),
    Quantity("labs", "lactate_mmol_per_l",           "substance concentration", "mmol/L",   _BLOOD, 90.078),
    Quantity("labs", "magnesium_mg_per_dl",          "mass concentration",      "mg/dL",    _BLOOD, 24.305, 2),
    Quantity("labs", "phosphate_mg_per_dl",          "mass concentration",      "mg/dL",    _BLOOD, 30.974),
    Quantity("labs", "potassium_mmol_per_l",         "substance concentration", "mmol/L",   _BLOOD, charge=1),
    Quantity("labs", "total_bilirubin_mg_per_dl",    "mass concentration",      "mg/dL",    _BLOOD, 584.67),
    Quantity("labs", "troponin_i_ng_per_ml",         "mass concentration",      "ng/mL",    _BLOOD),
    Quantity("labs", "hematocrit_percent",           "ratio",                   "%",        _BLOOD),
    Quantity("labs", "hemoglobin_g_per_dl",          "mass concentration",      "g/dL",     _BLOOD, 16_114.5),
    Quantity("labs", "ptt_s",                        "time",                    "s",        _BLOOD),
    Quantity("labs", "wbc_10e3_per_ul",              "number concentration",    "10*3/uL",  _BLOOD),
    Quantity("labs", "fibrinogen_mg_per_dl",         "mass concentration",      "mg/dL",    _BLOOD),
    Quantity("labs", "platelets_10e3_per_ul",        "number concentration",    "10*3/uL",  _BLOOD),
)
# fmt: on
BY_PLACE: Final[Mapping[tuple[str, str], Quantity]] = {(one.topic, one.field): one for one in QUANTITIES}
