"""Clinical courses that a simulated patient can take, as tables.

All numbers are our own choice, for plausible data and not for any claim: resting values within the usual reference
ranges, and changes large enough that an early-warning score has to notice them.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

CourseName = Literal["stable", "sepsis", "bleeding", "failing-lungs", "artefacts", "arrest", "two-devices"]


class Lab(NamedTuple):
    """One analyte: value at rest, standard deviation between persons, and value at full severity (None: as at rest)."""

    analyte: str
    rest: float
    sd: float
    decimals: int
    sepsis: float | None
    bleeding: float | None
    failing_lungs: float | None

    def full(self, course: CourseName) -> float:
        """Return the value at the full severity of a course."""
        changed = {"sepsis": self.sepsis, "bleeding": self.bleeding, "failing-lungs": self.failing_lungs}.get(course)
        return self.rest if changed is None else changed


@dataclass(frozen=True)
class Course:
    """A clinical course.

    knots          (share of the stay, severity 0 to 1); in between, severity is interpolated smoothly
    change         change at full severity of heart rate, mean arterial pressure, pulse pressure, respiratory rate,
                   SpO2 and temperature; systolic and diastolic pressure follow from mean and pulse pressure
    arterial_line  pressures in every frame instead of by a cuff every quarter of an hour
    oxygen_at      severity from which oxygen is given, until severity falls below half of it
    confusion_at   severity from which the patient is newly confused
    """

    name: CourseName
    knots: tuple[tuple[float, float], ...]
    change: tuple[float, float, float, float, float, float]
    arterial_line: bool = False
    oxygen_at: float | None = None
    confusion_at: float | None = None


# fmt: off
#                           HR /min  MAP mmHg  pulse pressure mmHg  RR /min  SpO2 %  temperature C
STABLE: Final    = Course("stable",        ((0, 0), (1, 0)), (0, 0, 0, 0, 0, 0))
SEPSIS: Final    = Course("sepsis",        ((0.10, 0), (0.50, 1), (0.72, 1), (0.95, 0.25), (1, 0.25)),
                          (44,      -28,      -6,                  13,      -5,     2.3),
                          arterial_line=True, oxygen_at=0.7, confusion_at=0.85)
BLEEDING: Final  = Course("bleeding",      ((0.30, 0), (0.42, 1), (0.52, 0.9), (0.68, 0.1), (1, 0)),
                          (52,      -36,      -18,                 9,       -1,     -0.8), arterial_line=True)
LUNGS: Final     = Course("failing-lungs", ((0.45, 0), (0.60, 1), (0.70, 1), (0.88, 0.15), (1, 0.1)),
                          (28,      6,        0,                   16,      -11,    0.2), oxygen_at=0.5)
ARTEFACTS: Final = Course("artefacts",     ((0, 0), (1, 0)), (0, 0, 0, 0, 0, 0), arterial_line=True)
ARREST: Final    = Course("arrest",        ((0, 0), (1, 0)), (0, 0, 0, 0, 0, 0), arterial_line=True)
TWO_DEVICES: Final = Course("two-devices", ((0, 0), (1, 0)), (0, 0, 0, 0, 0, 0))

REST: Final[tuple[tuple[float, float, float, float, float], ...]] = (
    # mean   between patients  within a patient  time constant min  by day (highest at 17 h, lowest at 5 h)
    (76.0,   6.0,              2.5,              6.0,               4.0),   # heart rate /min
    (91.0,   4.0,              2.5,              8.0,               3.0),   # mean arterial pressure mmHg
    (48.0,   4.0,              2.5,              10.0,              1.0),   # pulse pressure mmHg
    (15.0,   1.0,              1.0,              4.0,               0.5),   # respiratory rate /min
    (97.3,   0.4,              0.6,              10.0,              0.0),   # SpO2 %
    (36.8,   0.15,             0.06,             120.0,             0.25),  # temperature C
)
"""One row per latent vital sign, in the order of `Course.change`."""

AROUSAL: Final = (3.0, 2.5, 1.0, 1.2, 0.0, 0.0)
"""Effect of a patient's restlessness, which varies over time, on each of the latent vital signs."""

LABS: Final = tuple(Lab(*row) for row in (
    # analyte                        rest    sd    decimals  sepsis  bleeding  failing-lungs (at full severity)
    ("base_excess_mmol_per_l",       0.0,    1.2,   1,       -8.0,   -7.0,     1.0),
    ("bicarbonate_mmol_per_l",       24.0,   1.2,   0,       16.0,   18.0,     27.0),
    ("ph",                           7.40,   0.015, 2,       7.28,   7.29,     7.27),
    ("paco2_mmhg",                   40.0,   2.0,   0,       31.0,   34.0,     60.0),
    ("bun_mg_per_dl",                15.0,   3.0,   0,       38.0,   24.0,     None),
    ("calcium_mg_per_dl",            9.1,    0.3,   1,       8.1,    7.6,      None),
    ("chloride_mmol_per_l",          103.0,  2.0,   0,       None,   107.0,    None),
    ("creatinine_mg_per_dl",         0.9,    0.12,  2,       2.1,    1.2,      None),
    ("glucose_mg_per_dl",            112.0,  12.0,  0,       172.0,  160.0,    None),
    ("lactate_mmol_per_l",           1.1,    0.2,   1,       5.2,    4.4,      1.8),
    ("magnesium_mg_per_dl",          2.0,    0.15,  1,       None,   None,     None),
    ("phosphate_mg_per_dl",          3.4,    0.4,   1,       None,   None,     None),
    ("potassium_mmol_per_l",         4.1,    0.25,  1,       4.8,    None,     None),
    ("total_bilirubin_mg_per_dl",    0.7,    0.15,  1,       2.6,    None,     None),
    ("hematocrit_percent",           37.0,   2.0,   1,       None,   21.0,     None),
    ("hemoglobin_g_per_dl",          12.4,   0.7,   1,       None,   7.0,      None),
    ("ptt_s",                        31.0,   2.0,   1,       44.0,   46.0,     None),
    ("wbc_10e3_per_ul",              8.2,    1.2,   1,       19.5,   12.0,     14.0),
    ("platelets_10e3_per_ul",        235.0,  30.0,  0,       96.0,   128.0,    None),
))
# fmt: on

WARD: Final = (SEPSIS, STABLE, BLEEDING, LUNGS, ARTEFACTS, ARREST, STABLE, TWO_DEVICES)
"""The course of the patient in each bed; a larger ward repeats them."""
