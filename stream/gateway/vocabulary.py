"""Which HL7 observation is which of our fields, and in which units its number may come; no other is taken.

Sources. LOINC: each code was compared by its long common name, in public value sets rather than the release itself.
MDC, which IHE PCD-01 messages carry: ISO/IEEE 11073-10101:2004 B.3, read in public headers made from it; a code is
131072 (partition 2, SCADA) and the term's number there; the heart rate's is from GE's PCD-01 interface guide of the
B40. Units: UCUM, and the reference ids of 11073-10101 B.4. Conversions: kPa by NIST SP 811 appendix B.8 (1 mmHg =
0.1333224 kPa), Fahrenheit by definition.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from schemas.codes import VITALS

LOINC: Final = "LN"
MDC: Final = "MDC"
"""What HL7 table 0396 calls the two coding systems."""


class Unit(NamedTuple):
    """How a number in a unit becomes ours: value * factor + offset."""

    factor: float = 1.0
    offset: float = 0.0


class Place(NamedTuple):
    """Where an observation belongs; of several for one field at one time the lowest rank counts."""

    topic: Literal["vitals", "labs"]
    field: str
    rank: int
    units: Mapping[str, Unit]


def _as_is(*names: str) -> dict[str, Unit]:
    return dict.fromkeys(names, Unit())


_PER_MIN: Final = _as_is("/min", "{beats}/min", "{breaths}/min", "MDC_DIM_BEAT_PER_MIN", "MDC_DIM_RESP_PER_MIN")
_PERCENT: Final = _as_is("%", "MDC_DIM_PERCENT")
_MMHG: Final = _as_is("mm[Hg]", "mmHg", "MDC_DIM_MMHG") | dict.fromkeys(
    ("kPa", "MDC_DIM_KILO_PASCAL"), Unit(1 / 0.1333224)
)
_CELSIUS: Final = _as_is("Cel", "MDC_DIM_DEGC") | dict.fromkeys(("[degF]", "MDC_DIM_FAHR"), Unit(5 / 9, -160 / 9))
_FRACTION: Final = _as_is("1") | dict.fromkeys(_PERCENT, Unit(0.01))
_MMOL_PER_L: Final = _as_is("mmol/L", "meq/L", "mEq/L")  # the same for ions of one charge, for which alone it is used
_MG_PER_DL: Final = _as_is("mg/dL")
_U_PER_L: Final = _as_is("U/L", "[IU]/L", "IU/L")
_CELLS: Final = _as_is("10*3/uL", "10*9/L", "K/uL")

_VITAL_UNITS: Final[dict[str, Mapping[str, Unit]]] = {
    "heart_rate_bpm": _PER_MIN,
    "respiratory_rate_per_min": _PER_MIN,
    "spo2_percent": _PERCENT,
    "systolic_mmhg": _MMHG,
    "mean_arterial_mmhg": _MMHG,
    "diastolic_mmhg": _MMHG,
    "temperature_celsius": _CELSIUS,
    "etco2_mmhg": _MMHG,
    "fio2_fraction": _FRACTION,
}

# fmt: off
# By field, the better source first: an arterial line before a cuff, the electrocardiogram before the oximeter's pulse.
_VITAL_MDC: Final[dict[str, tuple[str, ...]]] = {
    "heart_rate_bpm":           ("147842",   # MDC_ECG_HEART_RATE
                                 "149530"),  # MDC_PULS_OXIM_PULS_RATE
    "respiratory_rate_per_min": ("151562",   # MDC_RESP_RATE
                                 "151578",   # MDC_TTHOR_RESP_RATE
                                 "151594"),  # MDC_CO2_RESP_RATE
    "spo2_percent":             ("150456",), # MDC_PULS_OXIM_SAT_O2
    "systolic_mmhg":            ("150037",   # MDC_PRESS_BLD_ART_ABP_SYS
                                 "150033",   # MDC_PRESS_BLD_ART_SYS
                                 "150021"),  # MDC_PRESS_BLD_NONINV_SYS
    "diastolic_mmhg":           ("150038",   # MDC_PRESS_BLD_ART_ABP_DIA
                                 "150034",   # MDC_PRESS_BLD_ART_DIA
                                 "150022"),  # MDC_PRESS_BLD_NONINV_DIA
    "mean_arterial_mmhg":       ("150039",   # MDC_PRESS_BLD_ART_ABP_MEAN
                                 "150035",   # MDC_PRESS_BLD_ART_MEAN
                                 "150023"),  # MDC_PRESS_BLD_NONINV_MEAN
    "temperature_celsius":      ("150364",   # MDC_TEMP_BODY
                                 "150344"),  # MDC_TEMP
    "etco2_mmhg":               ("151728",   # MDC_AWAY_CO2_ET
                                 "151708"),  # MDC_CONC_AWAY_CO2_ET, of which only a pressure is taken
}
# fmt: on
_SPO2_BY_PULSE_OXIMETRY: Final = "59408-5"  # FHIR's vital-signs profile sends it beside the code of schemas/codes.py

# fmt: off
_LABS: Final[tuple[tuple[str, tuple[str, ...], Mapping[str, Unit]], ...]] = (
    # LOINC codes of arterial blood first, then of blood, then of serum or plasma
    ("base_excess_mmol_per_l",       ("1925-7", "11555-0"),            _MMOL_PER_L),
    ("bicarbonate_mmol_per_l",       ("1960-4", "1959-6", "1963-8"),   _MMOL_PER_L),
    ("ph",                           ("2744-1", "11558-4"),            _as_is("[pH]", "1", "")),
    ("paco2_mmhg",                   ("2019-8",),                      _MMHG),
    ("ast_u_per_l",                  ("1920-8",),                      _U_PER_L),
    ("bun_mg_per_dl",                ("3094-0",),                      _MG_PER_DL),
    ("alkaline_phosphatase_u_per_l", ("6768-6",),                      _U_PER_L),
    ("calcium_mg_per_dl",            ("17861-6",),                     _MG_PER_DL),
    ("chloride_mmol_per_l",          ("2075-0",),                      _MMOL_PER_L),
    ("creatinine_mg_per_dl",         ("2160-0",),                      _MG_PER_DL),
    ("direct_bilirubin_mg_per_dl",   ("1968-7",),                      _MG_PER_DL),
    ("glucose_mg_per_dl",            ("2339-0", "2345-7"),             _MG_PER_DL),
    ("lactate_mmol_per_l",           ("2518-9", "32693-4", "2524-7"),  _as_is("mmol/L")),
    ("magnesium_mg_per_dl",          ("19123-9",),                     _MG_PER_DL),
    ("phosphate_mg_per_dl",          ("2777-1",),                      _MG_PER_DL),
    ("potassium_mmol_per_l",         ("2823-3",),                      _MMOL_PER_L),
    ("total_bilirubin_mg_per_dl",    ("1975-2",),                      _MG_PER_DL),
    ("troponin_i_ng_per_ml",         ("10839-9",),                     _as_is("ng/mL", "ug/L")),
    ("hematocrit_percent",           ("4544-3", "20570-8"),            _PERCENT),
    ("hemoglobin_g_per_dl",          ("718-7",),                       _as_is("g/dL") | {"g/L": Unit(0.1)}),
    ("ptt_s",                        ("14979-9", "3173-2"),            _as_is("s", "sec")),
    ("wbc_10e3_per_ul",              ("6690-2", "26464-8"),            _CELLS),
    ("fibrinogen_mg_per_dl",         ("3255-7",),                      _MG_PER_DL | {"g/L": Unit(100)}),
    ("platelets_10e3_per_ul",        ("777-3", "26515-7"),             _CELLS),
)
# fmt: on


def _vitals() -> dict[tuple[str, str], Place]:
    found = {}
    for vital in VITALS:
        loinc = (vital.loinc, *((_SPO2_BY_PULSE_OXIMETRY,) if vital.field == "spo2_percent" else ()))
        codes = [(MDC, code) for code in _VITAL_MDC.get(vital.field, ())] + [(LOINC, code) for code in loinc]
        for rank, code in enumerate(codes):
            found[code] = Place("vitals", vital.field, rank, _VITAL_UNITS[vital.field])
    return found


PLACES: Final[Mapping[tuple[str, str], Place]] = _vitals() | {
    (LOINC, code): Place("labs", field, rank, units) for field, codes, units in _LABS for rank, code in enumerate(codes)
}
"""By coding system and code."""
