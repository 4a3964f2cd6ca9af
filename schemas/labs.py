"""Laboratory results: everything that one report says about one moment."""

from typing import Final

from schemas.wire import Code, Instant, Measured, Pseudonym, Wire


class LabResults(Wire):
    """Results drawn at `time`. A missing field was not measured.

    The analytes and units are those of the PhysioNet/CinC 2019 challenge, which the risk model was trained on.
    """

    patient: Pseudonym
    time: Instant
    report: Code | None = None
    base_excess_mmol_per_l: Measured = None
    bicarbonate_mmol_per_l: Measured = None
    fio2_fraction: Measured = None
    ph: Measured = None
    paco2_mmhg: Measured = None
    sao2_percent: Measured = None
    ast_u_per_l: Measured = None
    bun_mg_per_dl: Measured = None
    alkaline_phosphatase_u_per_l: Measured = None
    calcium_mg_per_dl: Measured = None
    chloride_mmol_per_l: Measured = None
    creatinine_mg_per_dl: Measured = None
    direct_bilirubin_mg_per_dl: Measured = None
    glucose_mg_per_dl: Measured = None
    lactate_mmol_per_l: Measured = None
    magnesium_mg_per_dl: Measured = None
    phosphate_mg_per_dl: Measured = None
    potassium_mmol_per_l: Measured = None
    total_bilirubin_mg_per_dl: Measured = None
    troponin_i_ng_per_ml: Measured = None
    hematocrit_percent: Measured = None
    hemoglobin_g_per_dl: Measured = None
    ptt_s: Measured = None
    wbc_10e3_per_ul: Measured = None
    fibrinogen_mg_per_dl: Measured = None
    platelets_10e3_per_ul: Measured = None


ANALYTES: Final = tuple(name for name in LabResults.model_fields if name not in {"patient", "time", "report"})
"""The measured columns, in the challenge's order."""
