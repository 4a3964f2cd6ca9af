"""What a value of the challenge's 40 columns can be; outside these limits it is an artefact or an error of unit."""

from typing import Final

# Limits are inclusive. Vital signs: the hard limits of the project's monitors (HiRID and MIMIC-III benchmark bounds);
# 0 is not a heart or breathing rate but a sensor that is off. Laboratory values: pH and glucose after the MIMIC-III
# benchmark's outlier bounds, the others our own, wide enough for every physiological value and narrow enough to
# catch another unit or a typing error (FiO2 in per cent is hidden, not converted: 40 may be a flow in l/min).
# fmt: off
LIMITS: Final[tuple[tuple[str, float, float], ...]] = (
    # column             lowest    highest
    ("HR",                   1.0,    300.0),  # /min
    ("O2Sat",               10.0,    100.0),  # %
    ("Temp",                25.0,     45.0),  # degrees Celsius
    ("SBP",                 10.0,    300.0),  # mmHg
    ("MAP",                 10.0,    250.0),  # mmHg
    ("DBP",                 10.0,    200.0),  # mmHg
    ("Resp",                 1.0,    100.0),  # /min
    ("EtCO2",                1.0,    150.0),  # mmHg
    ("BaseExcess",         -50.0,     50.0),  # mmol/l
    ("HCO3",                 0.0,     80.0),  # mmol/l
    ("FiO2",                 0.2,      1.0),  # fraction; room air is 0.21
    ("pH",                   6.3,      8.4),
    ("PaCO2",                1.0,    250.0),  # mmHg
    ("SaO2",                 1.0,    100.0),  # %
    ("AST",                  0.0,  50000.0),  # U/l
    ("BUN",                  0.0,    400.0),  # mg/dl
    ("Alkalinephos",         0.0,  20000.0),  # U/l
    ("Calcium",              0.2,     30.0),  # mg/dl; hospital B also holds ionised calcium, in mmol/l
    ("Chloride",            20.0,    200.0),  # mmol/l
    ("Creatinine",           0.0,    100.0),  # mg/dl
    ("Bilirubin_direct",     0.0,    100.0),  # mg/dl
    ("Glucose",              1.0,   2000.0),  # mg/dl
    ("Lactate",              0.0,     60.0),  # mmol/l
    ("Magnesium",            0.0,     30.0),  # mg/dl
    ("Phosphate",            0.0,     50.0),  # mg/dl
    ("Potassium",            0.5,     30.0),  # mmol/l
    ("Bilirubin_total",      0.0,    100.0),  # mg/dl
    ("TroponinI",            0.0,   1000.0),  # ng/ml
    ("Hct",                  1.0,     80.0),  # %
    ("Hgb",                  0.5,     40.0),  # g/dl
    ("PTT",                  1.0,    500.0),  # s
    ("WBC",                  0.0,   1000.0),  # 10^3/ul
    ("Fibrinogen",           0.0,   3000.0),  # mg/dl
    ("Platelets",            0.0,   5000.0),  # 10^3/ul
    ("Age",                  0.0,    120.0),  # years
    ("Gender",               0.0,      1.0),  # 1 = male
    ("Unit1",                0.0,      1.0),  # medical ICU
    ("Unit2",                0.0,      1.0),  # surgical ICU
    ("HospAdmTime",     -20000.0,     48.0),  # h; above 0 where the ICU's clock ran before the hospital's
    ("ICULOS",               1.0,   8784.0),  # h; a year
)
# fmt: on
COLUMNS: Final[tuple[str, ...]] = tuple(column for column, _, _ in LIMITS)
"""The 40 inputs in the challenge's order."""

YES_NO: Final = ("Gender", "Unit1", "Unit2")
"""Columns that hold 0 or 1 and nothing between."""
