"""Laboratory results: everything that one laboratory report says about one sample."""

from typing import Annotated, Final

from pydantic import Field

from schemas.wire import Code, Instant, Measured, Pseudonym, Wire


class LabResults(Wire):
    """The results of one sample. An analyte that is absent or null was not measured.

    Analytes and units are those of the PhysioNet/CinC 2019 challenge, on which the risk model was trained: convert
    before you send. The LOINC code in a description is the one that the HL7 gateway takes first; it takes others of the
    same quantity as well.
    """

    patient: Pseudonym
    time: Instant = Field(
        description="When the sample was drawn, not when the result was ready: ISO 8601 with a time zone. A result "
        "older than the known one of its analyte changes nothing."
    )
    report: Code | None = Field(
        default=None, description="The laboratory's number of the report, or a stand-in for it that names no patient."
    )
    base_excess_mmol_per_l: Annotated[
        Measured, Field(description="Base excess of blood in mmol/L (UCUM mmol/L, LOINC 1925-7).")
    ] = None
    bicarbonate_mmol_per_l: Annotated[
        Measured, Field(description="Bicarbonate in mmol/L (UCUM mmol/L, LOINC 1960-4).")
    ] = None
    fio2_fraction: Annotated[
        Measured,
        Field(
            description="Inspired oxygen when the sample was drawn, as a fraction, 0.21 to 1, not a percentage (UCUM "
            "1)."
        ),
    ] = None
    ph: Annotated[Measured, Field(description="Acidity of blood as pH, without a unit (UCUM [pH], LOINC 2744-1).")] = (
        None
    )
    paco2_mmhg: Annotated[
        Measured,
        Field(description="Partial pressure of carbon dioxide in arterial blood in mmHg (UCUM mm[Hg], LOINC 2019-8)."),
    ] = None
    sao2_percent: Annotated[
        Measured,
        Field(
            description="Oxygen saturation of arterial blood, measured in the sample, in percent, 0 to 100 (UCUM %)."
        ),
    ] = None
    ast_u_per_l: Annotated[
        Measured, Field(description="Aspartate aminotransferase in U/L (UCUM U/L, LOINC 1920-8).")
    ] = None
    bun_mg_per_dl: Annotated[
        Measured,
        Field(description="Blood urea nitrogen in mg/dL, that is nitrogen and not urea (UCUM mg/dL, LOINC 3094-0)."),
    ] = None
    alkaline_phosphatase_u_per_l: Annotated[
        Measured, Field(description="Alkaline phosphatase in U/L (UCUM U/L, LOINC 6768-6).")
    ] = None
    calcium_mg_per_dl: Annotated[
        Measured, Field(description="Total calcium in mg/dL, not ionised (UCUM mg/dL, LOINC 17861-6).")
    ] = None
    chloride_mmol_per_l: Annotated[Measured, Field(description="Chloride in mmol/L (UCUM mmol/L, LOINC 2075-0).")] = (
        None
    )
    creatinine_mg_per_dl: Annotated[Measured, Field(description="Creatinine in mg/dL (UCUM mg/dL, LOINC 2160-0).")] = (
        None
    )
    direct_bilirubin_mg_per_dl: Annotated[
        Measured, Field(description="Direct (conjugated) bilirubin in mg/dL (UCUM mg/dL, LOINC 1968-7).")
    ] = None
    glucose_mg_per_dl: Annotated[Measured, Field(description="Glucose in mg/dL (UCUM mg/dL, LOINC 2339-0).")] = None
    lactate_mmol_per_l: Annotated[Measured, Field(description="Lactate in mmol/L (UCUM mmol/L, LOINC 2518-9).")] = None
    magnesium_mg_per_dl: Annotated[Measured, Field(description="Magnesium in mg/dL (UCUM mg/dL, LOINC 19123-9).")] = (
        None
    )
    phosphate_mg_per_dl: Annotated[
        Measured, Field(description="Inorganic phosphate in mg/dL (UCUM mg/dL, LOINC 2777-1).")
    ] = None
    potassium_mmol_per_l: Annotated[Measured, Field(description="Potassium in mmol/L (UCUM mmol/L, LOINC 2823-3).")] = (
        None
    )
    total_bilirubin_mg_per_dl: Annotated[
        Measured, Field(description="Total bilirubin in mg/dL (UCUM mg/dL, LOINC 1975-2).")
    ] = None
    troponin_i_ng_per_ml: Annotated[
        Measured,
        Field(
            description="Cardiac troponin I in ng/mL; a high-sensitivity assay in ng/L is a thousandth (UCUM ng/mL, "
            "LOINC 10839-9)."
        ),
    ] = None
    hematocrit_percent: Annotated[
        Measured, Field(description="Haematocrit in percent, 0 to 100 (UCUM %, LOINC 4544-3).")
    ] = None
    hemoglobin_g_per_dl: Annotated[Measured, Field(description="Haemoglobin in g/dL (UCUM g/dL, LOINC 718-7).")] = None
    ptt_s: Annotated[
        Measured, Field(description="Activated partial thromboplastin time in seconds (UCUM s, LOINC 14979-9).")
    ] = None
    wbc_10e3_per_ul: Annotated[
        Measured,
        Field(
            description="White blood cells in thousands per microlitre, the same as 10^9/L (UCUM 10*3/uL, LOINC "
            "6690-2)."
        ),
    ] = None
    fibrinogen_mg_per_dl: Annotated[Measured, Field(description="Fibrinogen in mg/dL (UCUM mg/dL, LOINC 3255-7).")] = (
        None
    )
    platelets_10e3_per_ul: Annotated[
        Measured,
        Field(description="Platelets in thousands per microlitre, the same as 10^9/L (UCUM 10*3/uL, LOINC 777-3)."),
    ] = None


ANALYTES: Final = tuple(name for name in LabResults.model_fields if name not in {"patient", "time", "report"})
"""The names of the analytes, in the order of the challenge."""
